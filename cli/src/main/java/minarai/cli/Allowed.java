package minarai.cli;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import minarai.models.Mismatch;
import minarai.tokenizer.chat.Misfit;
import minarai.train.data.Names;

/// What a user lets pass by name.
final class Allowed {

    /// What a template may get wrong in serving as it did in training.
    private static final Map<String, Misfit.Kind> MISFITS = Map.of("double_start", Misfit.Kind.DOUBLE_START,
            "prompt_prefix", Misfit.Kind.PROMPT_IS_NO_PREFIX, "missing_end", Misfit.Kind.NO_END);

    private Allowed() {
    }

    /// The misfits among the names; other names are passed over.
    static Set<Misfit.Kind> misfits(Collection<String> names) {
        return names.stream().filter(MISFITS::containsKey).map(name -> Objects.requireNonNull(MISFITS.get(name)))
                .collect(Collectors.toSet());
    }

    /// @throws IllegalArgumentException if a name is unknown: a misspelled override must not look like one
    static Set<Mismatch> of(List<String> names) {
        var known = Stream.concat(Arrays.stream(Mismatch.values()).map(Mismatch::override),
                MISFITS.keySet().stream().sorted()).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                throw new IllegalArgumentException("--allow: unknown name %s%s Known are %s".formatted(
                        Names.clipped(name), Names.nearest(name, known).map(near -> "; did you mean " + near + "?")
                        .orElse("."), Names.list(known)));
            }
        }
        return Mismatch.among(names);
    }
}
