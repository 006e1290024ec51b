package minarai.models.decoding;

import java.util.Map;

/// Adds a number to the logits of single tokens.
///
/// @param biases from ids to what is added; -100 rules a token out in practice, and 100 all others
public record LogitBias(Map<Integer, Float> biases) implements Guidance, Guide {

    /// @throws IllegalArgumentException if a number is not finite or an id negative
    public LogitBias {
        biases = Map.copyOf(biases);
        biases.forEach((id, bias) -> {
            if (id < 0 || !Float.isFinite(bias)) {
                throw new IllegalArgumentException("a bias needs a token's id and a finite number, not %d and %s"
                        .formatted(id, bias));
            }
        });
    }

    @Override
    public Guide follow(int sequence, int[] prompt, int room) {
        return this;
    }

    /// @throws IllegalArgumentException if the vocabulary has no such token
    @Override
    public void shape(float[] logits) {
        biases.forEach((id, bias) -> {
            if (id >= logits.length) {
                throw new IllegalArgumentException("the bias of token %d: the model's ids run from 0 to %d"
                        .formatted(id, logits.length - 1));
            }
            logits[id] += bias;
        });
    }
}
