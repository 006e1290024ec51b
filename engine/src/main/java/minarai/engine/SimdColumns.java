package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// One row with a factor or a sum for each of its columns.
final class SimdColumns {

    private SimdColumns() {
    }

    /// `y = a * b`.
    static void multiply(float[] a, int ai, float[] b, int bi, float[] y, int yi, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            FloatVector.fromArray(SPECIES, a, ai + i).mul(FloatVector.fromArray(SPECIES, b, bi + i))
                    .intoArray(y, yi + i);
        }
        for (; i < count; i++) {
            y[yi + i] = a[ai + i] * b[bi + i];
        }
    }

    /// `y += a * b`, fused.
    static void addProduct(float[] a, int ai, float[] b, int bi, float[] y, int yi, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            FloatVector.fromArray(SPECIES, a, ai + i).fma(FloatVector.fromArray(SPECIES, b, bi + i),
                    FloatVector.fromArray(SPECIES, y, yi + i)).intoArray(y, yi + i);
        }
        for (; i < count; i++) {
            y[yi + i] = Math.fma(a[ai + i], b[bi + i], y[yi + i]);
        }
    }
}
