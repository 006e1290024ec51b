package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FloatCodecTest {

    @Test
    void everyHalfComesBackFromItsFloat() {
        for (DataType type : new DataType[] {DataType.F16, DataType.BF16}) {
            for (int bits = 0; bits < 1 << 16; bits++) {
                float value = decode(type, (short) bits);
                if (!Float.isNaN(value)) {
                    assertEquals((short) bits, encode(type, value), type + " " + bits);
                } else {
                    assertTrue(Float.isNaN(decode(type, encode(type, value))));
                }
            }
        }
    }

    @Test
    void bfloat16IsTheNearestOfTheTwoNeighboursAndTiesAreEven() {
        var random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            int bits = i % 4 == 0 ? random.nextInt() & 0xffff0000 | 0x8000 : random.nextInt();
            float value = Float.intBitsToFloat(bits);
            if (!Float.isFinite(value) || Math.abs(value) > 3e38) {
                continue;
            }
            float down = Float.intBitsToFloat(bits & 0xffff0000);
            float up = Float.intBitsToFloat((bits & 0xffff0000) + 0x10000);
            double below = Math.abs((double) value - down);
            double above = Math.abs((double) up - value);
            boolean isDown = below < above || below == above && (bits >>> 16 & 1) == 0;
            assertEquals(isDown ? down : up, Float.intBitsToFloat(FloatCodec.toBfloat16(value) << 16), "bits " + bits);
        }
    }

    @Test
    void aFiniteNumberNeverBecomesInfinite() {
        assertThrows(IllegalArgumentException.class, () -> encode(DataType.F16, 65520f));
        assertEquals(65504f, decode(DataType.F16, encode(DataType.F16, 65519f)));
        assertThrows(IllegalArgumentException.class, () -> encode(DataType.BF16, Float.MAX_VALUE));
        assertEquals(Float.POSITIVE_INFINITY, decode(DataType.BF16, encode(DataType.BF16, Float.POSITIVE_INFINITY)));
    }

    private static float decode(DataType type, short bits) {
        var target = new float[1];
        FloatCodec.decode(type, ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort(bits).flip(), target, 0,
                1);
        return target[0];
    }

    private static short encode(DataType type, float value) {
        var buffer = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
        FloatCodec.encode(type, new float[] {value}, 0, 1, buffer);
        return buffer.getShort(0);
    }
}
