package minarai.models.format;

import minarai.engine.Tensor;

/// The two matrices of a LoRA adapter for one module: its correction is `scale * up * down`.
///
/// @param down rank x inputs, `lora_A`
/// @param up   outputs x rank, `lora_B`
public record LowRankPair(Tensor down, Tensor up) {

    /// @throws IllegalArgumentException if the ranks differ
    public LowRankPair {
        if (down.rows() != up.columns()) {
            throw new IllegalArgumentException("an adapter's down is %s and its up %s; the rows of the one must be the "
                    .formatted(down, up) + "columns of the other");
        }
    }

    /// The pair whose correction is the transpose of this one's: `(up · down)ᵀ = downᵀ · upᵀ`.
    public LowRankPair transposed() {
        return new LowRankPair(transposed(up), transposed(down));
    }

    private static Tensor transposed(Tensor matrix) {
        Tensor transposed = Tensor.zeros(matrix.columns(), matrix.rows());
        for (int row = 0; row < matrix.rows(); row++) {
            for (int column = 0; column < matrix.columns(); column++) {
                transposed.set(column, row, matrix.at(row, column));
            }
        }
        return transposed;
    }

    public int rank() {
        return down.rows();
    }
}
