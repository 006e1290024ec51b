package minarai.models;

import minarai.engine.Ops;
import minarai.engine.Tensor;
import minarai.models.format.Gpt2Config;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelConfig;

/// A causal language model: token ids to features, features to logits.
public interface LanguageModel {

    /// The network of a configuration: the one place that chooses among architectures.
    ///
    /// @param weights   where the parameters come from
    /// @param positions how many positions are prepared for, at most the configuration's
    /// @throws IllegalArgumentException if not even one position is asked for
    static LanguageModel of(ModelConfig config, Weights weights, int positions) {
        return switch (config) {
            case LlamaConfig family -> switch (family.modelType()) {
                case LLAMA, MISTRAL, QWEN2, QWEN3, SMOLLM3 -> new Llama(family, weights, positions);
                case PHI3 -> new Phi3(family, weights, positions);
                case OLMO2 -> new Olmo2(family, weights, positions);
                case GEMMA2, GEMMA3 -> new Gemma(family, weights, positions);
            };
            case Gpt2Config gpt2 -> new Gpt2(gpt2, weights, positions);
        };
    }

    /// The last layer's normalised features of the tokens asked for: as many x hidden size.
    ///
    /// @param cache where keys and values of earlier calls lie, or [KeyValueCache#none()]
    /// @throws IllegalArgumentException if an id is outside the vocabulary, a position outside the model, or a token is
    ///                                  asked for that is not there
    Tensor hidden(Ops ops, Tokens tokens, KeyValueCache cache, Asked asked);

    /// `rows x hidden size` to `rows x vocabulary`: the only place where logits are made, so that they are made only
    /// where somebody asks for them.
    Tensor logits(Ops ops, Tensor hidden);

    /// The negative log-likelihood of a label at each row: rows x 1. Logits are made a part at a time and not kept.
    ///
    /// @param weight what one row's loss counts in the objective; the backward pass starts here
    Tensor losses(Ops ops, Tensor hidden, int[] labels, float weight);

    int vocabularySize();

    /// The longest sequence the model can take.
    int maxPositions();

    /// A cache for `slots` sequences of up to `capacity` tokens each.
    KeyValueCache cache(int slots, int capacity);
}
