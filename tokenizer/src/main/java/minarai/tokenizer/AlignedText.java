package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;

/// Text on its way through normalizers and pre-tokenizers, each UTF-16 unit knowing which part of the original it came
/// from (in UTF-16 units of the original, whole characters only).
///
/// The original itself, cut but not changed, keeps no table of where its units are.
///
/// The alignment rules are those of Hugging Face's `NormalizedString`: a character put in the place of another has its
/// alignment, an inserted one that of the character before it.
final class AlignedText {

    /// A text grows to at most so many units for each unit of the original, and some more: NFKC makes eighteen
    /// characters of one, and spelled in bytes each may become three.
    private static final int GROWTH = 64;
    private static final int SPARE = 4096;

    private final String text;
    private final int[] starts;
    private final int[] ends;
    private final int first;
    private final int origin;
    private final boolean isOriginal;
    private final int longest;

    private AlignedText(String text, int[] starts, int[] ends, int first, int origin, boolean isOriginal,
                        int longest) {
        this.text = text;
        this.starts = starts;
        this.ends = ends;
        this.first = first;
        this.origin = origin;
        this.isOriginal = isOriginal;
        this.longest = longest;
    }

    /// The original, aligned with itself.
    static AlignedText of(String text) {
        return new AlignedText(text, IntArrays.EMPTY_ARRAY, IntArrays.EMPTY_ARRAY, 0, 0, true,
                longest(text.length()));
    }

    /// What an original of so many units may grow to.
    static int longest(int units) {
        return (int) Math.min(Integer.MAX_VALUE, SPARE + (long) GROWTH * units);
    }

    String text() {
        return text;
    }

    int length() {
        return text.length();
    }

    boolean isEmpty() {
        return text.isEmpty();
    }

    /// Where in the original this piece begins.
    int origin() {
        return origin;
    }

    /// Where in the original the character of this unit begins.
    int start(int unit) {
        if (!isOriginal) {
            return starts[first + unit];
        }
        return first + unit - (isInside(unit) ? 1 : 0);
    }

    /// Where in the original the character of this unit ends.
    int end(int unit) {
        if (!isOriginal) {
            return ends[first + unit];
        }
        return first + unit + (isInside(unit + 1) ? 2 : 1);
    }

    /// Whether a unit is the second of its character.
    private boolean isInside(int unit) {
        return unit > 0 && unit < text.length() && Character.isLowSurrogate(text.charAt(unit))
                && Character.isHighSurrogate(text.charAt(unit - 1));
    }

    /// Units `from` to `to`; shares the alignment, and has its share of what the whole may grow to.
    AlignedText slice(int from, int to) {
        if (from == 0 && to == text.length()) {
            return this;
        }
        int sliceOrigin = from < to ? start(from) : origin;
        int share = (int) ((long) longest * (to - from) / text.length());
        return new AlignedText(text.substring(from, to), starts, ends, first + from, sliceOrigin, isOriginal, share);
    }

    /// The same text with `prefix` before it; the prefix is aligned with the first character. Empty text stays empty.
    AlignedText prepend(String prefix) {
        if (text.isEmpty() || prefix.isEmpty()) {
            return this;
        }
        Editor editor = edit();
        for (int i = 0; i < prefix.length(); i++) {
            editor.put(prefix.charAt(i), start(0), end(0));
        }
        editor.copy(0, text.length());
        return editor.done();
    }

    Editor edit() {
        return new Editor(this);
    }

    /// Builds the next text from this one.
    static final class Editor {

        private final AlignedText source;
        private final StringBuilder text;
        private final IntArrayList starts;
        private final IntArrayList ends;

        private Editor(AlignedText source) {
            this.source = source;
            text = new StringBuilder(source.length() + 16);
            starts = new IntArrayList(source.length() + 16);
            ends = new IntArrayList(source.length() + 16);
        }

        /// Appends a unit with an alignment of its own.
        void put(char unit, int start, int end) {
            checkGrowth(1);
            text.append(unit);
            starts.add(start);
            ends.add(end);
        }

        /// Keeps units `from` to `to` of the source.
        void copy(int from, int to) {
            checkGrowth(to - from);
            text.append(source.text, from, to);
            if (source.isOriginal) {
                for (int unit = from; unit < to; unit++) {
                    starts.add(source.start(unit));
                    ends.add(source.end(unit));
                }
                return;
            }
            starts.addElements(starts.size(), source.starts, source.first + from, to - from);
            ends.addElements(ends.size(), source.ends, source.first + from, to - from);
        }

        private void checkGrowth(int added) {
            if (added > source.longest - text.length()) {
                throw new IllegalArgumentException(("normalizing makes a text longer than %d characters, more than "
                        + "%d for each that was given. Does a step of the tokenizer replace what another wrote?")
                        .formatted(source.longest, GROWTH));
            }
        }

        /// Puts a character in the place of the source's character at `unit`.
        void replace(int codePoint, int unit) {
            for (char part : Character.toChars(codePoint)) {
                put(part, source.start(unit), source.end(unit));
            }
        }

        /// Inserts a character before the source's `unit`.
        void insert(int codePoint, int unit) {
            int start = unit == 0 ? source.origin : source.start(unit - 1);
            int end = unit == 0 ? source.origin : source.end(unit - 1);
            for (char part : Character.toChars(codePoint)) {
                put(part, start, end);
            }
        }

        /// Drops all of a unit that stand at the end.
        ///
        /// @return where the first dropped one began, or `otherwise`
        int dropAtEnd(char unit, int otherwise) {
            int length = text.length();
            while (length > 0 && text.charAt(length - 1) == unit) {
                length--;
            }
            int dropped = length < text.length() ? starts.getInt(length) : otherwise;
            text.setLength(length);
            starts.size(length);
            ends.size(length);
            return dropped;
        }

        /// Lets each unit end where the next one begins, and the last one at `end`.
        void endEachAtTheNext(int end) {
            for (int i = 0; i < text.length(); i++) {
                ends.set(i, i + 1 < text.length() ? starts.getInt(i + 1) : end);
            }
        }

        AlignedText done() {
            return new AlignedText(text.toString(), starts.toIntArray(), ends.toIntArray(), 0, source.origin,
                    false, source.longest);
        }
    }
}
