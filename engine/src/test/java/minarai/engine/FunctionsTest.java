package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.DoubleUnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The engine's functions against `StrictMath` in f64, over every exponent that a float can have.
class FunctionsTest {

    /// A prime, so that the sweep meets all exponents, both signs and ever different mantissas: 2.1 million floats.
    private static final int STRIDE = 2039;
    private static final int DRAWN = 1_000_000;

    /// @param most the error that the documentation states, relative where it does not say otherwise
    enum Function {
        EXP(Functions.EXP_LOW, Functions.EXP_HIGH, 8.5e-8, StrictMath::exp) {
            @Override
            float scalar(float x) {
                return Functions.exp(x);
            }

            @Override
            FloatVector vector(FloatVector x) {
                return VectorFunctions.exp(x);
            }
        },
        SIGMOID(-Functions.EXP_HIGH, Float.MAX_VALUE, 2.5e-7, x -> 1 / (1 + StrictMath.exp(-x))) {
            @Override
            float scalar(float x) {
                return Functions.sigmoid(x);
            }

            @Override
            FloatVector vector(FloatVector x) {
                return VectorFunctions.sigmoid(x);
            }
        },
        GELU(-Float.MAX_VALUE, Float.MAX_VALUE, 1.7e-7, x -> x / (1 + StrictMath.exp(-2 * inner(x)))) {
            @Override
            float scalar(float x) {
                return Functions.gelu(x);
            }

            @Override
            FloatVector vector(FloatVector x) {
                return VectorFunctions.gelu(x);
            }

            @Override
            double error(float x) {
                double size = Math.max(Float.MIN_NORMAL, Math.abs(x));
                return Math.abs(scalar(x) - exact.applyAsDouble(x)) / size;
            }
        },
        GELU_SLOPE(-Float.MAX_VALUE, Float.MAX_VALUE, 2.5e-6, Function::slope) {
            @Override
            float scalar(float x) {
                return Functions.geluSlope(x);
            }

            @Override
            FloatVector vector(FloatVector x) {
                return VectorFunctions.geluSlope(x);
            }

            @Override
            double error(float x) {
                return Math.abs(scalar(x) - exact.applyAsDouble(x));
            }
        };

        /// `sqrt(2 / π) * (x + 0.044715 * x³)`.
        private static double inner(double x) {
            return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
        }

        /// The derivative of `x / 2 * (1 + tanh(inner(x)))`.
        private static double slope(double x) {
            double tanh = StrictMath.tanh(inner(x));
            double steepness = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
            return (1 + tanh) / 2 + x / 2 * (1 - tanh * tanh) * steepness;
        }

        final float least;
        final float greatest;
        final double most;
        final DoubleUnaryOperator exact;

        Function(float least, float greatest, double most, DoubleUnaryOperator exact) {
            this.least = least;
            this.greatest = greatest;
            this.most = most;
            this.exact = exact;
        }

        abstract float scalar(float x);

        abstract FloatVector vector(FloatVector x);

        double error(float x) {
            double exact = this.exact.applyAsDouble(x);
            return Math.abs(scalar(x) - exact) / exact;
        }
    }

    /// The greatest error seen, and where.
    private static final class Worst {
        double error;
        float at;

        void see(double each, float x) {
            if (!(each <= error)) {
                error = each;
                at = x;
            }
        }

