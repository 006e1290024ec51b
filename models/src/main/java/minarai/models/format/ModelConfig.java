package minarai.models.format;

import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;

/// The shape of a model, and what its computation depends on, as config.json says it: what all architectures can be
/// asked. What an architecture alone knows is in its own configuration.
public sealed interface ModelConfig permits LlamaConfig, Gpt2Config {

    /// The name of the model's type in `model_type`.
    String typeName();

    /// Tokens the model knows; rows of the embedding.
    int vocabularySize();

    /// Features of a token between layers.
    int hiddenSize();

    int layers();

    /// The longest sequence the model was made for.
    int maxPositions();

    /// The token a text begins with, where the model has one.
    OptionalInt bosId();

    /// The tokens that end a text, the model's own first.
    List<Integer> eosIds();

    /// The same model with these tokens to end a text.
    ModelConfig withEosIds(List<Integer> eosIds);

    /// All weights of the model by their Hugging Face names, in the shapes in which a checkpoint stores them, in the
    /// order of computation. With tied embeddings only the embedding is named, not the head.
    SequencedMap<String, Shape> tensors();

    /// Names of the weights that are looked up by row rather than multiplied with.
    Set<String> lookUps();

    /// Names of the linear layers in a block, which adapters can be put on, e.g. `q_proj`.
    List<String> projections();

    /// Whether checkpoints store a weight as inputs x outputs, as GPT-2's Conv1D does, rather than outputs x inputs.
    boolean isTransposed(String name);

    /// Whether some weights are stored so: PEFT's `fan_in_fan_out`.
    default boolean isFanInFanOut() {
        return tensors().keySet().stream().anyMatch(this::isTransposed);
    }

    /// Checks that a checkpoint holds exactly the weights of this model, in shapes that fit.
    ///
    /// @throws IllegalArgumentException naming the first tensor that is missing, misshapen or in excess
    void requireFit(Checkpoint checkpoint);

    /// The name under which a checkpoint with tensors of the names `present` stores the weight `name` of [#tensors()].
    String storedName(String name, Set<String> present);
}
