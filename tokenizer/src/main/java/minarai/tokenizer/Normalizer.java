package minarai.tokenizer;

import java.text.BreakIterator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/// Rewrites text before it is split: the `normalizer` of tokenizer.json.
sealed interface Normalizer permits Normalizer.Sequence, Normalizer.Unicode, Normalizer.Lowercase,
        Normalizer.StripAccents, Normalizer.Strip, Normalizer.Replace, Normalizer.Prepend, Normalizer.Nmt,
        Normalizer.Bert, Normalizer.Bytes, Normalizer.Precompiled, SentencePieceNormalizer {

    AlignedText apply(AlignedText text);

    /// One after another; of none, nothing changes.
    record Sequence(List<Normalizer> steps) implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            AlignedText result = text;
            for (Normalizer step : steps) {
                result = step.apply(result);
            }
            return result;
        }
    }

    /// NFC, NFD, NFKC or NFKD.
    record Unicode(java.text.Normalizer.Form form) implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            return UnicodeForm.apply(form, text);
        }
    }

    /// Lower case, character by character (a final sigma stays σ).
    record Lowercase() implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            var editor = text.edit();
            forEachCharacter(text, (codePoint, unit) -> {
                String lower = Character.toString(codePoint).toLowerCase(Locale.ROOT);
                lower.codePoints().forEach(c -> editor.replace(c, unit));
            });
            return editor.done();
        }
    }

    /// Drops combining marks.
    record StripAccents() implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            return keep(text, c -> !Characters.isMark(c));
        }
    }

    /// Drops white space at the ends.
    record Strip(boolean left, boolean right) implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            String s = text.text();
            int from = 0;
            int to = s.length();
            while (left && from < to && Characters.isWhiteSpace(s.codePointAt(from))) {
                from += Character.charCount(s.codePointAt(from));
            }
            while (right && from < to && Characters.isWhiteSpace(s.codePointBefore(to))) {
                to -= Character.charCount(s.codePointBefore(to));
            }
            var editor = text.edit();
            editor.copy(from, to);
            return editor.done();
        }
    }

    /// Puts `content` in the place of every match.
    record Replace(TextPattern pattern, String content) implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            var spans = pattern.matches(text.text());
            if (spans.isEmpty()) {
                return text;
            }
            var editor = text.edit();
            int copied = 0;
            for (int i = 0; i < spans.size(); i += 2) {
                int end = spans.getInt(i + 1);
                editor.copy(copied, spans.getInt(i));
                content.codePoints().forEach(c -> editor.insert(c, end));
                copied = end;
            }
            editor.copy(copied, text.length());
            return editor.done();
        }
    }

    /// Puts `prefix` before text that is not empty.
    record Prepend(String prefix) implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            return text.prepend(prefix);
        }
    }

    /// The white-space and control-character rules of SentencePiece's `nmt` normalization.
    record Nmt() implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            var editor = text.edit();
            forEachCharacter(text, (c, unit) -> {
                boolean isDropped = c >= 1 && c <= 8 || c == 0xB || c >= 0xE && c <= 0x1F || c == 0x7F || c == 0x8F
                        || c == 0x9F;
                boolean isBlank = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680
                        || c >= 0x200B && c <= 0x200F || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF
                        || c == 0xFFFD;
                if (!isDropped) {
                    editor.replace(isBlank ? ' ' : c, unit);
                }
            });
            return editor.done();
        }
    }

    /// BERT's: control characters dropped, white space to blanks, blanks around CJK ideographs, accents, case.
    record Bert(boolean cleansText, boolean spacesChinese, boolean stripsAccents, boolean lowercases)
            implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            AlignedText result = cleansText ? clean(text) : text;
            result = spacesChinese ? spaceChinese(result) : result;
            if (stripsAccents) {
                result = keep(UnicodeForm.apply(java.text.Normalizer.Form.NFD, result),
                        c -> Character.getType(c) != Character.NON_SPACING_MARK);
            }
            return lowercases ? new Lowercase().apply(result) : result;
        }

        private static AlignedText clean(AlignedText text) {
            var editor = text.edit();
            forEachCharacter(text, (c, unit) -> {
                boolean isLineOrTab = c == '\t' || c == '\n' || c == '\r';
                boolean isDropped = c == 0xFFFD || !isLineOrTab && Characters.isControl(c);
                if (!isDropped) {
                    editor.replace(Characters.isWhiteSpace(c) ? ' ' : c, unit);
                }
            });
            return editor.done();
        }

        private static AlignedText spaceChinese(AlignedText text) {
            var editor = text.edit();
            forEachCharacter(text, (c, unit) -> {
                if (Characters.isChinese(c)) {
                    editor.replace(' ', unit);
                    editor.replace(c, unit);
                    editor.replace(' ', unit);
                } else {
                    editor.replace(c, unit);
                }
            });
            return editor.done();
        }
    }

    /// Bytes spelled in [ByteAlphabet].
    record Bytes() implements Normalizer {
        @Override
        public AlignedText apply(AlignedText text) {
            return PreTokenizer.ByteLevel.spell(text);
        }
    }

    /// SentencePiece's character map as Hugging Face applies it: to grapheme clusters of up to five bytes whose
    /// beginning is in the map, else to characters.
    record Precompiled(CharacterMap map) implements Normalizer {

        private static final int LONGEST_CLUSTER_BYTES = 5;

        @Override
        public AlignedText apply(AlignedText text) {
            String s = text.text();
            var editor = text.edit();
            var clusters = BreakIterator.getCharacterInstance(Locale.ROOT);
            clusters.setText(s);
            int from = clusters.first();
            for (int to = clusters.next(); to != BreakIterator.DONE; to = clusters.next()) {
                String cluster = s.substring(from, to);
                boolean isShort = cluster.codePoints().map(c -> ByteAlphabet.utf8(c).length).sum()
                        <= LONGEST_CLUSTER_BYTES;
                if (!isShort || !replace(cluster, from, editor)) {
                    for (int at = from; at < to; at = s.offsetByCodePoints(at, 1)) {
                        String character = Character.toString(s.codePointAt(at));
                        if (!replace(character, at, editor)) {
                            editor.copy(at, at + character.length());
                        }
                    }
                }
                from = to;
            }
            return editor.done();
        }

        /// What is made of more characters than it has is aligned with the last of its source.
        private boolean replace(String part, int from, AlignedText.Editor editor) {
            CharacterMap.Match match = map.shortest(part, 0);
            if (match.units() == 0) {
                return false;
            }
            int[] units = IntStream.iterate(0, at -> at < part.length(), at -> part.offsetByCodePoints(at, 1))
                    .toArray();
            int[] becomes = match.replacement().codePoints().toArray();
            for (int i = 0; i < becomes.length; i++) {
                editor.replace(becomes[i], from + units[Math.min(i, units.length - 1)]);
            }
            return true;
        }
    }

    private static AlignedText keep(AlignedText text, IntPredicate isKept) {
        var editor = text.edit();
        forEachCharacter(text, (c, unit) -> {
            if (isKept.test(c)) {
                editor.replace(c, unit);
            }
        });
        return editor.done();
    }

    private static void forEachCharacter(AlignedText text, CharacterAction action) {
        String s = text.text();
        for (int unit = 0; unit < s.length(); ) {
            int codePoint = s.codePointAt(unit);
            action.accept(codePoint, unit);
            unit += Character.charCount(codePoint);
        }
    }

    /// What to do with a character that begins at a unit.
    interface CharacterAction {
        void accept(int codePoint, int unit);
    }
}
