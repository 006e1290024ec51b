package minarai.lab.shape;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import minarai.models.format.Gpt2Config;
import minarai.models.format.LlamaConfig;
import minarai.models.format.LlamaConfig.AttentionBias;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;

/// Shapes of models that people have, as their published config.json gives them, and a tiny one to try things out.
public enum PublishedShape {

    /// <https://huggingface.co/Qwen/Qwen2.5-0.5B>
    QWEN2_5_0_5B("qwen2.5-0.5b", qwen(896, 4864, 24, 14, 2, 32_768)),
    /// <https://huggingface.co/Qwen/Qwen2.5-1.5B>
    QWEN2_5_1_5B("qwen2.5-1.5b", qwen(1536, 8960, 28, 12, 2, 131_072)),
    /// <https://huggingface.co/HuggingFaceTB/SmolLM2-135M>
    SMOLLM2_135M("smollm2-135m", smol(576, 1536, 30, 9, 3)),
    /// <https://huggingface.co/HuggingFaceTB/SmolLM2-360M>
    SMOLLM2_360M("smollm2-360m", smol(960, 2560, 32, 15, 5)),
    /// <https://huggingface.co/TinyLlama/TinyLlama-1.1B-intermediate-step-1431k-3T>
    TINYLLAMA_1_1B("tinyllama-1.1b", new LlamaConfig(ModelType.LLAMA, 32_000, 2048, 5632, 22, 32, 4, 64, 1e-5, 10_000,
            new RopeScaling.None(), false, AttentionBias.NONE, OptionalInt.empty(), 2048, OptionalInt.of(1),
            List.of(2))),
    /// <https://huggingface.co/meta-llama/Llama-3.2-1B>
    LLAMA3_2_1B("llama3.2-1b", new LlamaConfig(ModelType.LLAMA, 128_256, 2048, 8192, 16, 32, 8, 64, 1e-5, 500_000,
            new RopeScaling.Llama3(32, 1, 4, 8192), true, AttentionBias.NONE, OptionalInt.empty(), 131_072,
            OptionalInt.of(128_000), List.of(128_001))),
    /// <https://huggingface.co/openai-community/gpt2>
    GPT2_124M("gpt2-124m", new Gpt2Config(50_257, 768, 3072, 12, 12, 1e-5, true, 1024, OptionalInt.of(50_256),
            List.of(50_256))),
    /// Nobody's: small enough for a test, with more query heads than key heads and biases.
    TINY("tiny", new LlamaConfig(ModelType.QWEN2, 320, 64, 160, 2, 4, 2, 16, 1e-6, 10_000, new RopeScaling.None(),
            true, AttentionBias.QKV, OptionalInt.empty(), 1024, OptionalInt.empty(), List.of(0)));

    private final String key;
    private final ModelConfig config;

    PublishedShape(String key, ModelConfig config) {
        this.key = key;
        this.config = config;
    }

    private static LlamaConfig qwen(int hidden, int inner, int layers, int heads, int keyValueHeads, int positions) {
        return new LlamaConfig(ModelType.QWEN2, 151_936, hidden, inner, layers, heads, keyValueHeads, hidden / heads,
                1e-6, 1e6, new RopeScaling.None(), true, AttentionBias.QKV, OptionalInt.empty(), positions,
                OptionalInt.of(151_643), List.of(151_643));
    }

    private static LlamaConfig smol(int hidden, int inner, int layers, int heads, int keyValueHeads) {
        return new LlamaConfig(ModelType.LLAMA, 49_152, hidden, inner, layers, heads, keyValueHeads, hidden / heads,
                1e-5, 1e5, new RopeScaling.None(), true, AttentionBias.NONE, OptionalInt.empty(), 8192,
                OptionalInt.of(0), List.of(0));
    }

    /// Its name on the command line, e.g. `qwen2.5-0.5b`.
    public String key() {
        return key;
    }

    public ModelConfig config() {
        return config;
    }

    /// The shape of that name, in any case of letters.
    ///
    /// @throws IllegalArgumentException if there is none
    public static PublishedShape named(String key) {
        return find(key).orElseThrow(() -> new IllegalArgumentException("no shape is called %s; there are %s"
                .formatted(key, names())));
    }

    private static Optional<PublishedShape> find(String key) {
        return Arrays.stream(values()).filter(shape -> shape.key.equalsIgnoreCase(key)).findFirst();
    }

    /// All names, with commas between them.
    public static String names() {
        return Arrays.stream(values()).map(PublishedShape::key).collect(Collectors.joining(", "));
    }
}
