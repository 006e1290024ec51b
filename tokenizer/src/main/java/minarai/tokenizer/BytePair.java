package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.ints.IntArrays;
import it.unimi.dsi.fastutil.ints.IntOpenHashSet;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Byte-pair encoding: a word starts as its characters, and the pair with the lowest rank is merged until none is left.
///
/// @see <a href="https://arxiv.org/abs/1508.07909">Sennrich et al. 2016</a>
final class BytePair implements Model {

    private static final int ABSENT = -1;

    private final Vocabulary vocabulary;
    /// The ids of both pieces of each merge, in order of rank: names would take more memory than all else.
    private final int[] merges;
    private final Options options;
    private final OptionalInt unknown;
    private final PairTable pairs;
    private final boolean isListed;
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
        this(vocabulary, merges, pairs(vocabulary, merges, options.wordPrefix()), true, options);
    }

    private BytePair(Vocabulary vocabulary, List<Merge> merges, PairTable pairs, boolean isListed, Options options) {
        this.vocabulary = vocabulary;
        this.merges = merges.stream().flatMap(merge -> Stream.of(merge.left(), merge.right()))
                .mapToInt(piece -> vocabulary.idOf(piece).orElseThrow()).toArray();
        this.pairs = pairs;
        this.isListed = isListed;
        this.options = options;
        unknown = options.unknownToken().map(vocabulary::idOf).orElse(OptionalInt.empty());
        if (options.unknownToken().isPresent() && unknown.isEmpty()) {
            throw new IllegalArgumentException("unk_token \"%s\" is not in the vocabulary"
                    .formatted(options.unknownToken().get()));
        }
        byteIds = options.hasByteFallback() ? byteIds(vocabulary) : IntArrays.EMPTY_ARRAY;
    }

    private static PairTable pairs(Vocabulary vocabulary, List<Merge> merges, String prefix) {
        var pairs = new PairTable(merges.size());
        for (int rank = 0; rank < merges.size(); rank++) {
            Merge merge = merges.get(rank);
            String right = merge.right();
            String merged = merge.left() + (right.startsWith(prefix) ? right.substring(prefix.length()) : right);
            pairs.put(idOf(vocabulary, merge.left(), merge, rank), idOf(vocabulary, right, merge, rank), rank,
                    idOf(vocabulary, merged, merge, rank));
        }
        return pairs;
    }

    private static int idOf(Vocabulary vocabulary, String piece, Merge merge, int rank) {
        return vocabulary.idOf(piece).orElseThrow(() -> new IllegalArgumentException(
                "merge %d (\"%s\" and \"%s\") needs the token \"%s\", which is not in the vocabulary"
                        .formatted(rank, merge.left(), merge.right(), piece)));
    }

    /// Where a vocabulary ranks its pieces instead of listing merges: two neighbours merge if together they are a
    /// piece, the lowest rank first. Every way to cut a piece in two pieces is a merge with that piece's rank.
    ///
    /// @param pieces the ids of the pieces that merging may make, in order of rank
    /// @param ranks  of each of `pieces`, ascending; equal ones merge from left to right
    static BytePair ofRanks(Vocabulary vocabulary, int[] pieces, int[] ranks, Options options) {
        var found = new IntArrayList();
        IntOpenHashSet hashes = hashes(vocabulary);
        for (int i = 0; i < pieces.length; i++) {
            String piece = vocabulary.piece(pieces[i]);
            int[] ofRests = hashesOfRests(piece);
            int hash = 0;
            for (int at = 1; at < piece.length(); at++) {
                hash = 31 * hash + piece.charAt(at - 1);
                boolean mayBeCut = hashes.contains(hash) && hashes.contains(ofRests[at]);
                OptionalInt left = mayBeCut ? vocabulary.idOf(piece.substring(0, at)) : OptionalInt.empty();
                OptionalInt right = left.isEmpty() ? left : vocabulary.idOf(piece.substring(at));
                if (right.isPresent()) {
                    found.addElements(found.size(), new int[] {left.getAsInt(), right.getAsInt(), ranks[i],
                        pieces[i]});
                }
            }
        }
        var pairs = new PairTable(found.size() / 4);
        for (int i = 0; i < found.size(); i += 4) {
            pairs.put(found.getInt(i), found.getInt(i + 1), found.getInt(i + 2), found.getInt(i + 3));
        }
        return new BytePair(vocabulary, List.of(), pairs, false, options);
    }

    /// The hashes of all pieces, by which most cuts are seen to be none without a string being made.
    private static IntOpenHashSet hashes(Vocabulary vocabulary) {
        var hashes = new IntOpenHashSet(vocabulary.count());
        for (int id = 0; id < vocabulary.size(); id++) {
            if (vocabulary.hasPiece(id)) {
                hashes.add(vocabulary.piece(id).hashCode());
            }
        }
        return hashes;
    }

    /// The [String#hashCode] of what is left of a piece from each place on.
    private static int[] hashesOfRests(String piece) {
        int[] hashes = new int[piece.length() + 1];
        int power = 1;
        for (int at = piece.length() - 1; at >= 0; at--) {
            hashes[at] = piece.charAt(at) * power + hashes[at + 1];
            power *= 31;
        }
        return hashes;
    }

    /// The same where the vocabulary has scores: the highest merges first.
    ///
    /// @param pieces the ids of the pieces that merging may make
    /// @param scores of each id
    static BytePair ofScores(Vocabulary vocabulary, int[] pieces, float[] scores, Options options) {
        int[] ranked = pieces.clone();
        IntArrays.stableSort(ranked, (a, b) -> Float.compare(scores[b], scores[a]));
        int[] ranks = new int[ranked.length];
        for (int i = 1; i < ranked.length; i++) {
            ranks[i] = ranks[i - 1] + (scores[ranked[i]] == scores[ranked[i - 1]] ? 0 : 1);
        }
        return ofRanks(vocabulary, ranked, ranks, options);
    }

    private static int[] byteIds(Vocabulary vocabulary) {
        int[] ids = new int[256];
        Arrays.setAll(ids, b -> vocabulary.idOf(Model.byteName(b)).orElse(ABSENT));
        return ids;
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    /// Whether the merges are listed one by one, rather than given by the ranks of pieces.
    boolean isListed() {
        return isListed;
    }

    /// In order of rank; empty if pieces are ranked instead.
    List<Merge> merges() {
        return IntStream.range(0, merges.length / 2).mapToObj(rank ->
                new Merge(vocabulary.piece(merges[2 * rank]), vocabulary.piece(merges[2 * rank + 1]))).toList();
    }

    Options options() {
        return options;
    }

    PairTable pairs() {
        return pairs;
    }

    @Override
    public void tokenize(String word, TokenSink sink) {
        OptionalInt whole = options.ignoresMerges() ? vocabulary.idOf(word) : OptionalInt.empty();
        if (whole.isPresent()) {
            sink.token(whole.getAsInt(), 0, word.length());
            return;
        }
        Merging symbols = symbols(word);
        symbols.merge();
        symbols.send(sink);
    }

    private Merging symbols(String word) {
        var symbols = new Merging(pairs);
        int unknownFrom = ABSENT;
        int unknownTo = ABSENT;
        for (int from = 0; from < word.length(); ) {
            int to = from + Character.charCount(word.codePointAt(from));
            int id = idOfCharacter(word, from, to);
            boolean isUnknown = id == ABSENT && !addBytes(symbols, word, from, to) && unknown.isPresent();
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

    /// Adds a character as its bytes, if the vocabulary has all of them.
    private boolean addBytes(Merging symbols, String word, int from, int to) {
        if (!options.hasByteFallback()) {
            return false;
        }
        byte[] bytes = ByteAlphabet.utf8(word.codePointAt(from));
        for (byte b : bytes) {
            if (byteIds[b & 0xFF] == ABSENT) {
                return false;
            }
        }
        for (byte b : bytes) {
            symbols.add(byteIds[b & 0xFF], from, to);
        }
        return true;
    }
}
