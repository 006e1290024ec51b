package minarai.eval.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.apache.commons.math3.distribution.NormalDistribution;

/// The mean of what people would say, from few items that people rated and many that only a machine did. The machine's
/// mean is corrected by what it gets wrong where both are known. The rated items must have been drawn at random from
/// all. Items of a cluster stand and fall together, also where people rated some of them and not the others.
///
/// @param mean          the estimate
/// @param standardError of it: the root of the sum over clusters of the square of what each moves the estimate by
/// @param lambda        how much the machine counts: 0 not at all, 1 as much as people
/// @param interval      normal, or of the bootstrap where few clusters were rated
/// @param method        which
/// @see <a href="https://arxiv.org/abs/2311.01453">Angelopoulos, Duchi and Zrnic 2023</a>
/// @see <a href="https://arxiv.org/abs/2411.00640">Miller 2024, section 2.2, on clusters</a>
public record PredictionPowered(double mean, double standardError, double lambda, Interval interval, String method) {

    /// Rated clusters below which no interval is honest.
    public static final int LEAST_CLUSTERS = 5;

    private static final NormalDistribution QUANTILES = new NormalDistribution(null, 0, 1);
    private static final int FEW = 50;
    private static final int DRAWS = 1000;
    private static final double LONGEST_REACH = 10;

    /// An item that both rated.
    ///
    /// @param cluster what it stands and falls with
    public record Rated(String cluster, double human, double machine) {

        /// @throws IllegalArgumentException if a rating is not finite
        public Rated {
            if (!Double.isFinite(human) || !Double.isFinite(machine)) {
                throw new IllegalArgumentException("an item of cluster " + cluster + " is rated " + human
                        + " by people and " + machine + " by the machine; needed: finite numbers");
            }
        }
    }

    /// Lambda is tuned as if items were independent; any lambda is valid, and only the width depends on it.
    ///
    /// @param rated  items that both rated
    /// @param others what the machine said of the others
    /// @param seed   of the bootstrap, which takes the place of the normal interval below 50 rated clusters
    /// @throws IllegalArgumentException if items of fewer than five clusters are rated, or fewer than two are not
    public static PredictionPowered tuned(List<Rated> rated, List<Observation> others, double level, long seed) {
        double lambda = lambda(rated, others);
        var clusters = Clusters.of(rated, others, lambda);
        var estimate = estimate(clusters.all(), lambda, level);
        return clusters.rated.size() >= FEW ? estimate
                : bootstrapped(estimate, clusters, cautious(rated, others, lambda, level), seed);
    }

    /// Lambda is given and the interval normal.
    ///
    /// @throws IllegalArgumentException as [#tuned]
    public static PredictionPowered with(double lambda, List<Rated> rated, List<Observation> others, double level) {
        require(rated, others);
        return estimate(Clusters.of(rated, others, lambda).all(), lambda, level);
    }

    /// `clip(Cov(y, f) / ((1 + n / N) Var(f)), 0, 1)`, the variance over all predictions.
    ///
    /// @throws IllegalArgumentException as [#tuned]
    public static double lambda(List<Rated> rated, List<Observation> others) {
        require(rated, others);
        double meanHuman = mean(rated, Rated::human);
        double meanMachine = mean(rated, Rated::machine);
        double covariance = mean(rated, one -> (one.human - meanHuman) * (one.machine - meanMachine));
        List<Double> all = new ArrayList<>(rated.stream().map(Rated::machine).toList());
        others.forEach(other -> all.add(other.value()));
        double meanOfAll = mean(all, value -> value);
        double squares = all.size() * mean(all, value -> (value - meanOfAll) * (value - meanOfAll));
        double variance = squares / (all.size() - 1);
        return variance == 0 ? 0
                : Math.clamp(covariance / ((1 + (double) rated.size() / others.size()) * variance), 0, 1);
    }

    /// `lambda mean(f of others) + mean(y - lambda f of rated)`. A cluster moves it by the sum of what its items add to
    /// either mean; where each item is a cluster of its own, the squares add up to
    /// `lambda² Var(f) / N + Var(y - lambda f) / n`.
    private static PredictionPowered estimate(List<Cluster> clusters, double lambda, double level) {
        double rated = 0;
        double residuals = 0;
        double others = 0;
        double predictions = 0;
        for (Cluster cluster : clusters) {
            rated += cluster.rated;
            residuals += cluster.residuals;
            others += cluster.others;
            predictions += cluster.predictions;
        }
        double residual = residuals / rated;
        double prediction = predictions / others;
        double squares = 0;
        for (Cluster cluster : clusters) {
            double moved = lambda * (cluster.predictions - cluster.others * prediction) / others
                    + (cluster.residuals - cluster.rated * residual) / rated;
            squares += moved * moved;
        }
        double mean = lambda * prediction + residual;
        double error = Math.sqrt(squares);
        double reach = QUANTILES.inverseCumulativeProbability((1 + level) / 2) * error;
        return new PredictionPowered(mean, error, lambda, Double.isNaN(reach) ? unbounded(level)
                : new Interval(mean - reach, mean + reach, level), "ppi++|error:clusters|interval:normal|version:2");
    }

