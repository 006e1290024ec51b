package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.engine.Kernels;
import minarai.engine.Philox;
import minarai.engine.SimdKernels;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.models.CheckpointWeights;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.SharedData;
import minarai.models.StorageError;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.tokenizer.TokenizerFile;
import minarai.tokenizer.Tokenizers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// Every architecture as a random model folder, written as GGUF and read again.
class GgufArchitecturesTest {

    private static final Kernels KERNELS = new SimdKernels(new Workers(2));
    private static final String SIZES = """
            {"model_type":"%s","vocab_size":90,"hidden_size":64,"intermediate_size":96,"num_hidden_layers":6,
            "num_attention_heads":4,"num_key_value_heads":2,"head_dim":16,"max_position_embeddings":64,
            "rms_norm_eps":1e-6,"bos_token_id":1,"eos_token_id":[2,3]%s}""";
    private static final Map<String, String> MORE = Map.of(
            "llama", ",\"attention_bias\":true,\"rope_scaling\":{\"rope_type\":\"linear\",\"factor\":2.0}",
            "mistral", ",\"sliding_window\":16",
            "phi3", ",\"sliding_window\":16",
            "gemma2", ",\"sliding_window\":16,\"query_pre_attn_scalar\":16",
            "gemma3_text", ",\"sliding_window\":16,\"query_pre_attn_scalar\":16,\"rope_theta\":1000000.0");

    @TempDir
    Path folder;

    private static ModelConfig config(String type, String more) {
        return ModelConfigFile.parse("a test", (ObjectNode)
                new ObjectMapper().readTree(SIZES.formatted(type, more)));
    }

    private ModelFolder random(ModelConfig config) {
        var entries = new ArrayList<Entry>();
        config.tensors().forEach((name, shape) -> {
            var weight = Tensor.zeros((int) shape.rows(), (int) shape.columns());
            new Philox(6, entries.size()).fillNormal(0, 0.2f, weight);
            entries.add(new Entry(name, DataType.F32, shape, (row, target, offset) ->
                    System.arraycopy(weight.data(), row * weight.columns(), target, offset, weight.columns())));
        });
        Path path = folder.resolve("folder");
        ModelFolder.write(path, config, DataType.F32, entries, List.of());
        return ModelFolder.open(path);
    }

    private Path export(ModelFolder model, DataType type) {
        Path target = folder.resolve(type + ".gguf");
        new GgufExport(model.config(), model::rows, type, "random", Optional.empty(), Map.of()).write(target);
        return target;
    }

