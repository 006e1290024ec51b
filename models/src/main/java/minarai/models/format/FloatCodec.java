package minarai.models.format;

import java.nio.ByteBuffer;
import minarai.engine.Storage;
import minarai.engine.StoredBlocks;

/// Stored numbers to f32 and back; of quantized ones whole blocks. Buffers are little-endian.
final class FloatCodec {

    private FloatCodec() {
    }

    /// Takes `count` numbers from the buffer; exact.
    static void decode(DataType type, ByteBuffer buffer, float[] target, int offset, int count) {
        switch (type) {
            case F32 -> buffer.asFloatBuffer().get(target, offset, count);
            case F16 -> {
                short[] halves = shorts(buffer, count);
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float.float16ToFloat(halves[i]);
                }
            }
            case BF16 -> {
                short[] halves = shorts(buffer, count);
                for (int i = 0; i < count; i++) {
                    target[offset + i] = Float.intBitsToFloat(halves[i] << 16);
                }
            }
            case Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q4_K, Q5_K, Q6_K -> {
                BlockCodec.decode(type, buffer, target, offset, count);
                return;
            }
            case BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, I32, U32, C64, F64, I64, U64 ->
                    throw new IllegalStateException(type + " is not a type of weights");
        }
        buffer.position(buffer.position() + count * type.bytes());
    }

    /// Puts `count` numbers into the buffer, rounded to nearest, ties to even, or in blocks as GGUF's reference rounds.
    ///
    /// @throws IllegalArgumentException if a finite number is too large for the type
    static void encode(DataType type, float[] source, int offset, int count, ByteBuffer buffer) {
        switch (type) {
            case F32 -> {
                buffer.asFloatBuffer().put(source, offset, count);
                buffer.position(buffer.position() + count * Float.BYTES);
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    short half = Float.floatToFloat16(source[offset + i]);
                    requireFinite(type, source[offset + i], Float.float16ToFloat(half));
                    buffer.putShort(half);
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    short half = toBfloat16(source[offset + i]);
                    requireFinite(type, source[offset + i], Float.intBitsToFloat(half << 16));
                    buffer.putShort(half);
                }
            }
            case Q8_0 -> StoredBlocks.encode(Storage.Q8_0, source, offset, count, buffer);
            case Q4_0 -> StoredBlocks.encode(Storage.Q4_0, source, offset, count, buffer);
            case Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> throw new IllegalStateException(type + " is read, not written");
            case BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, I32, U32, C64, F64, I64, U64 ->
                    throw new IllegalStateException(type + " is not a type of weights");
        }
    }

    /// The upper half of the bits, rounded to nearest, ties to even; a NaN stays one.
    static short toBfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> 16 | 0x40);
        }
        return (short) (bits + 0x7fff + (bits >>> 16 & 1) >>> 16);
    }

    private static short[] shorts(ByteBuffer buffer, int count) {
        var halves = new short[count];
        buffer.asShortBuffer().get(halves);
        return halves;
    }

    private static void requireFinite(DataType type, float value, float stored) {
        if (Float.isInfinite(stored) && Float.isFinite(value)) {
            throw new IllegalArgumentException("the weight %s is too large for %s; store F32 instead"
                    .formatted(value, type));
        }
    }
}
