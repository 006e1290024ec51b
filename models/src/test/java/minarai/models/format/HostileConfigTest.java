package minarai.models.format;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Damaged files of settings: read, or refused with a sentence. `-Dminarai.fuzz=10000` asks for more of them.
class HostileConfigTest {

    private static final String SIZES = """
            {"model_type":"%s","vocab_size":20,"hidden_size":8,"intermediate_size":12,"num_hidden_layers":2,
            "num_attention_heads":2,"num_key_value_heads":1,"head_dim":4,"max_position_embeddings":64,
            "rms_norm_eps":1e-6,"rope_theta":10000.0,"bos_token_id":1,"eos_token_id":[2,3],"torch_dtype":"float32"%s}""";
    private static final String GPT2 = """
            {"model_type":"gpt2","vocab_size":20,"n_embd":8,"n_inner":12,"n_layer":2,"n_head":2,"n_positions":64,
            "layer_norm_epsilon":1e-5,"bos_token_id":1,"eos_token_id":2,"activation_function":"gelu_new"}""";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "llama       | ,\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,"
            + "\"high_freq_factor\":4.0,\"original_max_position_embeddings\":16},\"attention_bias\":true",
        "llama       | ,\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4.0,\"beta_fast\":32,\"beta_slow\":1,"
            + "\"original_max_position_embeddings\":16},\"mlp_bias\":true",
        "mistral     | ,\"sliding_window\":16,\"rope_scaling\":{\"type\":\"linear\",\"factor\":2.0}",
        "qwen2       | ,\"use_sliding_window\":true,\"sliding_window\":16,\"max_window_layers\":1",
        "qwen3       | ,\"layer_types\":[\"full_attention\",\"full_attention\"],\"rope_scaling\":{\"rope_type\":"
            + "\"dynamic\",\"factor\":2.0}",
        "smollm3     | ,\"no_rope_layers\":[1,0],\"no_rope_layer_interval\":4",
        "phi3        | ,\"original_max_position_embeddings\":16,\"rope_scaling\":{\"type\":\"longrope\","
            + "\"short_factor\":[1.0,1.5],\"long_factor\":[2,4]}",
        "olmo2       | ,\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":10000.0}",
        "gemma2      | ,\"sliding_window\":16,\"query_pre_attn_scalar\":16,\"attn_logit_softcapping\":50.0",
        "gemma3_text | ,\"sliding_window\":16,\"sliding_window_pattern\":2,\"query_pre_attn_scalar\":16,"
            + "\"rope_local_base_freq\":10000.0",
        "gpt2        | ~~"})
    void aDamagedConfigurationOfAnyArchitectureIsReadOrRefused(String type, String more) throws IOException {
        byte[] sound = (type.equals("gpt2") ? GPT2 : SIZES.formatted(type, more)).getBytes(UTF_8);
        Path file = Files.write(folder.resolve("config.json"), sound);
        Damage.survives(file, sound.length, type.hashCode(), path -> ModelConfigFile.read(path).tensors());
    }

    @Test
    void aDamagedConfigurationBesideItsWeightsIsReadOrRefused() throws IOException {
        Path model = model();
        Damage.survives(model.resolve("config.json"), 1000, 61, _ -> ModelFolder.open(model).close());
    }

    @Test
    void damagedEndTokensOfGenerationAreReadOrRefused() throws IOException {
        Path model = model();
        Path file = Files.writeString(model.resolve("generation_config.json"),
                "{\"bos_token_id\": 1, \"eos_token_id\": [2, 3, 7], \"temperature\": 0.7, \"top_k\": 20}");
        Damage.survives(file, 100, 62, _ -> ModelFolder.config(model));
    }

    @Test
    void damagedSpecialTokensAreReadOrRefused() throws IOException {
        Path model = model();
        Path file = Files.writeString(model.resolve("tokenizer_config.json"), "{\"bos_token\": null, \"eos_token\": "
                + "{\"content\": \"</s>\", \"lstrip\": false}, \"chat_template\": \"{{ messages }}\"}");
        try (var open = ModelFolder.open(model)) {
            Damage.survives(file, 100, 63, _ -> open.specialTokens());
        }
    }

    @Test
    void whatIsWrongWithJsonIsSaidWithItsPlace() throws IOException {
        var sentences = Map.of("{\"a\":\n \"\u00ff\"}", "bytes that are not UTF-8", "{\n\"a\": 1,\n]", "line 3, column",
                "{\"a\": 1}\n 2", "something follows the end of its object", "{\"a\": 1", "line 1, column");
        for (var each : sentences.entrySet()) {
            Path file = Files.write(folder.resolve("config.json"), each.getKey().getBytes(ISO_8859_1));
            String message = assertThrows(IllegalArgumentException.class, () -> ModelConfigFile.read(file))
                    .getMessage();
            assertTrue(message.contains(file.toString()) && message.contains(each.getValue()), message);
            assertFalse(message.contains("jackson") || message.contains("StreamRead"), message);
        }
    }

    private Path model() throws IOException {
        Path path = folder.resolve("model");
        Path file = Files.writeString(folder.resolve("config.json"), SIZES.formatted("llama", ""));
        var config = ModelConfigFile.read(file);
        var random = new SplittableRandom(60);
        var entries = new ArrayList<Entry>();
        config.tensors().forEach((name, shape) -> entries.add(new Entry(name, DataType.F32, shape,
                (row, target, offset) -> {
                    for (int i = 0; i < shape.columns(); i++) {
                        target[offset + i] = (float) random.nextDouble();
                    }
                })));
        ModelFolder.write(path, config, DataType.F32, entries, List.of());
        return path;
    }
}
