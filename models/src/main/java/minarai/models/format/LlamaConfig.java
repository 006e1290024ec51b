package minarai.models.format;

import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;

/// The shape of a model of the Llama family, and what its computation depends on, under any spelling of config.json.
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
public record LlamaConfig(ModelType modelType, int vocabularySize, int hiddenSize, int intermediateSize, int layers,
        int heads, int keyValueHeads, int headSize, double rmsNormEpsilon, double ropeTheta, RopeScaling ropeScaling,
        boolean tieWordEmbeddings, AttentionBias attentionBias, OptionalInt slidingWindow, int maxPositions,
        OptionalInt bosId, List<Integer> eosIds) {

    static final int MAX_VOCABULARY = 1 << 22;
    static final int MAX_FEATURES = 1 << 20;
    static final int MAX_LAYERS = 1024;
    static final int MAX_POSITIONS = 1 << 27;

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
        requireSize("vocab_size", vocabularySize, MAX_VOCABULARY);
        requireSize("hidden_size", hiddenSize, MAX_FEATURES);
        requireSize("intermediate_size", intermediateSize, MAX_FEATURES);
        requireSize("num_hidden_layers", layers, MAX_LAYERS);
        requireSize("num_attention_heads", heads, MAX_FEATURES);
        requireSize("num_key_value_heads", keyValueHeads, heads);
        requireSize("head_dim", headSize, MAX_FEATURES);
        requireSize("max_position_embeddings", maxPositions, MAX_POSITIONS);
        require(heads % keyValueHeads == 0, "num_attention_heads %d is not a multiple of num_key_value_heads %d"
                .formatted(heads, keyValueHeads));
        require(headSize % 2 == 0, "head_dim %d is odd; rotary positions turn pairs of features".formatted(headSize));
        require(rmsNormEpsilon > 0 && rmsNormEpsilon < 1, "rms_norm_eps %s is not between 0 and 1"
                .formatted(rmsNormEpsilon));
        require(ropeTheta > 0 && ropeTheta < 1e15, "rope_theta %s is not between 0 and 1e15".formatted(ropeTheta));
        require(slidingWindow.orElse(1) > 0, "sliding_window %d is not positive".formatted(slidingWindow.orElse(1)));
        for (int id : eosIds) {
            require(id >= 0 && id < vocabularySize, "eos_token_id %d is outside the vocabulary of %d"
                    .formatted(id, vocabularySize));
        }
        int bos = bosId.orElse(0);
        require(bos >= 0 && bos < vocabularySize, "bos_token_id %d is outside the vocabulary of %d"
                .formatted(bos, vocabularySize));
        long widest = Math.max(Math.max(intermediateSize, vocabularySize), (long) heads * headSize);
        require(widest * hiddenSize <= ArrayLimit.ELEMENTS, "a matrix of %d x %d is larger than one tensor can be (%d)"
                .formatted(widest, hiddenSize, ArrayLimit.ELEMENTS));
    }

    /// The outputs of the query projection, heads x headSize.
    public int querySize() {
        return heads * headSize;
    }

    /// The outputs of the key and of the value projection, keyValueHeads x headSize.
    public int keyValueSize() {
        return keyValueHeads * headSize;
    }

    /// All weights of the model by their Hugging Face names, matrices as outputs x inputs, in the order of computation.
    /// With tied embeddings only `model.embed_tokens.weight` is named, not the head.
    public SequencedMap<String, Shape> tensors() {
        return LlamaTensors.of(this);
    }

    /// Checks that a checkpoint holds exactly the weights of this model, in shapes that fit.
    ///
    /// With tied embeddings the file may hold the embedding, the output head, or both if they are equal. Buffers of
    /// rotary frequencies are passed over.
    ///
    /// @throws IllegalArgumentException naming the first tensor that is missing, misshapen or in excess
    public void requireFit(Checkpoint checkpoint) {
        LlamaTensors.requireFit(this, checkpoint);
    }

    /// The name under which a fitting checkpoint stores the embedding: of tied ones some files hold the head only.
    public String embeddingName(Checkpoint checkpoint) {
        return tieWordEmbeddings && checkpoint.find(LlamaTensors.EMBEDDING).isEmpty()
                ? LlamaTensors.HEAD : LlamaTensors.EMBEDDING;
    }

    private static void requireSize(String key, int value, int most) {
        require(value >= 1 && value <= most, "%s is %d; it must be from 1 to %d".formatted(key, value, most));
    }

    private static void require(boolean isSound, String sentence) {
        if (!isSound) {
            throw new IllegalArgumentException(sentence);
        }
    }
}
