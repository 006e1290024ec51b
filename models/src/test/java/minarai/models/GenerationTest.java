package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GenerationTest {

    private static final Inference MODEL = new Inference(RandomWeights.model(8, Runs.KERNELS), Runs.KERNELS);
    private static final Inference.Limits FORTY = new Inference.Limits(40, Set.of());
    private static final List<int[]> PROMPTS = List.of(RandomWeights.ids(30, 1), RandomWeights.ids(1, 2),
            RandomWeights.ids(100, 3), RandomWeights.ids(7, 4));

    @Test
    void severalPromptsSideBySideGiveWhatEachGivesAlone() {
        var together = MODEL.generate(PROMPTS, Sampler.greedy(), FORTY, (sequence, id) -> { });
        for (int i = 0; i < PROMPTS.size(); i++) {
            var alone = MODEL.generate(PROMPTS.get(i), Sampler.greedy(), FORTY, (sequence, id) -> { });
            assertArrayEquals(alone.ids(), together.get(i).ids(), "prompt " + i);
            assertEquals(40, alone.ids().length);
        }
    }

    @Test
    void aSampledAnswerDependsOnItsSeedAndNotOnItsCompany() {
        var sampler = new Sampler(1, 0, 0.9f, 0, 12);
        var together = MODEL.generate(PROMPTS, sampler, FORTY, (sequence, id) -> { });
        var fewer = MODEL.generate(PROMPTS.subList(0, 2), sampler, FORTY, (sequence, id) -> { });
        assertArrayEquals(together.get(0).ids(), fewer.get(0).ids());
        assertArrayEquals(together.get(1).ids(), fewer.get(1).ids());
    }

    @Test
    void generationIsTheArgumentOfTheMaximumOfFullForwards() {
        int[] text = PROMPTS.getFirst();
        int[] answer = MODEL.generate(text, Sampler.greedy(), FORTY, (sequence, id) -> { }).ids();
        int[] whole = Arrays.copyOf(text, text.length + answer.length);
        System.arraycopy(answer, 0, whole, text.length, answer.length);
        var logits = MODEL.logits(whole);
        for (int i = 0; i < answer.length; i++) {
            assertEquals(Sampler.greedy().choose(logits, text.length - 1 + i, 0, 0), answer[i], "token " + i);
        }
    }

    @Test
    void theListenerSeesEveryTokenInOrder() {
        var seen = new ArrayList<List<Integer>>();
        PROMPTS.forEach(prompt -> seen.add(new ArrayList<>()));
        var completions = MODEL.generate(PROMPTS, Sampler.greedy(), FORTY,
                (sequence, id) -> seen.get(sequence).add(id));
        for (int i = 0; i < PROMPTS.size(); i++) {
            assertArrayEquals(completions.get(i).ids(), seen.get(i).stream().mapToInt(Integer::intValue).toArray());
        }
    }

    @Test
    void anEndTokenEndsAnAnswerAndIsNotPartOfIt() {
        int[] free = MODEL.generate(PROMPTS.getFirst(), Sampler.greedy(), FORTY, (sequence, id) -> { }).ids();
        int end = free[5];
        int first = 0;
        while (free[first] != end) {
            first++;
        }
        var heard = new ArrayList<Integer>();
        var ended = MODEL.generate(PROMPTS.getFirst(), Sampler.greedy(), new Inference.Limits(40, Set.of(end)),
                (sequence, id) -> heard.add(id));
        assertTrue(ended.isEnded());
        assertArrayEquals(Arrays.copyOf(free, first), ended.ids());
        assertFalse(heard.contains(end));
    }

    @Test
    void generationStopsWhereTheModelsPositionsEnd() {
        int[] prompt = RandomWeights.ids(250, 9);
        var completion = MODEL.generate(prompt, Sampler.greedy(), FORTY, (sequence, id) -> { });
        assertEquals(7, completion.ids().length, "six positions are left, and the last one predicts a seventh token");
        assertFalse(completion.isEnded());
    }

    @Test
    void likelihoodsOfContinuationsAreThoseOfTheirTokens() {
        int[] prompt = RandomWeights.ids(9, 5);
        int[] continuation = RandomWeights.ids(4, 6);
        int[] whole = Arrays.copyOf(prompt, 13);
        System.arraycopy(continuation, 0, whole, 9, 4);
        float[] losses = MODEL.losses(List.of(whole)).getFirst();
        double expected = -((double) losses[8] + losses[9] + losses[10] + losses[11]);
        assertEquals(expected, MODEL.logLikelihoods(List.of(prompt), List.of(continuation))[0]);
    }
}
