package minarai.models.format;

import static minarai.models.format.ConfigLimits.require;
import static minarai.models.format.ConfigLimits.requireSize;

import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;

/// The shape of a model of the Llama family, and what its computation depends on, under any spelling of config.json:
/// decoders with rotary positions, gated MLPs and norms by the root mean square.
///
/// @param vocabularySize     tokens the model knows; rows of the embedding
/// @param hiddenSize         features of a token between layers
/// @param intermediateSize   features inside the gated MLP
/// @param layers             how many layers
/// @param heads              query heads
/// @param keyValueHeads      key and value heads; each serves heads / keyValueHeads query heads
/// @param headSize           features of a head, even; heads x headSize need not be hiddenSize
/// @param rmsNormEpsilon     added to the mean square before the root
/// @param ropeTheta          base of the rotary frequencies
/// @param ropeScaling        how the frequencies are stretched
/// @param tieWordEmbeddings  whether the output head is the embedding
/// @param attentionBias      which projections of attention have a bias
/// @param slidingWindow      how many positions, its own included, a query sees; empty for all before it
/// @param maxPositions       the longest sequence the model was made for
/// @param bosId              the token a text begins with, where the model has one
/// @param eosIds             the tokens that end a text, the model's own first
/// @param departures         what is not as in a plain Llama
public record LlamaConfig(ModelType modelType, int vocabularySize, int hiddenSize, int intermediateSize, int layers,
        int heads, int keyValueHeads, int headSize, double rmsNormEpsilon, double ropeTheta, RopeScaling ropeScaling,
        boolean tieWordEmbeddings, AttentionBias attentionBias, OptionalInt slidingWindow, int maxPositions,
        OptionalInt bosId, List<Integer> eosIds, Departures departures) implements ModelConfig {

    /// Which projections of attention have a bias.
    public enum AttentionBias {
        NONE,
        /// Query, key and value, as in Qwen2.
        QKV,
        /// Query, key, value and output, as Llama's `attention_bias`.
        QKVO;

        public boolean isOnQueryKeyValue() {
            return this != NONE;
        }

        public boolean isOnOutput() {
            return this == QKVO;
        }
    }

    /// @throws IllegalArgumentException if the sizes are out of bounds or do not fit each other
    public LlamaConfig {
        eosIds = List.copyOf(eosIds);
        requireSize("vocab_size", vocabularySize, ConfigLimits.VOCABULARY);
        requireSize("hidden_size", hiddenSize, ConfigLimits.FEATURES);
        requireSize("intermediate_size", intermediateSize, ConfigLimits.FEATURES);
        requireSize("num_hidden_layers", layers, ConfigLimits.LAYERS);
        requireSize("num_attention_heads", heads, ConfigLimits.FEATURES);
        requireSize("num_key_value_heads", keyValueHeads, heads);
        requireSize("head_dim", headSize, ConfigLimits.FEATURES);
        requireSize("max_position_embeddings", maxPositions, ConfigLimits.POSITIONS);
        require(heads % keyValueHeads == 0, "num_attention_heads %d is not a multiple of num_key_value_heads %d"
                .formatted(heads, keyValueHeads));
        require(headSize % 2 == 0, "head_dim %d is odd; rotary positions turn pairs of features".formatted(headSize));
        require(rmsNormEpsilon > 0 && rmsNormEpsilon < 1, "rms_norm_eps %s is not between 0 and 1"
                .formatted(rmsNormEpsilon));
        require(ropeTheta > 0 && ropeTheta < 1e15, "rope_theta %s is not between 0 and 1e15".formatted(ropeTheta));
        require(slidingWindow.orElse(1) > 0, "sliding_window %d is not positive".formatted(slidingWindow.orElse(1)));
        int rotarySize = departures.rotarySize().orElse(headSize);
        require(rotarySize >= 2 && rotarySize % 2 == 0 && rotarySize <= headSize,
                "%d of the %d features of a head cannot turn in pairs".formatted(rotarySize, headSize));
        for (var named : List.of(departures.wideLayers(), departures.unrotatedLayers())) {
            named.forEach(layer -> require(layer >= 0 && layer < layers,
                    "layer %d is singled out, but there are %d".formatted(layer, layers)));
        }
        if (ropeScaling instanceof RopeScaling.LongRope(var shorts, var longs, _, _, _)) {
            require(shorts.size() == rotarySize / 2 && longs.size() == rotarySize / 2,
                    "short_factor and long_factor have %d and %d numbers; %d are needed"
                            .formatted(shorts.size(), longs.size(), rotarySize / 2));
        }
        ConfigLimits.requireIds(bosId, eosIds, vocabularySize);
        long attention = modelType.isFused() ? (heads + 2L * keyValueHeads) * headSize : (long) heads * headSize;
        long inner = modelType.isFused() ? 2L * intermediateSize : intermediateSize;
        ConfigLimits.requireMatrix(Math.max(Math.max(inner, vocabularySize), attention), hiddenSize);
    }

    /// A model that departs in nothing from a plain Llama.
    public LlamaConfig(ModelType modelType, int vocabularySize, int hiddenSize, int intermediateSize, int layers,
            int heads, int keyValueHeads, int headSize, double rmsNormEpsilon, double ropeTheta,
            RopeScaling ropeScaling, boolean tieWordEmbeddings, AttentionBias attentionBias, OptionalInt slidingWindow,
            int maxPositions, OptionalInt bosId, List<Integer> eosIds) {
        this(modelType, vocabularySize, hiddenSize, intermediateSize, layers, heads, keyValueHeads, headSize,
                rmsNormEpsilon, ropeTheta, ropeScaling, tieWordEmbeddings, attentionBias, slidingWindow, maxPositions,
                bosId, eosIds, Departures.NONE);
    }

    /// How many positions a query of a layer sees, its own included; empty for all before it.
    public OptionalInt windowOf(int layer) {
        return departures.wideLayers().contains(layer) ? OptionalInt.empty() : slidingWindow;
    }

    /// How many features of a head turn with the position.
    public int rotarySize() {
        return departures.rotarySize().orElse(headSize);
    }

    /// The outputs of the query projection, heads x headSize.
    public int querySize() {
        return heads * headSize;
    }

    /// The outputs of the key and of the value projection, keyValueHeads x headSize.
    public int keyValueSize() {
        return keyValueHeads * headSize;
    }

    @Override
    public String typeName() {
        return modelType.key();
    }

    @Override
    public LlamaConfig withEosIds(List<Integer> ids) {
        return new LlamaConfig(modelType, vocabularySize, hiddenSize, intermediateSize, layers, heads, keyValueHeads,
                headSize, rmsNormEpsilon, ropeTheta, ropeScaling, tieWordEmbeddings, attentionBias, slidingWindow,
                maxPositions, bosId, ids, departures);
    }

    /// Matrices are outputs x inputs.
    @Override
    public SequencedMap<String, Shape> tensors() {
        return LlamaTensors.of(this);
    }

    @Override
    public Set<String> lookUps() {
        return Set.of(LlamaTensors.EMBEDDING);
    }

    @Override
    public List<String> projections() {
        return modelType.isFused() ? List.of("qkv_proj", "o_proj", "gate_up_proj", "down_proj")
                : List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");
    }

    @Override
    public boolean isTransposed(String name) {
        return false;
    }

    /// With tied embeddings the file may hold the embedding, the output head, or both if they are equal. Buffers of
    /// rotary frequencies are passed over.
    @Override
    public void requireFit(Checkpoint checkpoint) {
        LlamaTensors.requireFit(this, checkpoint);
    }

    /// Of tied embeddings some files hold the head only.
    @Override
    public String storedName(String name, Set<String> present) {
        boolean isHead = tieWordEmbeddings && name.equals(LlamaTensors.EMBEDDING) && !present.contains(name);
        return isHead ? LlamaTensors.HEAD : name;
    }
}
