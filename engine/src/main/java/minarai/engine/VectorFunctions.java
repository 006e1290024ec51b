package minarai.engine;

import static minarai.engine.Functions.*;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// [Functions], lane by lane.
final class VectorFunctions {

    static final VectorSpecies<Float> SPECIES = switch (FloatVector.SPECIES_PREFERRED.length()) {
        case 4, 8, 16 -> FloatVector.SPECIES_PREFERRED;
        case 1, 2 -> FloatVector.SPECIES_128;
        default -> FloatVector.SPECIES_512;
    };
    /// As many whole numbers.
    static final VectorSpecies<Integer> INTS = SPECIES.withLanes(int.class);
    static final int LANES = SPECIES.length();
    /// The zero that changes no number when it is added, not even a zero's sign. A loop's result becomes a vector of
    /// known shape by it, without which the compiler at times makes it an object to be stored.
    static final FloatVector NOTHING = FloatVector.broadcast(SPECIES, -0f);
    /// Partial sums of a row reduction, whatever the width.
    static final int PARTIALS = 16;

    private VectorFunctions() {
    }

    static FloatVector exp(FloatVector x) {
        var shifted = x.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUND));
        var n = shifted.sub(ROUND);
        var r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), x);
        r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
        var p = FloatVector.broadcast(SPECIES, E0).fma(r, FloatVector.broadcast(SPECIES, E1));
        p = p.fma(r, FloatVector.broadcast(SPECIES, E2));
        p = p.fma(r, FloatVector.broadcast(SPECIES, E3));
        p = p.fma(r, FloatVector.broadcast(SPECIES, E4));
        p = p.fma(r, FloatVector.broadcast(SPECIES, E5));
        p = p.fma(r.mul(r), r).add(1f);
        var y = p.mul(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats());
        y = y.blend(0f, x.compare(VectorOperators.LT, EXP_LOW));
        return y.blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, EXP_HIGH));
    }

    static FloatVector tanh(FloatVector x) {
        var t = x.abs();
        var square = t.mul(t);
        var p = constant(T4).fma(square, constant(T3));
        p = p.fma(square, constant(T2));
        p = p.fma(square, constant(T1));
        p = p.fma(square, constant(T0));
        var far = constant(1).sub(constant(2).div(exp(t.add(t)).add(1f)));
        return signed(far.blend(p.mul(square).fma(t, t), t.compare(VectorOperators.LT, TANH_SPLIT)), x);
    }

    private static FloatVector constant(float value) {
        return FloatVector.broadcast(SPECIES, value);
    }

    /// What is not negative, with the signs of `x`.
    private static FloatVector signed(FloatVector magnitude, FloatVector x) {
        var signs = x.reinterpretAsInts().lanewise(VectorOperators.AND, Integer.MIN_VALUE);
        return magnitude.reinterpretAsInts().lanewise(VectorOperators.OR, signs).reinterpretAsFloats();
    }

    static FloatVector gelu(FloatVector x) {
        var low = x.max(-GELU_LIMIT);
        var t = low.min(GELU_LIMIT);
        return low.mul(sigmoid(t.mul(t.mul(t).fma(FloatVector.broadcast(SPECIES, G1),
                FloatVector.broadcast(SPECIES, G0)))));
    }

    static FloatVector geluSlope(FloatVector x) {
        var t = x.max(-GELU_LIMIT).min(GELU_LIMIT);
        var square = t.mul(t);
        var one = FloatVector.broadcast(SPECIES, 1f);
        var g0 = FloatVector.broadcast(SPECIES, G0);
        var s = sigmoid(t.mul(square.fma(FloatVector.broadcast(SPECIES, G1), g0)));
        var steepness = t.mul(square.fma(FloatVector.broadcast(SPECIES, 3 * G1), g0));
        return s.mul(steepness.fma(one.sub(s), one));
    }

    static FloatVector sigmoid(FloatVector x) {
        return FloatVector.broadcast(SPECIES, 1f).div(exp(x.neg()).add(1f));
    }

    /// [Functions#tree] with a row in each lane: the vectors at `at`, `at + stride` and on are added into the first.
    static void tree(float[] partial, int at, int stride) {
        for (int half = PARTIALS / 2; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                int to = at + i * stride;
                int from = to + half * stride;
                for (int lane = 0; lane < LANES; lane++) {
                    partial[to + lane] += partial[from + lane];
                }
            }
        }
    }
}
