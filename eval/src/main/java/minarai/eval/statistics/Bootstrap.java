package minarai.eval.statistics;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The clustered bootstrap of a mean: draws clusters with replacement, takes the mean over all items in them, and reads
/// the interval off the quantiles. A paired difference is the mean of per-item differences, so its draws share items.
///
/// @param seed  of the draws
/// @param draws how often the clusters are drawn
/// @param level confidence, e.g. 0.95
/// @see <a href="https://doi.org/10.1201/9780429246593">Efron and Tibshirani 1993, chapters 8 and 13</a>
public record Bootstrap(long seed, int draws, double level) {

    /// @throws IllegalArgumentException if there are fewer than 100 draws or more than a million, or the level is not
    ///         between 0 and 1
    public Bootstrap {
        if (draws < 100 || draws > 1_000_000 || !(level > 0 && level < 1)) {
            throw new IllegalArgumentException("bootstrap with " + draws + " draws at level " + level
                    + "; needed: 100 to 1,000,000 draws (10,000 is customary) and a level between 0 and 1");
        }
    }

    /// 10,000 draws at 95 %.
    public static Bootstrap standard(long seed) {
        return new Bootstrap(seed, 10_000, 0.95);
    }

    /// The mean of scores in 0…1. Where every item is a cluster of its own and scores 0 or 1, the interval is Wilson's.
    ///
    /// @throws IllegalArgumentException if there is no observation or one lies outside 0…1
    public Estimate score(List<Observation> scores) {
        requireRange(scores, 0);
        var clusters = Clusters.of(scores);
        boolean isProportion = clusters.count() == scores.size()
                && scores.stream().allMatch(score -> score.value() == 0 || score.value() == 1);
        if (!isProportion) {
            return estimate(clusters, 0);
        }
        int right = (int) scores.stream().filter(score -> score.value() == 1).count();
        int count = scores.size();
        double standardError = count < 2 ? Double.POSITIVE_INFINITY
                : Math.sqrt(clusters.mean() * (1 - clusters.mean()) / (count - 1));
        return new Estimate(clusters.mean(), Interval.wilson(right, count, level), standardError, count, count,
                "wilson|version:1");
    }

    /// The mean of per-item differences of scores, each in -1…1.
    ///
    /// @throws IllegalArgumentException if there is no observation or one lies outside -1…1
    public Estimate difference(List<Observation> differences) {
        requireRange(differences, -1);
        return estimate(Clusters.of(differences), -1);
    }

    /// What one item weighed before and after, e.g. the bits of a text under two models.
    ///
    /// @param before above 0
    public record Growth(String cluster, double before, double after) {
    }

    /// How much a sum grew, `sum(after) / sum(before) - 1`. Of fewer than two clusters no interval is known: it is
    /// without bounds.
    ///
    /// @throws IllegalArgumentException if there is no item or one weighs nothing before or less than nothing after
    public Estimate growth(List<Growth> items) {
        Map<String, double[]> sums = new LinkedHashMap<>();
        for (Growth item : items) {
            if (!(item.before > 0 && item.after >= 0 && item.before + item.after < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("bootstrap of a growth from " + item.before + " to " + item.after
                        + " in cluster " + item.cluster + "; needed: finite weights, above 0 before");
            }
            double[] sum = sums.computeIfAbsent(item.cluster, cluster -> new double[2]);
            sum[0] += item.before;
            sum[1] += item.after;
        }
        if (sums.isEmpty()) {
            throw new IllegalArgumentException("bootstrap of a growth: there is no item; were all texts empty?");
        }
        List<double[]> clusters = List.copyOf(sums.values());
        double value = clusters.stream().mapToDouble(sum -> sum[1]).sum()
                / clusters.stream().mapToDouble(sum -> sum[0]).sum() - 1;
        if (clusters.size() < 2) {
            return new Estimate(value, new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, level),
                    Double.POSITIVE_INFINITY, items.size(), clusters.size(), "one cluster: no interval");
        }
        double[] growths = growths(clusters);
        Arrays.sort(growths);
        double tail = (1 - level) / 2;
        return new Estimate(value, new Interval(quantile(growths, tail), quantile(growths, 1 - tail), level),
                deviation(growths), items.size(), clusters.size(), signature() + "|of:ratio-of-sums");
    }

