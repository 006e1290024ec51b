package minarai.tokenizer;

import java.util.Arrays;

/// What SentencePiece makes of characters that its model does not know: their bytes, of which the last covers the
/// character and the others nothing; without byte pieces, one unknown token of neighbouring ones.
///
/// @param model         whose unknown characters are one token each
/// @param unknown       the id of the unknown token
/// @param idOfByte      the 256 byte pieces; empty if there are none
final class SentencePieceUnknowns implements Model {

    private final Model model;
    private final int unknown;
    private final int[] idOfByte;

    SentencePieceUnknowns(Model model, int unknown, int[] idOfByte) {
        this.model = model;
        this.unknown = unknown;
        this.idOfByte = idOfByte.clone();
    }

    @Override
    public Vocabulary vocabulary() {
        return model.vocabulary();
    }

    @Override
    public void tokenize(String word, TokenSink sink) {
        var unknowns = new Unknowns(word, sink);
        model.tokenize(word, unknowns);
        unknowns.end();
    }

    /// The byte pieces `<0x00>` to `<0xFF>`.
    ///
    /// @throws IllegalArgumentException if one is missing
    static int[] idsOfBytes(Vocabulary vocabulary) {
        int[] ids = new int[256];
        Arrays.setAll(ids, b -> vocabulary.idOf(Model.byteName(b)).orElseThrow(() -> new IllegalArgumentException(
                "characters fall back to bytes, but the vocabulary has no piece " + Model.byteName(b))));
        return ids;
    }

    /// Passes known tokens on.
    private final class Unknowns implements TokenSink {

        private final String word;
        private final TokenSink sink;
        private int unknownFrom = -1;
        private int unknownTo;

        Unknowns(String word, TokenSink sink) {
            this.word = word;
            this.sink = sink;
        }

        @Override
        public void token(int id, int from, int to) {
            if (id != unknown) {
                end();
                sink.token(id, from, to);
            } else if (idOfByte.length > 0) {
                byte[] bytes = ByteAlphabet.utf8(word.codePointAt(from));
                for (int i = 0; i < bytes.length; i++) {
                    sink.token(idOfByte[bytes[i] & 0xFF], from, i + 1 < bytes.length ? from : to);
                }
            } else {
                unknownFrom = unknownFrom < 0 ? from : unknownFrom;
                unknownTo = to;
            }
        }

        void end() {
            if (unknownFrom >= 0) {
                sink.token(unknown, unknownFrom, unknownTo);
                unknownFrom = -1;
            }
        }
    }
}
