package minarai.engine;

/// The transcendental functions of the numerics contract: polynomials on fused multiply-adds, so that every machine
/// and every vector width gives the same bits. Scalar definitions; [VectorFunctions] does the same lane by lane.
final class Functions {

    /// Below this, [#exp(float)] is zero.
    static final float EXP_LOW = -86.6f;
    /// Above this, [#exp(float)] is infinite.
    static final float EXP_HIGH = 88.37f;
    static final float LOG2_E = 1.44269504f;
    /// 1.5 · 2²³ + 127: adding it rounds to an integer, which then stands in the low bits as the exponent of a float.
    static final float ROUND = 12583039f;
    /// ln 2 in two parts, the first with so few bits that its products are exact.
    static final float LN2_HIGH = 0.693359375f;
    static final float LN2_LOW = -2.12194440e-4f;
    static final float E0 = 1.9875691500e-4f;
    static final float E1 = 1.3981999507e-3f;
    static final float E2 = 8.3334519073e-3f;
    static final float E3 = 4.1665795894e-2f;
    static final float E4 = 1.6666665459e-1f;
    static final float E5 = 5.0000001201e-1f;

    /// Beyond this, on either side, [#gelu(float)] is `x` or zero; short of it the exponential over- or underflows.
    static final float GELU_LIMIT = 11f;
    /// Twice `sqrt(2 / π)`, and that times 0.044715: `2u = x * (G0 + G1 * x²)`.
    static final float G0 = 1.59576912f;
    static final float G1 = 0.0713548163f;

    /// Up to here [#tanh(float)] is its polynomial `x + x³ (T0 + T1 x² + …)`, minimax in relative error.
    static final float TANH_SPLIT = 0.625f;
    static final float T0 = -0.333332807f;
    static final float T1 = 0.133314058f;
    static final float T2 = -0.0537365153f;
    static final float T3 = 0.0206281673f;
    static final float T4 = -0.0056922962f;

    /// Up to here, on either side, [#sin(double)] and [#cos(double)] are as exact as they say.
    static final double MOST_RADIANS = 0x1p24;
    /// π / 2 in three parts of 53 bits.
    private static final double QUARTER = 0x1.921fb54442d18p0;
    private static final double QUARTER_REST = 0x1.1a62633145c07p-54;
    private static final double QUARTER_LAST = -0x1.f1976b7ed8fbcp-110;

    private Functions() {
    }

    /// `eˣ`, relative error below 8.5e-8, greatest at 26.7, and 1.02 ulp, greatest at -5.88, between the limits; zero
    /// and infinity beyond them, so never subnormal; NaN for any NaN. The polynomial is Cephes' `expf` (Moshier
    /// 1992).
    static float exp(float x) {
        if (x < EXP_LOW) {
            return 0;
        }
        if (x > EXP_HIGH) {
            return Float.POSITIVE_INFINITY;
        }
        float shifted = Math.fma(x, LOG2_E, ROUND);
        float n = shifted - ROUND;
        float r = Math.fma(n, -LN2_HIGH, x);
        r = Math.fma(n, -LN2_LOW, r);
        float p = Math.fma(E0, r, E1);
        p = Math.fma(p, r, E2);
        p = Math.fma(p, r, E3);
        p = Math.fma(p, r, E4);
        p = Math.fma(p, r, E5);
        p = Math.fma(p, r * r, r) + 1;
        return p * Float.intBitsToFloat(Float.floatToRawIntBits(shifted) << 23);
    }

    /// `1 / (1 + e⁻ˣ)`, relative error below 1.5e-7 and 2.49 ulp, greatest at -16.6, from `-EXP_HIGH` on, and zero
    /// below; NaN for any NaN.
    static float sigmoid(float x) {
        return 1 / (1 + exp(-x));
    }

    /// The hyperbolic tangent. Relative error below 1.43e-7 and 1.34 ulp for every `x`, greatest at 0.628; odd, with
    /// the sign of zero; 1 from 9.1 on; NaN for any NaN. Near zero an odd polynomial, elsewhere `1 - 2 / (1 + e²ˣ)`.
    static float tanh(float x) {
        float t = Math.abs(x);
        if (t < TANH_SPLIT) {
            float square = t * t;
            float p = Math.fma(T4, square, T3);
            p = Math.fma(p, square, T2);
            p = Math.fma(p, square, T1);
            p = Math.fma(p, square, T0);
            return Math.copySign(Math.fma(p * square, t, t), x);
        }
        return Math.copySign(1 - 2 / (1 + exp(t + t)), x);
    }

    /// GELU in its tanh approximation, `x * sigmoid(2u)` with `2u = x * (G0 + G1 * x²)`: the same function as
    /// `x / 2 * (1 + tanh(u))`, without what cancels where the tangent comes close to -1. The error is below
    /// 1.51e-7 `|x|` everywhere, greatest at 1.19; NaN for any NaN.
    static float gelu(float x) {
        float low = Math.max(x, -GELU_LIMIT);
        float t = Math.min(low, GELU_LIMIT);
        return low * sigmoid(t * Math.fma(G1, t * t, G0));
    }