    private double[] growths(List<double[]> clusters) {
        var random = new SplitMix(seed);
        int count = clusters.size();
        var growths = new double[draws];
        for (int draw = 0; draw < draws; draw++) {
            double before = 0;
            double after = 0;
            for (int position = 0; position < count; position++) {
                double[] drawn = clusters.get(random.below(count, (long) draw * count + position));
                before += drawn[0];
                after += drawn[1];
            }
            growths[draw] = after / before - 1;
        }
        return growths;
    }

    /// What identifies the method and reproduces its figures.
    public String signature() {
        return "bootstrap|resample:clusters|draws:" + draws + "|seed:" + seed + "|interval:percentile|rng:splitmix64"
                + "|version:1";
    }

    private Estimate estimate(Clusters clusters, double least) {
        double mean = clusters.mean();
        if (clusters.count() < 2) {
            return new Estimate(mean, new Interval(least, 1, level), Double.POSITIVE_INFINITY, clusters.items(),
                    clusters.count(), "one cluster: no interval");
        }
        if (clusters.agree()) {
            double slack = Interval.wilson(0, clusters.count(), level).high() * (mean - least > 1 - mean
                    ? mean - least : 1 - mean);
            return new Estimate(mean, new Interval(mean - slack, mean + slack, level).within(least, 1), 0,
                    clusters.items(), clusters.count(), "wilson-of-clusters|version:1");
        }
        double[] means = means(clusters);
        Arrays.sort(means);
        double tail = (1 - level) / 2;
        var interval = new Interval(quantile(means, tail), quantile(means, 1 - tail), level);
        return new Estimate(mean, interval, deviation(means), clusters.items(), clusters.count(), signature());
    }

    private double[] means(Clusters clusters) {
        var random = new SplitMix(seed);
        int count = clusters.count();
        var means = new double[draws];
        for (int draw = 0; draw < draws; draw++) {
            double sum = 0;
            long items = 0;
            for (int position = 0; position < count; position++) {
                int drawn = random.below(count, (long) draw * count + position);
                sum += clusters.sums[drawn];
                items += clusters.sizes[drawn];
            }
            means[draw] = sum / items;
        }
        return means;
    }

    private static double quantile(double[] sorted, double probability) {
        double position = probability * (sorted.length - 1);
        int below = (int) position;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }

    private static double deviation(double[] values) {
        double mean = Arrays.stream(values).average().orElseThrow();
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return Math.sqrt(squares / (values.length - 1));
    }

    private static void requireRange(List<Observation> observations, double least) {
        for (var observation : observations) {
            if (!(observation.value() >= least && observation.value() <= 1)) {
                throw new IllegalArgumentException("bootstrap: " + observation.value() + " in cluster "
                        + observation.cluster() + "; scores lie in 0…1 and their differences in -1…1");
            }
        }
    }

    /// Sums and sizes of the clusters, in order of first appearance.
    private record Clusters(double[] sums, int[] sizes, int items, boolean agree) {

        static Clusters of(List<Observation> observations) {
            if (observations.isEmpty()) {
                throw new IllegalArgumentException("bootstrap: there is no item; were the shared ids empty?");
            }
            Map<String, Integer> numbers = new LinkedHashMap<>();
            observations.forEach(observation -> numbers.putIfAbsent(observation.cluster(), numbers.size()));
            var sums = new double[numbers.size()];
            var sizes = new int[numbers.size()];
            for (var observation : observations) {
                int number = numbers.get(observation.cluster());
                sums[number] += observation.value();
                sizes[number]++;
            }
            double first = sums[0] / sizes[0];
            boolean agree = true;
            for (int number = 1; number < sums.length; number++) {
                agree &= sums[number] / sizes[number] == first;
            }
            return new Clusters(sums, sizes, observations.size(), agree);
        }

        int count() {
            return sums.length;
        }

        double mean() {
            return Arrays.stream(sums).sum() / items;
        }
    }
}