        void print(String function, double stated) {
            System.out.printf("%s: error at most %.3g, at %s; stated below %.3g%n", function, error, at,
                    stated);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theErrorIsBelowTheStatedOne(Function function) {
        var worst = new Worst();
        for (long bits = 0; bits < 1L << 32; bits += STRIDE) {
            float x = Float.intBitsToFloat((int) bits);
            if (x >= function.least && x <= function.greatest) {
                worst.see(function.error(x), x);
            }
        }
        var random = new Philox(3, 1);
        float width = Functions.EXP_HIGH - Functions.EXP_LOW;
        for (int i = 0; i < DRAWN; i++) {
            float x = Functions.EXP_LOW + width * random.uniform(0, i);
            worst.see(function.error(x), x);
        }
        worst.see(function.error(function.least), function.least);
        worst.see(function.error(function.greatest), function.greatest);
        worst.print(function.toString(), function.most);
        assertTrue(worst.error < function.most, worst.error + " at " + worst.at);
    }

    @Test
    void theErrorOfTheLogarithmIsBelowTheStatedOne() {
        var worst = new Worst();
        for (int bits = Float.floatToIntBits(Float.MIN_NORMAL); bits < 0x7f800000; bits += STRIDE) {
            float x = Float.intBitsToFloat(bits);
            worst.see(Math.abs((Functions.log(x) - StrictMath.log(x)) / StrictMath.log(x)), x);
        }
        for (int bits = Float.floatToIntBits(.5f); bits < Float.floatToIntBits(2f); bits += 13) {
            float x = Float.intBitsToFloat(bits);
            double exact = StrictMath.log(x);
            worst.see(x == 1 ? Math.abs(Functions.log(x)) : Math.abs((Functions.log(x) - exact) / exact), x);
        }
        worst.print("LOG", 8.5e-8);
        assertTrue(worst.error < 8.5e-8, worst.error + " at " + worst.at);
    }

    @Test
    void theLimitsAreExact() {
        assertEquals(1f, Functions.exp(0f));
        assertEquals(1f, Functions.exp(-0f));
        assertEquals(1f, Functions.exp(Float.MIN_VALUE));
        assertEquals(0f, Functions.exp(Float.NEGATIVE_INFINITY));
        assertEquals(0f, Functions.exp(Math.nextDown(Functions.EXP_LOW)));
        assertTrue(Functions.exp(Functions.EXP_LOW) >= Float.MIN_NORMAL, "no result is subnormal");
        assertEquals(Float.POSITIVE_INFINITY, Functions.exp(Math.nextUp(Functions.EXP_HIGH)));
        assertTrue(Functions.exp(Functions.EXP_HIGH) < Float.POSITIVE_INFINITY);
        assertEquals(Float.POSITIVE_INFINITY, Functions.exp(Float.POSITIVE_INFINITY));
        assertEquals(.5f, Functions.sigmoid(0f));
        assertEquals(1f, Functions.sigmoid(Float.POSITIVE_INFINITY));
        assertEquals(0f, Functions.sigmoid(Float.NEGATIVE_INFINITY));
        assertEquals(0f, Functions.sigmoid(-Float.MAX_VALUE));
        assertEquals(0f, Functions.log(1f));
        assertEquals((float) StrictMath.log(2), Functions.log(2f));
        assertEquals((float) StrictMath.log(Float.MIN_NORMAL), Functions.log(Float.MIN_NORMAL));
        assertEquals((float) StrictMath.log(Float.MAX_VALUE), Functions.log(Float.MAX_VALUE));
    }

    @Test
    void geluOfAnythingIsANumber() {
        assertEquals(0f, Functions.gelu(0f));
        assertEquals(-0f, Functions.gelu(-0f));
        assertEquals(-0f, Functions.gelu(-12f));
        assertEquals(-0f, Functions.gelu(Float.NEGATIVE_INFINITY));
        assertEquals(12f, Functions.gelu(12f));
        assertEquals(Float.MAX_VALUE, Functions.gelu(Float.MAX_VALUE));
        assertEquals(Float.POSITIVE_INFINITY, Functions.gelu(Float.POSITIVE_INFINITY));
        assertEquals(.5f, Functions.geluSlope(0f));
        for (float far : new float[] {12, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
            assertEquals(1f, Functions.geluSlope(far));
            assertEquals(-0f, Functions.geluSlope(-far));
        }
    }

    /// The low bits of a NaN are whatever a file put there; they must not turn it into a number.
    @ParameterizedTest
    @EnumSource
    void everyNotANumberStaysOne(Function function) {
        float[] out = new float[VectorFunctions.LANES];
        for (int bits = 0x7f800001; bits > 0; bits += 4099) {
            for (int sign : new int[] {0, 1 << 31}) {
                float x = Float.intBitsToFloat(bits | sign);
                assertTrue(Float.isNaN(function.scalar(x)), Integer.toHexString(bits | sign));
                function.vector(FloatVector.broadcast(VectorFunctions.SPECIES, x)).intoArray(out, 0);
                assertTrue(Float.isNaN(out[0]), Integer.toHexString(bits | sign));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void vectorsGiveTheBitsOfScalars(Function function) {
        float[] in = new float[VectorFunctions.LANES];
        float[] out = new float[VectorFunctions.LANES];
        for (long bits = 0; bits < 1L << 32; bits += (long) STRIDE * in.length) {
            for (int lane = 0; lane < in.length; lane++) {
                in[lane] = Float.intBitsToFloat((int) (bits + (long) lane * STRIDE));
            }
            function.vector(FloatVector.fromArray(VectorFunctions.SPECIES, in, 0)).intoArray(out, 0);
            for (int lane = 0; lane < in.length; lane++) {
                assertSameBits(function.scalar(in[lane]), out[lane], in[lane]);
            }
        }
        for (float edge : new float[] {0, Functions.EXP_LOW, Functions.EXP_HIGH, -Functions.EXP_HIGH,
            Functions.GELU_LIMIT, Float.POSITIVE_INFINITY, Float.MIN_VALUE, Float.MAX_VALUE}) {
            for (float x : new float[] {edge, -edge, Math.nextUp(edge), Math.nextDown(edge)}) {
                function.vector(FloatVector.broadcast(VectorFunctions.SPECIES, x)).intoArray(out, 0);
                assertSameBits(function.scalar(x), out[0], x);
            }
        }
    }

    /// Two NaNs are the same: which bits a NaN has is the processor's choice and no part of the contract.
    private static void assertSameBits(float expected, float actual, float x) {
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual)) {
            assertEquals(expected, actual, "at " + x);
        }
    }

    @Test
    void theTreeAddsHalves() {
        float[] partial = new float[16];
        for (int i = 0; i < 16; i++) {
            partial[i] = 1f / (i + 1);
        }
        float[] p = partial.clone();
        float first = ((p[0] + p[8]) + (p[4] + p[12])) + ((p[2] + p[10]) + (p[6] + p[14]));
        float second = ((p[1] + p[9]) + (p[5] + p[13])) + ((p[3] + p[11]) + (p[7] + p[15]));
        assertEquals(first + second, Functions.tree(partial));
    }
}
