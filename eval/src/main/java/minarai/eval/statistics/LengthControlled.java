package minarai.eval.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The win rate a model would have if its answers were as long as the other's: a logistic model of the preference on
/// `tanh(length difference / sd)` and the model itself, read off at no difference in length. L1-penalised without
/// intercept, the strength chosen by five folds.
///
/// The source has a third term, the difficulty of the instruction, which it estimates over all models of a leaderboard
/// that answered it. Here two models are compared and each instruction is judged once, so that a term for each
/// instruction would explain every preference by itself and leave nothing for length: it cannot be estimated, and is
/// left out.
///
/// @param raw              mean preference, a tie counting half
/// @param controlled       the same at equal lengths
/// @param lengthWeight     of the length term; positive where the longer answer is preferred
/// @param longerPreferred  share of the longer answer among preferences between answers of different length
/// @see <a href="https://arxiv.org/abs/2404.04475">Dubois et al. 2024, section 3</a>
public record LengthControlled(double raw, double controlled, double lengthWeight, double longerPreferred) {

    private static final int FOLDS = 5;
    private static final double[] STRENGTHS = {0, 0.3, 1, 3, 10};
    private static final int STEPS = 400;

    /// A judged pair of answers.
    ///
    /// @param preference 1 for the model, 0 for the other, 0.5 for a tie
    /// @param length     characters of the model's answer
    /// @param other      of the other's
    public record Judged(double preference, int length, int other) {
    }

    /// @throws IllegalArgumentException if there are fewer than ten pairs or a preference is out of range
    public static LengthControlled of(List<Judged> pairs) {
        if (pairs.size() < 2 * FOLDS || pairs.stream().anyMatch(pair ->
                !(pair.preference >= 0 && pair.preference <= 1))) {
            throw new IllegalArgumentException("length control over " + pairs.size() + " pairs; needed: at least "
                    + 2 * FOLDS + ", each preference in 0…1");
        }
        double[][] features = features(pairs);
        double[] targets = pairs.stream().mapToDouble(Judged::preference).toArray();
        double strength = chosen(features, targets);
        double[] weights = fit(features, targets, strength);
        double controlled = 0;
        for (double[] row : features) {
            controlled += probability(new double[] {0, row[1]}, weights) / features.length;
        }
        var unequal = pairs.stream().filter(pair -> pair.length != pair.other && pair.preference != 0.5).toList();
        double longer = unequal.stream().mapToDouble(pair -> pair.length > pair.other ? pair.preference
                : 1 - pair.preference).average().orElse(0.5);
        return new LengthControlled(Arrays.stream(targets).average().orElseThrow(), controlled, weights[0], longer);
    }

    public static String signature() {
        return "length_controlled_win_rate|link:logistic|length:tanh-of-standardised|difficulty:none|penalty:l1|folds:"
                + FOLDS + "|intercept:no|ties:half|version:1";
    }

    private static double[][] features(List<Judged> pairs) {
        double[] differences = pairs.stream().mapToDouble(pair -> pair.length - pair.other).toArray();
        double mean = Arrays.stream(differences).average().orElseThrow();
        double deviation = Math.sqrt(Arrays.stream(differences).map(d -> (d - mean) * (d - mean)).sum() / pairs.size());
        var features = new double[pairs.size()][];
        for (int i = 0; i < features.length; i++) {
            double scaled = deviation == 0 ? 0 : differences[i] / deviation;
            features[i] = new double[] {StrictMath.tanh(scaled), 1};
        }
        return features;
    }

    private static double chosen(double[][] features, double[] targets) {
        double best = STRENGTHS[0];
        double least = Double.POSITIVE_INFINITY;
        for (double strength : STRENGTHS) {
            double loss = 0;
            for (int fold = 0; fold < FOLDS; fold++) {
                loss += heldOutLoss(features, targets, strength, fold);
            }
            if (loss < least - 1e-12) {
                least = loss;
                best = strength;
            }
        }
        return best;
    }

    private static double heldOutLoss(double[][] features, double[] targets, double strength, int fold) {
        List<double[]> rows = new ArrayList<>();
        List<Double> kept = new ArrayList<>();
        for (int i = 0; i < features.length; i++) {
            if (i % FOLDS != fold) {
                rows.add(features[i]);
                kept.add(targets[i]);
            }
        }
        double[] weights = fit(rows.toArray(double[][]::new), kept.stream().mapToDouble(Double::doubleValue).toArray(),
                strength);
        double loss = 0;
        for (int i = fold; i < features.length; i += FOLDS) {
            double p = Math.clamp(probability(features[i], weights), 1e-9, 1 - 1e-9);
            loss -= targets[i] * StrictMath.log(p) + (1 - targets[i]) * StrictMath.log(1 - p);
        }
        return loss;
    }

    /// Proximal gradient descent; a logistic loss of features within ±1 is smooth by a quarter of their squares.
    private static double[] fit(double[][] features, double[] targets, double strength) {
        var weights = new double[features[0].length];
        double smoothness = 0;
        for (double[] row : features) {
            smoothness += Arrays.stream(row).map(value -> value * value).sum() / 4;
        }
        double rate = 1 / Math.max(smoothness, 1e-9);
        for (int step = 0; step < STEPS; step++) {
            var gradient = new double[weights.length];
            for (int i = 0; i < features.length; i++) {
                double residual = probability(features[i], weights) - targets[i];
                for (int j = 0; j < weights.length; j++) {
                    gradient[j] += residual * features[i][j];
                }
            }
            for (int j = 0; j < weights.length; j++) {
                double moved = weights[j] - rate * gradient[j];
                weights[j] = Math.signum(moved) * Math.max(0, Math.abs(moved) - rate * strength);
            }
        }
        return weights;
    }

    private static double probability(double[] features, double[] weights) {
        double sum = 0;
        for (int j = 0; j < weights.length; j++) {
            sum += features[j] * weights[j];
        }
        return 1 / (1 + StrictMath.exp(-sum));
    }
}
