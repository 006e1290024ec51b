package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.longs.Long2IntOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongHeapPriorityQueue;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// Byte-pair encoding: a word starts as its characters, and the pair with the lowest rank is merged until none is left.
/// A heap of pairs makes that `O(n log n)` in the length of the word.
///
/// @see <a href="https://arxiv.org/abs/1508.07909">Sennrich et al. 2016</a>
final class BytePair implements Model {

    private static final int ABSENT = -1;

    private final Vocabulary vocabulary;
    private final List<Merge> merges;
    private final Options options;
    private final OptionalInt unknown;
    private final Long2IntOpenHashMap rankOfPair;
    private final int[] mergedIds;
    private final int[] byteIds;

    /// A merge of two pieces, as the vocabulary spells them.
    record Merge(String left, String right) {
    }

    /// @param unknownToken      stands for characters that the vocabulary lacks; without it they are left out
    /// @param wordPrefix        put before every character of a word but the first; usually empty
    /// @param wordSuffix        put after the last character of a word; usually empty
    /// @param fusesUnknown      whether neighbouring unknown characters are one token
    /// @param hasByteFallback   whether unknown characters are spelled as bytes, `<0xE3>`
    /// @param ignoresMerges     whether a whole word in the vocabulary is one token in spite of the merges
    record Options(Optional<String> unknownToken, String wordPrefix, String wordSuffix, boolean fusesUnknown,
                   boolean hasByteFallback, boolean ignoresMerges) {

        static final Options PLAIN = new Options(Optional.empty(), "", "", false, false, false);
    }

    /// @param merges in order of rank; a pair that comes twice has its last rank
    /// @throws IllegalArgumentException if a merge or the unknown token names a piece that the vocabulary lacks
    BytePair(Vocabulary vocabulary, List<Merge> merges, Options options) {
        this.vocabulary = vocabulary;
        this.merges = List.copyOf(merges);
        this.options = options;
        unknown = options.unknownToken().map(vocabulary::idOf).orElse(OptionalInt.empty());
        if (options.unknownToken().isPresent() && unknown.isEmpty()) {
            throw new IllegalArgumentException("unk_token \"%s\" is not in the vocabulary"
                    .formatted(options.unknownToken().get()));
        }
        rankOfPair = new Long2IntOpenHashMap(merges.size());
        rankOfPair.defaultReturnValue(ABSENT);
        mergedIds = new int[merges.size()];
        for (int rank = 0; rank < mergedIds.length; rank++) {
            addMerge(rank);
        }
        byteIds = options.hasByteFallback() ? byteIds(vocabulary) : IntArrays.EMPTY_ARRAY;
    }

    private void addMerge(int rank) {
        Merge merge = merges.get(rank);
        String right = merge.right();
        String prefix = options.wordPrefix();
        String merged = merge.left() + (right.startsWith(prefix) ? right.substring(prefix.length()) : right);
        rankOfPair.put(pair(idOf(merge.left(), rank), idOf(right, rank)), rank);
        mergedIds[rank] = idOf(merged, rank);
    }

    private int idOf(String piece, int rank) {
        return vocabulary.idOf(piece).orElseThrow(() -> new IllegalArgumentException(
                "merge %d (\"%s\" and \"%s\") needs the token \"%s\", which is not in the vocabulary"
                        .formatted(rank, merges.get(rank).left(), merges.get(rank).right(), piece)));
    }

