package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// One row of the rotary embedding, forward and backward.
final class SimdRotation {

    private SimdRotation() {
    }

    static void forward(Tensor x, Rotation rotation, int position, Tensor y, int row) {
        int half = rotation.cosines().columns();
        int ci = rotation.cosines().offset() + position * half;
        int si = rotation.sines().offset() + position * half;
        for (int head = 0; head < x.columns(); head += rotation.headSize()) {
            turn(x.data(), x.offset() + row * x.columns() + head, rotation.cosines().data(), ci,
                    rotation.sines().data(), si, y.data(), y.offset() + row * x.columns() + head, half);
        }
        keep(x, rotation, y, row);
    }

    private static void turn(float[] x, int xi, float[] cosines, int ci, float[] sines, int si, float[] y,
            int yi, int half) {
        int i = 0;
        for (; i + LANES <= half; i += LANES) {
            var cosine = FloatVector.fromArray(SPECIES, cosines, ci + i);
            var sine = FloatVector.fromArray(SPECIES, sines, si + i);
            var a = FloatVector.fromArray(SPECIES, x, xi + i);
            var b = FloatVector.fromArray(SPECIES, x, xi + half + i);
            a.fma(cosine, b.mul(sine).neg()).intoArray(y, yi + i);
            b.fma(cosine, a.mul(sine)).intoArray(y, yi + half + i);
        }
        for (; i < half; i++) {
            float a = x[xi + i];
            float b = x[xi + half + i];
            y[yi + i] = Math.fma(a, cosines[ci + i], -(b * sines[si + i]));
            y[yi + half + i] = Math.fma(b, cosines[ci + i], a * sines[si + i]);
        }
    }

    /// Copies the features that do not turn.
    private static void keep(Tensor x, Rotation rotation, Tensor y, int row) {
        int turned = 2 * rotation.cosines().columns();
        if (x == y || turned == rotation.headSize()) {
            return;
        }
        for (int head = turned; head < x.columns(); head += rotation.headSize()) {
            System.arraycopy(x.data(), x.offset() + row * x.columns() + head, y.data(),
                    y.offset() + row * x.columns() + head, rotation.headSize() - turned);
        }
    }

    static void back(Tensor dy, Rotation rotation, int position, Tensor dx, int row) {
        int half = rotation.cosines().columns();
        int ci = rotation.cosines().offset() + position * half;
        int si = rotation.sines().offset() + position * half;
        for (int head = 0; head < dy.columns(); head += rotation.headSize()) {
            turnBack(dy.data(), dy.offset() + row * dy.columns() + head, rotation.cosines().data(), ci,
                    rotation.sines().data(), si, dx.data(), dx.offset() + row * dy.columns() + head, half);
        }
        keep(dy, rotation, dx, row);
    }

    private static void turnBack(float[] dy, int dyi, float[] cosines, int ci, float[] sines, int si, float[] dx,
            int dxi, int half) {
        int i = 0;
        for (; i + LANES <= half; i += LANES) {
            var cosine = FloatVector.fromArray(SPECIES, cosines, ci + i);
            var sine = FloatVector.fromArray(SPECIES, sines, si + i);
            var a = FloatVector.fromArray(SPECIES, dy, dyi + i);
            var b = FloatVector.fromArray(SPECIES, dy, dyi + half + i);
            a.fma(cosine, b.mul(sine)).intoArray(dx, dxi + i);
            b.fma(cosine, a.mul(sine).neg()).intoArray(dx, dxi + half + i);
        }
        for (; i < half; i++) {
            float a = dy[dyi + i];
            float b = dy[dyi + half + i];
            dx[dxi + i] = Math.fma(a, cosines[ci + i], b * sines[si + i]);
            dx[dxi + half + i] = Math.fma(b, cosines[ci + i], -(a * sines[si + i]));
        }
    }
}
