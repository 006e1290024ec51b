package minarai.models.format;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/// The weights that a model of the Llama family has, by their Hugging Face names.
final class LlamaTensors {

    static final String EMBEDDING = "model.embed_tokens.weight";
    static final String HEAD = "lm_head.weight";

    private static final String ROTARY_BUFFER = ".rotary_emb.inv_freq";

    private LlamaTensors() {
    }

    static SequencedMap<String, Shape> of(LlamaConfig config) {
        var tensors = new LinkedHashMap<String, Shape>();
        int hidden = config.hiddenSize();
        tensors.put(EMBEDDING, Shape.of(config.vocabularySize(), hidden));
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "model.layers.%d.".formatted(layer);
            for (String norm : norms(config.modelType())) {
                tensors.put(prefix + norm + ".weight", Shape.of(hidden));
            }
            putAttention(tensors, prefix + "self_attn.", config);
            putMlp(tensors, prefix + "mlp.", config);
        }
        tensors.put("model.norm.weight", Shape.of(hidden));
        if (!config.tieWordEmbeddings()) {
            tensors.put(HEAD, Shape.of(config.vocabularySize(), hidden));
        }
        return tensors;
    }

    /// The norms of a layer that its features go through.
    private static List<String> norms(ModelType type) {
        return switch (type) {
            case LLAMA, MISTRAL, QWEN2, QWEN3, SMOLLM3, PHI3 -> List.of("input_layernorm", "post_attention_layernorm");
            case OLMO2 -> List.of("post_attention_layernorm", "post_feedforward_layernorm");
            case GEMMA2, GEMMA3 -> List.of("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
                    "post_feedforward_layernorm");
        };
    }

    private static void putMlp(SequencedMap<String, Shape> tensors, String prefix, LlamaConfig config) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        boolean hasBias = config.departures().hasMlpBias();
        if (config.modelType().isFused()) {
            putLinear(tensors, prefix + "gate_up_proj", 2 * inner, hidden, hasBias);
        } else {
            putLinear(tensors, prefix + "gate_proj", inner, hidden, hasBias);
            putLinear(tensors, prefix + "up_proj", inner, hidden, hasBias);
        }
        putLinear(tensors, prefix + "down_proj", hidden, inner, hasBias);
    }

    private static void putAttention(SequencedMap<String, Shape> tensors, String prefix, LlamaConfig config) {
        boolean hasBias = config.attentionBias().isOnQueryKeyValue();
        int hidden = config.hiddenSize();
        if (config.modelType().isFused()) {
            putLinear(tensors, prefix + "qkv_proj", config.querySize() + 2 * config.keyValueSize(), hidden, hasBias);
        } else {
            putLinear(tensors, prefix + "q_proj", config.querySize(), hidden, hasBias);
            putLinear(tensors, prefix + "k_proj", config.keyValueSize(), hidden, hasBias);
            putLinear(tensors, prefix + "v_proj", config.keyValueSize(), hidden, hasBias);
        }
        if (config.modelType().headNorm() != ModelType.HeadNorm.NONE) {
            boolean isOfHead = config.modelType().headNorm() == ModelType.HeadNorm.HEAD;
            tensors.put(prefix + "q_norm.weight", Shape.of(isOfHead ? config.headSize() : config.querySize()));
            tensors.put(prefix + "k_norm.weight", Shape.of(isOfHead ? config.headSize() : config.keyValueSize()));
        }
        putLinear(tensors, prefix + "o_proj", hidden, config.querySize(), config.attentionBias().isOnOutput());
    }

    private static void putLinear(SequencedMap<String, Shape> tensors, String name, int outputs, int inputs,
            boolean hasBias) {
        tensors.put(name + ".weight", Shape.of(outputs, inputs));
        if (hasBias) {
            tensors.put(name + ".bias", Shape.of(outputs));
        }
    }

    static void requireFit(LlamaConfig config, Checkpoint checkpoint) {
        var needed = of(config);
        boolean isHeadPresent = checkpoint.find(HEAD).isPresent();
        if (config.tieWordEmbeddings() && isHeadPresent) {
            var shape = needed.get(EMBEDDING);
            if (checkpoint.find(EMBEDDING).isEmpty()) {
                needed.remove(EMBEDDING);
            }
            needed.put(HEAD, shape);
        }
        CheckpointFit.requireExactly(checkpoint, needed, name -> name.endsWith(ROTARY_BUFFER), config.typeName());
        if (config.tieWordEmbeddings() && needed.containsKey(EMBEDDING) && isHeadPresent) {
            CheckpointFit.requireEqual(checkpoint, EMBEDDING, HEAD, needed.get(EMBEDDING));
        }
    }
}
