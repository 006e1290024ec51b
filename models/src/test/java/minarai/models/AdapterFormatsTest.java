package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import minarai.engine.Kernels;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.models.format.GgufAdapter;
import minarai.models.format.GgufFile;
import minarai.models.format.LowRankPair;
import minarai.models.format.MlxFolder;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.TargetModules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Adapters in the formats of llama.cpp and MLX, from adapters that PEFT wrote.
class AdapterFormatsTest {

    private static final Kernels KERNELS = new SimdKernels(new Workers(2));

    @TempDir
    Path folder;

    private static float[] logits(ModelFolder base, PeftFolder adapter) {
        var model = ModelSource.adapted(base, KERNELS, Optional.empty(), adapter, 16, Set.of());
        return new Inference(model, KERNELS).logits(new int[] {3, 1, 4, 1, 5, 9, 2, 6}).toArray();
    }

    @ParameterizedTest
    @CsvSource({"llama-tiny,llama-qv-r4", "qwen2-tiny,qwen2-all-r8-rslora", "qwen2-tiny,qwen2-qv-r2"})
    void anAdapterComesBackFromGgufAndMlxAsItWas(String base, String name) {
        var adapter = PeftFolder.read(SharedData.path("goldens/hf/lora/" + name + "/adapter_final"));
        try (var model = ModelFolder.open(SharedData.path("goldens/hf/models/" + base))) {
            Path gguf = folder.resolve("adapter.gguf");
            GgufAdapter.write(gguf, adapter, model.config(), name);
            MlxFolder.write(folder.resolve("mlx"), adapter, model.config().layers());
            for (var read : new PeftFolder[] {GgufAdapter.read(gguf, model.config()),
                PeftFolder.read(folder.resolve("mlx"))}) {
                assertEquals(adapter.modules().keySet(), read.modules().keySet());
                adapter.modules().forEach((path, pair) -> {
                    assertArrayEquals(pair.down().toArray(), read.modules().get(path).down().toArray(), path);
                    assertArrayEquals(pair.up().toArray(), read.modules().get(path).up().toArray(), path);
                    assertEquals((float) adapter.config().scaleOf(path), (float) read.config().scaleOf(path), path);
                });
                assertArrayEquals(logits(model, adapter), logits(model, read));
            }
        }
    }

    /// In GGUF, queries and keys of Llama have the features that turn together as neighbours.
    @Test
    void theRowsOfLlamasQueriesAreReorderedForLlamaCpp() {
        var adapter = PeftFolder.read(SharedData.path("goldens/hf/lora/llama-qv-r4/adapter_initial"));
        try (var model = ModelFolder.open(SharedData.path("goldens/hf/models/llama-tiny"))) {
            Path gguf = folder.resolve("adapter.gguf");
            GgufAdapter.write(gguf, adapter, model.config(), "a");
            try (var file = GgufFile.open(gguf)) {
                Tensor up = file.readMatrix("blk.1.attn_q.weight.lora_b");
                Tensor here = adapter.modules().get("model.layers.1.self_attn.q_proj").up();
                for (int column = 0; column < 4; column++) {
                    assertEquals(here.at(10, column), up.at(10, column), "head 1, feature 0");
                    assertEquals(here.at(15, column), up.at(11, column), "its partner, half a head away");
                    assertEquals(here.at(11, column), up.at(12, column), "head 1, feature 1");
                }
                assertArrayEquals(adapter.modules().get("model.layers.1.self_attn.v_proj").up().toArray(),
                        file.read("blk.1.attn_v.weight.lora_b"));
            }
        }
    }

