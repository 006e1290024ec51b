package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a token's logits depend on: the tokens before it in its own sequence, and nothing else, to the last bit.
class PackingTest {

    private static final Llama MODEL = RandomWeights.model(6, Runs.KERNELS);
    private static final int VOCABULARY = MODEL.vocabularySize();

    @Test
    void aLaterTokenNeverChangesEarlierLogits() {
        int[] ids = RandomWeights.ids(90, 1);
        float[] before = Runs.logits(MODEL, ids);
        for (int changed : new int[] {1, 40, 89}) {
            int[] other = ids.clone();
            other[changed] = ids[changed] == 3 ? 4 : 3;
            float[] after = Runs.logits(MODEL, other);
            assertArrayEquals(Arrays.copyOf(before, changed * VOCABULARY), Arrays.copyOf(after, changed * VOCABULARY));
            int from = changed * VOCABULARY;
            assertTrue(Runs.difference(Arrays.copyOfRange(before, from, before.length),
                    Arrays.copyOfRange(after, from, after.length)) > 0.01,
                    "token " + changed + " is seen from itself on");
        }
    }

    @Test
    void packedSequencesDoNotSeeEachOther() {
        int[] second = RandomWeights.ids(41, 2);
        float[] alone = Runs.logits(MODEL, second);
        for (int seed = 10; seed < 13; seed++) {
            int[] first = RandomWeights.ids(19, seed);
            float[] packed = Runs.logits(MODEL, List.of(first, second));
            assertArrayEquals(alone, Arrays.copyOfRange(packed, 19 * VOCABULARY, packed.length), "seed " + seed);
        }
    }

    @Test
    void logitsDoNotDependOnTheCompositionOfTheBatch() {
        var sequences = new ArrayList<int[]>();
        for (int length : new int[] {5, 1, 64, 17, 2, 33, 8}) {
            sequences.add(RandomWeights.ids(length, 20 + length));
        }
        List<float[]> alone = sequences.stream().map(ids -> Runs.logits(MODEL, ids)).toList();
        assertEach(alone, sequences, Runs.logits(MODEL, sequences));
        assertEach(alone.reversed(), sequences.reversed(), Runs.logits(MODEL, sequences.reversed()));
    }

    private static void assertEach(List<float[]> alone, List<int[]> sequences, float[] packed) {
        int at = 0;
        for (int s = 0; s < sequences.size(); s++) {
            int end = at + alone.get(s).length;
            assertArrayEquals(alone.get(s), Arrays.copyOfRange(packed, at, end), "sequence " + s);
            at = end;
        }
    }
}
