package minarai.train.desk.text;

import java.util.Arrays;

/// For each of several hash functions the least value over a text's grams. Two texts agree in as large a part of them
/// as their Jaccard similarity says.
///
/// @param least one a function
/// @see <a href="https://doi.org/10.1109/SEQUEN.1997.666900">Broder 1997</a>
public record MinHash(int[] least) {

    static final int BANDS = 16;
    static final int BAND = 5;
    private static final int FUNCTIONS = BANDS * BAND;
    private static final int[] FACTORS = new int[FUNCTIONS];
    private static final int[] SUMMANDS = new int[FUNCTIONS];

    static {
        long state = 0x9E3779B97F4A7C15L;
        for (int i = 0; i < FUNCTIONS; i++) {
            state = state * 6364136223846793005L + 1442695040888963407L;
            FACTORS[i] = (int) (state >>> 32) | 1;
            state = state * 6364136223846793005L + 1442695040888963407L;
            SUMMANDS[i] = (int) (state >>> 32);
        }
    }

    public static MinHash of(Grams grams) {
        int[] least = new int[FUNCTIONS];
        Arrays.fill(least, Integer.MAX_VALUE);
        for (int gram : grams.hashes()) {
            for (int i = 0; i < FUNCTIONS; i++) {
                least[i] = Math.min(least[i], gram * FACTORS[i] + SUMMANDS[i]);
            }
        }
        return new MinHash(least);
    }

    /// The Jaccard similarity, estimated: the share of functions in which both agree.
    public double similarity(MinHash other) {
        int same = 0;
        for (int i = 0; i < FUNCTIONS; i++) {
            same += least[i] == other.least[i] ? 1 : 0;
        }
        return (double) same / FUNCTIONS;
    }

    /// A hash of the functions of one band.
    int band(int number) {
        int hash = number;
        for (int i = number * BAND; i < (number + 1) * BAND; i++) {
            hash = (hash ^ least[i]) * 0x01000193;
            hash ^= hash >>> 15;
        }
        return hash;
    }
}
