package minarai.train.desk.text;

import it.unimi.dsi.fastutil.ints.IntArrays;
import java.util.Arrays;
import minarai.train.data.Words;

/// The different runs of a few characters in a text, each as 32 bits.
///
/// @param hashes ascending, without repetitions
public record Grams(int[] hashes) {

    private static final int LENGTH = 5;
    private static final int UNSPACED_LENGTH = 3;
    private static final int FIRST_UNSPACED = 0x2E80;

    /// Of a text in NFKC and lower case, with single blanks.
    public static Grams of(String text) {
        String squeezed = Words.squeezed(text);
        int length = isUnspaced(squeezed) ? UNSPACED_LENGTH : LENGTH;
        int count = Math.max(0, squeezed.length() - length + 1);
        int[] hashes = new int[count];
        for (int start = 0; start < count; start++) {
            int hash = length;
            for (int i = start; i < start + length; i++) {
                hash = hash * 0x01000193 + squeezed.charAt(i);
            }
            hashes[start] = mixed(hash);
        }
        IntArrays.unstableSort(hashes);
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (i == 0 || hashes[i] != hashes[i - 1]) {
                hashes[kept++] = hashes[i];
            }
        }
        return new Grams(Arrays.copyOf(hashes, kept));
    }

    private static boolean isUnspaced(String text) {
        long unspaced = text.chars().filter(c -> c >= FIRST_UNSPACED).count();
        return 3 * unspaced > text.length();
    }

    /// The finalizer of MurmurHash3.
    private static int mixed(int hash) {
        int a = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        int b = (a ^ (a >>> 13)) * 0xc2b2ae35;
        return b ^ (b >>> 16);
    }

    /// The share of the grams of both that each has, 0 to 1; 0 if there are none.
    public double jaccard(Grams other) {
        int shared = 0;
        int i = 0;
        int j = 0;
        while (i < hashes.length && j < other.hashes.length) {
            int order = Integer.compare(hashes[i], other.hashes[j]);
            shared += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
        }
        int all = hashes.length + other.hashes.length - shared;
        return all == 0 ? 0 : (double) shared / all;
    }
}
