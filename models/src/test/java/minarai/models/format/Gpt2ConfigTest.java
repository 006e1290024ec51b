package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import minarai.models.SharedData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Gpt2ConfigTest {

    private static final String MINIMAL = """
            {"model_type": "gpt2", "vocab_size": 32, "n_embd": 8, "n_layer": 1, "n_head": 2, "n_positions": 64,
             "eos_token_id": [2, 3]}""";

    @TempDir
    Path folder;

    private Gpt2Config read(String json) throws IOException {
        return (Gpt2Config) ModelConfigFile.read(Files.writeString(folder.resolve("config.json"), json));
    }

    @Test
    void bothSpellingsMeanTheSameModel() {
        Path golden = SharedData.path("goldens/hf/models/gpt2-tiny");
        var expected = new Gpt2Config(320, 48, 192, 2, 4, 1e-5, true, 128, OptionalInt.of(1), List.of(2));
        assertEquals(expected, ModelFolder.config(golden));
        assertEquals(expected, ModelConfigFile.read(golden.resolve("config.v4.json")));
    }

    /// The configuration that the first GPT-2 was published with.
    @Test
    void aPublishedConfigurationIsRead() throws IOException {
        assertEquals(new Gpt2Config(50257, 768, 3072, 12, 12, 1e-5, true, 1024, OptionalInt.of(50256), List.of(50256)),
                read("""
                {"activation_function": "gelu_new", "architectures": ["GPT2LMHeadModel"], "attn_pdrop": 0.1,
                 "bos_token_id": 50256, "embd_pdrop": 0.1, "eos_token_id": 50256, "initializer_range": 0.02,
                 "layer_norm_epsilon": 1e-05, "model_type": "gpt2", "n_ctx": 1024, "n_embd": 768, "n_head": 12,
                 "n_layer": 12, "n_positions": 1024, "resid_pdrop": 0.1, "summary_activation": null,
                 "summary_first_dropout": 0.1, "summary_proj_to_labels": true, "summary_type": "cls_index",
                 "summary_use_proj": true, "task_specific_params": {"text-generation": {"do_sample": true,
                 "max_length": 50}}, "vocab_size": 50257}"""));
    }

    @Test
    void absentKeysHaveTheDefaultsOfTheReference() throws IOException {
        var minimal = new Gpt2Config(32, 8, 32, 1, 2, 1e-5, true, 64, OptionalInt.empty(), List.of(2, 3));
        assertEquals(minimal, read(MINIMAL));
        String large = MINIMAL.replace("32", "50257").replace("\"eos_token_id\": [2, 3]", "\"n_inner\": 7%s");
        assertEquals(List.of(50256), read(large.formatted("")).eosIds());
        assertEquals(OptionalInt.of(50256), read(large.formatted("")).bosId());
        var none = read(large.formatted(", \"eos_token_id\": null, \"bos_token_id\": null"));
        assertEquals(List.of(), none.eosIds());
        assertEquals(OptionalInt.empty(), none.bosId());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "\"activation_function\": \"relu\"           | activation_function is \"relu\"; it must be gelu_new",
        "\"activation_function\": \"gelu\"           | activation_function is \"gelu\"",
        "\"scale_attn_weights\": false               | scale_attn_weights is false",
        "\"scale_attn_by_inverse_layer_idx\": true   | scale_attn_by_inverse_layer_idx is true",
        "\"add_cross_attention\": true               | add_cross_attention is true",
        "\"architectures\": [\"GPT2Classifier\"]     | it must be [\"GPT2LMHeadModel\"]",
        "\"pruned_heads\": {\"0\": [1]}              | pruned heads are not supported",
        "\"n_ctx\": 32                               | n_ctx is 32; it must be absent, or equal to n_positions, 64",
        "\"bos_token_id\": 32                        | bos_token_id 32 is outside the vocabulary of 32",
        "\"n_inner\": 0                              | n_inner is 0; it must be a whole number from 1",
        "\"layer_norm_epsilon\": 0                   | layer_norm_epsilon 0.0 is not between 0 and 1",
        "\"rotary_dim\": 64                          | the key rotary_dim (64) is not known here"})
    void whatWouldChangeTheComputationIsRefused(String member, String reason) {
        String json = MINIMAL.replace("{", "{" + member + ", ");
        var refusal = assertThrows(IllegalArgumentException.class, () -> read(json));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', value = {
        "\"n_head\": 2 | \"n_head\": 3 | n_embd 8 is not a multiple of n_head 3",
        "\"n_embd\": 8 | \"n_embd\": 1048576, \"n_inner\": 1048576 | is larger than one tensor can be",
        "\"n_positions\": 64 | \"n_positions\": 0 | n_positions is 0",
        "\"n_layer\": 1 | \"n_layer\": 2000000000 | n_layer is 2000000000",
        "\"n_layer\": 1, | ~~ | the key n_layer is missing"})
    void sizesThatDoNotFitAreRefused(String was, String is, String reason) {
        var refusal = assertThrows(IllegalArgumentException.class, () -> read(MINIMAL.replace(was, is)));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    @Test
    void aConfigurationThatIsWrittenIsTheSame() throws IOException {
        for (var config : List.of(read(MINIMAL), new Gpt2Config(50300, 12, 7, 3, 4, 1e-6, false, 64, OptionalInt.of(3),
                List.of(50256, 4)), new Gpt2Config(50300, 12, 7, 3, 4, 1e-6, false, 64, OptionalInt.empty(),
                List.of()))) {
            Path path = folder.resolve("config.json");
            Files.write(path, JsonFile.bytes(ModelConfigFile.write(config, DataType.F16)));
            assertEquals(config, ModelConfigFile.read(path));
        }
    }

    @Test
    void weightsAreNamedAndShapedAsTheReferenceDoes() throws IOException {
        var tensors = read(MINIMAL).tensors();
        assertEquals(16, tensors.size());
        assertEquals(Shape.of(8, 24), tensors.get("transformer.h.0.attn.c_attn.weight"));
        assertEquals(Shape.of(32, 8), tensors.get("transformer.h.0.mlp.c_proj.weight"));
        assertEquals(Shape.of(64, 8), tensors.get("transformer.wpe.weight"));
        assertTrue(read(MINIMAL).isTransposed("transformer.h.0.mlp.c_proj.weight"));
        assertEquals(4, tensors.keySet().stream().filter(read(MINIMAL)::isTransposed).count());
    }
}
