package minarai.models.format;

import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/// The weights that a model of the type `gpt2` has, by their Hugging Face names. Its linear layers (Conv1D) are stored
/// as inputs x outputs.
final class Gpt2Tensors {

    static final String EMBEDDING = "transformer.wte.weight";
    static final String POSITIONS = "transformer.wpe.weight";

    private static final String HEAD = "lm_head.weight";
    private static final String PREFIX = "transformer.";
    private static final Pattern TRANSPOSED = Pattern.compile("transformer\\.h\\.\\d+\\.(attn|mlp)\\.c_\\w+\\.weight");
    /// The causal mask and what stands for minus infinity, which some files hold.
    private static final Pattern BUFFER = Pattern.compile("(transformer\\.)?h\\.\\d+\\.attn\\.(masked_)?bias");

    private Gpt2Tensors() {
    }

    static SequencedMap<String, Shape> of(Gpt2Config config) {
        var tensors = new LinkedHashMap<String, Shape>();
        int hidden = config.hiddenSize();
        tensors.put(EMBEDDING, Shape.of(config.vocabularySize(), hidden));
        tensors.put(POSITIONS, Shape.of(config.maxPositions(), hidden));
        for (int layer = 0; layer < config.layers(); layer++) {
            String path = "transformer.h.%d.".formatted(layer);
            putNorm(tensors, path + "ln_1", hidden);
            putLinear(tensors, path + "attn.c_attn", hidden, 3 * hidden);
            putLinear(tensors, path + "attn.c_proj", hidden, hidden);
            putNorm(tensors, path + "ln_2", hidden);
            putLinear(tensors, path + "mlp.c_fc", hidden, config.innerSize());
            putLinear(tensors, path + "mlp.c_proj", config.innerSize(), hidden);
        }
        putNorm(tensors, "transformer.ln_f", hidden);
        if (!config.tieWordEmbeddings()) {
            tensors.put(HEAD, Shape.of(config.vocabularySize(), hidden));
        }
        return tensors;
    }

    private static void putNorm(SequencedMap<String, Shape> tensors, String path, int size) {
        tensors.put(path + ".weight", Shape.of(size));
        tensors.put(path + ".bias", Shape.of(size));
    }

    private static void putLinear(SequencedMap<String, Shape> tensors, String path, int inputs, int outputs) {
        tensors.put(path + ".weight", Shape.of(inputs, outputs));
        tensors.put(path + ".bias", Shape.of(outputs));
    }

    static boolean isTransposed(String name) {
        return TRANSPOSED.matcher(name).matches();
    }

    static String storedName(String name, Set<String> present) {
        boolean isBare = name.startsWith(PREFIX) && !present.contains(EMBEDDING)
                && present.contains(EMBEDDING.substring(PREFIX.length()));
        return isBare ? name.substring(PREFIX.length()) : name;
    }

    static void requireFit(Gpt2Config config, Checkpoint checkpoint) {
        var present = checkpoint.names();
        var needed = new LinkedHashMap<String, Shape>();
        of(config).forEach((name, shape) -> needed.put(storedName(name, present), shape));
        Shape shape = Shape.of(config.vocabularySize(), config.hiddenSize());
        boolean isHeadToo = config.tieWordEmbeddings() && present.contains(HEAD);
        if (isHeadToo) {
            needed.put(HEAD, shape);
        }
        CheckpointFit.requireExactly(checkpoint, needed, name -> BUFFER.matcher(name).matches(), config.typeName());
        if (isHeadToo) {
            CheckpointFit.requireEqual(checkpoint, storedName(EMBEDDING, present), HEAD, shape);
        }
    }
}
