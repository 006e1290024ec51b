package minarai.train.data;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Collectors;

/// Names in error messages: the nearest known one to a misspelled one, and lists that stay short.
public final class Names {

    private static final int LONGEST = 64;
    private static final int MOST = 16;

    private Names() {
    }

    /// The known name that was most likely meant: within a third of the word's letters in edit distance, or one that
    /// continues the word. Of equally near ones the first in alphabetical order.
    public static Optional<String> nearest(String word, Collection<String> known) {
        if (word.length() > LONGEST) {
            return Optional.empty();
        }
        int reach = Math.max(1, word.length() / 3);
        return known.stream()
                .filter(name -> distance(word, name) <= reach || word.length() >= 3 && name.startsWith(word))
                .min(Comparator.<String>comparingInt(name -> distance(word, name)).thenComparing(name -> name));
    }

    /// ` (did you mean NAME?)` where a known name is near, else nothing; it can stand within a sentence.
    public static String suggestion(String word, Collection<String> known) {
        return nearest(word, known).map(name -> " (did you mean " + name + "?)").orElse("");
    }

    /// The names with commas between them, long ones and long lists cut.
    public static String list(Collection<String> names) {
        String shown = names.stream().limit(MOST).map(Names::clipped).collect(Collectors.joining(", "));
        return names.size() > MOST ? shown + " and " + (names.size() - MOST) + " more" : shown;
    }

    /// A text of at most 64 characters, for quoting.
    public static String clipped(String text) {
        return text.length() <= LONGEST ? text : text.substring(0, text.offsetByCodePoints(0, LONGEST / 2)) + "…";
    }

    /// How many letters must be inserted, left out, replaced or swapped with their neighbour.
    private static int distance(String a, String b) {
        var rows = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    rows[i][j] = i + j;
                    continue;
                }
                int replaced = rows[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                rows[i][j] = Math.min(replaced, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
                boolean swaps = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2)
                        && a.charAt(i - 2) == b.charAt(j - 1);
                if (swaps) {
                    rows[i][j] = Math.min(rows[i][j], rows[i - 2][j - 2] + 1);
                }
            }
        }
        return rows[a.length()][b.length()];
    }
}
