package minarai.tokenizer;

import java.text.Normalizer;

/// Unicode normalization that keeps the alignment: text is cut into runs that cannot interact (a character and the
/// marks and Hangul vowels after it), each run is normalized, and what a run becomes is aligned with its characters.
final class UnicodeForm {

    /// A run longer than this is cut, so that a text of nothing but marks takes linear time; natural text has runs of
    /// a few characters, and Unicode's stream-safe format (UAX 15, section 13) of at most 31.
    private static final int LONGEST_RUN = 2048;

    private UnicodeForm() {
    }

    static AlignedText apply(Normalizer.Form form, AlignedText text) {
        String s = text.text();
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

    private static int runEnd(String s, int from) {
        int to = from + Character.charCount(s.codePointAt(from));
        int limit = Math.min(s.length(), from + LONGEST_RUN);
        while (to < limit && joinsBefore(s.codePointAt(to))) {
            to += Character.charCount(s.codePointAt(to));
        }
        return to;
    }

    /// Whether a character may compose or reorder with the one before it: marks, Hangul vowels and finals, and the
    /// half-width forms whose compatibility decomposition is one of these.
    private static boolean joinsBefore(int c) {
        return c >= 0x300 && (Characters.isMark(c) || c >= 0x1160 && c <= 0x11FF || c == 0xFF9E || c == 0xFF9F
                || c >= 0xFFA0 && c <= 0xFFDC || c >= 0xD7B0 && c <= 0xD7FB);
    }

    private static void normalizeRun(Normalizer.Form form, String s, int from, int to, AlignedText.Editor editor) {
        String run = s.substring(from, to);
        String normalized = Normalizer.normalize(run, form);
        if (normalized.equals(run)) {
            editor.copy(from, to);
            return;
        }
        int before = run.codePointCount(0, run.length());
        int after = normalized.codePointCount(0, normalized.length());
        int unit = from;
        for (int i = 0; i < after; i++) {
            int c = normalized.codePointAt(normalized.offsetByCodePoints(0, i));
            editor.replace(c, unit);
            boolean movesOn = i >= after - before && unit + Character.charCount(s.codePointAt(unit)) < to;
            int skipped = i == 0 ? Math.max(0, before - after) : 0;
            unit = movesOn ? s.offsetByCodePoints(unit, 1 + skipped) : unit;
        }
    }
}
