package minarai.tokenizer;

import java.util.List;

/// Puts pieces together to text: the `decoder` of tokenizer.json.
///
/// A decoder is a chain of stages through which pieces flow one by one, so that decoding as ids arrive and decoding all
/// of them are the same computation.
sealed interface Decoder {

    /// A fresh stage that passes what it makes to `next`.
    Stage into(Stage next);

    /// Takes pieces, in parts: any number of `text` calls, then `endPiece`; after the last piece `end`.
    interface Stage {
        void text(String part);

        void endPiece();

        void end();
    }

    /// One after another; of none, pieces go through unchanged.
    record Sequence(List<Decoder> steps) implements Decoder {
        @Override
        public Stage into(Stage next) {
            Stage first = next;
            for (Decoder step : steps.reversed()) {
                first = step.into(first);
            }
            return first;
        }
    }

    /// Pieces spelled in [ByteAlphabet] to text.
    record ByteLevel() implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new ByteStages.Spelled(next);
        }
    }

    /// `<0xE3>` to bytes, and runs of them to text.
    record ByteFallback() implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new ByteStages.Fallback(next);
        }
    }

    /// All pieces become one.
    record Fuse() implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new DecoderStages.Fused(next);
        }
    }

    /// Drops up to `start` characters `content` from the front of each piece and up to `stop` from its end.
    record Strip(char content, int start, int stop) implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new DecoderStages.Stripped(this, next);
        }
    }

    /// Puts `content` in the place of every match, within a piece.
    record Replace(TextPattern pattern, String content) implements Decoder {
        @Override
        public Stage into(Stage next) {
            return switch (pattern) {
                case TextPattern.Literal literal when literal.text().length() == 1 ->
                        new DecoderStages.PerPart(part -> replace(literal.text().charAt(0), part), next);
                case TextPattern.Regex regex when regex.expression().equals("(?<!\\n)^ ") && content.isEmpty() ->
                        new DecoderStages.Stripped(new Strip(' ', 1, 0), next);
                case TextPattern any -> new DecoderStages.PerPiece((piece, index) -> replace(any, piece), next);
            };
        }

        private String replace(char replaced, String part) {
            long times = part.chars().filter(unit -> unit == replaced).count();
            DecoderStages.checkGrowth(part.length(), part.length() + times * (content.length() - 1));
            return part.replace(String.valueOf(replaced), content);
        }

        private String replace(TextPattern any, String piece) {
            return new Normalizer.Replace(any, content).apply(AlignedText.of(piece)).text();
        }
    }

    /// The replacement to a blank; at the very front to nothing, where a scheme put one there.
    record Metaspace(String replacement, PreTokenizer.PrependScheme scheme) implements Decoder {
        @Override
        public Stage into(Stage next) {
            boolean hasPrefix = scheme != PreTokenizer.PrependScheme.NEVER;
            return new DecoderStages.PerPiece(
                    (piece, index) -> piece.replace(replacement, index == 0 && hasPrefix ? "" : " "), next);
        }
    }

    /// A blank between words; pieces inside a word carry a prefix.
    record WordPiece(String prefix, boolean cleansUp) implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new DecoderStages.PerPiece((piece, index) -> {
                String spaced = piece;
                if (index > 0) {
                    spaced = piece.startsWith(prefix) ? piece.substring(prefix.length()) : " " + piece;
                }
                return cleansUp ? cleanUp(spaced) : spaced;
            }, next);
        }

        static String cleanUp(String piece) {
            return piece.replace(" .", ".").replace(" ?", "?").replace(" !", "!").replace(" ,", ",")
                    .replace(" ' ", "'").replace(" n't", "n't").replace(" 'm", "'m").replace(" do not", " don't")
                    .replace(" 's", "'s").replace(" 've", "'ve").replace(" 're", "'re");
        }
    }

    /// SentencePiece's: U+2581 to blanks, but for those at the very front, and bytes to text.
    ///
    /// @param unknown        how the unknown piece is spelled
    /// @param unknownSurface what it becomes
    /// @param hasBytes       whether `<0xE3>` is a byte
    /// @param dropsFirst     whether a blank at the front is dropped
    /// @param dropsAllFirst  whether all of them are
    record SentencePiece(String unknown, String unknownSurface, boolean hasBytes, boolean dropsFirst,
                         boolean dropsAllFirst) implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new SentencePieceStage(this, next);
        }
    }

    /// Pieces whose suffix ends a word: it becomes a blank, or nothing at the very end.
    record WordSuffix(String suffix) implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new DecoderStages.Suffixed(suffix, next);
        }
    }

    /// Connectionist temporal classification: neighbouring equal pieces are one, padding is nothing, and the delimiter
    /// of words is a blank.
    record Ctc(String padding, String delimiter, boolean cleansUp) implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new DecoderStages.Deduplicated(this, next);
        }

        /// What a piece that is not repeated becomes.
        String spelled(String piece) {
            String kept = piece.replace(padding, "");
            return cleansUp ? WordPiece.cleanUp(kept).replace(delimiter, " ") : kept;
        }
    }

    /// A blank between pieces: what is done where a file names no decoder.
    record Blanks() implements Decoder {
        @Override
        public Stage into(Stage next) {
            return new DecoderStages.PerPiece((piece, index) -> index == 0 ? piece : " " + piece, next);
        }
    }
}
