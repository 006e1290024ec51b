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

/// The Llama family: Llama 2 and 3, Mistral, Qwen 2, 2.5 and 3, SmolLM 1 to 3, and the embedded model.
///
/// Each layer adds to the stream of features `x` twice: what attention gathers from earlier tokens, and what the gated
/// MLP makes of each token alone. Both read the stream through a norm. Qwen 3 also normalises each head's queries and
/// keys; in SmolLM 3 the heads of some layers do not turn.
///
/// @see <a href="https://arxiv.org/abs/2302.13971">Touvron et al. 2023, section 2.2</a>
public final class Llama implements LanguageModel {

    private final LlamaConfig config;
    private final Parameter embedding;
    private final List<Layer> layers;
    private final Parameter norm;
    private final Linear head;
    private final Rotation rotation;
    private final float epsilon;

    /// @param queryNorm of each head, where there is one; likewise of keys
    private record Layer(Heads heads, boolean isRotated, Parameter attentionNorm, Linear query, Linear key,
            Linear value, Optional<Parameter> queryNorm, Optional<Parameter> keyNorm, Linear output, Parameter mlpNorm,
            Linear gate, Linear up, Linear down) {
    }

    /// @param weights   where the parameters come from
    /// @param positions how many positions are prepared for, at most the configuration's
    public Llama(LlamaConfig config, Weights weights, int positions) {
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
        boolean hasMlpBias = config.departures().hasMlpBias();
        return new Layer(Rotary.heads(config, number), !config.departures().unrotatedLayers().contains(number),
                weights.vector(path + ".input_layernorm.weight", hidden),
                weights.linear(path + ".self_attn.q_proj", hidden, config.querySize(), hasBias),
                weights.linear(path + ".self_attn.k_proj", hidden, config.keyValueSize(), hasBias),
                weights.linear(path + ".self_attn.v_proj", hidden, config.keyValueSize(), hasBias),
                headNorm(config, weights, path + ".self_attn.q_norm.weight"),
                headNorm(config, weights, path + ".self_attn.k_norm.weight"),
                weights.linear(path + ".self_attn.o_proj", config.querySize(), hidden,
                        config.attentionBias().isOnOutput()),
                weights.vector(path + ".post_attention_layernorm.weight", hidden),
                weights.linear(path + ".mlp.gate_proj", hidden, inner, hasMlpBias),
                weights.linear(path + ".mlp.up_proj", hidden, inner, hasMlpBias),
                weights.linear(path + ".mlp.down_proj", inner, hidden, hasMlpBias));
    }

    private static Optional<Parameter> headNorm(LlamaConfig config, Weights weights, String name) {
        return config.modelType().headNorm() == HeadNorm.HEAD ? Optional.of(weights.vector(name, config.headSize()))
                : Optional.empty();
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
        Tensor h = ops.rmsNorm(x, layer.attentionNorm, epsilon);
        Tensor q = placed(ops, layer.query.apply(ops, h), layer.queryNorm, layer, tokens);
        Tensor k = placed(ops, layer.key.apply(ops, h), layer.keyNorm, layer, tokens);
        Tensor v = layer.value.apply(ops, h);
        ops.forget(h);
        var seen = cache.extend(ops, number, k, v, tokens);
        Tensor gathered = asked.of(ops, ops.attend(q, seen.keys(), seen.values(), tokens.spans(), layer.heads));
        x = ops.add(asked.of(ops, x), layer.output.apply(ops, gathered));
        h = ops.rmsNorm(x, layer.mlpNorm, epsilon);
        Tensor gated = ops.gatedUnit(layer.gate.apply(ops, h), layer.up.apply(ops, h));
        ops.forget(h);
        x = ops.add(x, layer.down.apply(ops, gated));
        ops.forget(gated);
        return x;
    }

    /// Queries or keys, normalised and turned where the model and the layer do so.
    private Tensor placed(Ops ops, Tensor x, Optional<Parameter> headNorm, Layer layer, Tokens tokens) {
        Tensor normal = headNorm.isPresent() ? ops.rmsNorm(x, headNorm.get(), epsilon, 0) : x;
        return layer.isRotated ? ops.rotate(normal, rotation, tokens.positions()) : normal;
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
}
