package minarai.models.format;

import java.util.Arrays;
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
        needed.forEach((name, shape) -> requireTensor(checkpoint, name, shape));
        for (String name : checkpoint.names()) {
            if (!needed.containsKey(name) && !name.endsWith(ROTARY_BUFFER)) {
                throw new IllegalArgumentException(("checking %s: it holds the tensor %s, which a %s model of this "
                        + "configuration has no place for. Does config.json belong to these weights?")
                        .formatted(checkpoint.source(), checkpoint.tensor(name), config.modelType().key()));
            }
        }
        if (config.tieWordEmbeddings() && needed.containsKey(EMBEDDING) && isHeadPresent) {
            requireEqual(checkpoint, needed.get(EMBEDDING));
        }
    }

    private static void requireTensor(Checkpoint checkpoint, String name, Shape shape) {
        var tensor = checkpoint.find(name).orElseThrow(() -> new IllegalArgumentException(
                "checking %s: the tensor %s (%s) is missing. Does config.json belong to these weights?"
                        .formatted(checkpoint.source(), name, shape)));
        if (!tensor.shape().equals(shape)) {
            throw new IllegalArgumentException(("checking %s: %s is %s, but config.json needs %s. Does config.json "
                    + "belong to these weights?").formatted(checkpoint.source(), name, tensor.shape(), shape));
        }
        SafetensorsFile.requireWeight(checkpoint.source(), tensor);
    }

    private static void requireEqual(Checkpoint checkpoint, Shape shape) {
        var embedding = new float[(int) shape.columns()];
        var head = new float[embedding.length];
        for (long row = 0; row < shape.rows(); row++) {
            checkpoint.readRows(EMBEDDING, row, 1, embedding, 0);
            checkpoint.readRows(HEAD, row, 1, head, 0);
            if (!Arrays.equals(embedding, head)) {
                throw new IllegalArgumentException(("checking %s: config.json ties %s and %s (tie_word_embeddings), "
                        + "but row %d differs. Set tie_word_embeddings to false, or remove the one that is wrong")
                        .formatted(checkpoint.source(), EMBEDDING, HEAD, row));
            }
        }
    }
}
