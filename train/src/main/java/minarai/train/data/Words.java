package minarai.train.data;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// Texts in the form in which they are compared with one another.
public final class Words {

    private static final Pattern SPACE = Pattern.compile("[\\s\\p{Z}]+");
    private static final Pattern LAST_STOP = Pattern.compile("[.!?。 ]+$");

    private Words() {
    }

    /// The text in NFKC and lower case, with single blanks, and without the stop, question or exclamation mark at its
    /// end. Other punctuation stays: `2+2` is not `2-2`.
    public static String squeezed(String text) {
        String spaced = SPACE.matcher(normalized(text)).replaceAll(" ").strip();
        return LAST_STOP.matcher(spaced).replaceAll("");
    }

    /// The words in NFKC and lower case: runs of letters and digits; where a script has no blanks (Han, kana, Thai)
    /// every character is a word.
    public static List<String> of(String text) {
        String normalized = normalized(text);
        var words = new ArrayList<String>();
        int start = -1;
        for (int at = 0; at < normalized.length(); ) {
            int c = normalized.codePointAt(at);
            int next = at + Character.charCount(c);
            boolean alone = isUnspaced(c);
            boolean joins = !alone && isWordPart(c);
            if (start >= 0 && !joins) {
                words.add(normalized.substring(start, at));
                start = -1;
            }
            if (alone) {
                words.add(normalized.substring(at, next));
            } else if (joins && start < 0) {
                start = at;
            }
            at = next;
        }
        if (start >= 0) {
            words.add(normalized.substring(start));
        }
        return words;
    }

    private static String normalized(String text) {
        return Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    }

    private static boolean isWordPart(int c) {
        int type = Character.getType(c);
        return Character.isLetterOrDigit(c) || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }

    private static boolean isUnspaced(int c) {
        return switch (Character.UnicodeScript.of(c)) {
            case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> Character.isLetterOrDigit(c);
            default -> false;
        };
    }
}
