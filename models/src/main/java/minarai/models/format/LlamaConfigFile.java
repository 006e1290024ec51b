package minarai.models.format;

import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import minarai.models.format.LlamaConfig.AttentionBias;
import tools.jackson.databind.node.ObjectNode;

/// config.json of the Llama family, in the spellings of transformers 4 and 5.
///
/// Where a key is absent, the default is that of the reference's configuration class for the model type.
final class LlamaConfigFile {

    static final double DEFAULT_THETA = 10_000;
    private static final int MISTRAL_WINDOW = 4096;

    private LlamaConfigFile() {
    }

    static LlamaConfig parse(String where, ObjectNode json, ModelType type) {
        var fields = new Fields(where, json);
        fields.text("model_type");
        ModelConfigFile.requireArchitecture(fields, type.architecture());
        requireUsual(type, fields);
        int hidden = fields.integer("hidden_size", 1, ConfigLimits.FEATURES);
        int layers = fields.integer("num_hidden_layers", 1, ConfigLimits.LAYERS);
        int heads = fields.integer("num_attention_heads", 1, ConfigLimits.FEATURES);
        int headSize = headSize(where, fields, hidden, heads);
        var keyValueHeads = fields.optionalInteger("num_key_value_heads", 1, heads);
        if (keyValueHeads.isEmpty() && type != ModelType.LLAMA) {
            throw new IllegalArgumentException("reading %s: the key num_key_value_heads is missing".formatted(where));
        }
        var window = slidingWindow(type, fields, layers);
        requireLayerTypes(fields, layers, window);
        var rope = rope(where, fields);
        int vocabulary = fields.integer("vocab_size", 1, ConfigLimits.VOCABULARY);
        int intermediate = fields.integer("intermediate_size", 1, ConfigLimits.FEATURES);
        double epsilon = fields.number("rms_norm_eps", 0, 1);
        boolean isTied = fields.flag("tie_word_embeddings", false);
        var bias = attentionBias(type, fields);
        int positions = fields.integer("max_position_embeddings", 1, ConfigLimits.POSITIONS);
        var bos = fields.optionalInteger("bos_token_id", 0, Integer.MAX_VALUE);
        var eos = fields.integers("eos_token_id");
        fields.refuseOthers(ModelConfigFile.HARMLESS);
        try {
            return new LlamaConfig(type, vocabulary, hidden, intermediate, layers, heads, keyValueHeads.orElse(heads),
                    headSize, epsilon, rope.theta(), rope.scaling(), isTied, bias, window, positions, bos, eos);
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("reading %s: %s".formatted(where, unsound.getMessage()), unsound);
        }
    }

    /// Refuses known keys whose values ask for a computation that is not supported.
    private static void requireUsual(ModelType type, Fields fields) {
        if (!fields.text("hidden_act").orElse("silu").equals("silu")) {
            throw fields.wrong("hidden_act", "silu; other activations are not supported");
        }
        if (fields.optionalNumber("attention_dropout", 0, 1).orElse(0) != 0) {
            throw fields.wrong("attention_dropout", "0; dropout of attention is not supported");
        }
        for (String key : List.of("mlp_bias", "use_mrope", "is_encoder_decoder", "rope_interleaved")) {
            if (fields.flag(key, false)) {
                throw fields.wrong(key, "false; it is not supported");
            }
        }
        if (fields.optionalNumber("partial_rotary_factor", 0, 1).orElse(1) != 1) {
            throw fields.wrong("partial_rotary_factor", "1; turning a part of a head is not supported");
        }
        if (type == ModelType.LLAMA && fields.has("sliding_window")) {
            throw fields.wrong("sliding_window", "absent or null for model_type llama, which does not use it");
        }
    }

    private static int headSize(String where, Fields fields, int hidden, int heads) {
        var size = fields.optionalInteger("head_dim", 1, ConfigLimits.FEATURES);
        if (size.isEmpty() && hidden % heads != 0) {
            throw new IllegalArgumentException(("reading %s: hidden_size %d is not a multiple of num_attention_heads "
                    + "%d, and there is no head_dim").formatted(where, hidden, heads));
        }
        return size.orElse(hidden / heads);
    }

    private static AttentionBias attentionBias(ModelType type, Fields fields) {
        return switch (type) {
            case LLAMA -> fields.flag("attention_bias", false) ? AttentionBias.QKVO : AttentionBias.NONE;
            case MISTRAL -> {
                if (fields.flag("attention_bias", false)) {
                    throw fields.wrong("attention_bias", "false or absent for model_type mistral");
                }
                yield AttentionBias.NONE;
            }
            case QWEN2 -> {
                if (!fields.flag("attention_bias", true)) {
                    throw fields.wrong("attention_bias", "true or absent for model_type qwen2");
                }
                yield AttentionBias.QKV;
            }
        };
    }

    private static OptionalInt slidingWindow(ModelType type, Fields fields, int layers) {
        return switch (type) {
            case LLAMA -> OptionalInt.empty();
            case MISTRAL -> {
                boolean isNamed = fields.keys().contains("sliding_window");
                var window = fields.optionalInteger("sliding_window", 1, ConfigLimits.POSITIONS);
                yield isNamed ? window : OptionalInt.of(MISTRAL_WINDOW);
            }
            case QWEN2 -> {
                boolean isUsed = fields.flag("use_sliding_window", false);
                var full = fields.optionalInteger("max_window_layers", 0, Integer.MAX_VALUE);
                fields.optionalInteger("sliding_window", 1, Integer.MAX_VALUE);
                if (isUsed && full.orElse(0) < layers) {
                    throw fields.wrong("use_sliding_window", "false; a window on some layers only is not supported");
                }
                yield OptionalInt.empty();
            }
        };
    }

