package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// The engine's functions against their formulas in f64, over all that a float can be: one pattern of bits in
/// [#STRIDE], or with `-Dminarai.exhaustive=true` every one of the 2³², from which the stated errors are.
class FunctionsTest {

    private static final boolean IS_EXHAUSTIVE = Boolean.getBoolean("minarai.exhaustive");
    /// A prime, so that the sweep meets all exponents, both signs and ever different mantissas: 2.1 million floats.
    private static final int STRIDE = IS_EXHAUSTIVE ? 1 : 2039;
    private static final int STRETCHES = 64;
    private static final int DRAWN = 1_000_000;

    interface Scalar {
        float of(float x);
    }

    /// What an error is measured by.
    enum Measure {
        /// The exact value, or the least normal number where that is greater.
        VALUE,
        /// The argument, likewise.
        ARGUMENT,
        /// 1.
        ONE
    }

    /// A function with what its documentation states. Errors hold from `least` to `greatest`.
    enum Function {
        EXP(Functions::exp, Optional.of(VectorFunctions::exp), StrictMath::exp, Functions.EXP_LOW, Functions.EXP_HIGH,
                Measure.VALUE, 8.5e-8, 1.02),
        LOG(Functions::log, Optional.empty(), StrictMath::log, Float.MIN_VALUE, Float.MAX_VALUE, Measure.VALUE, 8.2e-8,
                0.83),
        SIGMOID(Functions::sigmoid, Optional.of(VectorFunctions::sigmoid), x -> 1 / (1 + StrictMath.exp(-x)),
                -Functions.EXP_HIGH, Float.POSITIVE_INFINITY, Measure.VALUE, 1.5e-7, 2.49),
        TANH(Functions::tanh, Optional.of(VectorFunctions::tanh), StrictMath::tanh, Float.NEGATIVE_INFINITY,
                Float.POSITIVE_INFINITY, Measure.VALUE, 1.43e-7, 1.34),
        GELU(Functions::gelu, Optional.of(VectorFunctions::gelu), x -> x / (1 + StrictMath.exp(-2 * inner(x))),
                -Float.MAX_VALUE, Float.POSITIVE_INFINITY, Measure.ARGUMENT, 1.51e-7, Double.POSITIVE_INFINITY),
        GELU_SLOPE(Functions::geluSlope, Optional.of(VectorFunctions::geluSlope), FunctionsTest::slope,
                -Float.MAX_VALUE, Float.MAX_VALUE, Measure.ONE, 1.98e-6, Double.POSITIVE_INFINITY);

        final Scalar scalar;
        final Optional<UnaryOperator<FloatVector>> vector;
        final DoubleUnaryOperator exact;
        final float least;
        final float greatest;
        final Measure measure;
        final double most;
        final double mostUlps;

        Function(Scalar scalar, Optional<UnaryOperator<FloatVector>> vector, DoubleUnaryOperator exact, float least,
                float greatest, Measure measure, double most, double mostUlps) {
            this.scalar = scalar;
            this.vector = vector;
            this.exact = exact;
            this.least = least;
            this.greatest = greatest;
            this.measure = measure;
            this.most = most;
            this.mostUlps = mostUlps;
        }

        boolean isStatedAt(float x) {
            return x >= least && x <= greatest;
        }

        /// The value where no error is stated, e.g. of what over- or underflows.
        float beyond(float x) {
            return switch (this) {
                case EXP -> x < 0 ? 0 : x > 0 ? Float.POSITIVE_INFINITY : Float.NaN;
                case LOG -> x == 0 ? Float.NEGATIVE_INFINITY : x > 0 ? Float.POSITIVE_INFINITY : Float.NaN;
                case SIGMOID -> x < 0 ? 0 : Float.NaN;
                case TANH -> Float.NaN;
                case GELU -> x < 0 ? -0f : Float.NaN;
                case GELU_SLOPE -> x < 0 ? -0f : x > 0 ? 1 : Float.NaN;
            };
        }

