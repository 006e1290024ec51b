package minarai.models;

import java.util.Optional;
import minarai.engine.Parameter;

/// Where a model's weights come from. A model names what it needs; the source decides how it is stored, whether it is
/// trained, and what is put around it.
public interface Weights {

    /// A weight matrix, rows x columns, e.g. `model.embed_tokens.weight`.
    Parameter matrix(String name, int rows, int columns);

    /// A gain or bias, 1 x size, e.g. `model.norm.weight`.
    Parameter vector(String name, int size);

    /// A linear layer by the path of its module, e.g. `model.layers.0.self_attn.q_proj`.
    default Linear linear(String path, int inputs, int outputs, boolean hasBias) {
        return new Linear.Dense(matrix(path + ".weight", outputs, inputs),
                hasBias ? Optional.of(vector(path + ".bias", outputs)) : Optional.empty());
    }
}
