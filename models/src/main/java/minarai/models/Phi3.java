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

/// Phi-3, Phi-3.5 and Phi-4 mini.
///
/// A Llama whose queries, keys and values come from one projection, and the gate and what it gates from another; of a
/// head a part may turn and the rest stay.
///
/// @see <a href="https://arxiv.org/abs/2404.14219">Abdin et al. 2024, section 2</a>
public final class Phi3 implements LanguageModel {

    private final LlamaConfig config;
    private final Parameter embedding;
    private final List<Layer> layers;
    private final Parameter norm;
    private final Linear head;
    private final Rotation rotation;
    private final float epsilon;

    /// @param attention to queries, keys and values side by side
    /// @param gateAndUp to the gate and what it gates side by side
    private record Layer(Heads heads, Parameter attentionNorm, Linear attention, Linear output, Parameter mlpNorm,
            Linear gateAndUp, Linear down) {
    }

    /// @param weights   where the parameters come from
    /// @param positions how many positions are prepared for, at most the configuration's
    public Phi3(LlamaConfig config, Weights weights, int positions) {
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
        return new Layer(Rotary.heads(config, number),
                weights.vector(path + ".input_layernorm.weight", hidden),
                weights.linear(path + ".self_attn.qkv_proj", hidden, config.querySize() + 2 * config.keyValueSize(),
                        false),
                weights.linear(path + ".self_attn.o_proj", config.querySize(), hidden, false),
                weights.vector(path + ".post_attention_layernorm.weight", hidden),
                weights.linear(path + ".mlp.gate_up_proj", hidden, 2 * inner, false),
                weights.linear(path + ".mlp.down_proj", inner, hidden, false));
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
        int queries = config.querySize();
        int keys = config.keyValueSize();
        int inner = config.intermediateSize();
        Tensor h = ops.rmsNorm(x, layer.attentionNorm, epsilon);
        Tensor qkv = layer.attention.apply(ops, h);
        ops.forget(h);
        Tensor q = ops.rotate(ops.columns(qkv, 0, queries), rotation, tokens.positions());
        Tensor k = ops.rotate(ops.columns(qkv, queries, keys), rotation, tokens.positions());
        Tensor v = ops.columns(qkv, queries + keys, keys);
        var seen = cache.extend(ops, number, k, v, tokens);
        Tensor gathered = asked.of(ops, ops.attend(q, seen.keys(), seen.values(), tokens.spans(), layer.heads));
        x = ops.add(asked.of(ops, x), layer.output.apply(ops, gathered));
        h = ops.rmsNorm(x, layer.mlpNorm, epsilon);
        Tensor both = layer.gateAndUp.apply(ops, h);
        ops.forget(h);
        Tensor gated = ops.gatedUnit(ops.columns(both, 0, inner), ops.columns(both, inner, inner));
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
}
