package minarai.train.check;

import it.unimi.dsi.fastutil.ints.Int2IntOpenHashMap;
import it.unimi.dsi.fastutil.ints.IntArrayList;
import it.unimi.dsi.fastutil.longs.Long2ObjectOpenHashMap;
import it.unimi.dsi.fastutil.longs.LongOpenHashSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import minarai.train.data.Example;
import minarai.train.data.Words;

/// A held-out or test example that is in the training data, word for word or nearly so.
///
/// Compared are the questions, and the answers of 13 words or more. Two questions are the same if they are equal but
/// for case, spacing and the last stop, or if at least half of the 13-grams of words of the held-out one occur in one
/// training example; 13-grams that more than ten training examples share are boilerplate and do not count.
public record Leak() implements Check {

    static final String NAME = "leak";
    private static final int GRAM = 13;
    private static final int BOILERPLATE = 10;
    private static final double SHARE = 0.5;

    /// An example that should be unseen, the training example that shows it, and how the two are put together in a
    /// sentence: `' asks the same question as'`.
    public record Sight(Example unseen, Example trained, String how) {
    }

    @Override
    public List<Refusal> refusals(Material material) {
        List<Example> training = material.training().stream().map(Rendered::example).toList();
        return between(training, material.unseen()).stream().map(Leak::refusal).toList();
    }

    /// Which of the unseen examples are among the training examples, each at most once, in their order.
    public static List<Sight> between(List<Example> training, List<Example> unseen) {
        if (unseen.isEmpty()) {
            return List.of();
        }
        Map<String, Example> byQuestion = new HashMap<>();
        training.forEach(example -> byQuestion.putIfAbsent(asked(example), example));
        var questions = new Index(training.stream().map(Leak::asked), unseen.stream().map(Leak::asked));
        var answers = new Index(training.stream().map(Example::answer), unseen.stream().map(Example::answer));
        var sights = new ArrayList<Sight>();
        for (Example example : unseen) {
            Optional.ofNullable(byQuestion.get(asked(example)))
                    .map(twin -> new Sight(example, twin, " asks the same question as"))
                    .or(() -> questions.nearest(asked(example)).map(match ->
                            new Sight(example, training.get(match.index()), "'s question shares " + match.in()
                                    + " with")))
                    .or(() -> answers.nearest(example.answer()).map(match ->
                            new Sight(example, training.get(match.index()), "'s answer shares " + match.in()
                                    + " with")))
                    .ifPresent(sights::add);
        }
        return sights;
    }

    /// The turns before the answer but for the system's, which many examples share.
    private static String asked(Example example) {
        return example.prompt().stream()
                .filter(message -> !message.role().equals("system"))
                .map(message -> Words.squeezed(message.content()))
                .collect(Collectors.joining("\n"));
    }

    private static Refusal refusal(Sight sight) {
        return new Refusal(NAME, sight.unseen().id(), sight.unseen().origin(),
                "the held-out or test example%s the training example at %s".formatted(sight.how(),
                        sight.trained().origin()),
                "Remove one of the two, or the score will flatter");
    }

    private record Match(int index, int shared, int of) {

        String in() {
            return "%d of %d runs of %d words".formatted(shared, of, GRAM);
        }
    }

    /// Which training texts hold a 13-gram.
    private static final class Index {

        private final Long2ObjectOpenHashMap<IntArrayList> holders = new Long2ObjectOpenHashMap<>();

        /// @param texts  in which 13-grams are looked up
        /// @param asked  the texts that will be looked for; 13-grams of no other text are kept
        Index(Stream<String> texts, Stream<String> asked) {
            var wanted = new LongOpenHashSet();
            asked.forEach(text -> wanted.addAll(grams(text)));
            int[] number = {0};
            texts.forEach(text -> {
                for (long gram : grams(text)) {
                    if (wanted.contains(gram)) {
                        IntArrayList found = holders.computeIfAbsent(gram, absent -> new IntArrayList(1));
                        if (found.size() <= BOILERPLATE) {
                            found.add(number[0]);
                        }
                    }
                }
                number[0]++;
            });
        }

        /// The training text with most of this text's 13-grams, if it has at least half; of several, the first.
        Optional<Match> nearest(String text) {
            var counts = new Int2IntOpenHashMap();
            int of = 0;
            for (long gram : grams(text)) {
                IntArrayList found = holders.getOrDefault(gram, IntArrayList.of());
                if (found.size() > BOILERPLATE) {
                    continue;
                }
                of++;
                found.forEach((int index) -> counts.addTo(index, 1));
            }
            int best = -1;
            for (int index : counts.keySet()) {
                int gain = counts.get(index) - (best < 0 ? 0 : counts.get(best));
                best = best < 0 || gain > 0 || gain == 0 && index < best ? index : best;
            }
            boolean isNear = best >= 0 && counts.get(best) >= SHARE * of;
            return isNear ? Optional.of(new Match(best, counts.get(best), of)) : Optional.empty();
        }

        /// A 64-bit hash of each different run of 13 words.
        private static LongOpenHashSet grams(String text) {
            List<String> words = Words.of(text);
            var grams = new LongOpenHashSet();
            for (int start = 0; start + GRAM <= words.size(); start++) {
                long hash = 0;
                for (String word : words.subList(start, start + GRAM)) {
                    hash = mixed(hash ^ mixed(word.hashCode() * 0x9E3779B97F4A7C15L + word.length()));
                }
                grams.add(hash);
            }
            return grams;
        }

        /// The finalizer of SplitMix64.
        private static long mixed(long z) {
            long y = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            long x = (y ^ (y >>> 27)) * 0x94D049BB133111EBL;
            return (x ^ (x >>> 31)) + 0x9E3779B97F4A7C15L;
        }
    }
}