    private static Interval unbounded(double level) {
        return new Interval(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY, level);
    }

    /// Studentised: the normal interval of few items is too short, and so are plain quantiles. Clusters with rated
    /// items are drawn among themselves, and so are the others. A draw without any item that only the machine rated
    /// says nothing and counts as far away.
    private static PredictionPowered bootstrapped(PredictionPowered estimate, Clusters clusters, double cautious,
            long seed) {
        var random = new SplitMix(seed);
        double level = estimate.interval.level();
        long index = 0;
        var ratios = new double[DRAWS];
        for (int draw = 0; draw < DRAWS; draw++) {
            List<Cluster> drawn = new ArrayList<>();
            for (List<Cluster> stratum : List.of(clusters.rated, clusters.others)) {
                for (int position = 0; position < stratum.size(); position++) {
                    drawn.add(stratum.get(random.below(stratum.size(), index++)));
                }
            }
            var one = estimate(drawn, estimate.lambda, level);
            double ratio = Math.abs(one.mean - estimate.mean) / Math.max(one.standardError, 1e-9);
            ratios[draw] = Double.isNaN(ratio) ? Double.POSITIVE_INFINITY : ratio;
        }
        Arrays.sort(ratios);
        double reach = ratios[(int) Math.min(DRAWS - 1, Math.ceil(level * DRAWS))];
        double half = Math.max(Math.min(reach, LONGEST_REACH) * estimate.standardError, cautious);
        return new PredictionPowered(estimate.mean, estimate.standardError, estimate.lambda,
                new Interval(estimate.mean - half, estimate.mean + half, level),
                "ppi++|error:clusters|resample:clusters|interval:bootstrap-t-or-cautious|draws:" + DRAWS
                        + "|seed:" + seed + "|version:2");
    }

    /// Half the normal interval with one cluster of disagreement added in each direction: few may show none at all
    /// although there is some. A cluster that is added has as many items as the others on average.
    private static double cautious(List<Rated> rated, List<Observation> others, double lambda, double level) {
        double most = rated.stream().mapToDouble(one -> Math.max(one.human, one.machine)).max().orElseThrow();
        double least = rated.stream().mapToDouble(one -> Math.min(one.human, one.machine)).min().orElseThrow();
        var clusters = Clusters.of(rated, others, lambda);
        int size = Math.ceilDiv(rated.size(), clusters.rated.size());
        List<Cluster> more = new ArrayList<>(clusters.all());
        more.add(new Cluster(size, size * (most - lambda * least), 0, 0));
        more.add(new Cluster(size, size * (least - lambda * most), 0, 0));
        var interval = estimate(more, lambda, level).interval;
        return (interval.high() - interval.low()) / 2;
    }

    private static <T> double mean(List<T> items, ToDoubleFunction<T> value) {
        return items.stream().mapToDouble(value).average().orElseThrow();
    }

    private static void require(List<Rated> rated, List<Observation> others) {
        long clusters = rated.stream().map(Rated::cluster).distinct().count();
        if (clusters < LEAST_CLUSTERS || others.size() < 2) {
            throw new IllegalArgumentException("prediction-powered mean of " + rated.size() + " rated items in "
                    + clusters + " clusters and " + others.size() + " others; needed: rated items of " + LEAST_CLUSTERS
                    + " clusters at least, and two others");
        }
    }

    /// All that the items of a cluster say.
    ///
    /// @param rated       how many people rated
    /// @param residuals   sum of `y - lambda f` over them
    /// @param others      how many only the machine rated
    /// @param predictions sum of `f` over these
    private record Cluster(int rated, double residuals, int others, double predictions) {

        Cluster plus(Cluster other) {
            return new Cluster(rated + other.rated, residuals + other.residuals, others + other.others,
                    predictions + other.predictions);
        }
    }

    /// Clusters with rated items, and those without, in order of first appearance.
    private record Clusters(List<Cluster> rated, List<Cluster> others) {

        static Clusters of(List<Rated> rated, List<Observation> others, double lambda) {
            Map<String, Cluster> sums = new LinkedHashMap<>();
            rated.forEach(one -> sums.merge(one.cluster, new Cluster(1, one.human - lambda * one.machine, 0, 0),
                    Cluster::plus));
            others.forEach(one -> sums.merge(one.cluster(), new Cluster(0, 0, 1, one.value()), Cluster::plus));
            return new Clusters(sums.values().stream().filter(cluster -> cluster.rated > 0).toList(),
                    sums.values().stream().filter(cluster -> cluster.rated == 0).toList());
        }

        List<Cluster> all() {
            List<Cluster> all = new ArrayList<>(rated);
            all.addAll(others);
            return all;
        }
    }
}
