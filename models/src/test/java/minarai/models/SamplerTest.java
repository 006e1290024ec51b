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
        var one = new Sampler(1, 1, 1, 0, 4);
        for (int position = 0; position < 50; position++) {
            assertEquals(1, one.choose(ties, 0, 0, position), "top-k 1 is greedy, ties included");
        }
    }

    @Test
    void aSeedReproducesItsChoices() {
        assertArrayEquals(choices(new Sampler(1, 0, 1, 0, 9), 200), choices(new Sampler(1, 0, 1, 0, 9), 200));
        assertFalse(Arrays.equals(choices(new Sampler(1, 0, 1, 0, 9), 200), choices(new Sampler(1, 0, 1, 0, 10), 200)));
    }

    @Test
    void choicesFollowTheProbabilities() {
        // Four standard deviations of a share of 4,000 draws: at most 4 * sqrt(.25 / 4000) = .032.
        int[] choices = choices(new Sampler(1, 0, 1, 0, 1), 4000);
        double[] expected = {0.3, 0.1, 0.4, 0.2};
        for (int id = 0; id < 4; id++) {
            int wanted = id;
            double share = Arrays.stream(choices).filter(choice -> choice == wanted).count() / 4000.0;
            assertEquals(expected[id], share, 0.032, "token " + id);
        }
    }

    @Test
    void topKKeepsTheMostLikely() {
        assertEquals(Set.of(2), seen(new Sampler(1, 1, 1, 0, 3)));
        assertEquals(Set.of(2, 0), seen(new Sampler(1, 2, 1, 0, 3)));
        assertEquals(Set.of(0, 1, 2, 3), seen(new Sampler(1, 0, 1, 0, 3)));
        assertEquals(Set.of(0, 1, 2, 3), seen(new Sampler(1, 99, 1, 0, 3)));
    }

    @Test
    void topPKeepsTheFewestThatHoldTheShare() {
        assertEquals(Set.of(2), seen(new Sampler(1, 0, 0.39f, 0, 3)));
        assertEquals(Set.of(2, 0), seen(new Sampler(1, 0, 0.69f, 0, 3)));
        assertEquals(Set.of(2, 0, 3), seen(new Sampler(1, 0, 0.71f, 0, 3)));
        assertEquals(Set.of(2), seen(new Sampler(1, 0, 1e-9f, 0, 3)));
    }

    /// Divided by the temperature 2, the probabilities .4 .3 .2 .1 are in the ratios 1, .866, .707 and .5.
    @Test
    void minPKeepsWhatIsLikelyBesideTheLikeliest() {
        assertEquals(Set.of(2), seen(new Sampler(1, 0, 1, 0.76f, 3)));
        assertEquals(Set.of(2, 0), seen(new Sampler(1, 0, 1, 0.74f, 3)));
        assertEquals(Set.of(2, 0, 3), seen(new Sampler(1, 0, 1, 0.49f, 3)));
        assertEquals(Set.of(0, 1, 2, 3), seen(new Sampler(1, 0, 1, 0.24f, 3)));
        assertEquals(Set.of(2, 0, 3), seen(new Sampler(2, 0, 1, 0.51f, 3)));
        assertEquals(Set.of(0, 1, 2, 3), seen(new Sampler(2, 0, 1, 0.49f, 3)));
        assertEquals(Set.of(2), seen(new Sampler(1, 0, 1, 1, 3)));
    }

    @Test
    void temperatureSharpensAndFlattensAsThePowerOfProbabilities() {
        // p^(1/T), normalised: T = 1/2 gives .16 .09 .04 .01 of .30; T = 2 the square roots of the probabilities.
        double[] probabilities = {0.3, 0.1, 0.4, 0.2};
        for (float temperature : new float[] {0.5f, 2}) {
            int[] choices = choices(new Sampler(temperature, 0, 1, 0, 8), 4000);
            double total = Arrays.stream(probabilities).map(p -> Math.pow(p, 1 / temperature)).sum();
            for (int id = 0; id < 4; id++) {
                int wanted = id;
                double share = Arrays.stream(choices).filter(choice -> choice == wanted).count() / 4000.0;
                assertEquals(Math.pow(probabilities[id], 1 / temperature) / total, share, 0.032, "token " + id);
            }
        }
    }

    /// Of what top-k leaves (.4 and .3 of .7), a share of .5 is held by the first alone.
    @Test
    void topPIsAShareOfWhatTopKLeaves() {
        assertEquals(Set.of(2), seen(new Sampler(1, 2, 0.5f, 0, 3)));
        assertEquals(Set.of(2, 0), seen(new Sampler(1, 2, 0.6f, 0, 3)));
    }

    @Test
    void whatIsRuledOutIsNeverChosen() {
        float out = Float.NEGATIVE_INFINITY;
        Tensor most = Tensor.of(2, 4, out, 0, out, -30, out, out, out, out);
        for (int position = 0; position < 500; position++) {
            int id = new Sampler(100, 0, 1, 0, 5).choose(most, 0, 0, position);
            assertTrue(id == 1 || id == 3, "token " + id);
        }
        for (float temperature : new float[] {0, 1}) {
            assertTrue(assertThrows(IllegalArgumentException.class, () -> new Sampler(temperature, 0, 1, 0, 5)
                    .choose(most, 1, 0, 0)).getMessage().contains("ruled out"));
        }
    }

    @Test
    void settingsOutOfRangeAreRefused() {
        for (var unsound : new float[][] {{-1, 0, 1, 0}, {Float.NaN, 0, 1, 0}, {1, -1, 1, 0}, {1, 0, 0, 0},
            {1, 0, 1.5f, 0}, {1, 0, 1, -0.1f}, {1, 0, 1, 1.1f}, {1, 0, 1, Float.NaN}}) {
            String message = assertThrows(IllegalArgumentException.class,
                    () -> new Sampler(unsound[0], (int) unsound[1], unsound[2], unsound[3], 0)).getMessage();
            assertTrue(message.startsWith("sampling needs a temperature"), message);
        }
    }
}
