package minarai.models.format;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import minarai.models.format.GgufArchitecture.Key;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The configuration of a model in the metadata of GGUF. It is translated to and from config.json, key by key, so that
/// there is one place that says what a configuration means.
final class GgufConfig {

    static final String ARCHITECTURE = "general.architecture";
    static final String TOKENS = "tokenizer.ggml.tokens";
    static final String BOS = "tokenizer.ggml.bos_token_id";
    static final String EOS = "tokenizer.ggml.eos_token_id";
    private static final String END_OF_TURN = "tokenizer.ggml.eot_token_id";
    private static final String END_OF_MESSAGE = "tokenizer.ggml.eom_token_id";
    private static final String NONE = "none";
    /// What llama.cpp takes where no base of the rotary frequencies is said.
    private static final double DEFAULT_THETA = 10_000;

    private final Source source;
    private final GgufFields fields;
    private final GgufArchitecture architecture;
    private final String prefix;
    private final ObjectNode json = JsonFile.object();

    /// What a configuration is read from: a file, or what is about to become one.
    ///
    /// @param name    for messages
    /// @param shapes  of all tensors
    /// @param factors the numbers of [GgufNames#ROTARY_FACTORS], asked for if there is such a tensor
    record Source(String name, Map<String, GgufValue> values, Map<String, Shape> shapes, Supplier<float[]> factors) {

        static Source of(GgufFile file) {
            var shapes = file.names().stream()
                    .collect(Collectors.toMap(name -> name, name -> file.tensor(name).shape()));
            return new Source(file.source(), file.values(), shapes, () -> file.read(GgufNames.ROTARY_FACTORS));
        }

        boolean has(String tensor) {
            return shapes.containsKey(tensor);
        }
    }

    private GgufConfig(Source source) {
        this.source = source;
        fields = new GgufFields(source.values());
        requireModel();
        architecture = GgufArchitecture.named(fields.text(ARCHITECTURE).orElseThrow(() ->
                new IllegalArgumentException("the key %s is missing".formatted(ARCHITECTURE))));
        prefix = architecture.key() + ".";
    }

    /// The configuration that a file holds.
    ///
    /// @throws IllegalArgumentException if it holds none, or one that is not supported
    static ModelConfig read(Source source) {
        return new GgufConfig(source).read();
    }

    private void requireModel() {
        String type = fields.text("general.type").orElse("model");
        if (!type.equals("model")) {
            throw new IllegalArgumentException("it is of the type %s, not a model".formatted(type));
        }
        if (!source.has(GgufNames.EMBEDDING)) {
            throw new IllegalArgumentException("it has no tensor %s; is it a vocabulary without a model?"
                    .formatted(GgufNames.EMBEDDING));
        }
    }

    private ModelConfig read() {
        json.put("model_type", architecture.modelType(fields.has(prefix + "attention.sliding_window")));
        for (Key key : architecture.keys()) {
            if (key.type() == GgufValue.Type.UINT32) {
                fields.size(prefix + key.gguf()).ifPresent(value -> json.put(key.config(), value));
            } else {
                fields.number(prefix + key.gguf()).ifPresent(value -> json.put(key.config(), value));
            }
        }
        // Where both are there, the tensor's shape is checked against the key as all shapes are.
        json.putIfAbsent("vocab_size", JsonFile.object().numberNode(vocabulary()));
        json.put("tie_word_embeddings", !source.has(GgufNames.HEAD));
        putTokens();
        if (!architecture.isGpt2()) {
            putRotary();
        }
        if (architecture != GgufArchitecture.QWEN2 && !architecture.isGpt2() && source.has(GgufNames.QUERY_BIAS)) {
            json.put("attention_bias", true);
        }
        passOver();
        fields.refuseOthers(prefix);
        return ModelConfigFile.parse(source.name(), json);
    }

    private long vocabulary() {
        return source.shapes().getOrDefault(GgufNames.EMBEDDING, Shape.of(0)).rows();
    }

    private void putTokens() {
        fields.id(BOS).ifPresent(id -> json.put("bos_token_id", id));
        var ends = new LinkedHashSet<Integer>();
        for (String key : List.of(EOS, END_OF_TURN, END_OF_MESSAGE)) {
            fields.id(key).ifPresent(ends::add);
        }
        ModelConfigFile.putEos(json, List.copyOf(ends));
    }

