package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.engine.Tensor;
import org.junit.jupiter.api.Test;

class SamplerTest {

    /// Probabilities .4, .3, .2, .1 for the tokens 2, 0, 3, 1.
    private static final Tensor LOGITS = Tensor.of(1, 4, log(0.3), log(0.1), log(0.4), log(0.2));

    private static float log(double probability) {
        return (float) Math.log(probability);
    }

    private static int[] choices(Sampler sampler, int count) {
        return IntStream.range(0, count).map(position -> sampler.choose(LOGITS, 0, 0, position)).toArray();
    }

    private static Set<Integer> seen(Sampler sampler) {
        return Arrays.stream(choices(sampler, 500)).boxed().collect(Collectors.toSet());
    }

    @Test
    void equalLogitsAreDecidedInFavourOfTheLowerId() {
        Tensor ties = Tensor.of(2, 4, 1, 7, 7, 7, -1, -1, -2, -1);
        assertEquals(1, Sampler.greedy().choose(ties, 0, 0, 0));
        assertEquals(0, Sampler.greedy().choose(ties, 1, 3, 9));
        var one = new Sampler(1, 1, 1, 4);
        for (int position = 0; position < 50; position++) {
            assertEquals(1, one.choose(ties, 0, 0, position), "top-k 1 is greedy, ties included");
        }
    }

    @Test
    void aSeedReproducesItsChoices() {
        assertArrayEquals(choices(new Sampler(1, 0, 1, 9), 200), choices(new Sampler(1, 0, 1, 9), 200));
        assertFalse(Arrays.equals(choices(new Sampler(1, 0, 1, 9), 200), choices(new Sampler(1, 0, 1, 10), 200)));
    }

    @Test
    void choicesFollowTheProbabilities() {
        // Four standard deviations of a share of 4,000 draws: at most 4 * sqrt(.25 / 4000) = .032.
        int[] choices = choices(new Sampler(1, 0, 1, 1), 4000);
        double[] expected = {0.3, 0.1, 0.4, 0.2};
        for (int id = 0; id < 4; id++) {
            int wanted = id;
            double share = Arrays.stream(choices).filter(choice -> choice == wanted).count() / 4000.0;
            assertEquals(expected[id], share, 0.032, "token " + id);
        }
    }

    @Test
    void topKKeepsTheMostLikely() {
        assertEquals(Set.of(2), seen(new Sampler(1, 1, 1, 3)));
        assertEquals(Set.of(2, 0), seen(new Sampler(1, 2, 1, 3)));
        assertEquals(Set.of(0, 1, 2, 3), seen(new Sampler(1, 0, 1, 3)));
        assertEquals(Set.of(0, 1, 2, 3), seen(new Sampler(1, 99, 1, 3)));
    }

    @Test
    void topPKeepsTheFewestThatHoldTheShare() {
        assertEquals(Set.of(2), seen(new Sampler(1, 0, 0.39f, 3)));
        assertEquals(Set.of(2, 0), seen(new Sampler(1, 0, 0.69f, 3)));
        assertEquals(Set.of(2, 0, 3), seen(new Sampler(1, 0, 0.71f, 3)));
        assertEquals(Set.of(2), seen(new Sampler(1, 0, 1e-9f, 3)));
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        for (var unsound : new float[][] {{-1, 0, 1}, {Float.NaN, 0, 1}, {1, -1, 1}, {1, 0, 0}, {1, 0, 1.5f}}) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> new Sampler(unsound[0], (int) unsound[1], unsound[2], 0)).getMessage();
            assertTrue(message.startsWith("sampling needs a temperature"), message);
        }
    }
}
