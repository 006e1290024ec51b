package minarai.tokenizer;

import java.util.Arrays;

/// Unigram as SentencePiece computes it: sums in 32 bits, only some kinds of pieces found in text, and each character
/// that no piece covers alone an unknown token of its own.
///
/// @see <a href="https://github.com/google/sentencepiece/blob/master/src/unigram_model.cc">EncodeOptimized</a>
final class SentencePieceUnigram implements Model {

    private static final float UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final BestPath path;

    /// @param scores      of each id
    /// @param found       the ids of the pieces that are looked for
    /// @param lowestScore of ordinary pieces
    SentencePieceUnigram(Vocabulary vocabulary, float[] scores, int[] found, int unknown, float lowestScore) {
        this.vocabulary = vocabulary;
        var trie = new PieceTrie();
        for (int id : found) {
            trie.add(vocabulary.piece(id), id);
        }
        double[] exact = new double[scores.length];
        Arrays.setAll(exact, id -> scores[id]);
        path = new BestPath(trie, exact, unknown, lowestScore - UNKNOWN_PENALTY, true);
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(String word, TokenSink sink) {
        BestPath.Tokens tokens = path.of(word);
        int from = 0;
        for (int i = 0; i < tokens.ids().length; i++) {
            sink.token(tokens.ids()[i], from, tokens.ends()[i]);
            from = tokens.ends()[i];
        }
    }
}
