package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import minarai.models.SharedData;
import minarai.models.format.LlamaConfig.AttentionBias;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelFolderTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"goldens/hf/models/llama-tiny", "goldens/hf/models/llama-tiny-bf16",
        "goldens/hf/models/mistral-tiny", "goldens/hf/models/qwen2-tiny", "goldens/hf/models/gpt2-tiny"})
    void aModelThatIsWrittenIsTheSameModel(String golden) {
        try (var model = ModelFolder.open(SharedData.path(golden))) {
            var type = model.weights().tensor(model.weights().names().first()).type();
            Path copy = folder.resolve("copy");
            ModelFolder.write(copy, model.config(), type, SafetensorsTest.entries(model.weights()),
                    model.tokenizerFiles());
            try (var written = ModelFolder.open(copy)) {
                assertEquals(model.config(), written.config());
                assertEquals(model.sha256(), written.sha256());
            }
        }
    }

    @Test
    void aTiedModelMayHoldTheHeadOnly() {
        try (var model = ModelFolder.open(SharedData.path("models/TinyStories-656K-hf"))) {
            assertEquals("lm_head.weight", model.storedName(LlamaTensors.EMBEDDING));
            assertEquals(List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"),
                    model.tokenizerFiles().stream().map(path -> path.getFileName().toString()).toList());
        }
    }

    @Test
    void aTiedModelMayHoldBothIfTheyAreEqual() {
        var config = config(true);
        var entries = new ArrayList<>(entries(config));
        entries.add(entry("lm_head.weight", Shape.of(32, 8)));
        write("model", entries);
        try (var file = SafetensorsFile.open(folder.resolve("model"))) {
            var refusal = assertThrows(IllegalArgumentException.class, () -> config.requireFit(file));
            assertTrue(refusal.getMessage().contains("row 0 differs"), refusal.getMessage());
        }
        entries.removeLast();
        var embedding = entries.getFirst();
        entries.add(new Entry("lm_head.weight", DataType.F32, Shape.of(32, 8), embedding.rows()));
        write("model", entries);
        try (var file = SafetensorsFile.open(folder.resolve("model"))) {
            config.requireFit(file);
            assertEquals(LlamaTensors.EMBEDDING, config.storedName(LlamaTensors.EMBEDDING, file.names()));
        }
    }

    @Test
    void weightsThatAreNotThoseOfTheConfigurationAreNamed() {
        String norm = "model.norm.weight";
        refuse("model.norm.weight is 9, but config.json needs 8", config(false), entries -> replace(entries,
                entry(norm, Shape.of(9))));
        refuse("model.norm.weight (8) is missing", config(false), entries -> entries.stream()
                .filter(entry -> !entry.name().equals(norm)).toList());
        refuse("lm_head.weight (32 x 8) is missing", config(false), entries -> entries.stream()
                .filter(entry -> !entry.name().equals("lm_head.weight")).toList());
        refuse("it holds the tensor model.layers.1.mlp.up_proj.weight", config(false), entries -> with(entries,
                entry("model.layers.1.mlp.up_proj.weight", Shape.of(12, 8))));
        var config = config(false);
        write("model", with(entries(config), entry("model.layers.0.self_attn.rotary_emb.inv_freq", Shape.of(2))));
        try (var file = SafetensorsFile.open(folder.resolve("model"))) {
            config.requireFit(file);
        }
    }

    private void refuse(String reason, LlamaConfig config, UnaryOperator<List<Entry>> change) {
        write("model", change.apply(entries(config)));
        try (var file = SafetensorsFile.open(folder.resolve("model"))) {
            var refusal = assertThrows(IllegalArgumentException.class, () -> config.requireFit(file));
            assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, names = {"F32", "F16", "BF16"})
    void shardingDoesNotChangeTheHash(DataType type) throws IOException {
        var config = config(false);
        var entries = entries(config).stream()
                .map(entry -> new Entry(entry.name(), type, entry.shape(), entry.rows())).toList();
        ModelFolder.write(folder.resolve("whole"), config, type, entries, List.of());
        Path parts = Files.createDirectory(folder.resolve("parts"));
        Files.copy(folder.resolve("whole/config.json"), parts.resolve("config.json"));
        Files.writeString(parts.resolve("generation_config.json"), "{\"eos_token_id\": [3, 5], \"top_k\": 7}");
        var index = new StringBuilder("{\"metadata\": {}, \"weight_map\": {");
        for (int i = 0; i < entries.size(); i++) {
            index.append(i == 0 ? "" : ",")
                    .append("\"%s\": \"model-%d.safetensors\"".formatted(entries.get(i).name(), i % 3));
        }
        Files.writeString(parts.resolve("model.safetensors.index.json"), index + "}}");
        for (int shard = 0; shard < 3; shard++) {
            int number = shard;
            SafetensorsWriter.write(parts.resolve("model-%d.safetensors".formatted(shard)),
                    entries.stream().filter(entry -> entries.indexOf(entry) % 3 == number).toList(), Map.of());
        }
        try (var whole = ModelFolder.open(folder.resolve("whole")); var sharded = ModelFolder.open(parts)) {
            assertEquals(whole.sha256(), sharded.sha256());
            assertEquals(config, whole.config());
            assertEquals(List.of(2, 3, 5), sharded.config().eosIds());
            assertArrayEquals(whole.weights().read("model.norm.weight"), sharded.weights().read("model.norm.weight"));
        }
    }

    @Test
    void whatIsNoModelFolderIsRefusedWithWhatWasLookedFor() throws IOException {
        assertRefused(folder.resolve("absent"), "there is no such folder");
        assertRefused(folder, "it has no config.json");
        Files.writeString(folder.resolve("config.json"), "{ not json");
        assertRefused(folder, "not sound JSON");
        Files.writeString(folder.resolve("config.json"), "{} {}");
        assertRefused(folder, "not sound JSON");
        Files.writeString(folder.resolve("config.json"), "[".repeat(100_000));
        assertRefused(folder, "not sound JSON");
        Files.write(folder.resolve("config.json"), JsonFile.bytes(LlamaConfigFile.write(config(false), DataType.F32)));
        assertRefused(folder, "neither model.safetensors nor model.safetensors.index.json");
        Files.writeString(folder.resolve("pytorch_model.bin"), "");
        assertRefused(folder, "pytorch_model.bin is a program");
        try (var file = new RandomAccessFile(folder.resolve("config.json").toFile(), "rw")) {
            file.setLength(1L << 33);
        }
        assertRefused(folder, "at most 1048576 are read");
    }

    private static void assertRefused(Path path, String reason) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> ModelFolder.open(path));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @Test
    void aFailedWriteLeavesNoFolderBehind() throws IOException {
        var config = config(false);
        assertThrows(UncheckedIOException.class, () -> ModelFolder.write(folder.resolve("model"), config, DataType.F32,
                entries(config), List.of(folder.resolve("absent.json"))));
        assertThrows(IllegalArgumentException.class, () -> ModelFolder.write(folder.resolve("model"), config,
                DataType.F32, entries(config).subList(1, 5), List.of()));
        try (var inside = Files.list(folder)) {
            assertEquals(List.of(), inside.toList());
        }
        ModelFolder.write(folder.resolve("model"), config, DataType.F32, entries(config), List.of());
        var taken = assertThrows(IllegalArgumentException.class, () -> ModelFolder.write(folder.resolve("model"),
                config, DataType.F32, entries(config), List.of()));
        assertTrue(taken.getMessage().contains("exists and is not empty"), taken.getMessage());
    }

    private static LlamaConfig config(boolean isTied) {
        return new LlamaConfig(ModelType.LLAMA, 32, 8, 12, 1, 2, 1, 4, 1e-5, 10_000, new RopeScaling.Linear(2.5),
                isTied, AttentionBias.QKVO, OptionalInt.empty(), 64, OptionalInt.of(1), List.of(2, 3));
    }

    private static List<Entry> entries(LlamaConfig config) {
        var entries = new ArrayList<Entry>();
        config.tensors().forEach((name, shape) -> entries.add(entry(name, shape)));
        return entries;
    }

    private static Entry entry(String name, Shape shape) {
        return new Entry(name, DataType.F32, shape, (row, target, offset) -> {
            var random = new SplittableRandom(31L * name.hashCode() + row);
            for (int column = 0; column < shape.columns(); column++) {
                target[offset + column] = (float) random.nextGaussian();
            }
        });
    }

    private static List<Entry> with(List<Entry> entries, Entry more) {
        var all = new ArrayList<>(entries);
        all.add(more);
        return all;
    }

    private static List<Entry> replace(List<Entry> entries, Entry other) {
        return entries.stream().map(entry -> entry.name().equals(other.name()) ? other : entry).toList();
    }

    private void write(String name, List<Entry> entries) {
        SafetensorsWriter.write(folder.resolve(name), entries, Map.of());
    }
}
