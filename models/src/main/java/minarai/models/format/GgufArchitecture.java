package minarai.models.format;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The architectures of GGUF that are models here: one table of what each is called there, which keys say its shape,
/// and in what its weights lie differently.
enum GgufArchitecture {
    /// Llama and what computes like it; a query's window makes it Mistral. Rotary pairs lie side by side.
    LLAMA("llama", Keys.GATED, List.of("llama", "mistral"), true),
    QWEN2("qwen2", Keys.GATED, List.of("qwen2"), false),
    QWEN3("qwen3", Keys.GATED, List.of("qwen3"), false),
    SMOLLM3("smollm3", Keys.GATED, List.of("smollm3"), true),
    OLMO2("olmo2", Keys.GATED, List.of("olmo2"), false),
    PHI3("phi3", Keys.GATED, List.of("phi3"), false),
    GEMMA2("gemma2", Keys.GATED, List.of("gemma2"), false),
    GEMMA3("gemma3", Keys.GATED, List.of("gemma3_text"), false),
    GPT2("gpt2", Keys.GPT2, List.of("gpt2"), false);

    /// A key of the metadata, behind the architecture's name and a dot, and the key of config.json that says the same.
    ///
    /// @param type UINT32 or FLOAT32
    record Key(String gguf, String config, GgufValue.Type type) {

        static Key size(String gguf, String config) {
            return new Key(gguf, config, GgufValue.Type.UINT32);
        }

        static Key number(String gguf, String config) {
            return new Key(gguf, config, GgufValue.Type.FLOAT32);
        }
    }

    /// The keys that architectures share.
    private static final class Keys {

        private static final List<Key> GATED = List.of(
                Key.size("vocab_size", "vocab_size"),
                Key.size("context_length", "max_position_embeddings"),
                Key.size("embedding_length", "hidden_size"),
                Key.size("block_count", "num_hidden_layers"),
                Key.size("feed_forward_length", "intermediate_size"),
                Key.size("attention.head_count", "num_attention_heads"),
                Key.size("attention.head_count_kv", "num_key_value_heads"),
                Key.size("attention.key_length", "head_dim"),
                Key.size("attention.sliding_window", "sliding_window"),
                Key.number("attention.layer_norm_rms_epsilon", "rms_norm_eps"),
                Key.number("rope.freq_base", "rope_theta"),
                Key.number("attn_logit_softcapping", "attn_logit_softcapping"),
                Key.number("final_logit_softcapping", "final_logit_softcapping"));

        private static final List<Key> GPT2 = List.of(
                Key.size("vocab_size", "vocab_size"),
                Key.size("context_length", "n_positions"),
                Key.size("embedding_length", "n_embd"),
                Key.size("block_count", "n_layer"),
                Key.size("feed_forward_length", "n_inner"),
                Key.size("attention.head_count", "n_head"),
                Key.number("attention.layer_norm_epsilon", "layer_norm_epsilon"));
    }

    private final String key;
    private final List<Key> keys;
    private final List<String> modelTypes;
    private final boolean hasRotaryPairs;

    GgufArchitecture(String key, List<Key> keys, List<String> modelTypes, boolean hasRotaryPairs) {
        this.key = key;
        this.keys = keys;
        this.modelTypes = modelTypes;
        this.hasRotaryPairs = hasRotaryPairs;
    }

    /// Its name in `general.architecture`.
    String key() {
        return key;
    }

    List<Key> keys() {
        return keys;
    }

    /// The `model_type` in config.json.
    ///
    /// @param hasWindow whether the metadata has a sliding window
    String modelType(boolean hasWindow) {
        return hasWindow ? modelTypes.getLast() : modelTypes.getFirst();
    }

    /// Whether the rows of queries and keys are ordered so that the two features which turn together are neighbours;
    /// elsewhere they are half a head apart.
    boolean hasRotaryPairs() {
        return hasRotaryPairs;
    }

    /// Whether norms are stored with the one that their gains are counted from.
    boolean isGemma() {
        return this == GEMMA2 || this == GEMMA3;
    }

    /// Whether the norms behind attention and MLP are named as such; else what stands before the MLP is named after
    /// attention in folders.
    boolean hasNormsBehind() {
        return isGemma() || this == OLMO2;
    }

    boolean isGpt2() {
        return this == GPT2;
    }

    static GgufArchitecture named(String key) {
        return Arrays.stream(values()).filter(each -> each.key.equals(key)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("general.architecture is %s; supported are %s"
                        .formatted(key, supported())));
    }

    /// @throws IllegalArgumentException if GGUF has no architecture for models of this type
    static GgufArchitecture of(ModelConfig config) {
        Optional<GgufArchitecture> found = Arrays.stream(values())
                .filter(each -> each.modelTypes.contains(config.typeName())).findFirst();
        return found.orElseThrow(() -> new IllegalArgumentException(("a model of the type %s is not written as GGUF "
                + "yet; supported are %s").formatted(config.typeName(), supported())));
    }

    private static String supported() {
        return Arrays.stream(values()).map(GgufArchitecture::key).collect(Collectors.joining(", "));
    }
}
