package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import minarai.engine.Tensor;
import minarai.models.format.LlamaConfig.AttentionBias;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Damaged adapters in every format: read, or refused with a sentence. `-Dminarai.fuzz=10000` asks for more of them.
class HostileAdapterTest {

    private static final LlamaConfig BASE = new LlamaConfig(ModelType.LLAMA, 32, 8, 12, 2, 2, 1, 4, 1e-5, 10_000,
            new RopeScaling.None(), false, AttentionBias.NONE, OptionalInt.empty(), 64, OptionalInt.of(1), List.of(2));

    @TempDir
    Path folder;

    private PeftFolder adapter;

    @BeforeEach
    void make() {
        var modules = new TreeMap<String, LowRankPair>();
        for (int layer = 0; layer < 2; layer++) {
            modules.put("model.layers.%d.self_attn.q_proj".formatted(layer),
                    new LowRankPair(random(2, 8), random(8, 2)));
            modules.put("model.layers.%d.mlp.down_proj".formatted(layer), new LowRankPair(random(2, 12), random(8, 2)));
        }
        adapter = new PeftFolder(new PeftConfig(2, 4, 0, new TargetModules.Names(List.of("q_proj", "down_proj")), false,
                false, new LinkedHashMap<>(), new LinkedHashMap<>(Map.of("down_proj", 3.0)), false, "", "CAUSAL_LM"),
                modules, Map.of());
    }

    private static Tensor random(int rows, int columns) {
        var random = new SplittableRandom(rows * 31L + columns);
        Tensor matrix = Tensor.zeros(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int column = 0; column < columns; column++) {
                matrix.set(row, column, (float) random.nextDouble());
            }
        }
        return matrix;
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter_config.json", "adapter_model.safetensors"})
    void aDamagedAdapterOfPeftIsReadOrRefused(String file) throws IOException {
        Path path = folder.resolve("peft");
        adapter.write(path);
        survives(path, file, 51);
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter_config.json", "adapters.safetensors"})
    void aDamagedAdapterOfMlxIsReadOrRefused(String file) throws IOException {
        Path path = folder.resolve("mlx");
        MlxFolder.write(path, adapter, 2);
        survives(path, file, 52);
    }

    /// Settings that are damaged and read all the same leave the matrices as they are.
    private void survives(Path path, String file, long seed) throws IOException {
        Damage.survives(path.resolve(file), 600, seed, _ -> {
            var read = PeftFolder.read(path);
            if (file.endsWith(".json")) {
                read.modules().forEach((name, pair) ->
                        assertArrayEquals(adapter.modules().get(name).down().data(), pair.down().data(), name));
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"adapter_config.json", "adapter_model.safetensors"})
    void aDamagedAdapterOfPeftWithPatternsMagnitudesAndWholeModulesIsReadOrRefused(String file) throws IOException {
        String query = "model.layers.0.self_attn.q_proj";
        var config = new PeftConfig(2, 4, 0.1, new TargetModules.Expression(".*\\.(q|down)_proj"), true, true,
                new LinkedHashMap<>(Map.of("layers\\.0\\.(self_attn)?.*", 2)),
                new LinkedHashMap<>(Map.of("q_proj", 3.0)), false, "base", "CAUSAL_LM", List.of("lm_head"));
        var pair = new LowRankPair(random(2, 8), random(8, 2), Optional.of(random(1, 8)));
        adapter = new PeftFolder(config, new TreeMap<>(Map.of(query, pair)), new TreeMap<>(Map.of("lm_head.weight",
                random(32, 8))), Map.of(PeftFolder.BASE_SHA256, "ab"));
        Path path = folder.resolve("peft");
        adapter.write(path);
        survives(path, file, 54);
    }

    @Test
    void aDamagedAdapterOfLlamaCppIsReadOrRefused() throws IOException {
        Path path = folder.resolve("adapter.gguf");
        GgufAdapter.write(path, adapter, BASE, "a");
        Damage.survives(path, 1200, 53, damaged -> GgufAdapter.read(damaged, BASE));
    }
}
