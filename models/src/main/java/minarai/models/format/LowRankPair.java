package minarai.models.format;

import java.util.Optional;
import minarai.engine.Tensor;

/// The matrices of a LoRA adapter for one module: its correction is `scale * up * down`.
///
/// @param down      rank x inputs, `lora_A`
/// @param up        outputs x rank, `lora_B`
/// @param magnitude 1 x outputs, `lora_magnitude_vector`: the lengths of the corrected weight's rows, for DoRA
public record LowRankPair(Tensor down, Tensor up, Optional<Tensor> magnitude) {

    /// @throws IllegalArgumentException if the ranks or the outputs differ
    public LowRankPair {
        if (down.rows() != up.columns()) {
            throw new IllegalArgumentException("an adapter's down is %s and its up %s; the rows of the one must be the "
                    .formatted(down, up) + "columns of the other");
        }
        magnitude.ifPresent(each -> {
            if (each.rows() != 1 || each.columns() != up.rows()) {
                throw new IllegalArgumentException("an adapter's magnitudes are %s; 1 x %d are needed, one an output"
                        .formatted(each, up.rows()));
            }
        });
    }

    /// The matrices of a plain LoRA.
    public LowRankPair(Tensor down, Tensor up) {
        this(down, up, Optional.empty());
    }

    /// The plain pair whose correction is the transpose of this one's: `(up · down)ᵀ = downᵀ · upᵀ`.
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
