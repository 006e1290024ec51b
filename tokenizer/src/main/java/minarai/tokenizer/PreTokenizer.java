package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/// Cuts text into pieces that the model sees one by one: the `pre_tokenizer` of tokenizer.json.
sealed interface PreTokenizer {

    /// GPT-2's pattern, which `ByteLevel` with `use_regex` cuts by.
    TextPattern GPT2_PATTERN = new TextPattern.Scanned(WordScanner.GPT2);

    /// BERT's: at white space, and around each punctuation character.
    PreTokenizer BERT = new Sequence(List.of(new Around(CharacterClass.WHITE_SPACE, Behavior.REMOVED),
            new Around(CharacterClass.PUNCTUATION, Behavior.ISOLATED)));

    /// The pieces in order; none is empty.
    List<AlignedText> split(AlignedText text);

    /// One after another, each on the pieces of the one before; of none, the text itself.
    record Sequence(List<PreTokenizer> steps) implements PreTokenizer {
        @Override
        public List<AlignedText> split(AlignedText text) {
            List<AlignedText> pieces = text.isEmpty() ? List.of() : List.of(text);
            for (PreTokenizer step : steps) {
                List<AlignedText> next = new ArrayList<>(pieces.size());
                for (AlignedText piece : pieces) {
                    next.addAll(step.split(piece));
                }
                pieces = next;
            }
            return pieces;
        }
    }

    /// Bytes spelled in [ByteAlphabet], cut by GPT-2's pattern if `usesRegex`.
    record ByteLevel(boolean addsPrefixSpace, boolean usesRegex) implements PreTokenizer {
        @Override
        public List<AlignedText> split(AlignedText text) {
            boolean needsSpace = addsPrefixSpace && !text.text().startsWith(" ");
            AlignedText prefixed = needsSpace ? text.prepend(" ") : text;
            List<AlignedText> pieces = usesRegex ? new Split(GPT2_PATTERN, Behavior.ISOLATED, false).split(prefixed)
                    : new Sequence(List.of()).split(prefixed);
            return pieces.stream().map(ByteLevel::spell).toList();
        }

        /// The bytes of a text, each aligned with its character.
        static AlignedText spell(AlignedText text) {
            String s = text.text();
            var editor = text.edit();
            for (int unit = 0; unit < s.length(); ) {
                int codePoint = s.codePointAt(unit);
                for (byte b : ByteAlphabet.utf8(codePoint)) {
                    editor.replace(ByteAlphabet.characterOf(b), unit);
                }
                unit += Character.charCount(codePoint);
            }
            return editor.done();
        }
    }

    /// Cuts around the matches of a pattern, or around what lies between them if `isInverted`.
    record Split(TextPattern pattern, Behavior behavior, boolean isInverted) implements PreTokenizer {
        @Override
        public List<AlignedText> split(AlignedText text) {
            return behavior.cut(text, pattern.matches(text.text()), isInverted);
        }
    }

    /// Cuts around characters of a class.
    record Around(CharacterClass characters, Behavior behavior) implements PreTokenizer {
        @Override
        public List<AlignedText> split(AlignedText text) {
            IntArrayList spans = new IntArrayList();
            String s = text.text();
            for (int unit = 0; unit < s.length(); ) {
                int next = unit + Character.charCount(s.codePointAt(unit));
                if (characters.test(s.codePointAt(unit))) {
                    spans.add(unit);
                    spans.add(next);
                }
                unit = next;
            }
            return behavior.cut(text, spans, false);
        }
    }

    /// Cuts where the script changes; kana and Han are one, and blanks belong to what is before them. As in the
    /// reference, blanks at the front are dropped.
    record Scripts() implements PreTokenizer {
        @Override
        public List<AlignedText> split(AlignedText text) {
            List<AlignedText> pieces = new ArrayList<>();
            String s = text.text();
            Optional<UnicodeScript> last = Optional.empty();
            int start = s.length();
            for (int at = 0; at < s.length(); at += Character.charCount(s.codePointAt(at))) {
                var script = Optional.of(script(s.codePointAt(at)));
                if (s.charAt(at) == ' ' || script.equals(last)) {
                    continue;
                }
                if (last.isPresent()) {
                    pieces.add(text.slice(start, at));
                }
                start = at;
                last = script;
            }
            if (start < s.length()) {
                pieces.add(text.slice(start, s.length()));
            }
            return pieces;
        }

