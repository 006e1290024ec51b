package minarai.eval.statistics;

import java.util.Arrays;
import java.util.List;
import org.apache.commons.math3.distribution.NormalDistribution;

/// The mean of what people would say, from few items that people rated and many that only a machine did. The machine's
/// mean is corrected by what it gets wrong where both are known. The rated items must have been drawn at random from all.
///
/// @param mean          the estimate
/// @param standardError of it
/// @param lambda        how much the machine counts: 0 not at all, 1 as much as people
/// @param interval      normal, or of the bootstrap where few items were rated
/// @param method        which
/// @see <a href="https://arxiv.org/abs/2311.01453">Angelopoulos, Duchi and Zrnic 2023</a>
public record PredictionPowered(double mean, double standardError, double lambda, Interval interval, String method) {

    private static final NormalDistribution QUANTILES = new NormalDistribution(null, 0, 1);
    private static final int FEW = 50;
    private static final int DRAWS = 1000;
    private static final int SMALLEST = 5;

    /// Lambda is tuned.
    ///
    /// @param human     what people said of the rated items
    /// @param machine   what the machine said of the same items
    /// @param unlabeled what it said of the others
    /// @param seed      of the bootstrap, which takes the place of the normal interval below 50 rated items
    /// @throws IllegalArgumentException if fewer than five items are rated, or two are not, or the lists differ
    public static PredictionPowered tuned(List<Double> human, List<Double> machine, List<Double> unlabeled, double level,
            long seed) {
        require(human, machine, unlabeled);
        double[] y = array(human);
        double[] predicted = array(machine);
        double[] rest = array(unlabeled);
        double lambda = lambda(y, predicted, rest);
        var estimate = estimate(y, predicted, rest, lambda, level);
        return y.length < FEW ? bootstrapped(estimate, y, predicted, rest, level, seed) : estimate;
    }

    /// Lambda is given and the interval normal.
    ///
    /// @throws IllegalArgumentException as [#tuned]
    public static PredictionPowered with(double lambda, List<Double> human, List<Double> machine, List<Double> unlabeled,
            double level) {
        require(human, machine, unlabeled);
        return estimate(array(human), array(machine), array(unlabeled), lambda, level);
    }

    /// `clip(Cov(y, f) / ((1 + n / N) Var(f)), 0, 1)`, the variance over all predictions.
    public static double lambda(List<Double> human, List<Double> machine, List<Double> unlabeled) {
        require(human, machine, unlabeled);
        return lambda(array(human), array(machine), array(unlabeled));
    }

    private static double lambda(double[] y, double[] predicted, double[] rest) {
        double covariance = 0;
        double meanY = mean(y);
        double meanPredicted = mean(predicted);
        for (int i = 0; i < y.length; i++) {
            covariance += (y[i] - meanY) * (predicted[i] - meanPredicted);
        }
        covariance /= y.length;
        double[] all = Arrays.copyOf(predicted, predicted.length + rest.length);
        System.arraycopy(rest, 0, all, predicted.length, rest.length);
        double variance = variance(all, 1);
        return variance == 0 ? 0
                : Math.clamp(covariance / ((1 + (double) y.length / rest.length) * variance), 0, 1);
    }

    private static PredictionPowered estimate(double[] y, double[] predicted, double[] rest, double lambda, double level) {
        double[] residuals = residuals(y, predicted, lambda);
        double mean = lambda * mean(rest) + mean(residuals);
        double error = Math.sqrt(lambda * lambda * variance(rest, 0) / rest.length
                + variance(residuals, 0) / residuals.length);
        double reach = QUANTILES.inverseCumulativeProbability((1 + level) / 2) * error;
        return new PredictionPowered(mean, error, lambda, new Interval(mean - reach, mean + reach, level),
                "ppi++|interval:normal|version:1");
    }

    /// Studentised: the normal interval of few items is too short, and so are plain quantiles.
    private static PredictionPowered bootstrapped(PredictionPowered estimate, double[] y, double[] predicted,
            double[] rest, double level, long seed) {
        var random = new SplitMix(seed);
        long index = 0;
        var ratios = new double[DRAWS];
        for (int draw = 0; draw < DRAWS; draw++) {
            var drawnY = new double[y.length];
            var drawnPredicted = new double[y.length];
            var drawnRest = new double[rest.length];
            for (int i = 0; i < y.length; i++) {
                int at = random.below(y.length, index++);
                drawnY[i] = y[at];
                drawnPredicted[i] = predicted[at];
            }
            for (int i = 0; i < rest.length; i++) {
                drawnRest[i] = rest[random.below(rest.length, index++)];
            }
            var drawn = estimate(drawnY, drawnPredicted, drawnRest, estimate.lambda, level);
            ratios[draw] = Math.abs(drawn.mean - estimate.mean) / Math.max(drawn.standardError, 1e-9);
        }
        Arrays.sort(ratios);
        double reach = ratios[(int) Math.min(DRAWS - 1, Math.ceil(level * DRAWS))];
        double half = Math.max(Math.min(reach, 10) * estimate.standardError, cautious(estimate, y, predicted, rest, level));
        return new PredictionPowered(estimate.mean, estimate.standardError, estimate.lambda,
                new Interval(estimate.mean - half, estimate.mean + half, level),
                "ppi++|interval:bootstrap-t-or-cautious|draws:" + DRAWS + "|seed:" + seed + "|version:1");
    }

    /// Half the normal interval with one disagreement added in each direction: few items may show none at all although
    /// there are some.
    private static double cautious(PredictionPowered estimate, double[] y, double[] predicted, double[] rest,
            double level) {
        double most = Math.max(Arrays.stream(y).max().orElseThrow(), Arrays.stream(predicted).max().orElseThrow());
        double least = Math.min(Arrays.stream(y).min().orElseThrow(), Arrays.stream(predicted).min().orElseThrow());
        double[] more = Arrays.copyOf(y, y.length + 2);
        double[] moreOfMachine = Arrays.copyOf(predicted, y.length + 2);
        more[y.length] = most;
        moreOfMachine[y.length] = least;
        more[y.length + 1] = least;
        moreOfMachine[y.length + 1] = most;
        var interval = estimate(more, moreOfMachine, rest, estimate.lambda, level).interval;
        return (interval.high() - interval.low()) / 2;
    }

    private static double[] residuals(double[] y, double[] predicted, double lambda) {
        var residuals = new double[y.length];
        for (int i = 0; i < y.length; i++) {
            residuals[i] = y[i] - lambda * predicted[i];
        }
        return residuals;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double variance(double[] values, int lost) {
        double mean = mean(values);
        double squares = 0;
        for (double value : values) {
            squares += (value - mean) * (value - mean);
        }
        return squares / (values.length - lost);
    }

    private static double[] array(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    private static void require(List<Double> human, List<Double> machine, List<Double> unlabeled) {
        if (human.size() != machine.size() || human.size() < SMALLEST || unlabeled.size() < 2) {
            throw new IllegalArgumentException("prediction-powered mean of " + human.size() + " human and " + machine.size()
                    + " machine ratings of the same items, and " + unlabeled.size() + " others; needed: as many of both,"
                    + " five at least, and two others");
        }
    }
}
