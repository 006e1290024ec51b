package minarai.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import minarai.engine.Heads;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Rotation;
import minarai.engine.Tensor;
import minarai.models.format.LlamaConfig;
import minarai.models.format.RopeScaling;

/// The Llama family: Llama 2 and 3, Mistral, Qwen 2 and 2.5, SmolLM, and the embedded model.
///
/// Each layer adds to the stream of features `x` twice: what attention gathers from earlier tokens, and what the gated
/// MLP makes of each token alone. Both read the stream through a norm.
///
/// @see <a href="https://arxiv.org/abs/2302.13971">Touvron et al. 2023, section 2.2</a>
public final class Llama implements LanguageModel {

    private final LlamaConfig config;
    private final Parameter embedding;
    private final List<Layer> layers;
    private final Parameter norm;
    private final Linear head;
    private final Heads heads;
    private final Rotation rotation;
    private final float epsilon;

    private record Layer(Parameter attentionNorm, Linear query, Linear key, Linear value, Linear output,
            Parameter mlpNorm, Linear gate, Linear up, Linear down) {
    }

    /// @param weights   where the parameters come from
    /// @param positions how many positions are prepared for, at most the configuration's
    public Llama(LlamaConfig config, Weights weights, int positions) {
        if (positions < 1) {
            throw new IllegalArgumentException("a model is prepared for at least one position, not " + positions);
        }
        this.config = config;
        embedding = weights.matrix("model.embed_tokens.weight", config.vocabularySize(), config.hiddenSize());
        layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(config, weights, "model.layers." + i));
        }
        norm = weights.vector("model.norm.weight", config.hiddenSize());
        head = config.tieWordEmbeddings() ? new Linear.Dense(embedding, Optional.empty())
                : weights.linear("lm_head", config.hiddenSize(), config.vocabularySize(), false);
        heads = new Heads(config.heads(), config.keyValueHeads(), config.headSize(),
                config.slidingWindow().orElse(Heads.UNLIMITED));
        rotation = Rotation.of(Math.min(positions, config.maxPositions()), frequencies(config));
        epsilon = (float) config.rmsNormEpsilon();
    }

    private static Layer layer(LlamaConfig config, Weights weights, String path) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        boolean hasBias = config.attentionBias().isOnQueryKeyValue();
        return new Layer(
                weights.vector(path + ".input_layernorm.weight", hidden),
                weights.linear(path + ".self_attn.q_proj", hidden, config.querySize(), hasBias),
                weights.linear(path + ".self_attn.k_proj", hidden, config.keyValueSize(), hasBias),
                weights.linear(path + ".self_attn.v_proj", hidden, config.keyValueSize(), hasBias),
                weights.linear(path + ".self_attn.o_proj", config.querySize(), hidden,
                        config.attentionBias().isOnOutput()),
                weights.vector(path + ".post_attention_layernorm.weight", hidden),
                weights.linear(path + ".mlp.gate_proj", hidden, inner, false),
                weights.linear(path + ".mlp.up_proj", hidden, inner, false),
                weights.linear(path + ".mlp.down_proj", inner, hidden, false));
    }

    @Override
    public Tensor hidden(Ops ops, Tokens tokens, KeyValueCache cache) {
        Tensor x = ops.embed(tokens.ids(), embedding);
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            x = ops.segment(x, (inner, in) -> layer(inner, in, layer, tokens, cache));
        }
        return ops.rmsNorm(x, norm, epsilon);
    }

    private Tensor layer(Ops ops, Tensor x, int number, Tokens tokens, KeyValueCache cache) {
        Layer layer = layers.get(number);
        Tensor h = ops.rmsNorm(x, layer.attentionNorm, epsilon);
        Tensor q = ops.rotate(layer.query.apply(ops, h), rotation, tokens.positions());
        Tensor k = ops.rotate(layer.key.apply(ops, h), rotation, tokens.positions());
        Tensor v = layer.value.apply(ops, h);
        ops.forget(h);
        var seen = cache.extend(ops, number, k, v, tokens);
        Tensor gathered = ops.attend(q, seen.keys(), seen.values(), tokens.spans(), heads);
        x = ops.add(x, layer.output.apply(ops, gathered));
        h = ops.rmsNorm(x, layer.mlpNorm, epsilon);
        Tensor gated = ops.gatedUnit(layer.gate.apply(ops, h), layer.up.apply(ops, h));
        ops.forget(h);
        x = ops.add(x, layer.down.apply(ops, gated));
        ops.forget(gated);
        return x;
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
        return rotation.positions();
    }

    @Override
    public KeyValueCache cache(int slots, int capacity) {
        return new KeyValueCache(config.layers(), slots, capacity, config.keyValueSize());
    }

    public LlamaConfig config() {
        return config;
    }

    /// Radians a position for each pair of a head's features.
    static double[] frequencies(LlamaConfig config) {
        double[] frequencies = Rotation.frequencies(config.headSize(), config.ropeTheta());
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = switch (config.ropeScaling()) {
                case RopeScaling.None() -> frequencies[i];
                case RopeScaling.Linear(double factor) -> frequencies[i] / factor;
                case RopeScaling.Llama3 scaling -> scaled(frequencies[i], scaling);
            };
        }
        return frequencies;
    }

    private static double scaled(double frequency, RopeScaling.Llama3 scaling) {
        double turns = scaling.originalMaxPositions() * frequency / (2 * Math.PI);
        if (turns < scaling.lowFrequencyFactor()) {
            return frequency / scaling.factor();
        }
        if (turns > scaling.highFrequencyFactor()) {
            return frequency;
        }
        double smooth = (turns - scaling.lowFrequencyFactor())
                / (scaling.highFrequencyFactor() - scaling.lowFrequencyFactor());
        return (1 - smooth) * frequency / scaling.factor() + smooth * frequency;
    }
}
