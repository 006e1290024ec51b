package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

import java.util.Arrays;
import java.util.OptionalInt;

/// Unigram language model: the [BestPath] of log probabilities. A character that no piece covers alone costs the lowest
/// score minus ten; neighbouring ones are one token, or bytes where the vocabulary falls back to bytes.
final class Unigram implements Model {

    private static final double UNKNOWN_PENALTY = 10;

    private final Vocabulary vocabulary;
    private final double[] scores;
    private final int unknown;
    private final boolean hasByteFallback;
    private final BestPath path;

    /// @param scores log probability of each id
    Unigram(Vocabulary vocabulary, double[] scores, int unknown, boolean hasByteFallback) {
        this.vocabulary = vocabulary;
        this.scores = scores.clone();
        this.unknown = unknown;
        this.hasByteFallback = hasByteFallback;
        var trie = new PieceTrie();
        for (int id = 0; id < vocabulary.size(); id++) {
            trie.add(vocabulary.piece(id), id);
        }
        path = new BestPath(trie, this.scores, unknown, Arrays.stream(scores).min().orElse(0) - UNKNOWN_PENALTY,
                false);
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
        BestPath.Tokens tokens = path.of(word);
        int[] ids = tokens.ids();
        int from = 0;
        for (int i = 0; i < ids.length; i++) {
            boolean isFused = ids[i] == unknown && i + 1 < ids.length && ids[i + 1] == unknown;
            if (!isFused) {
                send(word, ids[i], from, tokens.ends()[i], sink);
                from = tokens.ends()[i];
            }
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
