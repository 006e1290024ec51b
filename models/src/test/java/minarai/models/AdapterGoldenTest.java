package minarai.models;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// Logits of models with PEFT adapters, beside the base and merged into it, against passes in float64 that we did not
/// write.
///
/// Tolerance: 1e-4, as for the bases. The reference stack's own f32 is off by 9e-6 here, where logits reach 9.
/// DoRA is refused by name until it is supported; `llama-all-r2-dora` is its golden.
class AdapterGoldenTest {

    private static final String CASES = "goldens/hf/lora/";

    private static ModelFolder base(JsonNode golden) {
        return ModelFolder.open(SharedData.path("goldens/hf/" + golden.get("base_model").stringValue()));
    }

    private static Inference bare(ModelFolder folder) {
        return new Inference(LanguageModel.of(folder.config(), CheckpointWeights.frozen(folder, Runs.KERNELS), 512),
                Runs.KERNELS);
    }

    private static Inference adapted(ModelFolder base, PeftFolder adapter) {
        return new Inference(LanguageModel.of(base.config(), new WithAdapters(CheckpointWeights.frozen(base, Runs.KERNELS),
                Adapter.frozen(adapter)), 512), Runs.KERNELS);
    }

    private static void assertRow(double[] expected, Tensor logits, int row, String what) {
        assertEquals(expected.length, logits.columns());
        for (int id = 0; id < expected.length; id++) {
            assertEquals(expected[id], logits.at(row, id), 1e-4, what + ", position " + row + ", logit " + id);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-qv-r4", "qwen2-qv-r2", "qwen2-all-r8-rslora"})
    void adaptersGiveTheReferencesNumbers(String name) {
        JsonNode golden = SharedData.json(CASES + name + "/golden.json");
        try (var base = base(golden)) {
            var model = adapted(base, PeftFolder.read(SharedData.path(CASES + name + "/adapter_initial")));
            var bare = bare(base);
            for (JsonNode each : golden.get("logits")) {
                int[] ids = SharedData.ints(each.get("ids"));
                int[] positions = SharedData.ints(each.get("logit_positions"));
                Tensor logits = model.logits(ids);
                for (int i = 0; i < positions.length; i++) {
                    assertRow(SharedData.doubles(each.get("adapter_f64").get("logits").get(i)), logits, positions[i],
                            name);
                }
                assertLosses(SharedData.doubles(each.get("adapter_f64").get("nll")), model, ids);
                assertLosses(SharedData.doubles(each.get("base_f64").get("nll")), bare, ids);
            }
        }
    }

    private static void assertLosses(double[] expected, Inference model, int[] ids) {
        float[] losses = model.losses(List.of(ids)).getFirst();
        assertEquals(expected.length, losses.length);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], losses[i], 1e-4, "loss " + i);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-qv-r4", "qwen2-qv-r2", "qwen2-all-r8-rslora"})
    void mergedAdaptersGiveTheReferencesNumbers(String name, @TempDir Path folder) {
        JsonNode golden = SharedData.json(CASES + name + "/golden.json");
        try (var base = base(golden)) {
            var merge = new Merge(base, PeftFolder.read(SharedData.path(CASES + name + "/adapter_initial")));
            merge.write(folder.resolve("merged"), DataType.F32);
            try (var merged = ModelFolder.open(folder.resolve("merged"))) {
                var model = bare(merged);
                for (JsonNode each : golden.get("logits")) {
                    int[] ids = SharedData.ints(each.get("ids"));
                    assertRow(SharedData.doubles(each.get("merged_f64").get("last_logits")), model.logits(ids),
                            ids.length - 1, name + " merged");
                    var drift = merge.drift(merged, List.of(ids), Runs.KERNELS);
                    assertTrue(drift.greatest() < 1e-4 && drift.choices() == 0, drift.toString());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-qv-r4", "qwen2-qv-r2", "qwen2-all-r8-rslora"})
    void finalAdaptersGiveTheReferencesNumbers(String name) {
        JsonNode golden = SharedData.json(CASES + name + "/golden.json");
        try (var base = base(golden)) {
            var model = adapted(base, PeftFolder.read(SharedData.path(CASES + name + "/adapter_final")));
            JsonNode after = golden.get("training").get("final_logits_f64");
            int[] ids = SharedData.ints(after.get("ids"));
            int[] positions = SharedData.ints(after.get("logit_positions"));
            for (int i = 0; i < positions.length; i++) {
                assertRow(SharedData.doubles(after.get("logits").get(i)), model.logits(ids), positions[i],
                        name + " final");
            }
        }
    }

    @Test
    void doraIsRefusedByName() {
        Path adapter = SharedData.path(CASES + "llama-all-r2-dora/adapter_initial");
        String message = assertThrows(IllegalArgumentException.class, () -> PeftFolder.read(adapter)).getMessage();
        assertTrue(message.contains("use_dora") && message.contains("DoRA adapters are not supported yet"), message);
    }
}
