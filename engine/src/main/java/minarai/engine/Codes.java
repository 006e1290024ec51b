package minarai.engine;

/// Numbers to codes of 16, 8 and 4 bits and back, as GGUF's reference code does it.
///
/// @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c">ggml-quants.c, quantize_row_q8_0_ref
///      and quantize_row_q4_0_ref</a>
final class Codes {

    /// Added to a code of Q8_0 so that it is not negative.
    static final int OFFSET_8 = 128;
    /// Added to a code of Q4_0.
    static final int OFFSET_4 = 8;
    /// A code of 8 bits among the digits of this power of two counts once for each of its units.
    static final float BASE_8 = 256;
    static final float BASE_4 = 16;

    private Codes() {
    }

    /// The upper half of the bits, rounded to nearest, ties to even; a NaN stays one.
    static int bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return Float.isNaN(value) ? bits >>> 16 | 0x40 : bits + 0x7fff + (bits >>> 16 & 1) >>> 16;
    }

    /// The scale of the block at `source[offset]`, as f16.
    ///
    /// @throws IllegalArgumentException if a number of the block is too large or none
    static short scale(Storage storage, float[] source, int offset) {
        float scale = exactScale(storage, source, offset);
        short half = Float.floatToFloat16(scale);
        if (!Float.isFinite(scale) || Float.isInfinite(Float.float16ToFloat(half))) {
            throw new IllegalArgumentException(("a block of weights has the scale %s, which %s cannot store; use bf16 "
                    + "or f32").formatted(scale, storage));
        }
        return half;
    }

    /// What the numbers of the block are multiplied by before they are rounded: 1 over the scale before its rounding.
    static float inverse(Storage storage, float[] source, int offset) {
        float scale = exactScale(storage, source, offset);
        return scale == 0 ? 0 : 1 / scale;
    }

    /// Q8_0: the greatest magnitude over 127. Q4_0: the number of greatest magnitude over -8.
    private static float exactScale(Storage storage, float[] source, int offset) {
        float greatest = 0;
        float sum = 0;
        for (int i = offset; i < offset + storage.block(); i++) {
            sum += source[i] * 0;
            if (Math.abs(source[i]) > Math.abs(greatest)) {
                greatest = source[i];
            }
        }
        // The sum of the products with zero is NaN if a number is infinite or NaN.
        return (storage == Storage.Q8_0 ? Math.abs(greatest) / 127 : greatest / -8) + sum;
    }

    static int code(Storage storage, float scaled) {
        return storage == Storage.Q8_0 ? Math.clamp(roundAwayFromZero(scaled), -127, 127) + OFFSET_8
                : Math.clamp((int) (scaled + OFFSET_4 + .5f), 0, 15);
    }

    private static int roundAwayFromZero(float x) {
        return (int) (x < 0 ? x - .5 : x + .5);
    }

    /// The weight `scale * (code - offset)`, exactly: a scale of 11 binary digits times a code of 8 needs no rounding.
    /// Written as the vector kernels do it, which place the code among the digits of a power of two, so that even the
    /// sign of a zero is theirs.
    static float value(Storage storage, int code, float scale) {
        return storage == Storage.Q8_0 ? Math.fma(BASE_8 + code, scale, -(BASE_8 + OFFSET_8) * scale)
                : Math.fma(BASE_4 + code, scale, -(BASE_4 + OFFSET_4) * scale);
    }
}
