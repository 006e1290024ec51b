package minarai.models;

import java.util.Arrays;
import minarai.engine.Philox;
import minarai.engine.Tensor;

/// Chooses the next token from a row of logits: they are divided by the temperature, then top-k, top-p and min-p each
/// keep the likeliest of what is left, and one of these is drawn.
///
/// A choice depends on the seed, the sequence and the position only, never on what else is being generated. Equal
/// logits are decided in favour of the lower id.
///
/// @param temperature 0 for the most likely token, else what logits are divided by
/// @param topK        how many of the most likely tokens are considered; 0 for all
/// @param topP        the least share of probability that the considered tokens hold (Holtzman et al. 2020); 1 for all
/// @param minP        tokens less likely than this part of the likeliest are not considered (Nguyen et al. 2024); 0 for
///         all
/// @param seed        of the random numbers
public record Sampler(float temperature, int topK, float topP, float minP, long seed) {

    private static final int PURPOSE = 0x5a4d;

    public Sampler {
        if (!(temperature >= 0 && temperature <= 100) || topK < 0 || !(topP > 0 && topP <= 1)
                || !(minP >= 0 && minP <= 1)) {
            throw new IllegalArgumentException(("sampling needs a temperature from 0 to 100, a top-k of 0 or more, a "
                    + "top-p above 0 and at most 1, and a min-p from 0 to 1, not %s, %d, %s and %s")
                    .formatted(temperature, topK, topP, minP));
        }
    }

    /// Always the most likely token.
    public static Sampler greedy() {
        return new Sampler(0, 0, 1, 0, 0);
    }

    /// @param logits   rows x vocabulary; negative infinity for what is ruled out
    /// @param row      the row to choose from
    /// @param sequence number of the sequence
    /// @param position place of the token that is chosen
    /// @throws IllegalArgumentException if every token is ruled out
    public int choose(Tensor logits, int row, int sequence, int position) {
        int best = mostLikely(logits, row);
        if (logits.at(row, best) == Float.NEGATIVE_INFINITY) {
            throw new IllegalArgumentException("no token may follow: every one of them is ruled out");
        }
        if (temperature == 0) {
            return best;
        }
        int[] order = mostLikelyFirst(logits, row);
        int considered = topK == 0 ? order.length : Math.min(topK, order.length);
        double[] weights = new double[considered];
        Arrays.setAll(weights, i -> StrictMath.exp(
                (logits.at(row, order[i]) - (double) logits.at(row, order[0])) / temperature));
        int kept = likelyEnough(weights, nucleus(weights));
        double total = sum(weights, kept);
        double left = new Philox(seed, PURPOSE).uniform(sequence, position) * total;
        for (int i = 0; i < kept; i++) {
            left -= weights[i];
            if (left < 0) {
                return order[i];
            }
        }
        return order[kept - 1];
    }

    /// Ids by descending logit; equal ones by ascending id. A logit and its id are sorted as one number.
    private static int[] mostLikelyFirst(Tensor logits, int row) {
        long[] keys = new long[logits.columns()];
        for (int id = 0; id < keys.length; id++) {
            int bits = Float.floatToIntBits(logits.at(row, id));
            int ascending = bits ^ (bits >> 31 & Integer.MAX_VALUE);
            keys[id] = (long) ~ascending << 32 | id;
        }
        Arrays.sort(keys);
        int[] order = new int[keys.length];
        Arrays.setAll(order, i -> (int) keys[i]);
        return order;
    }

    /// How many of the first `count` weights, which descend from 1, are not ruled out and reach [#minP].
    private int likelyEnough(double[] weights, int count) {
        int kept = count;
        while (kept > 1 && (weights[kept - 1] == 0 || weights[kept - 1] < minP)) {
            kept--;
        }
        return kept;
    }

    /// How many of the weights, which descend, hold the share [#topP] together.
    private int nucleus(double[] weights) {
        double wanted = sum(weights, weights.length) * topP;
        double sum = 0;
        for (int i = 0; i < weights.length; i++) {
            sum += weights[i];
            if (sum >= wanted) {
                return i + 1;
            }
        }
        return weights.length;
    }

    /// In ascending order; that of a stream's sum is not defined.
    private static double sum(double[] weights, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += weights[i];
        }
        return sum;
    }

    private static int mostLikely(Tensor logits, int row) {
        int best = 0;
        for (int id = 1; id < logits.columns(); id++) {
            if (logits.at(row, id) > logits.at(row, best)) {
                best = id;
            }
        }
        return best;
    }
}