    /// The derivative of [#gelu(float)], from -0.13 to 1.13; its error is below 1.98e-6, greatest at 4.96. NaN for any
    /// NaN.
    static float geluSlope(float x) {
        float t = Math.min(Math.max(x, -GELU_LIMIT), GELU_LIMIT);
        float square = t * t;
        float s = sigmoid(t * Math.fma(G1, square, G0));
        float steepness = t * Math.fma(3 * G1, square, G0);
        return s * Math.fma(steepness, 1 - s, 1);
    }

    /// `ln x`, relative error below 8.2e-8, greatest at 2.80, and 0.83 ulp, greatest at 1.41, subnormal `x` included;
    /// minus infinity for zero, NaN for what is negative and for any NaN. The polynomial is Cephes' `logf`.
    static float log(float x) {
        if (!(x >= Float.MIN_VALUE && x <= Float.MAX_VALUE)) {
            return x == 0 ? Float.NEGATIVE_INFINITY : x > 0 ? x : Float.NaN;
        }
        boolean isSubnormal = x < Float.MIN_NORMAL;
        int bits = Float.floatToRawIntBits(isSubnormal ? x * 0x1p23f : x);
        int exponent = (bits >>> 23) - (isSubnormal ? 126 + 23 : 126);
        float m = Float.intBitsToFloat(bits & 0x007fffff | 0x3f000000);
        if (m < 0.70710678f) {
            exponent--;
            m += m;
        }
        float z = m - 1;
        float p = Math.fma(7.0376836292e-2f, z, -1.1514610310e-1f);
        p = Math.fma(p, z, 1.1676998740e-1f);
        p = Math.fma(p, z, -1.2420140846e-1f);
        p = Math.fma(p, z, 1.4249322787e-1f);
        p = Math.fma(p, z, -1.6668057665e-1f);
        p = Math.fma(p, z, 2.0000714765e-1f);
        p = Math.fma(p, z, -2.4999993993e-1f);
        p = Math.fma(p, z, 3.3333331174e-1f);
        float square = z * z;
        float y = p * z * square;
        y = Math.fma(exponent, LN2_LOW, y);
        y = Math.fma(-0.5f, square, y);
        return Math.fma(exponent, LN2_HIGH, z + y);
    }

    /// The sine of an angle, in f64: below 2 ulp for up to [#MOST_RADIANS], and never more than 1 ulp from
    /// `StrictMath`, with which it agrees for every f32 angle once rounded to f32. NaN for what is not finite.
    static double sin(double radians) {
        return turned(radians, 0);
    }

    /// The cosine of an angle; see [#sin(double)].
    static double cos(double radians) {
        return turned(radians, 1);
    }

    /// The sine of an angle and so many quarters of a turn. The angle is brought to within an eighth of a turn of
    /// zero, as the sum of two numbers (Cody and Waite 1980); the first difference is exact.
    private static double turned(double radians, int quarters) {
        double n = Math.rint(radians * (2 / Math.PI));
        double near = Math.fma(-n, QUARTER, radians);
        double r = Math.fma(-n, QUARTER_REST, near);
        double rest = Math.fma(-n, QUARTER_LAST, Math.fma(-n, QUARTER_REST, near - r));
        int quarter = (int) (long) n + quarters & 3;
        double y = quarter % 2 == 0 ? sineNearZero(r, rest) : cosineNearZero(r, rest);
        return quarter < 2 ? y : -y;
    }

    /// The sine of `r + rest`; the polynomial is fdlibm's `__kernel_sin` (Sun Microsystems 1993).
    private static double sineNearZero(double r, double rest) {
        double square = r * r;
        double cube = square * r;
        double p = Math.fma(1.58969099521155010221e-10, square, -2.50507602534068634195e-8);
        p = Math.fma(p, square, 2.75573137070700676789e-6);
        p = Math.fma(p, square, -1.98412698298579493134e-4);
        p = Math.fma(p, square, 8.33333333332248946124e-3);
        return r - (square * (0.5 * rest - cube * p) - rest + cube * 1.66666666666666324348e-1);
    }

    /// The cosine of `r + rest`; the polynomial is fdlibm's `__kernel_cos`.
    private static double cosineNearZero(double r, double rest) {
        double square = r * r;
        double p = Math.fma(-1.13596475577881948265e-11, square, 2.08757232129817482790e-9);
        p = Math.fma(p, square, -2.75573143513906633035e-7);
        p = Math.fma(p, square, 2.48015872894767294178e-5);
        p = Math.fma(p, square, -1.38888888888741095749e-3);
        p = Math.fma(p, square, 4.16666666666666019037e-2);
        double half = 0.5 * square;
        double first = 1 - half;
        return first + (1 - first - half + (square * (p * square) - r * rest));
    }

    /// The 16 partial sums of a row reduction, combined in the one order that every width uses: halves, quarters,
    /// eighths, sixteenths.
    static float tree(float[] partial) {
        for (int half = 8; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                partial[i] += partial[i + half];
            }
        }
        return partial[0];
    }
}
