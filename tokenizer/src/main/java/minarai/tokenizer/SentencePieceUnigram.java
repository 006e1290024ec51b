package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

import java.util.Arrays;

/// Unigram as SentencePiece computes it: sums in 32 bits, only some kinds of pieces found in text, and each character
/// that no piece covers alone an unknown token of its own.
///
/// @see <a href="https://github.com/google/sentencepiece/blob/master/src/unigram_model.cc">EncodeOptimized</a>
final class SentencePieceUnigram implements Model {

    private static final float UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final float[] scores;
    private final int unknown;
    private final float unknownScore;
    private final PieceTrie trie = new PieceTrie();

    /// @param scores      of each id
    /// @param found       the ids of the pieces that are looked for
    /// @param lowestScore of ordinary pieces
    SentencePieceUnigram(Vocabulary vocabulary, float[] scores, int[] found, int unknown, float lowestScore) {
        this.vocabulary = vocabulary;
        this.scores = scores.clone();
        this.unknown = unknown;
        unknownScore = lowestScore - UNKNOWN_PENALTY;
        for (int id : found) {
            trie.add(vocabulary.piece(id), id);
        }
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public void tokenize(String word, TokenSink sink) {
        int length = word.length();
        int[] ids = new int[length + 1];
        int[] froms = new int[length + 1];
        bestPath(word, ids, froms);
        var ends = new IntArrayList();
        for (int to = length; to > 0; to = froms[to]) {
            ends.add(to);
        }
        for (int i = ends.size() - 1; i >= 0; i--) {
            int to = ends.getInt(i);
            sink.token(ids[to], froms[to], to);
        }
    }

    private void bestPath(String word, int[] ids, int[] froms) {
        float[] best = new float[word.length() + 1];
        Arrays.fill(froms, -1);
        froms[0] = 0;
        for (int from = 0; from < word.length(); ) {
            int next = from + Character.charCount(word.codePointAt(from));
            boolean hasSingle = false;
            int node = PieceTrie.ROOT;
            for (int to = from; to < word.length() && node >= 0; ) {
                node = trie.child(node, word.charAt(to++));
                int id = node < 0 ? -1 : trie.idAt(node);
                if (id >= 0) {
                    offer(id, scores[id] + best[from], from, to, best, ids, froms);
                    hasSingle |= to == next;
                }
            }
            if (!hasSingle) {
                offer(unknown, unknownScore + best[from], from, next, best, ids, froms);
            }
            from = next;
        }
    }

    private static void offer(int id, float score, int from, int to, float[] best, int[] ids, int[] froms) {
        if (froms[to] < 0 || score > best[to]) {
            best[to] = score;
            ids[to] = id;
            froms[to] = from;
        }
    }
}
