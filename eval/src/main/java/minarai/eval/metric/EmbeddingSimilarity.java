package minarai.eval.metric;

import java.util.ArrayList;
import java.util.List;
import minarai.eval.statistics.SplitMix;

/// How alike two texts are by vectors of their tokens, e.g. hidden states of a layer, special tokens left out: each
/// token is matched with the most alike one of the other text. A mean without the baseline of shuffled pairs says
/// nothing, since vectors of one model are all somewhat alike; so both come together.
///
/// @param similarity mean F1 over the pairs
/// @param shuffled   mean F1 of answers with references of other items
/// @see <a href="https://arxiv.org/abs/1904.09675">Zhang et al. 2020</a>
public record EmbeddingSimilarity(double similarity, double shuffled) {

    /// What separates the pairs from chance.
    public double aboveShuffled() {
        return similarity - shuffled;
    }

    /// @param layer what the vectors are, e.g. `layer 12 of machi`
    public static String signature(String layer) {
        return "embedding_similarity|vectors:" + layer + "|match:greedy|score:f1|baseline:shuffled|version:1";
    }

    /// @param answers    an item each: tokens x features
    /// @param references those of the same items, in the same order
    /// @param seed       of the shuffle
    /// @throws IllegalArgumentException if the lists differ in length, there are fewer than two items, one is empty, or
    ///         vectors differ in length or are zero
    public static EmbeddingSimilarity of(List<float[][]> answers, List<float[][]> references, long seed) {
        int count = answers.size();
        if (count != references.size() || count < 2) {
            throw new IllegalArgumentException("embedding similarity of " + count + " answers with " + references.size()
                    + " references; needed: as many of both, and two items at least for the shuffled baseline");
        }
        List<Integer> order = derangement(count, seed);
        double similarity = 0;
        double shuffled = 0;
        for (int item = 0; item < count; item++) {
            similarity += match(answers.get(item), references.get(item)).f1();
            shuffled += match(answers.get(item), references.get(order.get(item))).f1();
        }
        return new EmbeddingSimilarity(similarity / count, shuffled / count);
    }

    /// Precision: mean over the answer's tokens of the greatest cosine; recall: over the reference's.
    public static Overlap match(float[][] answer, float[][] reference) {
        if (answer.length == 0 || reference.length == 0) {
            throw new IllegalArgumentException("embedding similarity of " + answer.length + " with " + reference.length
                    + " vectors; needed: at least one token in each");
        }
        double[][] one = normalised(answer);
        double[][] other = normalised(reference);
        return new Overlap(meanOfGreatest(one, other), meanOfGreatest(other, one));
    }

    private static double meanOfGreatest(double[][] from, double[][] to) {
        double sum = 0;
        for (double[] vector : from) {
            double greatest = -1;
            for (double[] candidate : to) {
                greatest = Math.max(greatest, product(vector, candidate));
            }
            sum += greatest;
        }
        return sum / from.length;
    }

    private static double product(double[] one, double[] other) {
        if (one.length != other.length) {
            throw new IllegalArgumentException("embedding similarity of vectors of " + one.length + " and "
                    + other.length + " features; both must come from the same layer of the same model");
        }
        double sum = 0;
        for (int i = 0; i < one.length; i++) {
            sum += one[i] * other[i];
        }
        return sum;
    }

    private static double[][] normalised(float[][] vectors) {
        var result = new double[vectors.length][];
        for (int row = 0; row < vectors.length; row++) {
            double squares = 0;
            for (float value : vectors[row]) {
                squares += (double) value * value;
            }
            if (!(squares > 0) || Double.isInfinite(squares)) {
                throw new IllegalArgumentException("embedding similarity: the vector of token " + row
                        + " is zero or not finite and has no direction");
            }
            double norm = Math.sqrt(squares);
            result[row] = new double[vectors[row].length];
            for (int i = 0; i < vectors[row].length; i++) {
                result[row][i] = vectors[row][i] / norm;
            }
        }
        return result;
    }

    /// A cycle through all items in random order: no item keeps its own place.
    private static List<Integer> derangement(int count, long seed) {
        var random = new SplitMix(seed);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add(i);
        }
        for (int i = count - 1; i > 0; i--) {
            int j = random.below(i, i);
            int kept = order.get(i);
            order.set(i, order.get(j));
            order.set(j, kept);
        }
        return order;
    }
}
