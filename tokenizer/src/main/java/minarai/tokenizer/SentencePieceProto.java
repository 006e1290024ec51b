package minarai.tokenizer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What a SentencePiece `.model` says, as far as it concerns encoding and decoding.
///
/// @param pieces            in the order of their ids
/// @param model             how text is cut into pieces
/// @param hasByteFallback   whether unknown characters are spelled as bytes
/// @param unknownSurface    what the unknown piece decodes to
/// @param map               the character map of the normalization
/// @param addsPrefix        `add_dummy_prefix`
/// @param removesExtraSpace `remove_extra_whitespaces`
/// @param escapesSpace      `escape_whitespaces`
record SentencePieceProto(List<Piece> pieces, ModelKind model, boolean hasByteFallback, String unknownSurface,
                          CharacterMap map, boolean addsPrefix, boolean removesExtraSpace, boolean escapesSpace) {

    /// A piece of the vocabulary.
    record Piece(String text, float score, Kind kind) {
    }

    /// `ModelProto.SentencePiece.Type`, in the order of its numbers from 1.
    enum Kind { NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE }

    /// `TrainerSpec.ModelType`, in the order of its numbers from 1.
    enum ModelKind { UNIGRAM, BPE, WORD, CHAR }

    /// Reads a model.
    ///
    /// @param file what errors call it
    /// @throws IllegalArgumentException if it is none, or has what is not supported
    static SentencePieceProto read(String file, ByteBuffer bytes) {
        return new Reading(file).read(bytes);
    }

    /// One file being read; the defaults are the format's.
    private static final class Reading {

        private final String file;
        private final List<Piece> pieces = new ArrayList<>();
        private ModelKind model = ModelKind.UNIGRAM;
        private boolean hasByteFallback;
        private String unknownSurface = " \u2047 ";
        private CharacterMap map = CharacterMap.of(ByteBuffer.allocate(0));
        private boolean addsPrefix = true;
        private boolean removesExtraSpace = true;
        private boolean escapesSpace = true;

        Reading(String file) {
            this.file = file;
        }

        SentencePieceProto read(ByteBuffer bytes) {
            var root = new Protobuf(file + ": the model", bytes);
            while (root.next()) {
                switch (root.field()) {
                    case 1 -> piece(new Protobuf("%s: pieces[%d]".formatted(file, pieces.size()), root.bytes()));
                    case 2 -> trainer(new Protobuf(file + ": trainer_spec", root.bytes()));
                    case 3 -> normalizer(new Protobuf(file + ": normalizer_spec", root.bytes()));
                    case 4 -> root.skip();
                    case 5 -> denormalizer(new Protobuf(file + ": denormalizer_spec", root.bytes()));
                    default -> throw root.error("has a field %d, which is not known and may change the result"
                            .formatted(root.field()));
                }
            }
            if (pieces.isEmpty()) {
                throw root.error("has no pieces. Is it a SentencePiece model?");
            }
            return new SentencePieceProto(List.copyOf(pieces), model, hasByteFallback, unknownSurface, map, addsPrefix,
                    removesExtraSpace, escapesSpace);
        }

        private void piece(Protobuf message) {
            String text = "";
            float score = 0;
            Kind kind = Kind.NORMAL;
            while (message.next()) {
                switch (message.field()) {
                    case 1 -> text = message.text();
                    case 2 -> score = message.float32();
                    case 3 -> kind = one(message, "type", Kind.values());
                    default -> throw message.error("has a field %d, which is not known".formatted(message.field()));
                }
            }
            if (Float.isNaN(score) || Float.isInfinite(score)) {
                throw message.error("(\"%s\") has the score %s".formatted(text, score));
            }
            if (pieces.size() == Vocabulary.MAX_SIZE) {
                throw message.error("is one more than the %d that are read".formatted(Vocabulary.MAX_SIZE));
            }
            pieces.add(new Piece(text, score, kind));
        }

        private static <E> E one(Protobuf message, String what, E[] values) {
            long number = message.integer();
            if (number < 1 || number > values.length) {
                throw message.error("has the %s %d; known are 1 to %d".formatted(what, number, values.length));
            }
            return values[(int) number - 1];
        }

        /// Most of its fields only say how the model was trained.
        private void trainer(Protobuf message) {
            while (message.next()) {
                switch (message.field()) {
                    case 3 -> model = one(message, "model_type", ModelKind.values());
                    case 24 -> {
                        if (message.flag()) {
                            throw message.error("sets treat_whitespace_as_suffix, which is not supported");
                        }
                    }
                    case 35 -> hasByteFallback = message.flag();
                    case 44 -> {
                        unknownSurface = message.text();
                        if (unknownSurface.length() > Vocabulary.LONGEST_PIECE) {
                            throw message.error("has an unk_surface of %d characters; at most %d are read"
                                    .formatted(unknownSurface.length(), Vocabulary.LONGEST_PIECE));
                        }
                    }
                    default -> message.skip();
                }
            }
            if (model == ModelKind.WORD || model == ModelKind.CHAR) {
                throw message.error("has the model_type %s, which is not supported; known are UNIGRAM and BPE"
                        .formatted(model));
            }
        }

        private void normalizer(Protobuf message) {
            while (message.next()) {
                switch (message.field()) {
                    case 1, 6 -> message.skip();
                    case 2 -> map = map(message);
                    case 3 -> addsPrefix = message.flag();
                    case 4 -> removesExtraSpace = message.flag();
                    case 5 -> escapesSpace = message.flag();
                    default -> throw message.error("has a field %d, which is not known and may change the result"
                            .formatted(message.field()));
                }
            }
        }

        private static CharacterMap map(Protobuf message) {
            try {
                return CharacterMap.of(message.bytes());
            } catch (IllegalArgumentException e) {
                throw message.error("has " + e.getMessage());
            }
        }

        private static void denormalizer(Protobuf message) {
            while (message.next()) {
                if (message.field() == 2 && message.bytes().hasRemaining()) {
                    throw message.error("changes what is decoded, which is not supported");
                } else if (message.field() != 2) {
                    message.skip();
                }
            }
        }
    }
}
