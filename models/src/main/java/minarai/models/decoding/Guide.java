package minarai.models.decoding;

/// Follows one sequence while it is generated.
public interface Guide {

    /// Changes the logits of the next token; negative infinity rules a token out.
    ///
    /// @param logits one a token of the vocabulary
    default void shape(float[] logits) {
    }

    /// Hears of the token that was chosen, unless it was an end token.
    ///
    /// @return whether the sequence goes on
    default boolean isOpenAfter(int id) {
        return true;
    }
}
