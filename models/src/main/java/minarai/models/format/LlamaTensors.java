package minarai.models.format;

import java.util.LinkedHashMap;
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
        int inner = config.intermediateSize();
        tensors.put(EMBEDDING, Shape.of(config.vocabularySize(), hidden));
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "model.layers.%d.".formatted(layer);
            tensors.put(prefix + "input_layernorm.weight", Shape.of(hidden));
            putAttention(tensors, prefix + "self_attn.", config);
            tensors.put(prefix + "post_attention_layernorm.weight", Shape.of(hidden));
            tensors.put(prefix + "mlp.gate_proj.weight", Shape.of(inner, hidden));
            tensors.put(prefix + "mlp.up_proj.weight", Shape.of(inner, hidden));
            tensors.put(prefix + "mlp.down_proj.weight", Shape.of(hidden, inner));
        }
        tensors.put("model.norm.weight", Shape.of(hidden));
        if (!config.tieWordEmbeddings()) {
            tensors.put(HEAD, Shape.of(config.vocabularySize(), hidden));
        }
        return tensors;
    }

    private static void putAttention(SequencedMap<String, Shape> tensors, String prefix, LlamaConfig config) {
        boolean hasBias = config.attentionBias().isOnQueryKeyValue();
        int hidden = config.hiddenSize();
        putLinear(tensors, prefix + "q_proj", config.querySize(), hidden, hasBias);
        putLinear(tensors, prefix + "k_proj", config.keyValueSize(), hidden, hasBias);
        putLinear(tensors, prefix + "v_proj", config.keyValueSize(), hidden, hasBias);
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
