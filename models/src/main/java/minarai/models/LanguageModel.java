package minarai.models;

import minarai.engine.Ops;
import minarai.engine.Tensor;

/// A causal language model: token ids to features, features to logits.
public interface LanguageModel {

    /// The last layer's normalised features: tokens x hidden size.
    ///
    /// @param cache where keys and values of earlier calls lie, or [KeyValueCache#none()]
    /// @throws IllegalArgumentException if an id is outside the vocabulary or a position outside the model
    Tensor hidden(Ops ops, Tokens tokens, KeyValueCache cache);

    /// `rows x hidden size` to `rows x vocabulary`: the only place where logits are made, so that they are made only
    /// where somebody asks for them.
    Tensor logits(Ops ops, Tensor hidden);

    int vocabularySize();

    /// The longest sequence the model can take.
    int maxPositions();

    /// A cache for `slots` sequences of up to `capacity` tokens each.
    KeyValueCache cache(int slots, int capacity);
}