    private static float[] logits(ModelFolder model) {
        var network = LanguageModel.of(model.config(), CheckpointWeights.frozen(model, KERNELS), 40);
        var ids = new int[40];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i * 7 % 90;
        }
        return new Inference(network, KERNELS).logits(ids).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "mistral", "qwen2", "qwen3", "smollm3", "olmo2", "phi3", "gemma2", "gemma3_text"})
    void aModelIsTheSameInBothFormats(String type) {
        try (var model = random(config(type, MORE.getOrDefault(type, "")));
                var gguf = ModelFolder.open(export(model, DataType.F32))) {
            assertEquals(model.config(), gguf.config());
            float[] expected = logits(model);
            // The gains of Gemma's norms are stored with the one they are counted from, which rounds them.
            float tolerance = type.startsWith("gemma") ? 1e-4f : 0;
            assertArrayEquals(expected, logits(gguf), tolerance, type);
        }
    }

    @Test
    void aFolderThatIsWrittenFromAFileGetsTheTokenizerWithinIt() throws IOException {
        Path tokenizer = SharedData.path("goldens/hf/tokenizers/tiny-qwenstyle/tokenizer.json");
        int size = TokenizerFile.read(tokenizer).vocabularySize();
        var vocabulary = StoredVocabulary.ofFolder(tokenizer, size, Map.of(), Optional.of("{{ messages }}"));
        var config = ModelConfigFile.parse("a test", (ObjectNode) new ObjectMapper().readTree(
                SIZES.formatted("qwen2", "").replace("\"vocab_size\":90", "\"vocab_size\":" + size)));
        Path file = folder.resolve("with-vocabulary.gguf");
        try (var model = random(config)) {
            new GgufExport(config, model::rows, DataType.F32, "random", Optional.of(vocabulary), Map.of()).write(file);
        }
        Path target = folder.resolve("written");
        try (var model = ModelFolder.open(file)) {
            assertTrue(model.hasWritableTokenizer());
            var entries = config.tensors().entrySet().stream().map(each -> new Entry(model.writtenName(each.getKey()),
                    DataType.F32, each.getValue(), model.rows(each.getKey()))).toList();
            ModelFolder.write(target, config, DataType.F32, entries, model, Map.of());
            var written = Tokenizers.of(target);
            var within = model.vocabulary().orElseThrow().tokenizer();
            for (String text : List.of("Hello world 123", "東京 🙂 naïve\n\n  x", "<|im_start|>user")) {
                assertArrayEquals(within.encode(text, _ -> true).ids(), written.encode(text, _ -> true).ids(), text);
            }
        }
        assertEquals("{{ messages }}", Files.readString(target.resolve("chat_template.jinja")));
    }

    /// SentencePiece's merging by scores is nothing that tokenizer.json can say.
    @Test
    void aTokenizerThatNoFolderCanHaveIsToldOf() {
        try (var model = ModelFolder.open(SharedData.path("models/stories260K/stories260K.gguf"))) {
            assertFalse(model.hasWritableTokenizer());
        }
    }

    @Test
    void whatGgufCannotSayIsNotWritten() {
        for (String more : List.of(",\"sliding_window\":16,\"query_pre_attn_scalar\":7",
                ",\"sliding_window\":16,\"query_pre_attn_scalar\":16,\"attn_logit_softcapping\":null")) {
            var config = config("gemma2", more);
            Path target = folder.resolve("never.gguf");
            var refusal = assertThrows(IllegalArgumentException.class, () -> new GgufExport(config, name ->
                    (row, numbers, offset) -> { }, DataType.F32, "x", Optional.empty(), Map.of()).write(target));
            assertTrue(refusal.getMessage().contains("cannot say"), refusal.getMessage());
            assertTrue(Files.notExists(target));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3", "gemma3_text"})
    void aKeyThatMayChangeTheComputationIsRefused(String type) {
        var config = config(type, MORE.getOrDefault(type, ""));
        var values = GgufConfig.write(config);
        String architecture = GgufArchitecture.of(config).key();
        values.put(GgufConfig.ARCHITECTURE, GgufValue.of(architecture));
        var shapes = config.tensors().entrySet().stream().collect(Collectors.toMap(each ->
                GgufNames.of(GgufArchitecture.of(config), each.getKey()).orElseThrow(), Map.Entry::getValue));
        assertEquals(config, GgufConfig.read(new GgufConfig.Source("x", values, shapes, () -> new float[0])));
        for (String key : Set.of("attention.scale", "expert_count", "rope.scaling.attn_factor")) {
            values.put(architecture + "." + key, GgufValue.of(3));
            var refusal = assertThrows(IllegalArgumentException.class, () -> GgufConfig.read(
                    new GgufConfig.Source("x", values, shapes, () -> new float[0])));
            assertTrue(refusal.getMessage().contains(key), refusal.getMessage());
            values.remove(architecture + "." + key);
        }
    }

    @Test
    void theErrorOfAStorageIsWhatItRounds() {
        try (var model = random(config("qwen2", "")); var gguf = ModelFolder.open(export(model, DataType.Q8_0))) {
            String name = "model.layers.0.mlp.up_proj.weight";
            var exact = model.weights().read(name);
            var stored = gguf.weights().read(name);
            double greatest = 0;
            for (int i = 0; i < exact.length; i++) {
                greatest = Math.max(greatest, Math.abs((double) exact[i] - stored[i]));
            }
            var error = StorageError.of(model.weights(), model.weights().tensor(name), Storage.Q8_0);
            assertEquals(greatest, error.greatest());
            assertTrue(error.relative() > 1e-3 && error.relative() < 1e-2, error.toString());
            assertEquals(new StorageError(0, 0), StorageError.of(gguf.weights(), gguf.weights().tensor(name),
                    Storage.Q8_0));
            assertEquals(new StorageError(0, 0), StorageError.of(model.weights(), model.weights().tensor(name),
                    Storage.F32));
        }
    }

    /// The file was made by llama.cpp's converter.
    @Test
    void gpt2sTokenizerBecomesTheVocabularyOfLlamaCpp() {
        var ours = StoredVocabulary.ofFolder(SharedData.path("tokenizers/gpt2/tokenizer.json"), 50257, Map.of(),
                Optional.empty());
        try (var file = GgufFile.open(SharedData.path("goldens/tokenizer/llama.cpp/ggml-vocab-gpt-2.gguf"))) {
            var theirs = StoredVocabulary.of(file).orElseThrow();
            assertEquals(theirs.tokens(), ours.tokens());
            assertEquals(theirs.merges(), ours.merges());
            assertEquals(theirs.model(), ours.model());
            assertEquals(theirs.pre(), ours.pre());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwenstyle", "tiny-llama3style"})
    void aTokenizerWrittenAsVocabularyCutsTextAsItDid(String name) throws IOException {
        Path file = SharedData.path("goldens/hf/tokenizers/" + name + "/tokenizer.json");
        var folder = TokenizerFile.read(file);
        var stored = StoredVocabulary.ofFolder(file, folder.vocabularySize() + 5, Map.of(), Optional.empty());
        Path target = this.folder.resolve("vocabulary.gguf");
        GgufWriter.write(target, stored.values(), List.of());
        var read = StoredVocabulary.in(target).tokenizer();
        int texts = 0;
        for (String line : Files.readAllLines(SharedData.path("goldens/hf/tokenizers/" + name + ".jsonl"))) {
            String text = new ObjectMapper().readTree(line).path("text").asString("");
            assertArrayEquals(folder.encode(text, _ -> true).ids(), read.encode(text, _ -> true).ids(), text);
            texts++;
        }
        assertTrue(texts > 200, texts + " texts");
    }

    @Test
    void aVocabularyComesBackAsItWasWritten() {
        var vocabulary = StoredVocabulary.ofFolder(SharedData.path("models/TinyStories-656K-hf/tokenizer.json"), 2048,
                Map.of("add_bos_token", true), Optional.of("{{ messages }}"));
        Path target = folder.resolve("vocabulary.gguf");
        GgufWriter.write(target, vocabulary.values(), List.of());
        try (var file = GgufFile.open(target)) {
            assertEquals(Optional.of(vocabulary), StoredVocabulary.of(file));
        }
    }
}
