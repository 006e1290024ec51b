package minarai.models;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import minarai.models.format.Departures;
import minarai.models.format.LlamaConfig;
import minarai.models.format.LlamaConfig.AttentionBias;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;

/// The models of the Llama family with all that tells them apart, in whatever size.
enum Family {
    LLAMA3(ModelType.LLAMA, new RopeScaling.Llama3(4, 1, 4, 16)),
    LLAMA_BIASED_YARN(ModelType.LLAMA, new RopeScaling.Yarn(4, 16, 8, 1, true, OptionalDouble.empty())),
    LLAMA_LINEAR(ModelType.LLAMA, new RopeScaling.Linear(2.5)),
    MISTRAL(ModelType.MISTRAL, new RopeScaling.None()),
    QWEN2(ModelType.QWEN2, new RopeScaling.None()),
    QWEN2_WINDOW(ModelType.QWEN2, new RopeScaling.Dynamic(2)),
    QWEN3(ModelType.QWEN3, new RopeScaling.None()),
    SMOLLM3(ModelType.SMOLLM3, new RopeScaling.None()),
    PHI3(ModelType.PHI3, new RopeScaling.None()),
    PHI3_PARTIAL(ModelType.PHI3, new RopeScaling.LongRope(List.of(1.5), List.of(4.0), 16, 64, OptionalDouble.empty())),
    OLMO2(ModelType.OLMO2, new RopeScaling.None()),
    GEMMA2(ModelType.GEMMA2, new RopeScaling.None()),
    GEMMA3(ModelType.GEMMA3, new RopeScaling.Linear(8));

    private final ModelType type;
    private final RopeScaling scaling;

    Family(ModelType type, RopeScaling scaling) {
        this.type = type;
        this.scaling = scaling;
    }

    /// A small model in which every difference counts: a window shorter than its texts, heads that share keys.
    ///
    /// @param unit half of a head: the hidden size is 6 of them
    LlamaConfig config(int vocabulary, int unit, int layers, int window, int positions) {
        boolean hasWindow = switch (this) {
            case MISTRAL, QWEN2_WINDOW, PHI3, GEMMA2, GEMMA3 -> true;
            case LLAMA3, LLAMA_BIASED_YARN, LLAMA_LINEAR, QWEN2, QWEN3, SMOLLM3, PHI3_PARTIAL, OLMO2 -> false;
        };
        AttentionBias bias = switch (this) {
            case LLAMA_BIASED_YARN, GEMMA3 -> AttentionBias.QKVO;
            case QWEN2, QWEN2_WINDOW -> AttentionBias.QKV;
            case LLAMA3, LLAMA_LINEAR, MISTRAL, QWEN3, SMOLLM3, PHI3, PHI3_PARTIAL, OLMO2, GEMMA2 -> AttentionBias.NONE;
        };
        RopeScaling rope = scaling instanceof RopeScaling.LongRope(_, _, _, _, var length)
                ? new RopeScaling.LongRope(factors(unit / 2, 1), factors(unit / 2, 3), positions, 4 * positions, length)
                : scaling;
        return new LlamaConfig(type, vocabulary, 6 * unit, 5 * unit, layers, 4, 2, 2 * unit, 1e-5, 10_000, rope,
                type.isGemma() || this == QWEN3, bias, hasWindow ? OptionalInt.of(window) : OptionalInt.empty(),
                positions, OptionalInt.of(1), List.of(2), departures(unit));
    }

    private static List<Double> factors(int count, double first) {
        return IntStream.range(0, count).mapToObj(i -> first + 0.25 * i).toList();
    }

    private Departures departures(int unit) {
        boolean isWideSecond = this == QWEN2_WINDOW || type.isGemma();
        return new Departures(this == PHI3_PARTIAL ? OptionalInt.of(unit / 2 * 2) : OptionalInt.empty(),
                isWideSecond ? Set.of(1) : Set.of(), this == SMOLLM3 ? Set.of(1) : Set.of(), this == LLAMA_BIASED_YARN,
                type.isGemma() ? OptionalDouble.of(1.5) : OptionalDouble.empty(),
                this == GEMMA2 ? OptionalDouble.of(1.25) : OptionalDouble.empty(),
                type.isGemma() ? OptionalDouble.of(2.5) : OptionalDouble.empty(),
                this == GEMMA3 ? OptionalDouble.of(100) : OptionalDouble.empty());
    }
}
