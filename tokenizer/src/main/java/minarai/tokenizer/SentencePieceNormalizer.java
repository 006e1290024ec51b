package minarai.tokenizer;

/// SentencePiece's normalization: the character map, white space, and the blank put in front.
///
/// Positions are SentencePiece's: a unit begins where the reading stood when it was made, and ends where the next one
/// begins. So of two characters made from one, the first covers nothing.
///
/// @param map                 strings and their replacements
/// @param symbols             user-defined symbols, which go through unchanged
/// @param addsPrefix          whether a blank is put in front
/// @param removesExtraSpace   whether blanks at the ends and all but one between words are dropped
/// @param escapesSpace        whether blanks become U+2581
/// @see <a href="https://github.com/google/sentencepiece/blob/master/src/normalizer.cc">normalizer.cc</a>
record SentencePieceNormalizer(CharacterMap map, PieceTrie symbols, boolean addsPrefix, boolean removesExtraSpace,
                               boolean escapesSpace) implements Normalizer {

    static final char SPACE = '\u2581';

    @Override
    public AlignedText apply(AlignedText text) {
        return new Reading(text).run();
    }

    /// One text being read.
    private final class Reading {

        private final AlignedText source;
        private final String text;
        private final AlignedText.Editor editor;
        private final char space = escapesSpace ? SPACE : ' ';
        private int at;
        private boolean isAfterSpace = removesExtraSpace;

        Reading(AlignedText source) {
            this.source = source;
            text = source.text();
            editor = source.edit();
        }

        AlignedText run() {
            while (removesExtraSpace && at < text.length()) {
                CharacterMap.Match next = next();
                if (!next.replacement().equals(" ")) {
                    break;
                }
                at += next.units();
            }
            if (at >= text.length()) {
                return editor.done();
            }
            if (addsPrefix) {
                editor.put(space, position(at), position(at));
            }
            while (at < text.length()) {
                step();
            }
            int end = removesExtraSpace ? editor.dropAtEnd(space, position(at)) : position(at);
            editor.endEachAtTheNext(end);
            return editor.done();
        }

        private void step() {
            CharacterMap.Match next = next();
            String replacement = next.replacement();
            int from = 0;
            while (isAfterSpace && from < replacement.length() && replacement.charAt(from) == ' ') {
                from++;
            }
            for (int i = from; i < replacement.length(); i++) {
                char unit = replacement.charAt(i);
                editor.put(unit == ' ' ? space : unit, position(at), position(at));
            }
            if (from < replacement.length()) {
                isAfterSpace = replacement.endsWith(" ");
            }
            at += next.units();
            isAfterSpace &= removesExtraSpace;
        }

        private int position(int unit) {
            return unit < text.length() ? source.start(unit) : source.end(text.length() - 1);
        }

        /// What is next and what it becomes.
        private CharacterMap.Match next() {
            int symbol = symbols.longestAt(text, at);
            if (symbol > 0) {
                return new CharacterMap.Match(symbol, text.substring(at, at + symbol));
            }
            CharacterMap.Match mapped = map.longest(text, at);
            if (mapped.units() > 0) {
                return mapped;
            }
            int codePoint = text.codePointAt(at);
            boolean isHalf = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
            return new CharacterMap.Match(Character.charCount(codePoint),
                    isHalf ? "\uFFFD" : Character.toString(codePoint));
        }
    }
}