    private void putRotary() {
        int heads = json.path("num_attention_heads").asInt(1);
        if (!json.has("head_dim") && heads > 0) {
            json.put("head_dim", json.path("hidden_size").asInt(0) / heads);
        }
        if (!json.has("num_key_value_heads")) {
            json.put("num_key_value_heads", heads);
        }
        int head = json.path("head_dim").asInt(0);
        if (!json.has("rope_theta")) {
            json.put("rope_theta", DEFAULT_THETA);
        }
        if (architecture.isGemma()) {
            json.put("query_pre_attn_scalar", queryScalar(head, heads));
        }
        int turned = fields.size(prefix + "rope.dimension_count").orElse(head);
        if (turned != head && head > 0) {
            json.put("partial_rotary_factor", (double) turned / head);
        }
        requireSame("attention.value_length", head);
        String type = fields.text(prefix + "rope.scaling.type").orElse(NONE);
        var factor = fields.number(prefix + "rope.scaling.factor")
                .or(() -> fields.number(prefix + "rope.scale_linear"));
        fields.size(prefix + "rope.scaling.original_context_length");
        if (source.has(GgufNames.ROTARY_FACTORS)) {
            putFactors(head);
        } else if (type.equals("linear") || type.equals(NONE) && factor.orElse(1.0) != 1) {
            json.putObject("rope_scaling").put("rope_type", "linear").put("factor", factor.orElse(1.0));
        } else if (!type.equals(NONE)) {
            throw new IllegalArgumentException("the key %srope.scaling.type is %s; none and linear are supported"
                    .formatted(prefix, type));
        }
    }

    /// llama.cpp divides scores by the root of a head's size, and in the largest of these models, which it knows by the
    /// number of layers, by that of the features for each head.
    private int queryScalar(int head, int heads) {
        int layers = json.path("num_hidden_layers").asInt(0);
        boolean isLargest = layers == (architecture == GgufArchitecture.GEMMA2 ? 46 : 62);
        return isLargest && heads > 0 ? json.path("hidden_size").asInt(0) / heads : head;
    }

    private void putFactors(int head) {
        float[] factors = source.factors().get();
        double theta = json.path("rope_theta").asDouble(DEFAULT_THETA);
        RotaryFactors.scaling(factors, head, theta).ifPresent(found -> json.putObject("rope_scaling")
                .put("rope_type", "llama3")
                .put("factor", found.factor())
                .put("low_freq_factor", found.lowFrequencyFactor())
                .put("high_freq_factor", found.highFrequencyFactor())
                .put("original_max_position_embeddings", found.originalMaxPositions()));
    }

    private void requireSame(String key, int needed) {
        Optional<Integer> found = fields.size(prefix + key);
        if (found.orElse(needed) != needed) {
            throw new IllegalArgumentException("the key %s%s is %d; only the size of a head, %d, is supported"
                    .formatted(prefix, key, found.orElse(needed), needed));
        }
    }

    /// Keys that say what is so anyway.
    private void passOver() {
        for (String key : List.of("expert_count", "expert_used_count")) {
            if (fields.size(prefix + key).orElse(0) != 0) {
                throw new IllegalArgumentException("the key %s%s is not 0; mixtures of experts are not supported"
                        .formatted(prefix, key));
            }
        }
        if (!fields.flag(prefix + "attention.causal").orElse(true)) {
            throw new IllegalArgumentException("the key %sattention.causal is false; only causal models are supported"
                    .formatted(prefix));
        }
        fields.text(prefix + "tensor_data_layout");
    }

    /// The metadata of a configuration: its architecture's keys and the ids that begin and end a text.
    ///
    /// @throws IllegalArgumentException if GGUF has no way to say it
    static SequencedMap<String, GgufValue> write(ModelConfig config) {
        var architecture = GgufArchitecture.of(config);
        var json = ModelConfigFile.write(config, DataType.F32);
        String prefix = architecture.key() + ".";
        var values = new LinkedHashMap<String, GgufValue>();
        for (Key key : architecture.keys()) {
            JsonNode value = json.path(key.config());
            if (value.isNumber()) {
                values.put(prefix + key.gguf(), key.type() == GgufValue.Type.UINT32 ? GgufValue.of(value.asInt())
                        : GgufValue.of(value.asDouble()));
            }
        }
        if (config instanceof LlamaConfig llama) {
            values.put(prefix + "attention.value_length", GgufValue.of(llama.headSize()));
            values.put(prefix + "rope.dimension_count", GgufValue.of(llama.rotarySize()));
            putScaling(values, prefix, llama.ropeScaling());
        }
        config.bosId().ifPresent(id -> values.put(BOS, GgufValue.of(id)));
        var ends = config.eosIds();
        for (int i = 0; i < Math.min(ends.size(), 3); i++) {
            values.put(List.of(EOS, END_OF_TURN, END_OF_MESSAGE).get(i), GgufValue.of(ends.get(i)));
        }
        return values;
    }

    private static void putScaling(SequencedMap<String, GgufValue> values, String prefix, RopeScaling scaling) {
        switch (scaling) {
            // The factors of Llama 3 are a tensor.
            case RopeScaling.None _, RopeScaling.Llama3 _ -> {
            }
            case RopeScaling.Linear(double factor) -> {
                values.put(prefix + "rope.scaling.type", GgufValue.of("linear"));
                values.put(prefix + "rope.scaling.factor", GgufValue.of(factor));
            }
            case RopeScaling.Dynamic _, RopeScaling.Yarn _,
                    RopeScaling.LongRope _ -> throw new IllegalArgumentException("rope scaling of this kind is not "
                    + "written as GGUF: " + scaling);
        }
    }
}
