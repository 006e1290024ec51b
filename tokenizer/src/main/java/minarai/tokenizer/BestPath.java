package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

import java.util.Arrays;

/// Of all ways to spell a word in pieces, the one with the highest sum of scores (Viterbi). A character that no piece
/// covers alone may be an unknown token of its own.
///
/// @param trie         the pieces that are looked for
/// @param scores       of each id
/// @param unknown      the id of the unknown token
/// @param unknownScore what an unknown character adds to the sum
/// @param is32Bit      whether sums are rounded to 32 bits, as adding 32-bit scores would do
/// @see <a href="https://arxiv.org/abs/1804.10959">Kudo 2018</a>
record BestPath(PieceTrie trie, double[] scores, int unknown, double unknownScore, boolean is32Bit) {

    /// The tokens of a word in order.
    ///
    /// @param ids  of each token
    /// @param ends one past the last UTF-16 unit of each; the next one begins there
    record Tokens(int[] ids, int[] ends) {
    }

    Tokens of(String word) {
        var search = new Search(word.length());
        for (int from = 0; from < word.length(); ) {
            int next = from + Character.charCount(word.codePointAt(from));
            boolean hasSingle = false;
            int node = PieceTrie.ROOT;
            for (int to = from; to < word.length() && node >= 0; ) {
                node = trie.child(node, word.charAt(to++));
                int id = node < 0 ? -1 : trie.idAt(node);
                if (id >= 0) {
                    search.offer(id, scores[id], from, to);
                    hasSingle |= to == next;
                }
            }
            if (!hasSingle) {
                search.offer(unknown, unknownScore, from, next);
            }
            from = next;
        }
        return search.tokens();
    }

    /// For each place in a word, the best sum with which a token ends there, that token, and where it begins.
    private final class Search {

        private final double[] best;
        private final int[] ids;
        private final int[] froms;

        Search(int length) {
            best = new double[length + 1];
            ids = new int[length + 1];
            froms = new int[length + 1];
            Arrays.fill(froms, -1);
        }

        void offer(int id, double score, int from, int to) {
            double sum = score + best[from];
            sum = is32Bit ? (float) sum : sum;
            if (froms[to] < 0 || sum > best[to]) {
                best[to] = sum;
                ids[to] = id;
                froms[to] = from;
            }
        }

        Tokens tokens() {
            var ends = new IntArrayList();
            for (int to = best.length - 1; to > 0; to = froms[to]) {
                ends.add(to);
            }
            int[] ascending = new int[ends.size()];
            Arrays.setAll(ascending, i -> ends.getInt(ascending.length - 1 - i));
            return new Tokens(Arrays.stream(ascending).map(end -> ids[end]).toArray(), ascending);
        }
    }
}
