package minarai.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import minarai.models.Continuations.Request;
import org.junit.jupiter.api.Test;

class ContinuationsTest {

    private static final Llama MODEL = RandomWeights.model(6, Runs.KERNELS);

    @Test
    void whatIsSharedAndWhoElseIsAskedChangesNoBit() {
        List<Request> requests = IntStream.range(0, 5).mapToObj(i -> new Request(RandomWeights.ids(1 + 7 * i, i),
                List.of(RandomWeights.ids(3, 50 + i), RandomWeights.ids(1, 60 + i), RandomWeights.ids(9, 70 + i))))
                .toList();
        var continuations = new Continuations(MODEL, Runs.KERNELS);
        var together = continuations.of(requests);
        var inference = new Inference(MODEL, Runs.KERNELS);
        for (int i = 0; i < requests.size(); i++) {
            for (int j = 0; j < 3; j++) {
                int[] context = requests.get(i).context();
                int[] continuation = requests.get(i).continuations().get(j);
                assertEquals(inference.logLikelihoods(List.of(context), List.of(continuation))[0],
                        together.get(i).get(j).logProbability(), "request " + i + ", continuation " + j);
            }
        }
        // A context of n tokens is computed once but for its last token, which each continuation begins with.
        assertEquals(requests.stream().mapToInt(request -> request.context().length - 1 + 13).sum(),
                continuations.tokensComputed());
    }

    @Test
    void theGreedyContinuationIsGreedy() {
        int[] context = RandomWeights.ids(12, 3);
        int[] greedy = new Inference(MODEL, Runs.KERNELS).generate(context, Sampler.greedy(),
                new Inference.Limits(4, Set.of()), (sequence, id) -> { }).ids();
        int[] other = greedy.clone();
        other[2] = other[2] == 3 ? 4 : 3;
        var results = new Continuations(MODEL, Runs.KERNELS).of(List.of(new Request(context, List.of(greedy, other))));
        assertTrue(results.getFirst().getFirst().isGreedy());
        assertTrue(!results.getFirst().getLast().isGreedy());
    }

    @Test
    void anEmptyContextAndOneThatIsTooLongAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Request(new int[0], List.of(new int[] {1})));
        int[] longest = new int[MODEL.maxPositions() + 1];
        Arrays.fill(longest, 1);
        assertThrows(IllegalArgumentException.class, () -> new Continuations(MODEL, Runs.KERNELS).of(List.of(
                new Request(longest, List.of(new int[] {1})))));
    }
}
