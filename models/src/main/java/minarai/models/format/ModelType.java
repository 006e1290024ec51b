package minarai.models.format;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The model types that are Llama with small differences (field `model_type`).
public enum ModelType {
    LLAMA("llama", "LlamaForCausalLM"),
    MISTRAL("mistral", "MistralForCausalLM"),
    QWEN2("qwen2", "Qwen2ForCausalLM");

    private final String key;
    private final String architecture;

    ModelType(String key, String architecture) {
        this.key = key;
        this.architecture = architecture;
    }

    /// Its name in `model_type`.
    public String key() {
        return key;
    }

    /// Its name in `architectures`.
    public String architecture() {
        return architecture;
    }

    static Optional<ModelType> named(String key) {
        return Arrays.stream(values()).filter(type -> type.key.equals(key)).findFirst();
    }

    static String supported() {
        return Arrays.stream(values()).map(ModelType::key).collect(Collectors.joining(", "));
    }
}
