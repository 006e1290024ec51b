package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.Long2LongOpenHashMap;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import it.unimi.dsi.fastutil.objects.Object2IntOpenHashMap;
import it.unimi.dsi.fastutil.objects.Object2LongOpenHashMap;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.PriorityQueue;

/// Learns a byte-level BPE vocabulary: starting from the 256 bytes, the most frequent pair of neighbours within GPT-2
/// words becomes a token, until the vocabulary is full or no pair occurs twice. Pairs that would make a piece too long
/// for any vocabulary stay two.
///
/// The result depends on the texts alone, not on their order: among pairs of equal frequency, the one with the lower
/// left id, then the lower right id, comes first. Ids: special tokens, then bytes in the order of [ByteAlphabet]'s
/// characters, then merges as they are found.
///
/// @see <a href="https://arxiv.org/abs/1508.07909">Sennrich et al. 2016, algorithm 1</a>
public final class BytePairTrainer {

    private static final int BYTES = 256;

    private final int vocabularySize;
    private final List<String> specialTokens;

    /// @param vocabularySize how many ids there shall be, special tokens and the 256 bytes included
    /// @param specialTokens  tokens with the first ids, in this order
    /// @throws IllegalArgumentException if the special tokens and bytes alone do not fit, or a special token is empty,
    ///                                  occurs twice or spells a byte
    public BytePairTrainer(int vocabularySize, List<String> specialTokens) {
        this.vocabularySize = vocabularySize;
        this.specialTokens = List.copyOf(specialTokens);
        int least = BYTES + specialTokens.size();
        if (vocabularySize < least || vocabularySize > Vocabulary.MAX_SIZE) {
            throw new IllegalArgumentException(("a vocabulary of %d tokens cannot be trained: 256 bytes and %d special "
                    + "tokens need %d; at most %d are possible")
                    .formatted(vocabularySize, specialTokens.size(), least, Vocabulary.MAX_SIZE));
        }
        var seen = new HashSet<String>();
        for (String token : specialTokens) {
            boolean isByte = token.length() == 1 && ByteAlphabet.byteOf(token.charAt(0)) >= 0;
            if (token.isEmpty() || isByte || !seen.add(token)) {
                throw new IllegalArgumentException(
                        "the special token \"%s\" is empty, a byte, or there twice".formatted(token));
            }
        }
    }

    /// Learns from texts. The vocabulary is smaller than asked for if the texts have too few pairs that occur twice.
    public PipelineTokenizer train(Iterable<String> texts) {
        PreTokenizer preTokenizer = new PreTokenizer.ByteLevel(false, true);
        List<String> pieces = new ArrayList<>(specialTokens);
        firstPieces().forEach(pieces::add);
        var training = new Training(wordCounts(texts, preTokenizer), pieces);
        List<BytePair.Merge> merges = training.run(vocabularySize);
        var ids = new Object2IntOpenHashMap<String>(pieces.size());
        for (int id = 0; id < pieces.size(); id++) {
            ids.put(pieces.get(id), id);
        }
        var model = new BytePair(new Vocabulary(ids), merges, BytePair.Options.PLAIN);
        List<AddedToken> added = new ArrayList<>();
        specialTokens.forEach(token -> added.add(AddedToken.special(added.size(), token)));
        var normalizer = new Normalizer.Sequence(List.of());
        return new PipelineTokenizer(new PipelineTokenizer.Parts(new AddedTokens(added, normalizer), normalizer,
                preTokenizer, model, PostProcessor.NONE, new Decoder.ByteLevel()));
    }

    private static List<String> firstPieces() {
        List<String> characters = new ArrayList<>(BYTES);
        for (int b = 0; b < BYTES; b++) {
            characters.add(String.valueOf(ByteAlphabet.characterOf(b)));
        }
        characters.sort(Comparator.naturalOrder());
        return characters;
    }

    private static Object2LongOpenHashMap<String> wordCounts(Iterable<String> texts, PreTokenizer preTokenizer) {
        var counts = new Object2LongOpenHashMap<String>();
        for (String text : texts) {
            for (AlignedText word : preTokenizer.split(AlignedText.of(text))) {
                counts.addTo(word.text(), 1);
            }
        }
        return counts;
    }

    /// A pair and how often it occurred when it was queued; stale once the count has changed.
    private record Candidate(long pair, long count) {

