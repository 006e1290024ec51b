package minarai.train.check;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.train.data.Names;

/// All refusals of a run, of all checks.
public record Refusals(List<Refusal> list) {

    /// Overrides by which an example is left out: there would be nothing to learn from it, or only a part.
    private static final Set<String> LEAVING_OUT = Set.of(TooLong.NAME, EmptyMask.NAME);

    public Refusals {
        list = List.copyOf(list);
    }

    public static Refusals of(List<Check> checks, Material material) {
        return new Refusals(checks.stream().flatMap(check -> check.refusals(material).stream()).toList());
    }

    /// Lets the run go ahead if every refusal is allowed by name.
    ///
    /// @param allowed names of overrides
    /// @throws RefusedException         with all refusals that are not allowed
    /// @throws IllegalArgumentException if a name is not that of a check
    public Verdict allowing(Set<String> allowed) {
        requireKnown(allowed);
        List<Refusal> refused = list.stream().filter(refusal -> !allowed.contains(refusal.override())).toList();
        if (!refused.isEmpty()) {
            throw new RefusedException(refused);
        }
        return new Verdict(list, list.stream().filter(refusal -> LEAVING_OUT.contains(refusal.override()))
                .map(Refusal::exampleId).collect(Collectors.toSet()));
    }

    /// @throws IllegalArgumentException if one of the names is not that of a check
    public static void requireKnown(Set<String> allowed) {
        for (String name : allowed) {
            if (!Check.NAMES.contains(name)) {
                String meant = Names.nearest(name, Check.NAMES).map(near -> "; did you mean " + near + "?").orElse(".");
                throw new IllegalArgumentException("allow: unknown check %s%s Known are %s"
                        .formatted(Names.clipped(name), meant, Names.list(Check.NAMES)));
            }
        }
    }
}
