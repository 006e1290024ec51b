package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Cached decoding gives the bits of a full forward pass, however the tokens arrive; with and without a window, over
/// several blocks of keys.
class CachedDecodingTest {

    private static final int LENGTH = 150;
    private static final int VOCABULARY = RandomWeights.config().vocabularySize();

    private static Llama model(int window) {
        var config = RandomWeights.config(false, window == 0 ? OptionalInt.empty() : OptionalInt.of(window));
        return new Llama(config, new RandomWeights(5, Runs.KERNELS), 256);
    }

    private static float[] fed(LanguageModel model, int[] ids, int... chunks) {
        var cache = model.cache(1, ids.length);
        float[] logits = new float[ids.length * VOCABULARY];
        int from = 0;
        for (int turn = 0; from < ids.length; turn++) {
            int to = Math.min(ids.length, from + chunks[turn % chunks.length]);
            Tokens tokens = cache.next(new int[] {0}, List.of(Arrays.copyOfRange(ids, from, to)));
            float[] part = Runs.logits(model, tokens, cache);
            System.arraycopy(part, 0, logits, from * VOCABULARY, part.length);
            from = to;
        }
        return logits;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 16})
    void tokenByTokenGivesTheBitsOfAFullForward(int window) {
        var model = model(window);
        int[] ids = RandomWeights.ids(LENGTH, 1);
        assertArrayEquals(Runs.logits(model, ids), fed(model, ids, 1));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 16})
    void prefillInChunksGivesTheBitsOfAFullForward(int window) {
        var model = model(window);
        int[] ids = RandomWeights.ids(LENGTH, 2);
        float[] full = Runs.logits(model, ids);
        assertArrayEquals(full, fed(model, ids, LENGTH));
        assertArrayEquals(full, fed(model, ids, 64));
        assertArrayEquals(full, fed(model, ids, 7, 1, 33, 2));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 16})
    void slotsSideBySideGiveTheBitsOfEachAlone(int window) {
        var model = model(window);
        List<int[]> sequences = List.of(RandomWeights.ids(70, 3), RandomWeights.ids(1, 4), RandomWeights.ids(33, 5));
        var cache = model.cache(3, 70);
        var seen = new ArrayList<float[]>();
        sequences.forEach(ids -> seen.add(new float[ids.length * VOCABULARY]));
        for (int from = 0; from < 70; from += 5) {
            int first = from;
            int[] open = IntStream.of(2, 0, 1).filter(s -> first < sequences.get(s).length).toArray();
            List<int[]> added = Arrays.stream(open).mapToObj(s -> Arrays.copyOfRange(sequences.get(s), first,
                    Math.min(first + 5, sequences.get(s).length))).toList();
            float[] logits = Runs.logits(model, cache.next(open, added), cache);
            int at = 0;
            for (int i = 0; i < open.length; i++) {
                int count = added.get(i).length * VOCABULARY;
                System.arraycopy(logits, at, seen.get(open[i]), first * VOCABULARY, count);
                at += count;
            }
        }
        for (int s = 0; s < sequences.size(); s++) {
            assertArrayEquals(Runs.logits(model, sequences.get(s)), seen.get(s), "slot " + s);
        }
    }
}
