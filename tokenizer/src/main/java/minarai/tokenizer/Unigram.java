package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

import java.util.Arrays;
import java.util.OptionalInt;

/// Unigram language model: of all ways to spell a word in pieces, the one with the highest sum of log probabilities
/// (Viterbi). A character that no piece covers alone costs the lowest score minus ten; neighbouring ones are one token,
/// or bytes where the vocabulary falls back to bytes.
///
/// @see <a href="https://arxiv.org/abs/1804.10959">Kudo 2018</a>
final class Unigram implements Model {

    private static final double UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final double[] scores;
    private final int unknown;
    private final boolean hasByteFallback;
    private final double unknownScore;
    private final PieceTrie trie;

    /// @param scores log probability of each id
    Unigram(Vocabulary vocabulary, double[] scores, int unknown, boolean hasByteFallback) {
        this.vocabulary = vocabulary;
        this.scores = scores.clone();
        this.unknown = unknown;
        this.hasByteFallback = hasByteFallback;
        unknownScore = Arrays.stream(scores).min().orElse(0) - UNKNOWN_PENALTY;
        trie = new PieceTrie();
        for (int id = 0; id < vocabulary.size(); id++) {
            trie.add(vocabulary.piece(id), id);
        }
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    int unknown() {
        return unknown;
    }

    boolean hasByteFallback() {
        return hasByteFallback;
    }

    double score(int id) {
        return scores[id];
    }

    @Override
    public void tokenize(String word, TokenSink sink) {
        int length = word.length();
        int[] ids = new int[length + 1];
        int[] froms = new int[length + 1];
        bestPath(word, ids, froms);
        IntArrayList ends = new IntArrayList();
        for (int to = length; to > 0; to = froms[to]) {
            ends.add(to);
        }
        int from = 0;
        for (int i = ends.size() - 1; i >= 0; i--) {
            boolean isFused = ids[ends.getInt(i)] == unknown && i > 0 && ids[ends.getInt(i - 1)] == unknown;
            if (!isFused) {
                send(word, ids[ends.getInt(i)], from, ends.getInt(i), sink);
                from = ends.getInt(i);
            }
        }
    }

    private void bestPath(String word, int[] ids, int[] froms) {
        double[] best = new double[word.length() + 1];
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

    private static void offer(int id, double score, int from, int to, double[] best, int[] ids, int[] froms) {
        if (froms[to] < 0 || score > best[to]) {
            best[to] = score;
            ids[to] = id;
            froms[to] = from;
        }
    }

    private void send(String word, int id, int from, int to, TokenSink sink) {
        OptionalInt exact = id == unknown ? vocabulary.idOf(word.substring(from, to)) : OptionalInt.of(id);
        if (exact.isPresent() || !hasByteFallback || !sendBytes(word, from, to, sink)) {
            sink.token(exact.orElse(unknown), from, to);
        }
    }

    private boolean sendBytes(String word, int from, int to, TokenSink sink) {
        IntArrayList bytes = new IntArrayList();
        for (int at = from; at < to; at += Character.charCount(word.codePointAt(at))) {
            for (byte b : ByteAlphabet.utf8(word.codePointAt(at))) {
                bytes.add(vocabulary.idOf(Model.byteName(b)).orElse(-1));
            }
        }
        if (bytes.contains(-1)) {
            return false;
        }
        bytes.forEach(id -> sink.token(id, from, to));
        return true;
    }
}
