package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import minarai.train.desk.Entry;

/// Questions and answers much longer than the others: by the distance of the logarithm of the length from its median,
/// in median absolute deviations.
///
/// @param length how long a text is
/// @param unit   in what, `tokens` or `characters`
record Lengths(ToIntFunction<String> length, String unit) implements Rule {

    /// What a normal distribution's standard deviation is in median absolute deviations.
    private static final double NORMAL = 1.4826;
    private static final double MOST_DEVIATIONS = 6;
    private static final double LEAST_DEVIATION = 0.25;
    private static final int FEWEST_ROWS = 20;

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>(outliers(scanned, "question", Entry::question));
        findings.addAll(outliers(scanned, "answer", entry -> entry.answer().content()));
        return findings;
    }

    private List<Finding> outliers(Scanned scanned, String what, Function<Entry, String> text) {
        int[] lengths = scanned.entries().stream().map(text).mapToInt(length).toArray();
        int[] present = Arrays.stream(lengths).filter(each -> each > 0).toArray();
        if (present.length < FEWEST_ROWS) {
            return List.of();
        }
        double[] logarithms = Arrays.stream(present).mapToDouble(StrictMath::log).toArray();
        double median = median(logarithms);
        double spread = median(Arrays.stream(logarithms).map(each -> Math.abs(each - median)).toArray());
        double deviation = Math.max(LEAST_DEVIATION, NORMAL * spread);
        var findings = new ArrayList<Finding>();
        for (int row = 0; row < lengths.length; row++) {
            double distance = lengths[row] == 0 ? 0 : (StrictMath.log(lengths[row]) - median) / deviation;
            if (distance > MOST_DEVIATIONS) {
                findings.add(Finding.of(Kind.LENGTH_OUTLIER, scanned.entries().get(row),
                        "the %s has %,d %s; half of them have at most %,.0f".formatted(what, lengths[row], unit,
                                StrictMath.exp(median))));
            }
        }
        return findings;
    }

    /// The middle one; of an even number the mean of the two in the middle.
    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length == 0 ? 0 : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1]
                + sorted[middle]) / 2;
    }
}