        private static UnicodeScript script(int c) {
            UnicodeScript script = UnicodeScript.of(c);
            boolean isJapanese = script == UnicodeScript.HIRAGANA || script == UnicodeScript.KATAKANA || c == 0x30FC;
            return isJapanese ? UnicodeScript.HAN : script;
        }
    }

    /// Blanks become the replacement, one is put in front by the scheme, and each piece begins with one.
    record Metaspace(String replacement, PrependScheme scheme, boolean splits) implements PreTokenizer {
        @Override
        public List<AlignedText> split(AlignedText text) {
            AlignedText spaced = new Normalizer.Replace(new TextPattern.Literal(" "), replacement).apply(text);
            boolean wantsPrefix = switch (scheme) {
                case ALWAYS -> true;
                case FIRST -> text.origin() == 0;
                case NEVER -> false;
            };
            if (wantsPrefix && !spaced.text().startsWith(replacement)) {
                spaced = spaced.prepend(replacement);
            }
            if (!splits) {
                return new Sequence(List.of()).split(spaced);
            }
            var pattern = new TextPattern.Literal(replacement);
            return Behavior.MERGED_WITH_NEXT.cut(spaced, pattern.matches(spaced.text()), false);
        }
    }

    /// Where [Metaspace] puts a replacement in front.
    enum PrependScheme { ALWAYS, FIRST, NEVER }

    /// The classes of characters that pre-tokenizers cut around.
    enum CharacterClass implements IntPredicate {
        NUMERIC {
            @Override
            public boolean test(int c) {
                return Characters.isNumeric(c);
            }
        },
        PUNCTUATION {
            @Override
            public boolean test(int c) {
                return Characters.isPunctuation(c);
            }
        },
        WHITE_SPACE {
            @Override
            public boolean test(int c) {
                return Characters.isWhiteSpace(c);
            }
        }
    }

    /// What becomes of the matches.
    enum Behavior {
        /// Dropped.
        REMOVED,
        /// Each a piece.
        ISOLATED,
        /// Each joined to what is before it.
        MERGED_WITH_PREVIOUS,
        /// Each joined to what is after it.
        MERGED_WITH_NEXT,
        /// Neighbouring matches are one piece.
        CONTIGUOUS;

        /// Cuts `text` at matches; `spans` holds start, end, start, end …
        List<AlignedText> cut(AlignedText text, IntArrayList spans, boolean isInverted) {
            IntArrayList cuts = new IntArrayList();
            List<Boolean> isMatch = new ArrayList<>();
            int at = 0;
            for (int i = 0; i < spans.size(); i += 2) {
                if (at < spans.getInt(i)) {
                    cuts.add(at);
                    isMatch.add(isInverted);
                }
                cuts.add(spans.getInt(i));
                isMatch.add(!isInverted);
                at = spans.getInt(i + 1);
            }
            if (at < text.length()) {
                cuts.add(at);
                isMatch.add(isInverted);
            }
            cuts.add(text.length());
            return pieces(text, cuts, isMatch);
        }

        private List<AlignedText> pieces(AlignedText text, IntArrayList cuts, List<Boolean> isMatch) {
            List<AlignedText> pieces = new ArrayList<>();
            int start = 0;
            for (int i = 0; i < isMatch.size(); i++) {
                boolean isLast = i + 1 == isMatch.size();
                if (!isLast && joins(isMatch, i)) {
                    continue;
                }
                int end = cuts.getInt(i + 1);
                if (start < end && !(this == REMOVED && isMatch.get(i))) {
                    pieces.add(text.slice(start, end));
                }
                start = end;
            }
            return pieces;
        }

        /// Whether part `i` and the next are one piece.
        private boolean joins(List<Boolean> isMatch, int i) {
            return switch (this) {
                case REMOVED, ISOLATED -> false;
                case CONTIGUOUS -> isMatch.get(i).equals(isMatch.get(i + 1));
                case MERGED_WITH_PREVIOUS -> isMatch.get(i + 1) && !isMatch.get(i);
                case MERGED_WITH_NEXT -> isMatch.get(i) && !isMatch.get(i + 1);
            };
        }
    }
}
