package minarai.engine.opencl;

/// f32 numbers that f16 holds exactly, as weights are that a checkpoint stores in f16.
final class HalfNumbers {

    private HalfNumbers() {
    }

    /// Whether each of them, zeros by their sign, is a finite number of f16.
    static boolean areAll(float[] numbers) {
        for (float number : numbers) {
            float half = Float.float16ToFloat(Float.floatToFloat16(number));
            if (Float.floatToRawIntBits(half) != Float.floatToRawIntBits(number) || !Float.isFinite(number)) {
                return false;
            }
        }
        return true;
    }

    /// Two to a word, the first in the lower half.
    static int[] paired(float[] numbers) {
        int[] words = new int[Math.ceilDiv(numbers.length, 2)];
        for (int i = 0; i < numbers.length; i++) {
            words[i / 2] |= (Float.floatToFloat16(numbers[i]) & 0xffff) << 16 * (i % 2);
        }
        return words;
    }
}
