package minarai.train.desk.build;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import minarai.train.desk.Entry;
import minarai.train.desk.text.Grams;
import minarai.train.desk.text.MinHash;

/// Which of many rows to keep.
public final class Selection {

    /// From this ratio on, the question does not help the answer.
    private static final double USELESS = 1;

    private Selection() {
    }

    /// The rows with the highest difficulty below 1, as indices in the order of the rows; fewer where there are no
    /// more.
    ///
    /// @param ratios of difficulty, one a row
    public static List<Integer> hardest(double[] ratios, int count) {
        return IntStream.range(0, ratios.length).filter(row -> ratios[row] < USELESS).boxed()
                .sorted(Comparator.comparingDouble((Integer row) -> -ratios[row]).thenComparing(row -> row))
                .limit(count).sorted().toList();
    }

    /// Rows whose questions are far apart: beginning with the first row, each next one is the one
    /// farthest from all chosen. Indices in the order in which they were chosen, so that any beginning of the list is a
    /// choice itself.
    ///
    /// @param count how many; all where there are fewer
    public static List<Integer> diverse(List<Entry> entries, int count) {
        List<MinHash> hashes = entries.stream().map(entry -> MinHash.of(Grams.of(entry.question()))).toList();
        double[] nearest = new double[hashes.size()];
        var chosen = new ArrayList<Integer>();
        int next = 0;
        while (chosen.size() < Math.min(count, hashes.size())) {
            chosen.add(next);
            nearest[next] = 2;
            int farthest = -1;
            for (int row = 0; row < nearest.length; row++) {
                if (nearest[row] < 2) {
                    nearest[row] = Math.max(nearest[row], hashes.get(next).similarity(hashes.get(row)));
                    farthest = farthest < 0 || nearest[row] < nearest[farthest] ? row : farthest;
                }
            }
            next = farthest;
        }
        return chosen;
    }
}