        static Stream<Function> ofVectors() {
            return Stream.of(values()).filter(function -> function.vector.isPresent());
        }
    }

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

    /// The greatest errors seen, and where.
    private static final class Worst {
        double error;
        float at;
        double ulps;
        float ulpsAt;

        void see(Function function, float x) {
            float value = function.scalar.of(x);
            if (!function.isStatedAt(x)) {
                assertSameBits(function.beyond(x), value, x);
                return;
            }
            double exact = function.exact.applyAsDouble(x);
            double off = value == exact ? 0 : Math.abs(value - exact);
            double error = off / switch (function.measure) {
                case VALUE -> Math.max(Float.MIN_NORMAL, Math.abs(exact));
                case ARGUMENT -> Math.max(Float.MIN_NORMAL, Math.abs(x));
                case ONE -> 1;
            };
            see(error, x, off == 0 ? 0 : off / Math.ulp((float) exact), x);
        }

        void see(Worst other) {
            see(other.error, other.at, other.ulps, other.ulpsAt);
        }

        private void see(double error, float at, double ulps, float ulpsAt) {
            if (!(error <= this.error)) {
                this.error = error;
                this.at = at;
            }
            if (!(ulps <= this.ulps)) {
                this.ulps = ulps;
                this.ulpsAt = ulpsAt;
            }
        }

        void check(Function function) {
            System.out.printf("%s: error at most %.4g, at %s; %.4f ulp, at %s; stated below %.3g and %.3g ulp%n",
                    function, error, at, ulps, ulpsAt, function.most, function.mostUlps);
            assertTrue(error < function.most, error + " at " + at);
            assertTrue(ulps < function.mostUlps, ulps + " ulp at " + ulpsAt);
        }
    }

    /// All patterns of bits that the sweep meets, in stretches side by side.
    private static Worst sweep(Function function) {
        long length = Math.ceilDiv(1L << 32, STRETCHES);
        var worst = new Worst();
        IntStream.range(0, STRETCHES).parallel().mapToObj(stretch -> {
            var own = new Worst();
            long first = Math.ceilDiv(stretch * length, STRIDE) * STRIDE;
            for (long bits = first; bits < (stretch + 1) * length; bits += STRIDE) {
                own.see(function, Float.intBitsToFloat((int) bits));
            }
            return own;
        }).toList().forEach(worst::see);
        return worst;
    }

    @ParameterizedTest
    @EnumSource
    void theErrorIsBelowTheStatedOne(Function function) {
        Worst worst = sweep(function);
        var random = new Philox(3, 1);
        float width = Functions.EXP_HIGH - Functions.EXP_LOW;
        for (int i = 0; i < DRAWN; i++) {
            worst.see(function, Functions.EXP_LOW + width * random.uniform(0, i));
            worst.see(function, 3 * random.uniform(1, i));
        }
        for (float edge : edges()) {
            worst.see(function, edge);
        }
        worst.check(function);
    }

    private static float[] edges() {
        float[] places = {0, Functions.EXP_LOW, Functions.EXP_HIGH, Functions.GELU_LIMIT, Functions.TANH_SPLIT,
            1, Float.MIN_NORMAL, Float.MIN_VALUE, Float.MAX_VALUE, Float.POSITIVE_INFINITY, Float.NaN};
        float[] edges = new float[places.length * 6];
        for (int i = 0; i < places.length; i++) {
            for (int sign = 0; sign < 2; sign++) {
                float place = sign == 0 ? places[i] : -places[i];
                edges[6 * i + 3 * sign] = place;
                edges[6 * i + 3 * sign + 1] = Math.nextUp(place);
                edges[6 * i + 3 * sign + 2] = Math.nextDown(place);
            }
        }
        return edges;
    }

