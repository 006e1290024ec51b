package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.models.format.LlamaConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// What a caller can get wrong comes back as a sentence, and changes nothing.
class HostileModelTest {

    private static final Llama MODEL = RandomWeights.model(1, Runs.KERNELS);
    private static final Inference INFERENCE = new Inference(MODEL, Runs.KERNELS);
    private static final Inference.Limits ONE = new Inference.Limits(1, Set.of());

    private static void refuses(String sentence, Executable call) {
        assertEquals(sentence, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void idsOutsideTheVocabularyAreRefused() {
        String sentence = "embed model.embed_tokens.weight: token id %d is outside the vocabulary of 37. Does the "
                + "tokenizer belong to this model?";
        for (int id : new int[] {-1, 37, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            refuses(sentence.formatted(id), () -> INFERENCE.logits(new int[] {5, id}));
        }
    }

    @Test
    void positionsBeyondTheModelAreRefused() {
        refuses("rotate: position 256 is outside the 256 positions the model has. Shorten the text, or the number of "
                + "new tokens.", () -> Runs.logits(MODEL, RandomWeights.ids(257, 1)));
        String sentence = "a prompt of 257 tokens: the model takes 1 to 256. Shorten the prompt, or ask for more "
                + "positions where the model has them.";
        refuses(sentence, () -> INFERENCE.logits(RandomWeights.ids(257, 1)));
        refuses(sentence, () -> INFERENCE.losses(List.of(RandomWeights.ids(257, 1))));
        refuses(sentence, () -> INFERENCE.generate(RandomWeights.ids(257, 1), Sampler.greedy(), ONE, (s, id) -> { }));
    }

    @Test
    void aModelNeedsAPosition() {
        for (int positions : new int[] {0, -5}) {
            refuses("a model is prepared for at least one position, not " + positions,
                    () -> new Llama(RandomWeights.config(), new RandomWeights(1, Runs.KERNELS), positions));
        }
    }

    @Test
    void emptyPromptsAreRefusedBesideOthersToo() {
        String sentence = "a prompt of 0 tokens: the model takes 1 to 256. Shorten the prompt, or ask for more "
                + "positions where the model has them.";
        refuses(sentence, () -> INFERENCE.generate(new int[0], Sampler.greedy(), ONE, (s, id) -> { }));
        refuses(sentence, () -> INFERENCE.generate(List.of(new int[] {4}, new int[0]), Sampler.greedy(), ONE,
                (s, id) -> { }));
        refuses(sentence, () -> INFERENCE.losses(List.of(new int[] {4}, new int[0])));
        refuses(sentence, () -> INFERENCE.logLikelihoods(List.of(new int[0]), List.of(new int[] {4})));
        refuses("2 prompts but 1 continuations", () -> INFERENCE.logLikelihoods(List.of(new int[] {4}, new int[] {5}),
                List.of(new int[] {4})));
        refuses("sequence 1 of 2 is empty; each needs a token at least", () -> Tokens.of(List.of(new int[] {4},
                new int[0])));
    }

    @Test
    void aCacheThatIsFullOrMisusedSaysSoAndStaysAsItWas() {
        var cache = MODEL.cache(2, 4);
        Runs.logits(MODEL, cache.next(new int[] {0, 1}, List.of(new int[] {3, 4}, new int[] {5, 6, 7})), cache);
        refuses("a text of 5 tokens does not fit the 4 that were planned for it",
                () -> cache.next(new int[] {0, 1}, List.of(new int[] {8}, new int[] {8, 9})));
        refuses("slot 2 of a cache of 2", () -> cache.next(new int[] {2}, List.of(new int[] {8})));
        refuses("slot 0 is named twice", () -> cache.next(new int[] {0, 0}, List.of(new int[] {8}, new int[] {8})));
        refuses("sequence 1 of 2 is empty; each needs a token at least",
                () -> cache.next(new int[] {0, 1}, List.of(new int[] {8}, new int[0])));
        refuses("2 slots but 1 sequences", () -> cache.next(new int[] {0, 1}, List.of(new int[] {8})));
        assertArrayEquals(new int[] {2, 3}, new int[] {cache.length(0), cache.length(1)});
        float[] next = Runs.logits(MODEL, cache.next(new int[] {0}, List.of(new int[] {9})), cache);
        float[] full = Runs.logits(MODEL, 3, 4, 9);
        assertArrayEquals(Arrays.copyOfRange(full, 2 * 37, 3 * 37), next);
    }

    /// Weights one column narrower than asked for, in one place.
    private record Narrow(Weights base, String where) implements Weights {
        @Override
        public Parameter matrix(String name, int rows, int columns) {
            return base.matrix(name, rows, columns - (name.equals(where) ? 1 : 0));
        }

        @Override
        public Parameter vector(String name, int size) {
            return base.vector(name, size - (name.equals(where) ? 1 : 0));
        }
    }

    @Test
    void weightsOfTheWrongShapeAreNamed() {
        Kernels kernels = Runs.KERNELS;
        LlamaConfig config = RandomWeights.config();
        refuses("linear model.layers.1.self_attn.o_proj.weight: input is 2 x 36 but the weight is 20 x 35 (outputs x "
                + "inputs); the input needs 35 columns, not 36. Does config.json belong to these weights?",
                () -> Runs.logits(new Llama(config, new Narrow(new RandomWeights(1, kernels),
                        "model.layers.1.self_attn.o_proj.weight"), 8), 4, 5));
        refuses("rmsNorm model.norm.weight: input is 2 x 20, so the vector must be 1 x 20, not 1 x 19",
                () -> Runs.logits(new Llama(config, new Narrow(new RandomWeights(1, kernels), "model.norm.weight"), 8),
                        4, 5));
    }

    @Test
    void noTokenIsNotALimit() {
        refuses("at least one token must be generated, not 0", () -> new Inference.Limits(0, Set.of()));
    }
}
