package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.ReferenceKernels;
import minarai.engine.SimdKernels;
import minarai.engine.Storage;
import minarai.engine.Tape;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import minarai.models.format.Gpt2Config;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The logits of a sequence are those of the sequence alone, bit for bit: whatever else is in the batch and in which
/// order, however much of it others share, whether they are computed at once, in chunks or token by token beside a
/// cache, by however many threads, by vectors or by plain loops. For every architecture, and every storage of weights.
class BatchInvarianceTest {

    /// Rounds of each property, each with other sequences, lengths, orders and chunks.
    private static final int ROUNDS = 2;
    /// Reaches into a third block of keys.
    private static final int LONGEST = 140;
    private static final int VOCABULARY = 37;

    private static final Kernels KERNELS = Runs.KERNELS;

    /// A shape of an architecture.
    record Architecture(String name, ModelConfig config) {
    }

    /// Small shapes whose rows divide into the blocks of quantized weights; a new architecture is one more line.
    private static final List<Architecture> ARCHITECTURES = List.of(
            new Architecture("Llama, grouped queries", llama(2, LlamaConfig.AttentionBias.NONE, OptionalInt.empty())),
            new Architecture("Llama, biases and a window", llama(1, LlamaConfig.AttentionBias.QKV, OptionalInt.of(50))),
            new Architecture("GPT-2", new Gpt2Config(VOCABULARY, 64, 96, 2, 4, 1e-5, true, LONGEST + 2,
                    OptionalInt.of(1), List.of(2))));

    private static LlamaConfig llama(int keyValueHeads, LlamaConfig.AttentionBias bias, OptionalInt window) {
        return new LlamaConfig(ModelType.LLAMA, VOCABULARY, 64, 96, 2, 4, keyValueHeads, 16, 1e-5, 10_000,
                new RopeScaling.None(), false, bias, window, LONGEST + 2, OptionalInt.of(1), List.of(2));
    }

    /// An architecture with weights in a storage.
    record Subject(Architecture architecture, Storage storage) {

        LanguageModel model(Kernels kernels) {
            return LanguageModel.of(architecture.config(),
                    new StoredWeights(5, storage, kernels.panelWidth()), LONGEST + 2);
        }

        /// Other numbers for each subject and round.
        Random random(int round) {
            return new Random(31L * round + toString().hashCode());
        }

        @Override
        public String toString() {
            return architecture.name() + ", " + storage;
        }
    }

    static Stream<Subject> subjects() {
        var family = Stream.of(Family.values()).map(each -> new Subject(new Architecture(each.name(),
                each.config(VOCABULARY, 4, 2, 50, LONGEST + 2)), Storage.F32));
        return Stream.concat(family, ARCHITECTURES.stream().flatMap(architecture ->
                Stream.of(Storage.values()).map(storage -> new Subject(architecture, storage))));
    }

    private static float[] logits(LanguageModel model, Kernels kernels, Tokens tokens, KeyValueCache cache) {
        var ops = new Ops(kernels, Workspace.growing(), Tape.off());
        return model.logits(ops, model.hidden(ops, tokens, cache, Asked.all())).toArray();
    }

    private static float[] alone(LanguageModel model, int[] ids) {
        return logits(model, KERNELS, Tokens.of(ids), KeyValueCache.none());
    }

    private static int[] ids(Random random, int count) {
        return random.ints(count, 3, VOCABULARY).toArray();
    }

    /// Two to six sequences, some of them short.
    private static List<int[]> sequences(Random random) {
        return IntStream.range(0, 2 + random.nextInt(5)).mapToObj(i ->
                ids(random, 1 + random.nextInt(random.nextBoolean() ? 9 : LONGEST))).toList();
    }

    private static float[] rows(float[] logits, int first, int count) {
        return Arrays.copyOfRange(logits, first * VOCABULARY, (first + count) * VOCABULARY);
    }

    private static void assertBits(float[] expected, float[] actual, String what) {
        assertArrayEquals(bits(expected), bits(actual), what);
    }

