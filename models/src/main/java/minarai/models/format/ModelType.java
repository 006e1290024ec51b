package minarai.models.format;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The model types of the Llama family (field `model_type`).
public enum ModelType {
    LLAMA("llama", "LlamaForCausalLM", HeadNorm.NONE),
    MISTRAL("mistral", "MistralForCausalLM", HeadNorm.NONE),
    QWEN2("qwen2", "Qwen2ForCausalLM", HeadNorm.NONE),
    QWEN3("qwen3", "Qwen3ForCausalLM", HeadNorm.HEAD),
    SMOLLM3("smollm3", "SmolLM3ForCausalLM", HeadNorm.NONE),
    PHI3("phi3", "Phi3ForCausalLM", HeadNorm.NONE),
    OLMO2("olmo2", "Olmo2ForCausalLM", HeadNorm.PROJECTION),
    GEMMA2("gemma2", "Gemma2ForCausalLM", HeadNorm.NONE),
    GEMMA3("gemma3_text", "Gemma3ForCausalLM", HeadNorm.HEAD);

    /// What queries and keys are normalised over before they turn.
    public enum HeadNorm {
        NONE,
        /// Each head by itself, one gain for all.
        HEAD,
        /// All heads together.
        PROJECTION
    }

    private final String key;
    private final String architecture;
    private final HeadNorm headNorm;

    ModelType(String key, String architecture, HeadNorm headNorm) {
        this.key = key;
        this.architecture = architecture;
        this.headNorm = headNorm;
    }

    /// Its name in `model_type`.
    public String key() {
        return key;
    }

    /// Its name in `architectures`.
    public String architecture() {
        return architecture;
    }

    public HeadNorm headNorm() {
        return headNorm;
    }

    /// Whether queries, keys and values come from one projection, and gate and up from another.
    public boolean isFused() {
        return this == PHI3;
    }

    /// Whether norms also stand behind attention and MLP, and the gains of all norms are counted from one.
    public boolean isGemma() {
        return this == GEMMA2 || this == GEMMA3;
    }

    static Optional<ModelType> named(String key) {
        return Arrays.stream(values()).filter(type -> type.key.equals(key)).findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(ModelType::key).collect(Collectors.joining(", "));
    }
}
