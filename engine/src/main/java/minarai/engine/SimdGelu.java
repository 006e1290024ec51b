package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// GELU over a stretch of numbers, forward and backward.
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
}
