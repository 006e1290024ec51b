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

    public int rank() {
        return down.rows();
    }
}
