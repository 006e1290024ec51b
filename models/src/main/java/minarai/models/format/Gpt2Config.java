package minarai.models.format;

import static minarai.models.format.ConfigLimits.require;
import static minarai.models.format.ConfigLimits.requireSize;

import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;

/// The shape of a model of the type `gpt2`, and what its computation depends on.
///
/// @param vocabularySize    tokens the model knows; rows of the embedding
/// @param hiddenSize        features of a token between layers, `n_embd`
/// @param innerSize         features inside the MLP, `n_inner`
/// @param layers            how many layers
/// @param heads             heads of attention; they divide the hidden size
/// @param layerNormEpsilon  added to the variance before the root
/// @param tieWordEmbeddings whether the output head is the embedding
/// @param maxPositions      rows of the table of positions: no sequence can be longer
/// @param bosId             the token a text begins with, where the model has one
/// @param eosIds            the tokens that end a text, the model's own first
public record Gpt2Config(int vocabularySize, int hiddenSize, int innerSize, int layers, int heads,
        double layerNormEpsilon, boolean tieWordEmbeddings, int maxPositions, OptionalInt bosId, List<Integer> eosIds)
        implements ModelConfig {

    static final String TYPE = "gpt2";
    static final String ARCHITECTURE = "GPT2LMHeadModel";

    /// @throws IllegalArgumentException if the sizes are out of bounds or do not fit each other
    public Gpt2Config {
        eosIds = List.copyOf(eosIds);
        requireSize("vocab_size", vocabularySize, ConfigLimits.VOCABULARY);
        requireSize("n_embd", hiddenSize, ConfigLimits.FEATURES);
        requireSize("n_inner", innerSize, ConfigLimits.FEATURES);
        requireSize("n_layer", layers, ConfigLimits.LAYERS);
        requireSize("n_head", heads, ConfigLimits.FEATURES);
        requireSize("n_positions", maxPositions, ConfigLimits.POSITIONS);
        require(hiddenSize % heads == 0, "n_embd %d is not a multiple of n_head %d".formatted(hiddenSize, heads));
        require(layerNormEpsilon > 0 && layerNormEpsilon < 1, "layer_norm_epsilon %s is not between 0 and 1"
                .formatted(layerNormEpsilon));
        ConfigLimits.requireIds(bosId, eosIds, vocabularySize);
        long widest = Math.max(Math.max(innerSize, 3L * hiddenSize), Math.max(vocabularySize, maxPositions));
        ConfigLimits.requireMatrix(widest, hiddenSize);
    }

    /// Features of a head.
    public int headSize() {
        return hiddenSize / heads;
    }

    @Override
    public String typeName() {
        return TYPE;
    }

    @Override
    public Gpt2Config withEosIds(List<Integer> ids) {
        return new Gpt2Config(vocabularySize, hiddenSize, innerSize, layers, heads, layerNormEpsilon,
                tieWordEmbeddings, maxPositions, bosId, ids);
    }

    @Override
    public SequencedMap<String, Shape> tensors() {
        return Gpt2Tensors.of(this);
    }

    @Override
    public Set<String> lookUps() {
        return Set.of(Gpt2Tensors.EMBEDDING, Gpt2Tensors.POSITIONS);
    }

    @Override
    public List<String> projections() {
        return List.of("c_attn", "c_proj", "c_fc");
    }

    @Override
    public boolean isTransposed(String name) {
        return Gpt2Tensors.isTransposed(name);
    }

    /// The names may have the prefix `transformer.` or lack it throughout. Buffers of the causal mask are passed over.
    @Override
    public void requireFit(Checkpoint checkpoint) {
        Gpt2Tensors.requireFit(this, checkpoint);
    }

    @Override
    public String storedName(String name, Set<String> present) {
        return Gpt2Tensors.storedName(name, present);
    }
}
