package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// GELU over a stretch of numbers, alone or as a gate, forward and backward.
final class SimdGelu {

    private SimdGelu() {
    }

    static void forward(float[] x, int xi, float[] y, int yi, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            VectorFunctions.gelu(FloatVector.fromArray(SPECIES, x, xi + i)).intoArray(y, yi + i);
        }
        for (; i < count; i++) {
            y[yi + i] = Functions.gelu(x[xi + i]);
        }
    }

    static void backward(float[] dy, int dyi, float[] x, int xi, float[] dx, int dxi, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            FloatVector.fromArray(SPECIES, dy, dyi + i)
                    .fma(VectorFunctions.geluSlope(FloatVector.fromArray(SPECIES, x, xi + i)),
                            FloatVector.fromArray(SPECIES, dx, dxi + i)).intoArray(dx, dxi + i);
        }
        for (; i < count; i++) {
            dx[dxi + i] = Math.fma(dy[dyi + i], Functions.geluSlope(x[xi + i]), dx[dxi + i]);
        }
    }

    static void gated(Tensor gate, Tensor up, Tensor y, int from, int to) {
        float[] gates = gate.data();
        float[] ups = up.data();
        float[] ys = y.data();
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            VectorFunctions.gelu(FloatVector.fromArray(SPECIES, gates, gate.offset() + i))
                    .mul(FloatVector.fromArray(SPECIES, ups, up.offset() + i)).intoArray(ys, y.offset() + i);
        }
        for (; i < to; i++) {
            ys[y.offset() + i] = Functions.gelu(gates[gate.offset() + i]) * ups[up.offset() + i];
        }
    }

    static void gatedBackward(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup, int from, int to) {
        float[] dys = dy.data();
        float[] gates = gate.data();
        float[] ups = up.data();
        float[] dgates = dgate.data();
        float[] dups = dup.data();
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            var g = FloatVector.fromArray(SPECIES, gates, gate.offset() + i);
            var d = FloatVector.fromArray(SPECIES, dys, dy.offset() + i);
            d.mul(FloatVector.fromArray(SPECIES, ups, up.offset() + i)).fma(VectorFunctions.geluSlope(g),
                    FloatVector.fromArray(SPECIES, dgates, dgate.offset() + i)).intoArray(dgates, dgate.offset() + i);
            d.fma(VectorFunctions.gelu(g), FloatVector.fromArray(SPECIES, dups, dup.offset() + i))
                    .intoArray(dups, dup.offset() + i);
        }
        for (; i < to; i++) {
            float g = gates[gate.offset() + i];
            float d = dys[dy.offset() + i];
            dgates[dgate.offset() + i] = Math.fma(d * ups[up.offset() + i], Functions.geluSlope(g),
                    dgates[dgate.offset() + i]);
            dups[dup.offset() + i] = Math.fma(d, Functions.gelu(g), dups[dup.offset() + i]);
        }
    }
}
