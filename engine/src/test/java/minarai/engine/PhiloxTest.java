package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhiloxTest {

    private static final int COUNT = 200_000;

    /// `philox4x32 10` of the known answers that come with the Random123 library (file `kat_vectors`).
    @ParameterizedTest
    @CsvSource({
        "00000000 00000000 00000000 00000000, 00000000 00000000, 6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "ffffffff ffffffff ffffffff ffffffff, ffffffff ffffffff, 408f276d 41c83b0e a20bc7c6 6d5451fd",
        "243f6a88 85a308d3 13198a2e 03707344, a4093822 299f31d0, d16cfe09 94fdcceb 5001e420 24126ea1"})
    void theKnownAnswersAreGiven(String counter, String key, String answer) {
        int[] c = words(counter);
        int[] k = words(key);
        assertArrayEquals(words(answer), Philox.words(c[0], c[1], c[2], c[3], k[0], k[1]));
    }

    private static int[] words(String hexadecimal) {
        return Arrays.stream(hexadecimal.split(" ")).mapToInt(each -> Integer.parseUnsignedInt(each, 16)).toArray();
    }

    @Test
    void seedStepIndexAndPurposeAreKeyAndCounter() {
        var random = new Philox(0x299f31d0_a4093822L, 0x03707344);
        assertArrayEquals(words("d16cfe09 94fdcceb 5001e420 24126ea1"),
                random.words(0x13198a2e, 0x85a308d3_243f6a88L));
    }

    /// Moments of `COUNT` numbers, within five of their standard errors.
    @Test
    void uniformNumbersHaveTheirMoments() {
        var random = new Philox(1, 2);
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < COUNT; i++) {
            float x = random.uniform(3, i);
            assertTrue(x >= 0 && x < 1 && x * 0x1p24 == Math.rint(x * 0x1p24), "number " + i + " is " + x);
            sum += x;
            squares += (x - .5) * (x - .5);
        }
        assertEquals(.5, sum / COUNT, 5 * Math.sqrt(1 / 12.0 / COUNT));
        assertEquals(1 / 12.0, squares / COUNT, 5 * Math.sqrt(1 / 180.0 / COUNT));
    }

    @Test
    void normalNumbersHaveTheirMoments() {
        var random = new Philox(1, 2);
        double[] moments = new double[5];
        int withinOne = 0;
        double neighbours = 0;
        double before = 0;
        for (int i = 0; i < COUNT; i++) {
            double x = random.normal(3, i);
            for (int power = 1; power < moments.length; power++) {
                moments[power] += StrictMath.pow(x, power) / COUNT;
            }
            withinOne += Math.abs(x) < 1 ? 1 : 0;
            neighbours += x * before / COUNT;
            before = x;
        }
        double error = 5 / Math.sqrt(COUNT);
        assertEquals(0, moments[1], error);
        assertEquals(1, moments[2], Math.sqrt(2) * error);
        assertEquals(0, moments[3], Math.sqrt(15) * error);
        assertEquals(3, moments[4], Math.sqrt(96) * error);
        assertEquals(.682689, (double) withinOne / COUNT, .466 * error);
        assertEquals(0, neighbours, error);
    }

    @Test
    void purposesStepsAndSeedsShareNoNumbers() {
        var seen = new HashSet<Long>();
        int count = 0;
        for (long seed : new long[] {0, 1, 1L << 32}) {
            for (int purpose = 0; purpose < 4; purpose++) {
                for (int step = 0; step < 4; step++) {
                    for (long index : new long[] {0, 1, 1L << 32}) {
                        int[] words = new Philox(seed, purpose).words(step, index);
                        seen.add((long) words[0] << 32 | words[1] & 0xffffffffL);
                        count++;
                    }
                }
            }
        }
        assertEquals(count, seen.size());
    }

    @Test
    void aTensorIsFilledWithTheNumbersOfItsIndices() {
        var random = new Philox(9, 9);
        float[] data = new float[12];
        random.fillNormal(4, .5f, Tensor.over(data, 3, 2, 4));
        for (int i = 0; i < 8; i++) {
            assertEquals(.5f * random.normal(4, i), data[3 + i]);
        }
        assertArrayEquals(new float[3], Arrays.copyOf(data, 3));
        assertEquals(0, data[11]);
        random.fillUniform(4, 2, Tensor.over(data, 3, 2, 4));
        for (int i = 0; i < 8; i++) {
            assertEquals(2 * (2 * random.uniform(4, i) - 1), data[3 + i]);
            assertTrue(Math.abs(data[3 + i]) <= 2);
        }
    }
}
