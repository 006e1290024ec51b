package minarai.train.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Examples to train on and examples held out to see when to stop.
///
/// Which are held out follows from the seed and the ids, not from the order of the rows. Examples with the same
/// [question][Example#question()] stay together, or the validation would ask what was trained.
///
/// @param training   in the order of the rows
/// @param validation in the order of the rows
public record Split(List<Example> training, List<Example> validation) {

    /// Held out by default, of ten examples or more.
    public static final double DEFAULT_SHARE = 0.1;
    private static final int FEWEST = 10;

    public Split {
        training = List.copyOf(training);
        validation = List.copyOf(validation);
    }

    /// A tenth held out, at least one; nothing of fewer than ten examples, where each is worth more in training.
    public static Split of(List<Example> examples, long seed) {
        return of(examples, examples.size() < FEWEST ? 0 : DEFAULT_SHARE, seed);
    }

    /// `share` of the examples held out: the nearest whole number, at least one unless the share is 0, and never all.
    /// It is less only where groups with one question are too large; with a single group nothing is held out.
    ///
    /// @param share 0 to 0.5
    public static Split of(List<Example> examples, double share, long seed) {
        if (!(share >= 0 && share <= 0.5)) {
            throw new IllegalArgumentException("a validation share of %s; it must be 0 to 0.5".formatted(share));
        }
        int wanted = share == 0 ? 0 : (int) Math.max(1, Math.round(share * examples.size()));
        Set<String> held = hold(groups(examples, seed), wanted);
        return new Split(examples.stream().filter(example -> !held.contains(example.id())).toList(),
                examples.stream().filter(example -> held.contains(example.id())).toList());
    }

    /// Groups with one question, by the least of their ids' hashes.
    private static List<Group> groups(List<Example> examples, long seed) {
        var hash = new KeyedHash("split", seed);
        Map<String, Group> groups = new LinkedHashMap<>();
        for (Example example : examples) {
            var single = new Group(hash.of(example.id()), List.of(example.id()));
            groups.merge(example.question(), single, Group::and);
        }
        return groups.values().stream().sorted(Group.ORDER).toList();
    }

    private static Set<String> hold(List<Group> groups, int wanted) {
        var held = new HashSet<String>();
        if (groups.size() < 2) {
            return held;
        }
        int groupsHeld = 0;
        for (Group group : groups) {
            if (held.size() + group.ids().size() <= wanted && groupsHeld < groups.size() - 1) {
                held.addAll(group.ids());
                groupsHeld++;
            }
        }
        if (wanted > 0 && held.isEmpty()) {
            held.addAll(groups.stream().min(Comparator.comparingInt((Group group) -> group.ids().size())
                    .thenComparing(Group.ORDER)).orElseThrow().ids());
        }
        return held;
    }

    private record Group(long hash, List<String> ids) {

        private static final Comparator<Group> ORDER = ((Comparator<Group>) (a, b) ->
                Long.compareUnsigned(a.hash, b.hash)).thenComparing(group -> group.ids.getFirst());

        Group and(Group other) {
            var all = new ArrayList<>(ids);
            all.addAll(other.ids);
            return new Group(Long.compareUnsigned(hash, other.hash) < 0 ? hash : other.hash, all);
        }
    }
}
