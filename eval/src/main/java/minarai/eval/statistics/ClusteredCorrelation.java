package minarai.eval.statistics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.commons.math3.distribution.NormalDistribution;

/// A correlation of items that come in clusters, and how sure its Spearman coefficient is.
///
/// @param correlation over all items
/// @param spearman    interval of the Spearman coefficient, whose draws resample clusters; -1 to 1 where it is not
///                    known
/// @param p           two-sided, against no correlation: the coefficient over the deviation of the draws, normal; 1
///                    where the interval is not known
/// @param clusters    how many
/// @param method      what reproduces the interval
public record ClusteredCorrelation(Correlation correlation, Interval spearman, double p, int clusters, String method) {

    private static final NormalDistribution NORMAL = new NormalDistribution(null, 0, 1);
    private static final int DRAWS = 1000;
    private static final int LEAST_CLUSTERS = 5;
    private static final double LEVEL = 0.95;
    private static final double NOTHING = 1e-12;

    /// An item that was measured in two ways.
    public record Pair(String cluster, double x, double y) {
    }

    /// Below five clusters, or where one side is constant, no interval is known.
    ///
    /// @param seed of the draws
    /// @throws IllegalArgumentException if there are fewer than two items, or a value is not finite
    public static ClusteredCorrelation of(List<Pair> pairs, long seed) {
        var correlation = Correlation.of(pairs.stream().map(Pair::x).toList(), pairs.stream().map(Pair::y).toList());
        Map<String, Integer> numbers = new LinkedHashMap<>();
        pairs.forEach(pair -> numbers.putIfAbsent(pair.cluster, numbers.size()));
        if (numbers.size() < LEAST_CLUSTERS || Double.isNaN(correlation.spearman())) {
            return new ClusteredCorrelation(correlation, new Interval(-1, 1, LEVEL), 1, numbers.size(), "no interval");
        }
        int[] clusterOf = pairs.stream().mapToInt(pair -> numbers.get(pair.cluster)).toArray();
        double[] drawn = draws(new Ordered(pairs.stream().mapToDouble(Pair::x).toArray()),
                new Ordered(pairs.stream().mapToDouble(Pair::y).toArray()), clusterOf, numbers.size(),
                new SplitMix(seed));
        double mean = Arrays.stream(drawn).average().orElseThrow();
        double squares = 0;
        for (double value : drawn) {
            squares += (value - mean) * (value - mean);
        }
        double deviation = Math.sqrt(squares / (DRAWS - 1));
        if (deviation < NOTHING) {
            return unanimous(correlation, numbers.size());
        }
        int tail = (int) ((1 - LEVEL) / 2 * DRAWS);
        return new ClusteredCorrelation(correlation, new Interval(drawn[tail], drawn[DRAWS - 1 - tail], LEVEL),
                p(correlation.spearman() / deviation), numbers.size(), "bootstrap|of:spearman|resample:clusters|draws:"
                + DRAWS + "|seed:" + seed + "|interval:percentile|p:wald|version:1");
    }

    /// Where every draw says the same nothing was resampled, which is no certainty: the order may be broken in as many
    /// clusters as Wilson's bound for "none of them" allows, and by chance it would be `1 / sqrt(clusters - 1)` off.
    private static ClusteredCorrelation unanimous(Correlation correlation, int clusters) {
        double coefficient = correlation.spearman();
        double slack = 2 * Interval.wilson(0, clusters, LEVEL).high();
        return new ClusteredCorrelation(correlation,
                new Interval(coefficient - slack, coefficient + slack, LEVEL).within(-1, 1),
                p(coefficient * Math.sqrt(clusters - 1)), clusters, "wilson-of-clusters|p:normal|version:1");
    }

    private static double p(double deviations) {
        return 2 * NORMAL.cumulativeProbability(-Math.abs(deviations));
    }

    /// Spearman coefficients in ascending order. A draw in which one side is constant shows no correlation.
    private static double[] draws(Ordered x, Ordered y, int[] clusterOf, int clusters, SplitMix random) {
        var drawn = new double[DRAWS];
        var times = new int[clusters];
        var weights = new int[clusterOf.length];
        long index = 0;
        for (int draw = 0; draw < DRAWS; draw++) {
            Arrays.fill(times, 0);
            for (int position = 0; position < clusters; position++) {
                times[random.below(clusters, index++)]++;
            }
            for (int item = 0; item < weights.length; item++) {
                weights[item] = times[clusterOf[item]];
            }
            double coefficient = pearson(x.ranks(weights), y.ranks(weights), weights);
            drawn[draw] = Double.isNaN(coefficient) ? 0 : coefficient;
        }
        Arrays.sort(drawn);
        return drawn;
    }

    private static double pearson(double[] x, double[] y, int[] weights) {
        double count = 0;
        double meanX = 0;
        double meanY = 0;
        for (int i = 0; i < weights.length; i++) {
            count += weights[i];
            meanX += weights[i] * x[i];
            meanY += weights[i] * y[i];
        }
        meanX /= count;
        meanY /= count;
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = 0; i < weights.length; i++) {
            double dx = x[i] - meanX;
            double dy = y[i] - meanY;
            xx += weights[i] * dx * dx;
            yy += weights[i] * dy * dy;
            xy += weights[i] * dx * dy;
        }
        return xy / Math.sqrt(xx * yy);
    }

    /// Values that are put in order once, however often they are ranked.
    private static final class Ordered {

        private final double[] values;
        private final int[] order;
        private final double[] ranks;

        Ordered(double[] values) {
            this.values = values;
            this.order = IntStream.range(0, values.length).boxed()
                    .sorted(Comparator.comparingDouble(item -> values[item])).mapToInt(Integer::intValue).toArray();
            this.ranks = new double[values.length];
        }

        /// Average ranks where each value is there as often as its weight says; overwritten by the next call.
        double[] ranks(int[] weights) {
            long before = 0;
            int first = 0;
            while (first < order.length) {
                long tied = 0;
                int end = first;
                while (end < order.length && values[order[end]] == values[order[first]]) {
                    tied += weights[order[end++]];
                }
                double rank = before + (tied + 1) / 2.0;
                for (int i = first; i < end; i++) {
                    ranks[order[i]] = rank;
                }
                before += tied;
                first = end;
            }
            return ranks;
        }
    }
}
