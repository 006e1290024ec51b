package minarai.train.desk.split;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.train.data.Words;
import minarai.train.desk.Entry;
import minarai.train.desk.text.Grams;
import minarai.train.desk.text.Neighbours;
import minarai.train.desk.text.Resemblance;

/// Which entries belong together: those of one name, and those that are nearly the same.
final class Groups {

    private final String[] names;
    private final int[] parents;

    private Groups(String[] names, int[] parents) {
        this.names = names;
        this.parents = parents;
    }

    /// @param key by whose value entries are grouped; an entry without it, and all where there is none, by its question
    static Groups of(List<Entry> entries, Optional<String> key) {
        String[] names = new String[entries.size()];
        int[] parents = new int[entries.size()];
        Map<String, Integer> first = new HashMap<>();
        for (int row = 0; row < names.length; row++) {
            Entry entry = entries.get(row);
            names[row] = key.flatMap(entry::extra).map(value -> "key\t" + value)
                    .orElseGet(() -> "question\t" + Words.squeezed(entry.question()));
            parents[row] = row;
        }
        var groups = new Groups(names, parents);
        for (int row = 0; row < names.length; row++) {
            Integer earlier = first.putIfAbsent(names[row], row);
            if (earlier != null) {
                groups.join(earlier, row);
            }
        }
        groups.joinNear(entries);
        return groups;
    }

    private void joinNear(List<Entry> entries) {
        List<String> texts = entries.stream().map(entry -> entry.question() + "\n" + entry.answer().content()).toList();
        var neighbours = new Neighbours();
        texts.forEach(text -> neighbours.add(Grams.of(text)));
        var resemblance = new Resemblance();
        neighbours.forEach(Resemblance.CANDIDATE, (earlier, later) -> {
            if (root(earlier) != root(later) && resemblance.between(texts.get(earlier), texts.get(later)).isPresent()) {
                join(earlier, later);
            }
        });
    }

    /// The name of the entry's group: the first in alphabetical order of all that were joined.
    String name(int row) {
        return names[root(row)];
    }

    /// All groups' rows, in the order of their first rows.
    List<List<Integer>> rows() {
        Map<Integer, List<Integer>> rows = new LinkedHashMap<>();
        for (int row = 0; row < parents.length; row++) {
            rows.computeIfAbsent(root(row), absent -> new ArrayList<>()).add(row);
        }
        return List.copyOf(rows.values());
    }

    private void join(int a, int b) {
        int one = root(a);
        int other = root(b);
        boolean isFirst = names[one].compareTo(names[other]) <= 0;
        parents[isFirst ? other : one] = isFirst ? one : other;
    }

    private int root(int row) {
        int at = row;
        while (parents[at] != at) {
            parents[at] = parents[parents[at]];
            at = parents[at];
        }
        return at;
    }
}
