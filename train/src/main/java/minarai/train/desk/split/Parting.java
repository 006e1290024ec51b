package minarai.train.desk.split;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import minarai.train.data.KeyedHash;
import minarai.train.data.Names;
import minarai.train.desk.Entry;

/// How a set of pairs is taken apart.
///
/// @param test       share of the groups to be tested on, 0 to 0.9
/// @param validation share of the groups by which a run is stopped
/// @param groupBy    the key whose value names a row's group; without it the question does
/// @param heldOut    values by key of whole families that are held out
/// @param seed       of the hash
public record Parting(double test, double validation, Optional<String> groupBy, SortedMap<String, Set<String>> heldOut,
        long seed) {

    public static final String TRAIN = "train";
    public static final String VALIDATION = "validation";
    public static final String TEST = "test";
    public static final String HELD_OUT = "held_out";

    /// @throws IllegalArgumentException if the shares leave nothing to train on
    public Parting {
        heldOut = new TreeMap<>(heldOut);
        if (!(test >= 0 && validation >= 0 && test + validation <= 0.9)) {
            throw new IllegalArgumentException(("the shares of test and validation are %s and %s; each must be 0 or"
                    + " more, and both together at most 0.9").formatted(test, validation));
        }
    }

    /// The parts by name, each in the order of the rows; parts of nothing are left out, but for the training part.
    ///
    /// @throws IllegalArgumentException if a family or the group's key is in no row, or nothing is left to train on
    public Map<String, List<Entry>> of(List<Entry> entries) {
        requireKnown(entries);
        var groups = Groups.of(entries, groupBy);
        var hash = new KeyedHash("desk split", seed);
        String[] parts = new String[entries.size()];
        for (List<Integer> rows : groups.rows()) {
            boolean isHeldOut = rows.stream().anyMatch(row -> isHeldOut(entries.get(row)));
            double fraction = hash.fraction(groups.name(rows.getFirst()));
            String part = isHeldOut ? HELD_OUT : fraction < test ? TEST : fraction < test + validation ? VALIDATION
                    : TRAIN;
            rows.forEach(row -> parts[row] = part);
        }
        Map<String, List<Entry>> byPart = new LinkedHashMap<>();
        for (String part : List.of(TRAIN, VALIDATION, TEST, HELD_OUT)) {
            var chosen = new ArrayList<Entry>();
            for (int row = 0; row < parts.length; row++) {
                if (parts[row].equals(part)) {
                    chosen.add(entries.get(row));
                }
            }
            if (!chosen.isEmpty()) {
                byPart.put(part, List.copyOf(chosen));
            }
        }
        if (!byPart.containsKey(TRAIN)) {
            throw new IllegalArgumentException(("all %d rows are in one group or held out, so that none is left to"
                    + " train on; group by another key, or hold out less").formatted(entries.size()));
        }
        return byPart;
    }

    private boolean isHeldOut(Entry entry) {
        return heldOut.entrySet().stream()
                .anyMatch(family -> entry.extra(family.getKey()).filter(family.getValue()::contains).isPresent());
    }

    private void requireKnown(List<Entry> entries) {
        groupBy.filter(key -> entries.stream().noneMatch(entry -> entry.extra(key).isPresent())).ifPresent(key -> {
            throw new IllegalArgumentException("no row has the key %s to group by%s".formatted(Names.clipped(key),
                    Names.suggestion(key, keys(entries))));
        });
        heldOut.forEach((key, values) -> values.forEach(value -> {
            if (entries.stream().noneMatch(entry -> entry.extra(key).filter(value::equals).isPresent())) {
                var known = new TreeSet<String>();
                entries.forEach(entry -> entry.extra(key).ifPresent(known::add));
                throw new IllegalArgumentException("no row has %s=%s, which is to be held out%s".formatted(
                        Names.clipped(key), Names.clipped(value), known.isEmpty() ? Names.suggestion(key, keys(entries))
                                : ". Values of " + key + ": " + Names.list(known)));
            }
        }));
    }

    private static Set<String> keys(List<Entry> entries) {
        var keys = new TreeSet<String>();
        entries.forEach(entry -> keys.addAll(entry.extras().keySet()));
        return keys;
    }
}
