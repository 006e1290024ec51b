package minarai.models.format;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Set;
import minarai.models.format.LlamaConfig.AttentionBias;
import tools.jackson.databind.node.ObjectNode;

/// config.json of the Llama family, in the spellings of transformers 4 and 5.
///
/// Where a key is absent, the default is that of the reference's configuration class for the model type.
final class LlamaConfigFile {

    private static final int QWEN3_HEAD = 128;
    private static final int GEMMA_HEAD = 256;
    private static final double GEMMA_SCALAR = 256;
    private static final double GEMMA2_SCORE_CAP = 50;
    private static final double GEMMA2_LOGIT_CAP = 30;
    private static final String GELU = "gelu_pytorch_tanh";
    /// Dropout inside the base is not done here; code that comes with a folder is never run, and what is said of a
    /// cache changes no number.
    private static final Set<String> HARMLESS = Set.of("resid_pdrop", "embd_pdrop", "auto_map", "cache_implementation");

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
        int headSize = headSize(where, fields, type, hidden, heads);
        int keyValueHeads = keyValueHeads(fields, type, heads);
        var kinds = LayerKinds.read(type, fields, layers);
        int positions = fields.integer("max_position_embeddings", 1, ConfigLimits.POSITIONS);
        var rope = RopeFile.read(where, fields, type, headSize, positions);
        int vocabulary = fields.integer("vocab_size", 1, ConfigLimits.VOCABULARY);
        int intermediate = fields.integer("intermediate_size", 1, ConfigLimits.FEATURES);
        double epsilon = fields.number("rms_norm_eps", 0, 1);
        boolean isTied = fields.flag("tie_word_embeddings", type.isGemma() || type == ModelType.SMOLLM3);
        var bias = attentionBias(type, fields);
        var bos = fields.optionalInteger("bos_token_id", 0, Integer.MAX_VALUE);
        var eos = fields.integers("eos_token_id");
        boolean isMlpBiased = fields.flag("mlp_bias", false);
        var queryScalar = type.isGemma() ? OptionalDouble.of(fields.optionalNumber("query_pre_attn_scalar", 1e-6, 1e9)
                .orElse(GEMMA_SCALAR)) : OptionalDouble.empty();
        var scoreCap = cap(fields, type, "attn_logit_softcapping", GEMMA2_SCORE_CAP);
        var logitCap = cap(fields, type, "final_logit_softcapping", GEMMA2_LOGIT_CAP);
        var harmless = new HashSet<>(ModelConfigFile.HARMLESS);
        harmless.addAll(HARMLESS);
        fields.refuseOthers(harmless);
        try {
            int usable = rope.scaling() instanceof RopeScaling.LongRope longRope ? longRope.originalMaxPositions()
                    : positions;
            return new LlamaConfig(type, vocabulary, hidden, intermediate, layers, heads, keyValueHeads, headSize,
                    epsilon, rope.theta(), rope.scaling(), isTied, bias, kinds.window(), usable, bos, eos,
                    new Departures(rope.rotarySize(), kinds.wide(), kinds.unrotated(), isMlpBiased, queryScalar,
                            scoreCap, logitCap, rope.localTheta()));
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("reading %s: %s".formatted(where, unsound.getMessage()), unsound);
        }
    }

    /// Refuses known keys whose values ask for a computation that is not supported.
    private static void requireUsual(ModelType type, Fields fields) {
        String activation = type.isGemma() ? GELU : "silu";
        for (String key : type.isGemma() ? List.of("hidden_activation", "hidden_act") : List.of("hidden_act")) {
            if (!fields.text(key).orElse(activation).equals(activation)) {
                throw fields.wrong(key, activation + "; other activations are not supported");
            }
        }
        if (fields.optionalNumber("attention_dropout", 0, 1).orElse(0) != 0) {
            throw fields.wrong("attention_dropout", "0; dropout of attention is not supported");
        }
        for (String key : List.of("use_mrope", "is_encoder_decoder", "rope_interleaved", "lm_head_bias",
                "use_bidirectional_attention")) {
            if (fields.flag(key, false)) {
                throw fields.wrong(key, "false; it is not supported");
            }
        }
        if (type != ModelType.LLAMA && type != ModelType.SMOLLM3 && fields.flag("mlp_bias", false)) {
            throw fields.wrong("mlp_bias", "false or absent for model_type " + type.key());
        }
        if (type == ModelType.PHI3) {
            for (String key : List.of("full_attn_mod", "interpolate_factor")) {
                if (fields.optionalInteger(key, 0, Integer.MAX_VALUE).orElse(1) != 1) {
                    throw fields.wrong(key, "1; layers of different kinds are not supported");
                }
            }
        }
    }

    private static int headSize(String where, Fields fields, ModelType type, int hidden, int heads) {
        var size = fields.optionalInteger("head_dim", 1, ConfigLimits.FEATURES);
        if (type == ModelType.QWEN3 || type.isGemma()) {
            return size.orElse(type.isGemma() ? GEMMA_HEAD : QWEN3_HEAD);
        }
        if (size.isEmpty() && hidden % heads != 0) {
            throw new IllegalArgumentException(("reading %s: hidden_size %d is not a multiple of num_attention_heads "
                    + "%d, and there is no head_dim").formatted(where, hidden, heads));
        }
        return size.orElse(hidden / heads);
    }

    private static int keyValueHeads(Fields fields, ModelType type, int heads) {
        var count = fields.optionalInteger("num_key_value_heads", 1, heads);
        boolean canBeAbsent = type == ModelType.LLAMA || type == ModelType.PHI3 || type == ModelType.OLMO2;
        if (count.isEmpty() && !canBeAbsent) {
            throw fields.missing("num_key_value_heads");
        }
        return count.orElse(heads);
    }

    private static AttentionBias attentionBias(ModelType type, Fields fields) {
        return switch (type) {
            case LLAMA, QWEN3, SMOLLM3, OLMO2, GEMMA2, GEMMA3 -> fields.flag("attention_bias", false)
                    ? AttentionBias.QKVO : AttentionBias.NONE;
            case MISTRAL, PHI3 -> {
                if (fields.flag("attention_bias", false)) {
                    throw fields.wrong("attention_bias", "false or absent for model_type " + type.key());
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

    /// A soft limit, which `null` switches off.
    private static OptionalDouble cap(Fields fields, ModelType type, String key, double gemma2Default) {
        if (!type.isGemma()) {
            return OptionalDouble.empty();
        }
        var cap = fields.optionalNumber(key, 1e-6, 1e9);
        if (type == ModelType.GEMMA3 && key.startsWith("attn") && cap.isPresent()) {
            throw fields.wrong(key, "null or absent for model_type gemma3_text, which does not limit scores");
        }
        return type == ModelType.GEMMA2 && !fields.keys().contains(key) ? OptionalDouble.of(gemma2Default) : cap;
    }

    /// config.json in the spelling that transformers 4 and 5 both read.
    static ObjectNode write(LlamaConfig config, DataType type) {
        var json = JsonFile.object();
        ModelType model = config.modelType();
        json.putArray("architectures").add(model.architecture());
        if (model != ModelType.MISTRAL && model != ModelType.QWEN2) {
            json.put("attention_bias", config.attentionBias() == AttentionBias.QKVO);
        }
        config.bosId().ifPresent(id -> json.put("bos_token_id", id));
        ModelConfigFile.putEos(json, config.eosIds());
        int positions = config.ropeScaling() instanceof RopeScaling.LongRope rope ? rope.statedMaxPositions()
                : config.maxPositions();
        json.put("head_dim", config.headSize())
                .put(model.isGemma() ? "hidden_activation" : "hidden_act", model.isGemma() ? GELU : "silu")
                .put("hidden_size", config.hiddenSize())
                .put("intermediate_size", config.intermediateSize())
                .put("max_position_embeddings", positions)
                .put("model_type", model.key())
                .put("num_attention_heads", config.heads())
                .put("num_hidden_layers", config.layers())
                .put("num_key_value_heads", config.keyValueHeads())
                .put("rms_norm_eps", config.rmsNormEpsilon());
        RopeFile.write(json, config);
        LayerKinds.write(json, config);
        putDepartures(json, config);
        return json.put("tie_word_embeddings", config.tieWordEmbeddings())
                .put("torch_dtype", ModelConfigFile.torchName(type))
                .put("vocab_size", config.vocabularySize());
    }

    private static void putDepartures(ObjectNode json, LlamaConfig config) {
        ModelType model = config.modelType();
        if (model == ModelType.LLAMA || model == ModelType.SMOLLM3) {
            json.put("mlp_bias", config.departures().hasMlpBias());
        }
        if (model.isGemma()) {
            double scalar = config.departures().queryScalar().orElse(config.headSize());
            if (scalar == Math.rint(scalar)) {
                json.put("query_pre_attn_scalar", (long) scalar);
            } else {
                json.put("query_pre_attn_scalar", scalar);
            }
            json.putNull("attn_logit_softcapping").putNull("final_logit_softcapping");
            config.departures().scoreCap().ifPresent(cap -> json.put("attn_logit_softcapping", cap));
            config.departures().logitCap().ifPresent(cap -> json.put("final_logit_softcapping", cap));
        }
    }
}
