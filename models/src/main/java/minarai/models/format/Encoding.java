package minarai.models.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// What writing a weight and reading it back makes of its numbers.
///
/// @param type      in which it is written
/// @param isOneMore whether every number is one more in the file, as the gains of Gemma are in GGUF
public record Encoding(DataType type, boolean isOneMore) {

    /// Half the distance between two numbers of f16 that are nearly 0.
    private static final double LEAST_HALF = 0x1p-25;

    /// Numbers are stored as they are, or rounded.
    public Encoding(DataType type) {
        this(type, false);
    }

    /// Rounds a row as it lies in the file, by the code that writes and the one that reads.
    ///
    /// No number may come back farther off than half a step of its type explains, which for blocks is a step of the
    /// greatest number in them.
    ///
    /// @param row whole blocks of the type
    /// @throws IllegalArgumentException if a number is too large for the type
    /// @throws IllegalStateException    if a number comes back as another
    public void round(float[] row) {
        if (isOneMore) {
            shift(row, 1);
        }
        if (type != DataType.F32) {
            float[] exact = row.clone();
            var buffer = ByteBuffer.allocate(Math.multiplyExact(row.length / type.block(), type.bytes()))
                    .order(ByteOrder.LITTLE_ENDIAN);
            FloatCodec.encode(type, row, 0, row.length, buffer);
            FloatCodec.decode(type, buffer.flip(), row, 0, row.length);
            requireNear(exact, row);
        }
        if (isOneMore) {
            shift(row, -1);
        }
    }

    private static void shift(float[] row, float by) {
        for (int i = 0; i < row.length; i++) {
            row[i] += by;
        }
    }

    private void requireNear(float[] exact, float[] rounded) {
        for (int from = 0; from < exact.length; from += type.block()) {
            double greatest = 0;
            for (int i = from; i < from + type.block(); i++) {
                greatest = Math.max(greatest, Math.abs(exact[i]));
            }
            double most = most(greatest);
            for (int i = from; Double.isFinite(greatest) && i < from + type.block(); i++) {
                if (!(Math.abs((double) rounded[i] - exact[i]) <= most)) {
                    throw new IllegalStateException(("the number %s comes back as %s from %s, where %s at most is "
                            + "rounded").formatted(exact[i], rounded[i], type, most));
                }
            }
        }
    }

    /// Q8_0 has 127 steps to the greatest number and Q4_0 8, of which it may miss the last on one side; the scale of
    /// both is rounded to f16.
    private double most(double greatest) {
        return switch (type) {
            case BF16 -> greatest * 0x1p-8 + Float.MIN_VALUE;
            case F16 -> greatest * 0x1p-11 + LEAST_HALF;
            case Q8_0 -> greatest / 127 + 127 * LEAST_HALF;
            case Q4_0 -> greatest / 8 * (1 + 0x1p-8) + 8 * LEAST_HALF;
            default -> 0;
        };
    }
}
