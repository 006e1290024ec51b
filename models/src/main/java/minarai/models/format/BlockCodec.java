package minarai.models.format;

import java.nio.ByteBuffer;

/// Quantized blocks of GGUF to f32, each value as the reference code works it out. Buffers are little-endian.
///
/// Products of a scale and a code are exact in f32; where a minimum is added or subtracted, that is the only rounding.
///
/// @see <a href="https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c">ggml-quants.c, dequantize_row_*</a>
final class BlockCodec {

    private static final int HALF = 16;
    private static final int BLOCK = 32;
    private static final int SUPER_BLOCK = 256;

    private BlockCodec() {
    }

    /// Takes `count` numbers, a multiple of the type's block, from the buffer.
    static void decode(DataType type, ByteBuffer buffer, float[] target, int offset, int count) {
        for (int done = 0; done < count; done += type.block()) {
            int from = buffer.position();
            switch (type) {
                case Q8_0 -> decode8(buffer, from, target, offset + done);
                case Q4_0, Q4_1 -> decode4(type, buffer, from, target, offset + done);
                case Q5_0, Q5_1 -> decode5(type, buffer, from, target, offset + done);
                case Q4_K, Q5_K -> decodeWithMinima(type, buffer, from, target, offset + done);
                case Q6_K -> decode6(buffer, from, target, offset + done);
                case BOOL, U8, I8, F8_E5M2, F8_E4M3, F8_E8M0, I16, U16, F16, BF16, I32, U32, F32, C64, F64, I64, U64 ->
                        throw new IllegalStateException(type + " has no blocks");
            }
            buffer.position(from + type.bytes());
        }
    }

    private static float half(ByteBuffer buffer, int at) {
        return Float.float16ToFloat(buffer.getShort(at));
    }

    /// `d * q`: d (f16), 32 codes from -128 to 127.
    private static void decode8(ByteBuffer buffer, int from, float[] target, int offset) {
        float scale = half(buffer, from);
        for (int i = 0; i < BLOCK; i++) {
            target[offset + i] = scale * buffer.get(from + 2 + i);
        }
    }

    /// Q4_0, `d * (q - 8)`: d, codes; Q4_1, `d * q + m`: d, m, codes. The low nibbles are the first half.
    private static void decode4(DataType type, ByteBuffer buffer, int from, float[] target, int offset) {
        boolean hasMinimum = type == DataType.Q4_1;
        float scale = half(buffer, from);
        float minimum = hasMinimum ? half(buffer, from + 2) : 0;
        int codes = from + (hasMinimum ? 4 : 2);
        int zero = hasMinimum ? 0 : 8;
        for (int i = 0; i < HALF; i++) {
            int pair = buffer.get(codes + i) & 0xff;
            target[offset + i] = scale * ((pair & 15) - zero) + minimum;
            target[offset + HALF + i] = scale * ((pair >> 4) - zero) + minimum;
        }
    }

    /// As [#decode4] with a fifth bit of each code in 32 bits before the nibbles; Q5_0 subtracts 16.
    private static void decode5(DataType type, ByteBuffer buffer, int from, float[] target, int offset) {
        boolean hasMinimum = type == DataType.Q5_1;
        float scale = half(buffer, from);
        float minimum = hasMinimum ? half(buffer, from + 2) : 0;
        int high = buffer.getInt(from + (hasMinimum ? 4 : 2));
        int codes = from + (hasMinimum ? 8 : 6);
        int zero = hasMinimum ? 0 : 16;
        for (int i = 0; i < HALF; i++) {
            int pair = buffer.get(codes + i) & 0xff;
            int first = pair & 15 | (high >>> i & 1) << 4;
            int second = pair >> 4 | (high >>> i + HALF & 1) << 4;
            target[offset + i] = scale * (first - zero) + minimum;
            target[offset + HALF + i] = scale * (second - zero) + minimum;
        }
    }

    /// Q4_K and Q5_K, `d * s * q - dmin * m`: d, dmin (f16), 8 pairs (s, m) of 6 bits in 12 bytes, for Q5_K a fifth bit
    /// of each code in 32 bytes, then nibbles, 32 bytes to two sub-blocks of 32.
    private static void decodeWithMinima(DataType type, ByteBuffer buffer, int from, float[] target, int offset) {
        float scale = half(buffer, from);
        float minimum = half(buffer, from + 2);
        int pairs = from + 4;
        int high = pairs + 12;
        boolean hasHigh = type == DataType.Q5_K;
        int codes = high + (hasHigh ? BLOCK : 0);
        for (int sub = 0; sub < SUPER_BLOCK / BLOCK; sub++) {
            float factor = scale * scaleOf(buffer, pairs, sub);
            float less = minimum * minimumOf(buffer, pairs, sub);
            for (int i = 0; i < BLOCK; i++) {
                int code = buffer.get(codes + sub / 2 * BLOCK + i) >> sub % 2 * 4 & 15;
                int fifth = hasHigh ? (buffer.get(high + i) >> sub & 1) << 4 : 0;
                target[offset + sub * BLOCK + i] = factor * (code | fifth) - less;
            }
        }
    }

    private static int scaleOf(ByteBuffer buffer, int pairs, int sub) {
        return sub < 4 ? buffer.get(pairs + sub) & 63
                : buffer.get(pairs + sub + 4) & 15 | (buffer.get(pairs + sub - 4) & 0xff) >> 6 << 4;
    }

    private static int minimumOf(ByteBuffer buffer, int pairs, int sub) {
        return sub < 4 ? buffer.get(pairs + sub + 4) & 63
                : (buffer.get(pairs + sub + 4) & 0xff) >> 4 | (buffer.get(pairs + sub) & 0xff) >> 6 << 4;
    }

    /// `d * s * (q - 32)`: 128 bytes of nibbles, 64 of two more bits each, 16 scales s of 8 bits with sign, d (f16).
    /// Each half of 128 numbers has 64 bytes of nibbles, whose low halves are its first 64 numbers, and 32 bytes of
    /// bits.
    private static void decode6(ByteBuffer buffer, int from, float[] target, int offset) {
        float scale = half(buffer, from + 208);
        for (int i = 0; i < SUPER_BLOCK; i++) {
            int part = i / 128;
            int within = i % 128;
            int nibble = buffer.get(from + part * 64 + within % 64) >> within / 64 * 4 & 15;
            int bits = buffer.get(from + 128 + part * 32 + within % BLOCK) >> within / BLOCK * 2 & 3;
            float factor = scale * buffer.get(from + 192 + i / HALF);
            target[offset + i] = factor * ((nibble | bits << 4) - 32);
        }
    }
}