    private static void requireLayerTypes(Fields fields, int layers, OptionalInt window) {
        var types = fields.texts("layer_types");
        if (types.isEmpty()) {
            return;
        }
        String needed = window.isPresent() ? "sliding_attention" : "full_attention";
        if (types.size() != layers || types.stream().anyMatch(type -> !type.equals(needed))) {
            throw fields.wrong("layer_types", "%d times %s; layers of different kinds are not supported"
                    .formatted(layers, needed));
        }
    }

    private record Rope(double theta, RopeScaling scaling) {
    }

    private static Rope rope(String where, Fields fields) {
        var oldTheta = fields.optionalNumber("rope_theta", Double.MIN_NORMAL, 1e15);
        var oldScaling = fields.object("rope_scaling");
        var parameters = fields.object("rope_parameters");
        if (parameters.isEmpty()) {
            return new Rope(oldTheta.orElse(DEFAULT_THETA), scaling(where, oldScaling.orElse(noFields(where))));
        }
        if (oldScaling.isPresent()) {
            throw fields.wrong("rope_scaling", "absent beside rope_parameters, which says the same");
        }
        var theta = parameters.get().optionalNumber("rope_theta", Double.MIN_NORMAL, 1e15);
        if (theta.isPresent() && oldTheta.isPresent() && theta.getAsDouble() != oldTheta.getAsDouble()) {
            throw fields.wrong("rope_theta", "absent, or equal to that of rope_parameters, " + theta.getAsDouble());
        }
        return new Rope(theta.orElse(oldTheta.orElse(DEFAULT_THETA)), scaling(where, parameters.get()));
    }

    private static Fields noFields(String where) {
        return new Fields(where, JsonFile.object());
    }

    private static RopeScaling scaling(String where, Fields fields) {
        var type = fields.text("rope_type");
        var oldType = fields.text("type");
        if (type.isPresent() && oldType.isPresent() && !type.equals(oldType)) {
            throw fields.wrong("type", "absent, or equal to rope_type, " + type.get());
        }
        if (fields.optionalNumber("partial_rotary_factor", 0, 1).orElse(1) != 1) {
            throw fields.wrong("partial_rotary_factor", "1; turning a part of a head is not supported");
        }
        String name = type.or(() -> oldType).orElse("default");
        try {
            RopeScaling scaling = switch (name) {
                case "default" -> new RopeScaling.None();
                case "linear" -> new RopeScaling.Linear(fields.number("factor", 1, 1e6));
                case "llama3" -> new RopeScaling.Llama3(fields.number("factor", 1, 1e6),
                        fields.number("low_freq_factor", 0, 1e6), fields.number("high_freq_factor", 0, 1e6),
                        fields.integer("original_max_position_embeddings", 1, ConfigLimits.POSITIONS));
                default -> throw new IllegalArgumentException(
                        "rope scaling of type %s is not supported; default, linear and llama3 are".formatted(name));
            };
            fields.refuseOthers(Set.of());
            return scaling;
        } catch (IllegalArgumentException unsound) {
            String sentence = unsound.getMessage();
            throw new IllegalArgumentException(sentence.startsWith("reading ") ? sentence
                    : "reading %s: %s".formatted(where, sentence), unsound);
        }
    }

    /// config.json in the spelling that transformers 4 and 5 both read.
    static ObjectNode write(LlamaConfig config, DataType type) {
        var json = JsonFile.object();
        json.putArray("architectures").add(config.modelType().architecture());
        if (config.modelType() == ModelType.LLAMA) {
            json.put("attention_bias", config.attentionBias() == AttentionBias.QKVO);
        }
        config.bosId().ifPresent(id -> json.put("bos_token_id", id));
        ModelConfigFile.putEos(json, config.eosIds());
        json.put("head_dim", config.headSize())
                .put("hidden_act", "silu")
                .put("hidden_size", config.hiddenSize())
                .put("intermediate_size", config.intermediateSize())
                .put("max_position_embeddings", config.maxPositions())
                .put("model_type", config.modelType().key())
                .put("num_attention_heads", config.heads())
                .put("num_hidden_layers", config.layers())
                .put("num_key_value_heads", config.keyValueHeads())
                .put("rms_norm_eps", config.rmsNormEpsilon());
        putScaling(json, config.ropeScaling());
        json.put("rope_theta", config.ropeTheta());
        if (config.modelType() == ModelType.MISTRAL) {
            json.putNull("sliding_window");
            config.slidingWindow().ifPresent(window -> json.put("sliding_window", window));
        }
        return json.put("tie_word_embeddings", config.tieWordEmbeddings())
                .put("torch_dtype", ModelConfigFile.torchName(type))
                .put("vocab_size", config.vocabularySize());
    }

    private static void putScaling(ObjectNode json, RopeScaling scaling) {
        switch (scaling) {
            case RopeScaling.None _ -> json.putNull("rope_scaling");
            case RopeScaling.Linear(double factor) -> json.putObject("rope_scaling")
                    .put("factor", factor)
                    .put("rope_type", "linear");
            case RopeScaling.Llama3(double factor, double low, double high, int original) ->
                    json.putObject("rope_scaling")
                            .put("factor", factor)
                            .put("high_freq_factor", high)
                            .put("low_freq_factor", low)
                            .put("original_max_position_embeddings", original)
                            .put("rope_type", "llama3");
        }
    }
}