    /// Ranks and alphas of single modules, which neither format can say: their ratios are rounded into the matrices.
    @Test
    void modulesWithRanksAndAlphasOfTheirOwnGiveTheSameLogits() {
        var original = PeftFolder.read(SharedData.path("goldens/hf/lora/llama-qv-r4/adapter_initial"));
        var config = original.config();
        var ranks = new LinkedHashMap<>(Map.of("model.layers.1.self_attn.v_proj", 2));
        var alphas = new LinkedHashMap<>(Map.of("model.layers.0.self_attn.v_proj", 3.0));
        var modules = new TreeMap<>(original.modules());
        modules.computeIfPresent("model.layers.1.self_attn.v_proj", (path, pair) ->
                new LowRankPair(first(pair.down(), 2, 60), first(pair.up(), pair.up().rows(), 2)));
        var adapter = new PeftFolder(new PeftConfig(config.rank(), config.alpha(), 0, config.targetModules(), true,
                false, ranks, alphas, false, "", "CAUSAL_LM"), modules, Map.of());
        try (var model = ModelFolder.open(SharedData.path("goldens/hf/models/llama-tiny"))) {
            Path gguf = folder.resolve("adapter.gguf");
            GgufAdapter.write(gguf, adapter, model.config(), "a");
            MlxFolder.write(folder.resolve("mlx"), adapter, 2);
            float[] expected = logits(model, adapter);
            assertArrayEquals(expected, logits(model, GgufAdapter.read(gguf, model.config())), 1e-5f);
            assertArrayEquals(expected, logits(model, MlxFolder.read(folder.resolve("mlx"))), 1e-5f);
        }
    }

    private static Tensor first(Tensor matrix, int rows, int columns) {
        var part = Tensor.zeros(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                part.set(row, column, matrix.at(row, column));
            }
        }
        return part;
    }

    @Test
    void anMlxFolderHasTheNamesShapesAndKeysThatMlxReads() throws IOException {
        var adapter = PeftFolder.read(SharedData.path("goldens/hf/lora/qwen2-qv-r2/adapter_initial"));
        MlxFolder.write(folder.resolve("mlx"), adapter, 3);
        try (var file = SafetensorsFile.open(folder.resolve("mlx/adapters.safetensors"))) {
            assertEquals("64 x 2", file.tensor("model.layers.2.self_attn.q_proj.lora_a").shape().toString());
            assertEquals("2 x 32", file.tensor("model.layers.2.self_attn.v_proj.lora_b").shape().toString());
        }
        String json = Files.readString(folder.resolve("mlx/adapter_config.json")).replaceAll("\\s", "");
        assertTrue(json.contains("\"lora_parameters\":{\"rank\":2,\"scale\":3.0,\"dropout\":0.0,"
                + "\"keys\":[\"self_attn.q_proj\",\"self_attn.v_proj\"]}"), json);
        assertTrue(json.contains("\"num_layers\":3"), json);
    }

    @Test
    void anAdapterForAnotherArchitectureOrOnTheHeadIsRefused() {
        var adapter = PeftFolder.read(SharedData.path("goldens/hf/lora/qwen2-qv-r2/adapter_initial"));
        try (var qwen = ModelFolder.open(SharedData.path("goldens/hf/models/qwen2-tiny"));
                var llama = ModelFolder.open(SharedData.path("goldens/hf/models/llama-tiny"))) {
            Path gguf = folder.resolve("adapter.gguf");
            GgufAdapter.write(gguf, adapter, qwen.config(), "a");
            var refusal = assertThrows(IllegalArgumentException.class, () -> GgufAdapter.read(gguf, llama.config()));
            assertTrue(refusal.getMessage().contains("general.architecture is qwen2"), refusal.getMessage());
            var head = new PeftFolder(PeftConfig.lora(1, 1, 0, new TargetModules.Names(
                    List.of("lm_head")), ""), new TreeMap<>(Map.of("lm_head",
                    new LowRankPair(Tensor.zeros(1, 60), Tensor.zeros(384, 1)))), Map.of());
            Path other = folder.resolve("head.gguf");
            assertThrows(IllegalArgumentException.class, () -> GgufAdapter.write(other, head, llama.config(), "a"));
            assertTrue(Files.notExists(other));
        }
    }
}