        static final Comparator<Candidate> ORDER =
                Comparator.comparingLong(Candidate::count).reversed().thenComparingLong(Candidate::pair);
    }

    /// The state of one training: words as ids, and for each pair its count and the words it may be in.
    private static final class Training {

        private final List<String> pieces;
        private final int[][] words;
        private final long[] wordCounts;
        private final Long2LongOpenHashMap pairCounts = new Long2LongOpenHashMap();
        private final Long2ObjectOpenHashMap<IntArrayList> wordsOfPair = new Long2ObjectOpenHashMap<>();
        private final PriorityQueue<Candidate> queue = new PriorityQueue<>(Candidate.ORDER);
        private final LongOpenHashSet changed = new LongOpenHashSet();

        Training(Object2LongOpenHashMap<String> counts, List<String> pieces) {
            this.pieces = pieces;
            int[] idOf = new int[0x200];
            for (int id = pieces.size() - BYTES; id < pieces.size(); id++) {
                idOf[pieces.get(id).charAt(0)] = id;
            }
            String[] spelled = counts.keySet().toArray(String[]::new);
            Arrays.sort(spelled);
            words = new int[spelled.length][];
            wordCounts = new long[spelled.length];
            for (int w = 0; w < spelled.length; w++) {
                words[w] = spelled[w].chars().map(c -> idOf[c]).toArray();
                wordCounts[w] = counts.getLong(spelled[w]);
                for (int i = 0; i + 1 < words[w].length; i++) {
                    occurs(words[w][i], words[w][i + 1], w);
                }
            }
            changed.forEach(this::enqueue);
            changed.clear();
        }

        private void count(int left, int right, long change) {
            long pair = pair(left, right);
            pairCounts.addTo(pair, change);
            changed.add(pair);
        }

        private void occurs(int left, int right, int w) {
            count(left, right, wordCounts[w]);
            IntArrayList places = wordsOfPair.computeIfAbsent(pair(left, right), key -> new IntArrayList());
            if (places.isEmpty() || places.getInt(places.size() - 1) != w) {
                places.add(w);
            }
        }

        private static long pair(int left, int right) {
            return (long) left << 32 | right;
        }

        private void enqueue(long pair) {
            long count = pairCounts.get(pair);
            if (count > 1) {
                queue.add(new Candidate(pair, count));
            }
        }

        List<BytePair.Merge> run(int vocabularySize) {
            List<BytePair.Merge> merges = new ArrayList<>();
            var known = new HashSet<>(pieces);
            while (pieces.size() < vocabularySize && !queue.isEmpty()) {
                Candidate best = queue.remove();
                boolean isStale = pairCounts.get(best.pair()) != best.count();
                String left = pieces.get((int) (best.pair() >> 32));
                String right = pieces.get((int) best.pair());
                boolean isTooLong = left.length() + right.length() > Vocabulary.LONGEST_PIECE;
                if (isStale || isTooLong || !known.add(left + right)) {
                    continue;
                }
                merges.add(new BytePair.Merge(left, right));
                pieces.add(left + right);
                merge(best.pair(), pieces.size() - 1);
            }
            return merges;
        }

        private void merge(long pair, int merged) {
            IntArrayList places = wordsOfPair.remove(pair);
            for (int i = 0; i < places.size(); i++) {
                replace(places.getInt(i), (int) (pair >> 32), (int) pair, merged);
            }
            changed.forEach(this::enqueue);
            changed.clear();
        }

        /// Replaces a pair in a word and counts what that changes: the pairs that touch it, before and after.
        private void replace(int w, int left, int right, int merged) {
            int[] word = words[w];
            int[] next = new int[word.length];
            int length = 0;
            int mergedEnd = 0;
            for (int i = 0; i < word.length; i++) {
                boolean isPair = word[i] == left && i + 1 < word.length && word[i + 1] == right;
                next[length++] = isPair ? merged : word[i];
                if (isPair) {
                    for (int at = Math.max(i - 1, mergedEnd); at <= Math.min(i + 1, word.length - 2); at++) {
                        count(word[at], word[at + 1], -wordCounts[w]);
                    }
                    i++;
                    mergedEnd = i + 1;
                }
            }
            if (length == word.length) {
                return;
            }
            words[w] = Arrays.copyOf(next, length);
            for (int i = 0; i + 1 < length; i++) {
                if (next[i] == merged || next[i + 1] == merged) {
                    occurs(next[i], next[i + 1], w);
                }
            }
        }
    }
}
