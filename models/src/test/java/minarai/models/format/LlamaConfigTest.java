package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import minarai.models.SharedData;
import minarai.models.format.LlamaConfig.AttentionBias;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LlamaConfigTest {

    private static final String MINIMAL = """
            {"model_type": "llama", "vocab_size": 32, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
             "num_attention_heads": 2, "rms_norm_eps": 1e-5, "max_position_embeddings": 64, "eos_token_id": [2, 3]}""";

    @TempDir
    Path folder;

    static SortedSet<String> tinyModels() {
        return SharedData.folders("goldens/hf/models", "config.v4.json", List.of("llama-tiny", "qwen2-tiny"));
    }

    @ParameterizedTest
    @MethodSource("tinyModels")
    void bothSpellingsMeanTheSameModel(String model) {
        Path golden = SharedData.path("goldens/hf/models/" + model);
        assertEquals(ModelConfigFile.read(golden.resolve("config.json")),
                ModelConfigFile.read(golden.resolve("config.v4.json")));
    }

    @Test
    void everyFieldOfALlamaIsRead() {
        assertEquals(new LlamaConfig(ModelType.LLAMA, 384, 60, 148, 2, 6, 2, 10, 1e-5, 10_000,
                        new RopeScaling.Llama3(4, 1, 4, 32), false, AttentionBias.NONE, OptionalInt.empty(), 256,
                        OptionalInt.of(1), List.of(2)),
                llama(SharedData.path("goldens/hf/models/llama-tiny")));
    }

    @Test
    void theFamilyDiffersInBiasWindowAndTies() {
        var mistral = llama(SharedData.path("goldens/hf/models/mistral-tiny"));
        assertEquals(OptionalInt.of(16), mistral.slidingWindow());
        assertEquals(16, mistral.headSize());
        var qwen = llama(SharedData.path("goldens/hf/models/qwen2-tiny"));
        assertEquals(AttentionBias.QKV, qwen.attentionBias());
        assertEquals(OptionalInt.empty(), qwen.slidingWindow());
        assertEquals(1e6, qwen.ropeTheta());
        assertTrue(qwen.tieWordEmbeddings());
    }

    /// The configuration of Qwen2.5 0.5B with a key that an export tool added.
    @Test
    void aPublishedConfigurationIsReadButNotWithAnAddedKey() throws IOException {
        Path golden = SharedData.path("tokenizers/qwen2.5/config.json");
        assertThrows(IllegalArgumentException.class, () -> ModelConfigFile.read(golden));
        var config = read(Files.readString(golden).replaceAll(",\\s*\"mask_value\": -10000", ""));
        assertEquals(new LlamaConfig(ModelType.QWEN2, 151936, 896, 4864, 24, 14, 2, 64, 1e-6, 1e6,
                new RopeScaling.None(), true, AttentionBias.QKV, OptionalInt.empty(), 32768, OptionalInt.of(151643),
                List.of(151645)), config);
    }

    @Test
    void everyPublishedConfigurationIsRead() throws IOException {
        try (var files = Files.list(SharedData.path("goldens/hf-configs"))) {
            for (Path file : files.filter(each -> each.toString().endsWith("config.json")).toList()) {
                var config = (LlamaConfig) ModelConfigFile.read(file);
                var index = Path.of(file.toString().replace(".config.json", ".model.safetensors.index.json"));
                if (Files.exists(index)) {
                    var names = new HashSet<String>();
                    JsonFile.read(index, JsonFile.CONFIGURATION_BYTES).get("weight_map").propertyNames()
                            .forEach(names::add);
                    assertEquals(config.tensors().keySet(), names, file.toString());
                }
            }
        }
        assertEquals(new LlamaConfig(ModelType.QWEN3, 151936, 2560, 9728, 36, 32, 8, 128, 1e-6, 1e6,
                        new RopeScaling.None(), true, AttentionBias.NONE, OptionalInt.empty(), 40960,
                        OptionalInt.of(151643), List.of(151645)),
                ModelConfigFile.read(SharedData.path("goldens/hf-configs/Qwen3-4B.config.json")));
    }

    @Test
    void otherModelTypesAreRefusedByName() {
        for (String name : List.of("mixtral", "gemma3", "absent")) {
            String json = name.equals("absent") ? "{}" : MINIMAL.replace("llama", name);
            var refusal = assertThrows(IllegalArgumentException.class, () -> read(json));
            assertTrue(refusal.getMessage().contains("model_type is " + name + "; supported are llama, mistral, qwen2, "
                    + "qwen3, smollm3, phi3, olmo2, gemma2, gemma3_text, gpt2"), refusal.getMessage());
        }
    }

    @Test
    void absentKeysHaveTheDefaultsOfTheReference() throws IOException {
        assertEquals(new LlamaConfig(ModelType.LLAMA, 32, 8, 12, 1, 2, 2, 4, 1e-5, 10_000, new RopeScaling.None(),
                false, AttentionBias.NONE, OptionalInt.empty(), 64, OptionalInt.empty(), List.of(2, 3)), read(MINIMAL));
        String mistral = MINIMAL.replace("llama", "mistral").replace("{", "{\"num_key_value_heads\": 1, ");
        assertEquals(OptionalInt.of(4096), read(mistral).slidingWindow());
        assertEquals(OptionalInt.empty(), read(mistral.replace("{", "{\"sliding_window\": null,")).slidingWindow());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "\"attn_logit_softcapping\": 50                                  | the key attn_logit_softcapping (50) is not",
        "\"quantization_config\": {}                                     | the key quantization_config",
        "\"hidden_act\": \"gelu\"                                        | hidden_act is \"gelu\"; it must be silu",
        "\"attention_dropout\": 0.1                                      | attention_dropout is 0.1",
        "\"lm_head_bias\": true                                          | lm_head_bias is true",
        "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 2, \"beta_fast\": 1} | needs 0 < beta_slow < beta_fast",
        "\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1], \"long_factor\": [1]} | 2 are needed",
        "\"rope_scaling\": {\"type\": \"longrope\", \"short_factor\": [1, 0], \"long_factor\": [1, 2]} | positive "
        + "factors", "\"sliding_window\": 8                                           | sliding_window is 8",
        "\"partial_rotary_factor\": 0.5                                  | partial_rotary_factor",
        "\"rope_scaling\": {\"type\": \"ntk\", \"factor\": 2}            | of type ntk is not supported",
        "\"rope_scaling\": {\"rope_type\": \"linear\"}                   | rope_scaling: the key factor is missing",
        "\"rope_scaling\": {\"rope_type\": \"linear\", \"factor\": 2, \"beta\": 1} | rope_scaling: the key beta",
        "\"rope_scaling\": {\"rope_type\": \"linear\", \"type\": \"llama3\", \"factor\": 2} | type is \"llama3\"",
        "\"rope_theta\": 5, \"rope_parameters\": {\"rope_theta\": 6}     | rope_theta is 5",
        "\"rope_theta\": 1e400                                           | rope_theta",
        "\"rope_theta\": \"5\"                                           | rope_theta",
        "\"num_key_value_heads\": 0                                      | num_key_value_heads is 0",
        "\"head_dim\": 3                                                 | head_dim 3 is odd",
        "\"head_dim\": 4.0                                               | head_dim is 4.0",
        "\"layer_types\": [\"sliding_attention\"]                        | 1 times full_attention",
        "\"architectures\": [\"LlamaForSequenceClassification\"]         | must be [\"LlamaForCausalLM\"]",
        "\"tie_word_embeddings\": 1                                      | true or false",
        "\"bos_token_id\": 32                                            | outside the vocabulary of 32",
        "\"vocab_size\": 5                                               | uplicate"})
    void whatIsNotUnderstoodIsRefusedByName(String member, String reason) {
        var refusal = assertThrows(IllegalArgumentException.class,
                () -> read(MINIMAL.replace("{\"model", "{" + member + ", \"model")));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "mistral     | \"attention_bias\": true                         | attention_bias is true",
        "qwen2       | \"layer_types\": [\"sliding_attention\"]         | must be 1 times full_attention",
        "qwen3       | \"use_sliding_window\": true, \"layer_types\": [\"chunked_attention\"] | full_attention or "
        + "sliding", "smollm3     | \"no_rope_layers\": [2]                          | no_rope_layers is [2]",
        "smollm3     | \"mask\": 1                                      | the key mask (1) is not known",
        "phi3        | \"full_attn_mod\": 2                             | full_attn_mod is 2",
        "phi3        | \"partial_rotary_factor\": 0.75                  | 3 of the 4 features of a head cannot turn",
        "olmo2       | \"sliding_window\": 4                            | sliding_window is 4",
        "olmo2       | \"clip_qkv\": 8.0                                | the key clip_qkv (8.0) is not known",
        "gemma2      | \"hidden_activation\": \"gelu\"                  | hidden_activation is \"gelu\"",
        "gemma2      | \"use_bidirectional_attention\": true            | use_bidirectional_attention is true",
        "gemma3_text | \"attn_logit_softcapping\": 50.0                 | attn_logit_softcapping is 50.0",
        "gemma3_text | \"rope_parameters\": {\"rope_theta\": 5}         | the key rope_theta (5) is not known",
        "gemma3_text | \"rope_parameters\": {\"sliding_attention\": {\"rope_type\": \"linear\"}} | must be default"})
    void whatATypeDoesNotDoIsRefusedByName(String type, String member, String reason) {
        String json = MINIMAL.replace("llama", type).replace("{\"model",
                "{\"num_key_value_heads\": 1, \"head_dim\": 4, "
                + member + ", \"model");
        var refusal = assertThrows(IllegalArgumentException.class, () -> read(json));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @Test
    void layersAreToldApartAsTheReferenceDoes() throws IOException {
        String json = MINIMAL.replace("layers\": 1", "layers\": 7").replace("{", "{\"num_key_value_heads\": 1, ");
        var gemma2 = read(json.replace("llama", "gemma2"));
        assertEquals(OptionalInt.of(4096), gemma2.windowOf(0));
        assertEquals(Set.of(1, 3, 5), gemma2.departures().wideLayers());
        assertEquals(OptionalDouble.of(50), gemma2.departures().scoreCap());
        assertEquals(OptionalDouble.of(30), gemma2.departures().logitCap());
        assertEquals(256, gemma2.headSize());
        var gemma3 = read(json.replace("llama", "gemma3_text").replace("{", "{\"sliding_window_pattern\": 3, "));
        assertEquals(Set.of(2, 5), gemma3.departures().wideLayers());
        assertEquals(1e6, gemma3.ropeTheta());
        assertEquals(OptionalDouble.of(10_000), gemma3.departures().localTheta());
        var smol = read(json.replace("llama", "smollm3"));
        assertEquals(Set.of(3), smol.departures().unrotatedLayers());
        assertEquals(OptionalInt.empty(), smol.slidingWindow());
        assertTrue(smol.tieWordEmbeddings());
        var qwen = read(json.replace("llama", "qwen3").replace("{", "{\"use_sliding_window\": true, "
                + "\"max_window_layers\": 5, "));
        assertEquals(OptionalInt.empty(), qwen.windowOf(4));
        assertEquals(OptionalInt.of(4096), qwen.windowOf(5));
    }

    @Test
    void headsMustDivide() {
        var refusal = assertThrows(IllegalArgumentException.class,
                () -> read(MINIMAL.replace("heads\": 2", "heads\": 4, \"num_key_value_heads\": 3")));
        assertTrue(refusal.getMessage().contains("num_attention_heads 4 is not a multiple of num_key_value_heads 3"),
                refusal.getMessage());
    }

    @Test
    void aMatrixLargerThanATensorIsRefused() {
        var refusal = assertThrows(IllegalArgumentException.class,
                () -> read(MINIMAL.replace("hidden_size\": 8", "hidden_size\": 1048576")));
        assertTrue(refusal.getMessage().contains("a matrix of 1048576 x 1048576 is larger than one tensor"),
                refusal.getMessage());
    }

    @Test
    void biasesOfLlamaAreOnAllFourProjections() throws IOException {
        var config = read(MINIMAL.replace("{\"model", "{\"attention_bias\": true, \"model"));
        assertEquals(Shape.of(8), config.tensors().get("model.layers.0.self_attn.o_proj.bias"));
        assertEquals(Shape.of(8, 12), config.tensors().get("model.layers.0.mlp.down_proj.weight"));
        assertEquals(16, config.tensors().size());
    }

    private static LlamaConfig llama(Path model) {
        return (LlamaConfig) ModelFolder.config(model);
    }

    private LlamaConfig read(String json) throws IOException {
        return (LlamaConfig) ModelConfigFile.read(Files.writeString(folder.resolve("config.json"), json));
    }
}
