package minarai.models.format;

import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// config.json of the model type `gpt2`.
///
/// Where a key is absent, the default is that of the reference's configuration class; sizes must be there. The chances
/// of dropout belong to a training that drops out inside the base, which is not done here: they are passed over.
final class Gpt2ConfigFile {

    private static final Set<String> HARMLESS = Set.of("attn_pdrop", "embd_pdrop", "resid_pdrop", "summary_activation",
            "summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj",
            "task_specific_params", "gradient_checkpointing", "output_past", "_num_labels", "torchscript");
    /// Two names of one function.
    private static final Set<String> ACTIVATIONS = Set.of("gelu_new", "gelu_pytorch_tanh");
    private static final double DEFAULT_EPSILON = 1e-5;
    /// What begins and ends a text where the file does not say and the vocabulary reaches so far; `null` is no token.
    private static final int END_OF_TEXT = 50256;

    private Gpt2ConfigFile() {
    }

    static Gpt2Config parse(String where, ObjectNode json) {
        var fields = new Fields(where, json);
        fields.text("model_type");
        ModelConfigFile.requireArchitecture(fields, Gpt2Config.ARCHITECTURE);
        requireUsual(fields);
        int vocabulary = fields.integer("vocab_size", 1, ConfigLimits.VOCABULARY);
        int hidden = fields.integer("n_embd", 1, ConfigLimits.FEATURES);
        var inner = fields.optionalInteger("n_inner", 1, ConfigLimits.FEATURES);
        int layers = fields.integer("n_layer", 1, ConfigLimits.LAYERS);
        int heads = fields.integer("n_head", 1, ConfigLimits.FEATURES);
        double epsilon = fields.optionalNumber("layer_norm_epsilon", 0, 1).orElse(DEFAULT_EPSILON);
        boolean isTied = fields.flag("tie_word_embeddings", true);
        int positions = fields.integer("n_positions", 1, ConfigLimits.POSITIONS);
        int context = fields.optionalInteger("n_ctx", 1, ConfigLimits.POSITIONS).orElse(positions);
        if (context != positions) {
            throw fields.wrong("n_ctx", "absent, or equal to n_positions, " + positions);
        }
        boolean hasDefaults = vocabulary > END_OF_TEXT;
        var bos = hasDefaults && !fields.keys().contains("bos_token_id") ? OptionalInt.of(END_OF_TEXT)
                : fields.optionalInteger("bos_token_id", 0, Integer.MAX_VALUE);
        var eos = hasDefaults && !fields.keys().contains("eos_token_id") ? List.of(END_OF_TEXT)
                : fields.integers("eos_token_id");
        var harmless = new HashSet<>(ModelConfigFile.HARMLESS);
        harmless.addAll(HARMLESS);
        fields.refuseOthers(harmless);
        try {
            return new Gpt2Config(vocabulary, hidden, inner.orElse(4 * hidden), layers, heads, epsilon, isTied,
                    positions, bos, eos);
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("reading %s: %s".formatted(where, unsound.getMessage()), unsound);
        }
    }

    /// Refuses known keys whose values ask for a computation that is not supported.
    private static void requireUsual(Fields fields) {
        if (!ACTIVATIONS.contains(fields.text("activation_function").orElse("gelu_new"))) {
            throw fields.wrong("activation_function", "gelu_new or gelu_pytorch_tanh; others are not supported");
        }
        if (!fields.flag("scale_attn_weights", true)) {
            throw fields.wrong("scale_attn_weights", "true; attention without a scale is not supported");
        }
        for (String key : List.of("scale_attn_by_inverse_layer_idx", "add_cross_attention", "is_encoder_decoder")) {
            if (fields.flag(key, false)) {
                throw fields.wrong(key, "false; it is not supported");
            }
        }
        // Only whether a narrower type is widened for the scores; here all is f32.
        fields.flag("reorder_and_upcast_attn", false);
        if (fields.object("pruned_heads").map(Fields::keys).filter(heads -> !heads.isEmpty()).isPresent()) {
            throw fields.wrong("pruned_heads", "{}; pruned heads are not supported");
        }
    }

    /// The dropouts are written as zero, which is what training here does.
    static ObjectNode write(Gpt2Config config, DataType type) {
        var json = JsonFile.object();
        json.put("activation_function", "gelu_new");
        json.putArray("architectures").add(Gpt2Config.ARCHITECTURE);
        json.put("attn_pdrop", 0.0);
        json.putNull("bos_token_id");
        config.bosId().ifPresent(id -> json.put("bos_token_id", id));
        json.put("embd_pdrop", 0.0).putNull("eos_token_id");
        ModelConfigFile.putEos(json, config.eosIds());
        return json.put("layer_norm_epsilon", config.layerNormEpsilon())
                .put("model_type", Gpt2Config.TYPE)
                .put("n_embd", config.hiddenSize())
                .put("n_head", config.heads())
                .put("n_inner", config.innerSize())
                .put("n_layer", config.layers())
                .put("n_positions", config.maxPositions())
                .put("reorder_and_upcast_attn", false)
                .put("resid_pdrop", 0.0)
                .put("scale_attn_by_inverse_layer_idx", false)
                .put("scale_attn_weights", true)
                .put("tie_word_embeddings", config.tieWordEmbeddings())
                .put("torch_dtype", ModelConfigFile.torchName(type))
                .put("vocab_size", config.vocabularySize());
    }
}
