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
import minarai.models.format.ModelType.HeadNorm;

/// Gemma 2 and the text models of Gemma 3.
///
/// Embeddings enter longer than they are, by the root of their size. Norms stand before and behind attention and MLP;
/// their gains are counted from one. Most layers see only the latest positions. Gemma 2 limits scores and logits
/// softly; Gemma 3 normalises each head's queries and keys instead, and turns the heads of its narrow layers at their
/// own pace.
///
/// @see <a href="https://arxiv.org/abs/2408.00118">Gemma team 2024, section 2</a>
/// @see <a href="https://arxiv.org/abs/2503.19786">Gemma team 2025, section 2</a>
public final class Gemma implements LanguageModel {

    private final LlamaConfig config;
    private final Parameter embedding;
    private final List<Layer> layers;
    private final Parameter norm;
    private final Linear head;
    private final Rotation rotation;
    private final float epsilon;
    private final float logitCap;

    /// @param queryNorm of each head, where there is one; likewise of keys
    private record Layer(Heads heads, Rotation rotation, Parameter beforeAttention, Linear query, Linear key,
            Linear value, Optional<Parameter> queryNorm, Optional<Parameter> keyNorm, Linear output,
            Parameter behindAttention, Parameter beforeMlp, Linear gate, Linear up, Linear down,
            Parameter behindMlp) {
    }

    /// @param weights   where the parameters come from
    /// @param positions how many positions are prepared for, at most the configuration's
    public Gemma(LlamaConfig config, Weights weights, int positions) {
        this.config = config;
        rotation = Rotary.of(config, positions);
        Rotation local = config.departures().localTheta().isPresent() ? Rotary.local(config, positions) : rotation;
        embedding = weights.matrix("model.embed_tokens.weight", config.vocabularySize(), config.hiddenSize());
        layers = new ArrayList<>();
        for (int i = 0; i < config.layers(); i++) {
            layers.add(layer(config, weights, i, config.windowOf(i).isPresent() ? local : rotation));
        }
        norm = weights.vector("model.norm.weight", config.hiddenSize());
        head = config.tieWordEmbeddings() ? new Linear.Dense(embedding, Optional.empty())
                : weights.linear("lm_head", config.hiddenSize(), config.vocabularySize(), false);
        epsilon = (float) config.rmsNormEpsilon();
        logitCap = (float) config.departures().logitCap().orElse(Heads.UNCAPPED);
    }

    private static Layer layer(LlamaConfig config, Weights weights, int number, Rotation rotation) {
        int hidden = config.hiddenSize();
        int inner = config.intermediateSize();
        String path = "model.layers." + number;
        boolean hasBias = config.attentionBias().isOnQueryKeyValue();
        return new Layer(Rotary.heads(config, number), rotation,
                weights.vector(path + ".input_layernorm.weight", hidden),
                weights.linear(path + ".self_attn.q_proj", hidden, config.querySize(), hasBias),
                weights.linear(path + ".self_attn.k_proj", hidden, config.keyValueSize(), hasBias),
                weights.linear(path + ".self_attn.v_proj", hidden, config.keyValueSize(), hasBias),
                headNorm(config, weights, path + ".self_attn.q_norm.weight"),
                headNorm(config, weights, path + ".self_attn.k_norm.weight"),
                weights.linear(path + ".self_attn.o_proj", config.querySize(), hidden,
                        config.attentionBias().isOnOutput()),
                weights.vector(path + ".post_attention_layernorm.weight", hidden),
                weights.vector(path + ".pre_feedforward_layernorm.weight", hidden),
                weights.linear(path + ".mlp.gate_proj", hidden, inner, false),
                weights.linear(path + ".mlp.up_proj", hidden, inner, false),
                weights.linear(path + ".mlp.down_proj", inner, hidden, false),
                weights.vector(path + ".post_feedforward_layernorm.weight", hidden));
    }

    private static Optional<Parameter> headNorm(LlamaConfig config, Weights weights, String name) {
        return config.modelType().headNorm() == HeadNorm.HEAD ? Optional.of(weights.vector(name, config.headSize()))
                : Optional.empty();
    }

    @Override
    public Tensor hidden(Ops ops, Tokens tokens, KeyValueCache cache, Asked asked) {
        Tensor x = ops.scale(ops.embed(tokens.ids(), embedding), (float) Math.sqrt(config.hiddenSize()));
        for (int i = 0; i < layers.size(); i++) {
            int layer = i;
            Asked here = asked.in(i, layers.size());
            x = ops.segment(x, (inner, in) -> layer(inner, in, layer, tokens, cache, here));
        }
        return normalised(ops, x, norm);
    }

    private Tensor layer(Ops ops, Tensor x, int number, Tokens tokens, KeyValueCache cache, Asked asked) {
        Layer layer = layers.get(number);
        Tensor h = normalised(ops, x, layer.beforeAttention);
        Tensor q = placed(ops, layer.query.apply(ops, h), layer.queryNorm, layer, tokens);
        Tensor k = placed(ops, layer.key.apply(ops, h), layer.keyNorm, layer, tokens);
        Tensor v = layer.value.apply(ops, h);
        ops.forget(h);
        var seen = cache.extend(ops, number, k, v, tokens);
        Tensor gathered = asked.of(ops, ops.attend(q, seen.keys(), seen.values(), tokens.spans(), layer.heads));
        x = ops.add(asked.of(ops, x), normalised(ops, layer.output.apply(ops, gathered), layer.behindAttention));
        h = normalised(ops, x, layer.beforeMlp);
        Tensor gated = ops.gatedGelu(layer.gate.apply(ops, h), layer.up.apply(ops, h));
        ops.forget(h);
        Tensor made = layer.down.apply(ops, gated);
        ops.forget(gated);
        return ops.add(x, normalised(ops, made, layer.behindMlp));
    }

    /// Queries or keys, normalised where the model does so, and turned.
    private Tensor placed(Ops ops, Tensor x, Optional<Parameter> headNorm, Layer layer, Tokens tokens) {
        Tensor normal = headNorm.isPresent() ? normalised(ops, x, headNorm.get()) : x;
        return ops.rotate(normal, layer.rotation, tokens.positions());
    }

    /// A gain of zero changes nothing.
    private Tensor normalised(Ops ops, Tensor x, Parameter gain) {
        return ops.rmsNorm(x, gain, epsilon, 1);
    }

    @Override
    public Tensor logits(Ops ops, Tensor hidden) {
        Tensor logits = head.apply(ops, hidden);
        return logitCap < Heads.UNCAPPED ? ops.softCap(logits, logitCap) : logits;
    }

    @Override
    public Tensor losses(Ops ops, Tensor hidden, int[] labels, float weight) {
        return head.crossEntropy(ops, hidden, labels, weight, logitCap);
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
