package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// Soft limits over a stretch of numbers, forward and backward.
final class SimdSoftCap {

    private SimdSoftCap() {
    }

    /// `y = cap * tanh(y * scale / cap)`.
    static void forward(float scale, float cap, float[] y, int from, int to) {
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            VectorFunctions.tanh(FloatVector.fromArray(SPECIES, y, i).mul(scale).div(cap)).mul(cap).intoArray(y, i);
        }
        for (; i < to; i++) {
            y[i] = cap * Functions.tanh(y[i] * scale / cap);
        }
    }

    /// `dy *= 1 - (y / cap)²`.
    static void backward(float[] y, int yi, float cap, float[] dy, int dyi, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            var share = FloatVector.fromArray(SPECIES, y, yi + i).div(cap);
            FloatVector.fromArray(SPECIES, dy, dyi + i).mul(slope(share)).intoArray(dy, dyi + i);
        }
        for (; i < count; i++) {
            float share = y[yi + i] / cap;
            dy[dyi + i] *= Math.fma(-share, share, 1);
        }
    }

    /// The derivative of the tangent, by its value: `1 - share²`.
    static FloatVector slope(FloatVector share) {
        return share.neg().fma(share, FloatVector.broadcast(SPECIES, 1f));
    }
}
