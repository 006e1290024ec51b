package minarai.train.desk.text;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import minarai.train.data.Words;

/// A text ready to be compared by its longest common subsequence of words.
///
/// @param words each as a number; the same word has the same number in all texts of one [Numbering]
/// @see <a href="https://aclanthology.org/W04-1013/">Lin 2004, section 3</a>
public record RougeL(int[] words) {

    private static final int MOST_WORDS = 1000;

    /// Gives words their numbers.
    public static final class Numbering {

        private final Map<String, Integer> numbers = new HashMap<>();

        /// The first 1,000 words of a text.
        public RougeL of(String text) {
            List<String> words = Words.of(text);
            return new RougeL(words.stream().limit(MOST_WORDS)
                    .mapToInt(word -> numbers.computeIfAbsent(word, absent -> numbers.size())).toArray());
        }
    }

    /// Twice the longest common subsequence over the words of both: the F measure, 0 to 1.
    public double f(RougeL other) {
        int both = words.length + other.words.length;
        return both == 0 ? 0 : 2.0 * longestCommon(words, other.words) / both;
    }

    /// Whether [#f(RougeL)] is above a bound, without counting where the lengths alone decide.
    public boolean isAbove(double bound, RougeL other) {
        int both = words.length + other.words.length;
        return both > 0 && 2.0 * Math.min(words.length, other.words.length) / both > bound && f(other) > bound;
    }

    private static int longestCommon(int[] a, int[] b) {
        int[] row = new int[b.length + 1];
        for (int word : a) {
            int diagonal = 0;
            for (int j = 1; j <= b.length; j++) {
                int above = row[j];
                row[j] = word == b[j - 1] ? diagonal + 1 : Math.max(above, row[j - 1]);
                diagonal = above;
            }
        }
        return row[b.length];
    }
}
