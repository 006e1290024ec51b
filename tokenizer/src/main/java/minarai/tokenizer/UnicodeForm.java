package minarai.tokenizer;

import java.text.Normalizer;
import java.util.List;
import java.util.stream.IntStream;

/// Unicode normalization that keeps the alignment: text is cut into runs that cannot interact (a character and the
/// marks and Hangul vowels after it), each run is normalized, and what a run becomes is aligned with its characters.
final class UnicodeForm {

    /// A run longer than this is cut, so that a text of nothing but marks takes linear time; natural text has runs of
    /// a few characters, and Unicode's stream-safe format (UAX 15, section 13) of at most 31.
    private static final int LONGEST_RUN = 256;

    private UnicodeForm() {
    }

    static AlignedText apply(Normalizer.Form form, AlignedText text) {
        String s = text.text();
        if (isPlain(s) || Normalizer.isNormalized(s, form)) {
            return text;
        }
        var editor = text.edit();
        for (int from = 0; from < s.length(); ) {
            int to = runEnd(s, from);
            if (to - from == 1 && s.charAt(from) < 0x80) {
                editor.copy(from, to);
            } else {
                normalizeRun(form, s, from, to, editor);
            }
            from = to;
        }
        return editor.done();
    }

    private static boolean isPlain(String s) {
        for (int i = 0; i < s.length(); i++) {
            if (s.charAt(i) >= 0x80) {
                return false;
            }
        }
        return true;
    }

    private static int runEnd(String s, int from) {
        int to = from + Character.charCount(s.codePointAt(from));
        int limit = Math.min(s.length(), from + LONGEST_RUN);
        while (to < limit && joinsBefore(s.codePointAt(to))) {
            to += Character.charCount(s.codePointAt(to));
        }
        return to;
    }

    /// Whether a character may compose or reorder with the one before it: marks, Hangul vowels and finals, two vowels
    /// of Kirat Rai, and what the compatibility forms make one of these: compatibility and half-width Hangul, and
    /// half-width sound marks.
    private static boolean joinsBefore(int c) {
        return c >= 0x300 && (Characters.isMark(c) || c >= 0x1160 && c <= 0x11FF || isCompatibilityHangul(c)
                || c >= 0xD7B0 && c <= 0xD7FB || c >= 0xFF9E && c <= 0xFFDC || c == 0x16D67 || c == 0x16D68);
    }

    /// The vowels, and the clusters of consonants that only end a syllable.
    private static boolean isCompatibilityHangul(int c) {
        return c >= 0x314F && c <= 0x3163 || c == 0x3133 || c == 0x3135 || c == 0x3136 || c >= 0x313A && c <= 0x313F;
    }

    private static void normalizeRun(Normalizer.Form form, String s, int from, int to, AlignedText.Editor editor) {
        String run = s.substring(from, to);
        String normalized = Normalizer.normalize(run, form);
        if (normalized.equals(run)) {
            editor.copy(from, to);
        } else if (!replaceEach(form, run, from, normalized, editor)) {
            replaceTogether(run, from, normalized, editor);
        }
    }

    /// Aligns what each character becomes with that character, if the characters do not interact.
    private static boolean replaceEach(Normalizer.Form form, String run, int from, String normalized,
                                       AlignedText.Editor editor) {
        List<String> parts = run.codePoints().mapToObj(c -> Normalizer.normalize(Character.toString(c), form)).toList();
        if (!normalized.equals(String.join("", parts))) {
            return false;
        }
        int at = 0;
        for (String part : parts) {
            int source = from + at;
            part.codePoints().forEach(c -> editor.replace(c, source));
            at = run.offsetByCodePoints(at, 1);
        }
        return true;
    }

    /// Aligns what comes first with the first character, and the rest with the characters after those it swallowed.
    private static void replaceTogether(String run, int from, String normalized, AlignedText.Editor editor) {
        int[] units = IntStream.iterate(0, at -> at < run.length(), at -> run.offsetByCodePoints(at, 1)).toArray();
        int[] becomes = normalized.codePoints().toArray();
        int shift = units.length - becomes.length;
        for (int i = 0; i < becomes.length; i++) {
            int source = i == 0 ? 0 : Math.clamp(i + shift, 0, units.length - 1);
            editor.replace(becomes[i], from + units[source]);
        }
    }
}
