package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import minarai.engine.Kernels;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.models.format.ModelFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// Logits, losses and greedy continuations of real and tiny models, against forward passes in float64 that we did not
/// write.
///
/// Tolerance: f32 rounding through these depths moves logits of a standard deviation near 1.5 by up to 1.5e-5 in the
/// reference stack itself; a hundredfold margin for the larger logits of the trained model gives 1e-4 relative to the
/// greatest logit's size, at least 1e-4.
class ForwardGoldenTest {

    private static final Kernels KERNELS = new SimdKernels(new Workers(2));

    private static Inference load(Path path) {
        try (var folder = ModelFolder.open(path)) {
            return new Inference(LanguageModel.of(folder.config(), CheckpointWeights.frozen(folder, KERNELS), 512),
                    KERNELS);
        }
    }

    @Test
    void tinyStoriesGivesTheReferencesLogitsAndLosses() {
        JsonNode golden = SharedData.json("goldens/reference/ts656_forward.json");
        Inference model = load(SharedData.path("models/TinyStories-656K-hf"));
        for (JsonNode each : golden.get("cases")) {
            int[] ids = SharedData.ints(each.get("ids"));
            float[] losses = model.losses(List.of(ids)).getFirst();
            double[] expected = SharedData.doubles(each.get("nll"));
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], losses[i], 1e-4, "loss " + i + " of " + each.get("text"));
            }
            Tensor logits = model.logits(ids);
            double[] last = SharedData.doubles(each.get("last_logits"));
            for (int i = 0; i < last.length; i++) {
                assertEquals(last[i], logits.at(ids.length - 1, i), 1e-4, "logit " + i + " of " + each.get("text"));
            }
        }
    }

    @Test
    void tinyStoriesContinuesGreedilyAsTheReference() {
        JsonNode golden = SharedData.json("goldens/reference/ts656_forward.json");
        Inference model = load(SharedData.path("models/TinyStories-656K-hf"));
        int[] expected = SharedData.ints(golden.get("greedy_from_bos"));
        var completion = model.generate(new int[] {expected[0]}, Sampler.greedy(),
                new Inference.Limits(expected.length - 1, Set.of(2)), (sequence, id) -> { });
        assertArrayEquals(Arrays.copyOfRange(expected, 1, 1 + completion.ids().length), completion.ids());
    }

    static SortedSet<String> tinyModels() {
        return SharedData.folders("goldens/hf/models", "golden.json",
                List.of("llama-tiny", "llama-tiny-bf16", "mistral-tiny", "qwen2-tiny", "gpt2-tiny"));
    }

    @ParameterizedTest
    @MethodSource("tinyModels")
    void tinyModelsGiveTheReferencesNumbers(String name) {
        Path path = SharedData.path("goldens/hf/models/" + name);
        JsonNode golden = SharedData.json("goldens/hf/models/" + name + "/golden.json");
        Inference model = load(path);
        for (JsonNode each : golden.get("sequences")) {
            int[] ids = SharedData.ints(each.get("ids"));
            Tensor logits = model.logits(ids);
            int row = 0;
            JsonNode exact = each.get("f64");
            float[] losses = model.losses(List.of(ids)).getFirst();
            double[] nll = SharedData.doubles(exact.get("nll"));
            for (int i = 0; i < nll.length; i++) {
                assertEquals(nll[i], losses[i], 1e-4, name + " loss " + i);
            }
            for (int position : SharedData.ints(each.get("logit_positions"))) {
                double[] expected = SharedData.doubles(exact.get("logits").get(row++));
                for (int i = 0; i < expected.length; i++) {
                    assertEquals(expected[i], logits.at(position, i), 1e-4, name + " position " + position);
                }
            }
        }
        for (JsonNode each : golden.get("greedy")) {
            int[] expected = SharedData.ints(each.get("new_tokens"));
            var completion = model.generate(SharedData.ints(each.get("prompt")), Sampler.greedy(),
                    new Inference.Limits(expected.length, Set.of()), (sequence, id) -> { });
            assertArrayEquals(expected, completion.ids(), name);
        }
    }
}