    /// Sines and cosines are f64, for tables: `StrictMath`, itself within 1 ulp, is what they are measured by.
    @Test
    void sinesAndCosinesOfAllFloatsAreThoseOfStrictMathTo1Ulp() {
        int last = Float.floatToIntBits((float) Functions.MOST_RADIANS);
        long others = IntStream.range(0, last / STRIDE).parallel().filter(i -> {
            double x = Float.intBitsToFloat(i * STRIDE) * (i % 2 == 0 ? 1.0 : -1.0);
            return isOther(StrictMath.sin(x), Functions.sin(x)) || isOther(StrictMath.cos(x), Functions.cos(x));
        }).count();
        assertEquals(0, others);
        assertTrue(Double.isNaN(Functions.sin(Double.NaN)) && Double.isNaN(Functions.cos(Double.POSITIVE_INFINITY)));
    }

    private static boolean isOther(double expected, double found) {
        return Math.abs(found - expected) > Math.ulp(expected) || (float) found != (float) expected;
    }

    /// Tables of common shapes, among them the embedded model's, 512 positions of heads of 64.
    @Test
    void rotaryTablesAreThoseOfStrictMathRoundedToF32() {
        for (int size : new int[] {16, 64, 96, 128}) {
            for (double base : new double[] {10_000, 500_000, 1_000_000}) {
                double[] frequencies = Rotation.frequencies(size, base);
                var table = Rotation.of(2048, frequencies);
                for (int position = 0; position < 2048; position++) {
                    for (int i = 0; i < size / 2; i++) {
                        double angle = position * frequencies[i];
                        assertEquals((float) StrictMath.cos(angle), table.cosines().at(position, i));
                        assertEquals((float) StrictMath.sin(angle), table.sines().at(position, i));
                    }
                }
            }
        }
        assertThrows(IllegalArgumentException.class, () -> Rotation.of(3, new double[] {1e9}));
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
        assertEquals((float) StrictMath.log(Float.MIN_VALUE), Functions.log(Float.MIN_VALUE));
        assertEquals((float) StrictMath.log(Float.MAX_VALUE), Functions.log(Float.MAX_VALUE));
    }

    @Test
    void tanhKeepsEverySignAndReachesOne() {
        assertEquals(0f, Functions.tanh(0f));
        assertEquals(-0f, Functions.tanh(-0f));
        assertEquals(-1f, Functions.tanh(-10f));
        assertEquals(1f, Functions.tanh(Float.MAX_VALUE));
        assertEquals(-1f, Functions.tanh(Float.NEGATIVE_INFINITY));
        for (float x = .01f; x < 12; x *= 1.1f) {
            assertEquals(-Functions.tanh(x), Functions.tanh(-x));
            assertTrue(Functions.tanh(x) <= 1);
        }
        assertEquals(Float.MIN_VALUE, Functions.tanh(Float.MIN_VALUE));
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
                assertTrue(Float.isNaN(function.scalar.of(x)), Integer.toHexString(bits | sign));
                function.vector.ifPresent(vector ->
                        vector.apply(FloatVector.broadcast(VectorFunctions.SPECIES, x)).intoArray(out, 0));
                assertTrue(function.vector.isEmpty() || Float.isNaN(out[0]), Integer.toHexString(bits | sign));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("minarai.engine.FunctionsTest$Function#ofVectors")
    void vectorsGiveTheBitsOfScalars(Function function) {
        var vector = function.vector.orElseThrow();
        float[] in = new float[VectorFunctions.LANES];
        float[] out = new float[VectorFunctions.LANES];
        for (long bits = 0; bits < 1L << 32; bits += (long) STRIDE * in.length) {
            for (int lane = 0; lane < in.length; lane++) {
                in[lane] = Float.intBitsToFloat((int) (bits + (long) lane * STRIDE));
            }
            vector.apply(FloatVector.fromArray(VectorFunctions.SPECIES, in, 0)).intoArray(out, 0);
            for (int lane = 0; lane < in.length; lane++) {
                assertSameBits(function.scalar.of(in[lane]), out[lane], in[lane]);
            }
        }
        for (float x : edges()) {
            vector.apply(FloatVector.broadcast(VectorFunctions.SPECIES, x)).intoArray(out, 0);
            assertSameBits(function.scalar.of(x), out[0], x);
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
