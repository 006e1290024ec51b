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

/// OLMo 2.
///
/// A Llama whose norms stand behind attention and MLP rather than before them, where they keep the stream from growing;
/// queries and keys are normalised too, all heads together, before they turn.
///
/// @see <a href="https://arxiv.org/abs/2501.00656">OLMo team 2025, section 2.1</a>
public final class Olmo2 implements LanguageModel {

    private final LlamaConfig config;
    private final Parameter embedding;
    private final List<Layer> layers;
    private final Parameter norm;
    private final Linear head;
    private final Rotation rotation;
    private final float epsilon;

    private record Layer(Heads heads, Linear query, Parameter queryNorm, Linear key, Parameter keyNorm, Linear value,
            Linear output, Parameter attentionNorm, Linear gate, Linear up, Linear down, Parameter mlpNorm) {
    }

    /// @param weights   where the parameters come from
    /// @param positions how many positions are prepared for, at most the configuration's
    public Olmo2(LlamaConfig config, Weights weights, int positions) {
        this.config = config;
        rotation = Rotary.of(config, positions);
        embedding = weights.matrix("model.embed_tokens.weight", config.vocabularySize(), config.hiddenSize());
        layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(config, weights, i));
        }
        norm = weights.vector("model.norm.weight", config.hiddenSize());
        head = config.tieWordEmbeddings() ? new Linear.Dense(embedding, Optional.empty())
                : weights.linear("lm_head", config.hiddenSize(), config.vocabularySize(), false);
        epsilon = (float) config.rmsNormEpsilon();
    }

    private static Layer layer(LlamaConfig config, Weights weights, int number) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        String path = "model.layers." + number;
        boolean hasBias = config.attentionBias().isOnQueryKeyValue();
        return new Layer(Rotary.heads(config, number),
                weights.linear(path + ".self_attn.q_proj", hidden, config.querySize(), hasBias),
                weights.vector(path + ".self_attn.q_norm.weight", config.querySize()),
                weights.linear(path + ".self_attn.k_proj", hidden, config.keyValueSize(), hasBias),
                weights.vector(path + ".self_attn.k_norm.weight", config.keyValueSize()),
                weights.linear(path + ".self_attn.v_proj", hidden, config.keyValueSize(), hasBias),
                weights.linear(path + ".self_attn.o_proj", config.querySize(), hidden,
                        config.attentionBias().isOnOutput()),
                weights.vector(path + ".post_attention_layernorm.weight", hidden),
                weights.linear(path + ".mlp.gate_proj", hidden, inner, false),
                weights.linear(path + ".mlp.up_proj", hidden, inner, false),
                weights.linear(path + ".mlp.down_proj", inner, hidden, false),
                weights.vector(path + ".post_feedforward_layernorm.weight", hidden));
    }

    @Override
    public Tensor hidden(Ops ops, Tokens tokens, KeyValueCache cache, Asked asked) {
        Tensor x = ops.embed(tokens.ids(), embedding);
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            Asked here = asked.in(i, layers.size());
            x = ops.segment(x, (inner, in) -> layer(inner, in, layer, tokens, cache, here));
        }
        return ops.rmsNorm(x, norm, epsilon);
    }

    private Tensor layer(Ops ops, Tensor x, int number, Tokens tokens, KeyValueCache cache, Asked asked) {
        Layer layer = layers.get(number);
        Tensor q = ops.rmsNorm(layer.query.apply(ops, x), layer.queryNorm, epsilon);
        Tensor k = ops.rmsNorm(layer.key.apply(ops, x), layer.keyNorm, epsilon);
        Tensor v = layer.value.apply(ops, x);
        ops.rotate(q, rotation, tokens.positions());
        ops.rotate(k, rotation, tokens.positions());
        var seen = cache.extend(ops, number, k, v, tokens);
        Tensor gathered = asked.of(ops, ops.attend(q, seen.keys(), seen.values(), tokens.spans(), layer.heads));
        x = ops.add(asked.of(ops, x), ops.rmsNorm(layer.output.apply(ops, gathered), layer.attentionNorm, epsilon));
        Tensor gated = ops.gatedUnit(layer.gate.apply(ops, x), layer.up.apply(ops, x));
        Tensor made = layer.down.apply(ops, gated);
        ops.forget(gated);
        return ops.add(x, ops.rmsNorm(made, layer.mlpNorm, epsilon));
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
}