    private static int[] byteIds(Vocabulary vocabulary) {
        int[] ids = new int[256];
        Arrays.setAll(ids, b -> vocabulary.idOf(Model.byteName(b)).orElse(ABSENT));
        return ids;
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    List<Merge> merges() {
        return merges;
    }

    Options options() {
        return options;
    }

    @Override
    public void tokenize(String word, TokenSink sink) {
        OptionalInt whole = options.ignoresMerges() ? vocabulary.idOf(word) : OptionalInt.empty();
        if (whole.isPresent()) {
            sink.token(whole.getAsInt(), 0, word.length());
            return;
        }
        Symbols symbols = symbols(word);
        symbols.merge();
        symbols.send(sink);
    }

    private Symbols symbols(String word) {
        Symbols symbols = new Symbols(word.length());
        int unknownFrom = ABSENT;
        int unknownTo = ABSENT;
        for (int from = 0; from < word.length(); ) {
            int to = from + Character.charCount(word.codePointAt(from));
            int id = idOfCharacter(word, from, to);
            boolean isUnknown = id == ABSENT && !symbols.addBytes(word, from, to) && unknown.isPresent();
            boolean continues = isUnknown && options.fusesUnknown() && unknownFrom != ABSENT;
            if (unknownFrom != ABSENT && (id != ABSENT || isUnknown && !continues)) {
                symbols.add(unknown.orElseThrow(), unknownFrom, unknownTo);
                unknownFrom = ABSENT;
            }
            if (isUnknown) {
                unknownFrom = continues ? unknownFrom : from;
                unknownTo = to;
            }
            if (id != ABSENT) {
                symbols.add(id, from, to);
            }
            from = to;
        }
        if (unknownFrom != ABSENT) {
            symbols.add(unknown.orElseThrow(), unknownFrom, unknownTo);
        }
        return symbols;
    }

    private int idOfCharacter(String word, int from, int to) {
        String prefix = from == 0 ? "" : options.wordPrefix();
        String suffix = to == word.length() ? options.wordSuffix() : "";
        if (prefix.isEmpty() && suffix.isEmpty()) {
            return vocabulary.idOfCodePoint(word.codePointAt(from));
        }
        return vocabulary.idOf(prefix + word.substring(from, to) + suffix).orElse(ABSENT);
    }

    /// The symbols of one word: a linked list in arrays, shrinking as pairs merge.
    private final class Symbols {

        private int[] ids;
        private int[] from;
        private int[] to;
        private int[] previous = IntArrays.EMPTY_ARRAY;
        private int[] next = IntArrays.EMPTY_ARRAY;
        private int count;

        Symbols(int capacity) {
            ids = new int[capacity];
            from = new int[capacity];
            to = new int[capacity];
        }

        void add(int id, int symbolFrom, int symbolTo) {
            ids = IntArrays.grow(ids, count + 1);
            from = IntArrays.grow(from, count + 1);
            to = IntArrays.grow(to, count + 1);
            ids[count] = id;
            from[count] = symbolFrom;
            to[count++] = symbolTo;
        }

        /// Adds a character as its bytes, if the vocabulary has all of them.
        boolean addBytes(String word, int characterFrom, int characterTo) {
            if (!options.hasByteFallback()) {
                return false;
            }
            byte[] bytes = ByteAlphabet.utf8(word.codePointAt(characterFrom));
            for (byte b : bytes) {
                if (byteIds[b & 0xFF] == ABSENT) {
                    return false;
                }
            }
            for (byte b : bytes) {
                add(byteIds[b & 0xFF], characterFrom, characterTo);
            }
            return true;
        }

        /// Merges until no pair is left: lowest rank first, leftmost first among equals.
        void merge() {
            if (count < 2) {
                return;
            }
            previous = new int[count];
            next = new int[count];
            Arrays.setAll(previous, i -> i - 1);
            Arrays.setAll(next, i -> i + 1 < count ? i + 1 : ABSENT);
            var queue = new LongHeapPriorityQueue();
            for (int i = 0; i + 1 < count; i++) {
                enqueue(i, queue);
            }
            while (!queue.isEmpty()) {
                long candidate = queue.dequeueLong();
                int left = (int) candidate;
                int merged = mergedIds[(int) (candidate >> 32)];
                int rank = ids[left] == ABSENT ? ABSENT : rankAt(left);
                if (rank != ABSENT && mergedIds[rank] == merged) {
                    mergeAt(left, merged);
                    enqueue(left, queue);
                    if (previous[left] != ABSENT) {
                        enqueue(previous[left], queue);
                    }
                }
            }
        }

        private int rankAt(int left) {
            return next[left] == ABSENT ? ABSENT : rankOfPair.get(pair(ids[left], ids[next[left]]));
        }

        private void enqueue(int left, LongHeapPriorityQueue queue) {
            int rank = rankAt(left);
            if (rank != ABSENT) {
                queue.enqueue(pair(rank, left));
            }
        }

        private void mergeAt(int left, int merged) {
            int right = next[left];
            ids[left] = merged;
            to[left] = to[right];
            ids[right] = ABSENT;
            next[left] = next[right];
            if (next[right] != ABSENT) {
                previous[next[right]] = left;
            }
        }

        void send(TokenSink sink) {
            for (int i = 0; i < count; i++) {
                if (ids[i] != ABSENT) {
                    sink.token(ids[i], from[i], to[i]);
                }
            }
        }
    }
}