    private static int[] bits(float[] numbers) {
        return IntStream.range(0, numbers.length).map(i -> Float.floatToRawIntBits(numbers[i])).toArray();
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void inAnyBatchInAnyOrder(Subject subject) {
        var model = subject.model(KERNELS);
        for (int round = 0; round < ROUNDS; round++) {
            var random = subject.random(round);
            var sequences = new ArrayList<>(sequences(random));
            var alone = new ArrayList<float[]>();
            sequences.forEach(ids -> alone.add(alone(model, ids)));
            var order = new ArrayList<>(IntStream.range(0, sequences.size()).boxed().toList());
            Collections.shuffle(order, random);
            float[] packed = logits(model, KERNELS, Tokens.of(order.stream().map(sequences::get).toList()),
                    KeyValueCache.none());
            int first = 0;
            for (int s : order) {
                int count = sequences.get(s).length;
                assertBits(alone.get(s), rows(packed, first, count), "round " + round + ", order " + order);
                first += count;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void withABeginningThatIsComputedOnce(Subject subject) {
        var model = subject.model(KERNELS);
        for (int round = 0; round < ROUNDS; round++) {
            var random = subject.random(round);
            int shared = 1 + random.nextInt(LONGEST - 20);
            int[] beginning = ids(random, shared);
            List<int[]> sequences = IntStream.range(0, 2 + random.nextInt(4)).mapToObj(i -> {
                int[] all = Arrays.copyOf(beginning, shared + 1 + random.nextInt(LONGEST - shared));
                System.arraycopy(ids(random, all.length - shared), 0, all, shared, all.length - shared);
                return all;
            }).toList();
            float[] together = logits(model, KERNELS, Tokens.of(sequences, shared), KeyValueCache.none());
            int first = shared;
            for (int[] sequence : sequences) {
                float[] alone = alone(model, sequence);
                int own = sequence.length - shared;
                String what = "round " + round + ", " + shared + " shared";
                assertBits(rows(alone, 0, shared), rows(together, 0, shared), what);
                assertBits(rows(alone, shared, own), rows(together, first, own), what);
                first += own;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void tokenByTokenBesideACache(Subject subject) {
        var model = subject.model(KERNELS);
        int[] ids = ids(subject.random(0), 80);
        float[] alone = alone(model, ids);
        var cache = model.cache(1, ids.length);
        for (int t = 0; t < ids.length; t++) {
            assertBits(rows(alone, t, 1), logits(model, KERNELS,
                    cache.next(new int[] {0}, List.of(new int[] {ids[t]})), cache), "token " + t);
        }
    }

    /// Several sequences beside one cache: at each turn some of them go on, in any order, by any number of tokens.
    @ParameterizedTest
    @MethodSource("subjects")
    void inChunksBesideACacheThatOthersUse(Subject subject) {
        var model = subject.model(KERNELS);
        for (int round = 0; round < ROUNDS; round++) {
            var random = subject.random(round);
            var sequences = sequences(random);
            var alone = sequences.stream().map(ids -> alone(model, ids)).toList();
            var cache = model.cache(sequences.size(), LONGEST);
            while (true) {
                var open = new ArrayList<>(IntStream.range(0, sequences.size())
                        .filter(s -> cache.length(s) < sequences.get(s).length).boxed().toList());
                if (open.isEmpty()) {
                    break;
                }
                Collections.shuffle(open, random);
                int[] slots = open.subList(0, 1 + random.nextInt(open.size())).stream().mapToInt(s -> s).toArray();
                goOn(model, cache, sequences, slots, random, alone, "round " + round);
            }
        }
    }

    private static void goOn(LanguageModel model, KeyValueCache cache, List<int[]> sequences, int[] slots,
            Random random, List<float[]> alone, String what) {
        int[] before = Arrays.stream(slots).map(cache::length).toArray();
        List<int[]> added = IntStream.range(0, slots.length).mapToObj(i -> {
            int[] ids = sequences.get(slots[i]);
            int left = ids.length - before[i];
            int count = random.nextBoolean() ? 1 + random.nextInt(left) : Math.min(left, 1 + random.nextInt(8));
            return Arrays.copyOfRange(ids, before[i], before[i] + count);
        }).toList();
        float[] logits = logits(model, KERNELS, cache.next(slots, added), cache);
        int first = 0;
        for (int i = 0; i < slots.length; i++) {
            int count = added.get(i).length;
            assertBits(rows(alone.get(slots[i]), before[i], count), rows(logits, first, count),
                    what + ", slot " + slots[i] + " from " + before[i] + " by " + count);
            first += count;
        }
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void onOneOrThreeThreadsAndInPlainLoops(Subject subject) {
        int[] ids = ids(subject.random(0), 75);
        float[] alone = alone(subject.model(KERNELS), ids);
        try (var one = new Workers(1); var three = new Workers(3)) {
            for (Kernels kernels : List.of(new SimdKernels(one), new SimdKernels(three), new ReferenceKernels())) {
                assertBits(alone, logits(subject.model(kernels), kernels, Tokens.of(ids), KeyValueCache.none()),
                        kernels.getClass().getSimpleName());
            }
        }
    }

    /// A weight of 16 bits or fewer is exactly the f32 number that it stands for.
    @ParameterizedTest
    @MethodSource("subjects")
    void withTheNumbersThatWeightsStandFor(Subject subject) {
        int width = KERNELS.panelWidth();
        var stored = new StoredWeights(5, subject.storage(), width);
        var expanded = LanguageModel.of(subject.architecture().config(), stored.expanded(), LONGEST + 2);
        int[] ids = ids(subject.random(0), 40);
        assertBits(alone(expanded, ids), alone(subject.model(KERNELS), ids), "");
    }

    /// The losses too, whose rows are chosen and whose logits are made a part at a time.
    @ParameterizedTest
    @MethodSource("subjects")
    void lossesOfChosenRows(Subject subject) {
        var model = subject.model(KERNELS);
        var random = subject.random(0);
        int[] first = ids(random, 33);
        int[] second = ids(random, 80);
        float[] packed = losses(model, Tokens.of(List.of(first, second)), IntStream.range(33, 112).toArray(), second);
        assertBits(losses(model, Tokens.of(second), IntStream.range(0, 79).toArray(), second), packed, "");
    }

    private static float[] losses(LanguageModel model, Tokens tokens, int[] rows, int[] sequence) {
        var ops = new Ops(KERNELS, Workspace.growing(), Tape.off());
        var hidden = model.hidden(ops, tokens, KeyValueCache.none(), Asked.of(rows));
        return model.losses(ops, hidden, Arrays.copyOfRange(sequence, 1, sequence.length), 1).toArray();
    }
}
