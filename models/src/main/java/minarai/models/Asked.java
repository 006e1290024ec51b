package minarai.models;

import java.util.Optional;
import minarai.engine.Ops;
import minarai.engine.Tensor;

/// The tokens whose features are asked for: those before a label, the last one of a prompt, or all.
///
/// Behind the attention of the last layer no token sees another, so only these go on from there. What is asked for has
/// the bits of computing all, forward and backward: sums over tokens go from the first to the last, and the others
/// would add zeros, as long as their numbers are finite.
public final class Asked {

    private static final Asked ALL = new Asked(Optional.empty());

    private final Optional<int[]> rows;

    private Asked(Optional<int[]> rows) {
        this.rows = rows;
    }

    public static Asked all() {
        return ALL;
    }

    /// @param rows of the tokens, ascending: another order would be another order of sums on the way back
    /// @throws IllegalArgumentException if they do not ascend
    public static Asked of(int... rows) {
        for (int i = 1; i < rows.length; i++) {
            if (rows[i] <= rows[i - 1]) {
                throw new IllegalArgumentException("row %d is asked for after row %d; rows must ascend"
                        .formatted(rows[i], rows[i - 1]));
            }
        }
        return new Asked(Optional.of(rows.clone()));
    }

    /// What a layer must give: in all but the last one other tokens still look at each.
    Asked in(int layer, int layers) {
        return layer == layers - 1 ? this : ALL;
    }

    /// These rows of `x`, which has a row for each token.
    Tensor of(Ops ops, Tensor x) {
        return rows.isEmpty() || areAll(rows.get(), x.rows()) ? x : ops.select(x, rows.get());
    }

    private static boolean areAll(int[] ascending, int count) {
        return count > 0 && ascending.length == count && ascending[0] == 0 && ascending[count - 1] == count - 1;
    }
}
