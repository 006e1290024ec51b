package minarai.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import minarai.engine.Heads;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.format.Gpt2Config;

/// GPT-2.
///
/// A token enters as the sum of what it is and where it stands, both looked up in tables that are learned. Each layer
/// adds to the stream of features `x` twice: what attention gathers from earlier tokens, and what the MLP makes of each
/// token alone. Both read the stream through a norm. One projection makes queries, keys and values at once.
///
/// @see <a href="https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf">
///      Radford et al. 2019, section 2.3</a>
public final class Gpt2 implements LanguageModel {

    private final Gpt2Config config;
    private final Parameter embedding;
    private final Parameter positionEmbedding;
    private final List<Layer> layers;
    private final Norm norm;
    private final Linear head;
    private final Heads heads;
    private final int positions;
    private final float epsilon;

    private record Norm(Parameter gain, Parameter bias) {
    }

    /// @param attention to queries, keys and values side by side
    private record Layer(Norm attentionNorm, Linear attention, Linear output, Norm mlpNorm, Linear up, Linear down) {
    }

    /// @param weights   where the parameters come from
    /// @param positions how many positions are prepared for, at most the configuration's
    public Gpt2(Gpt2Config config, Weights weights, int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException("a model is prepared for at least one position, not " + positions);
        }
        this.config = config;
        this.positions = Math.min(positions, config.maxPositions());
        int hidden = config.hiddenSize();
        embedding = weights.matrix("transformer.wte.weight", config.vocabularySize(), hidden);
        positionEmbedding = weights.matrix("transformer.wpe.weight", config.maxPositions(), hidden);
        layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(config, weights, "transformer.h." + i));
        }
        norm = norm(weights, "transformer.ln_f", hidden);
        head = config.tieWordEmbeddings() ? new Linear.Dense(embedding, Optional.empty())
                : weights.linear("lm_head", hidden, config.vocabularySize(), false);
        heads = new Heads(config.heads(), config.heads(), config.headSize(), Heads.UNLIMITED);
        epsilon = (float) config.layerNormEpsilon();
    }

    private static Layer layer(Gpt2Config config, Weights weights, String path) {
        int hidden = config.hiddenSize();
        int inner = config.innerSize();
        return new Layer(
                norm(weights, path + ".ln_1", hidden),
                weights.linear(path + ".attn.c_attn", hidden, 3 * hidden, true),
                weights.linear(path + ".attn.c_proj", hidden, hidden, true),
                norm(weights, path + ".ln_2", hidden),
                weights.linear(path + ".mlp.c_fc", hidden, inner, true),
                weights.linear(path + ".mlp.c_proj", inner, hidden, true));
    }

    private static Norm norm(Weights weights, String path, int size) {
        return new Norm(weights.vector(path + ".weight", size), weights.vector(path + ".bias", size));
    }

    @Override
    public Tensor hidden(Ops ops, Tokens tokens, KeyValueCache cache, Asked asked) {
        requirePositions(tokens.positions());
        Tensor x = ops.add(ops.embed(tokens.ids(), embedding), ops.embed(tokens.positions(), positionEmbedding));
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            Asked here = asked.in(i, layers.size());
            x = ops.segment(x, (inner, in) -> layer(inner, in, layer, tokens, cache, here));
        }
        return normalised(ops, x, norm);
    }

    private Tensor layer(Ops ops, Tensor x, int number, Tokens tokens, KeyValueCache cache, Asked asked) {
        Layer layer = layers.get(number);
        int size = config.hiddenSize();
        Tensor h = normalised(ops, x, layer.attentionNorm);
        Tensor qkv = layer.attention.apply(ops, h);
        ops.forget(h);
        Tensor q = ops.columns(qkv, 0, size);
        Tensor k = ops.columns(qkv, size, size);
        Tensor v = ops.columns(qkv, 2 * size, size);
        var seen = cache.extend(ops, number, k, v, tokens);
        Tensor gathered = asked.of(ops, ops.attend(q, seen.keys(), seen.values(), tokens.spans(), heads));
        x = ops.add(asked.of(ops, x), layer.output.apply(ops, gathered));
        h = normalised(ops, x, layer.mlpNorm);
        Tensor inner = ops.gelu(layer.up.apply(ops, h));
        ops.forget(h);
        x = ops.add(x, layer.down.apply(ops, inner));
        ops.forget(inner);
        return x;
    }

    private Tensor normalised(Ops ops, Tensor x, Norm by) {
        return ops.layerNorm(x, by.gain, by.bias, epsilon);
    }

    private void requirePositions(int[] asked) {
        for (int position : asked) {
            if (position < 0 || position >= positions) {
                throw new IllegalArgumentException(("position %d is outside the %d positions the model has. Shorten "
                        + "the text, or the number of new tokens.").formatted(position, positions));
            }
        }
    }

    @Override
    public Tensor logits(Ops ops, Tensor hidden) {
        return head.apply(ops, hidden);
    }

    @Override
    public Tensor losses(Ops ops, Tensor hidden, int[] labels, float weight) {
        return head.crossEntropy(ops, hidden, labels, weight);
    }

    @Override
    public int vocabularySize() {
        return config.vocabularySize();
    }

    @Override
    public int maxPositions() {
        return positions;
    }

    @Override
    public KeyValueCache cache(int slots, int capacity) {
        return new KeyValueCache(config.layers(), slots, capacity, config.hiddenSize());
    }
}
