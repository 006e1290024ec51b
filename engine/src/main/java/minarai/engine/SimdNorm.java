package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.NOTHING;
import static minarai.engine.VectorFunctions.PARTIALS;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// One row of the norm, forward and backward. `partial` is scratch for the 16 partial sums.
final class SimdNorm {

    private SimdNorm() {
    }

    static float sumOfSquares(float[] x, int xi, int count, float[] partial) {
        int whole = count / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int c = lane; c < whole; c += PARTIALS) {
                var a = FloatVector.fromArray(SPECIES, x, xi + c);
                sum = a.fma(a, sum);
            }
            NOTHING.add(sum).intoArray(partial, lane);
        }
        for (int c = whole; c < count; c++) {
            partial[c - whole] = Math.fma(x[xi + c], x[xi + c], partial[c - whole]);
        }
        return Functions.tree(partial);
    }

    static void forward(Tensor x, Tensor gain, float epsilon, Tensor y, Tensor scale, int row, float[] partial) {
        int count = x.columns();
        float[] xs = x.data();
        float[] gains = gain.data();
        float[] ys = y.data();
        int xi = x.offset() + row * count;
        int yi = y.offset() + row * count;
        int gi = gain.offset();
        float inverse = 1 / (float) Math.sqrt(sumOfSquares(xs, xi, count, partial) / count + epsilon);
        scale.set(row, 0, inverse);
        int c = 0;
        for (; c + LANES <= count; c += LANES) {
            FloatVector.fromArray(SPECIES, xs, xi + c).mul(inverse)
                    .mul(FloatVector.fromArray(SPECIES, gains, gi + c)).intoArray(ys, yi + c);
        }
        for (; c < count; c++) {
            ys[yi + c] = xs[xi + c] * inverse * gains[gi + c];
        }
    }

    static void backward(Tensor dy, Tensor x, Tensor gain, Tensor scale, Tensor dx, int row, float[] partial) {
        int count = x.columns();
        float[] dys = dy.data();
        float[] xs = x.data();
        float[] gains = gain.data();
        float[] dxs = dx.data();
        int dyi = dy.offset() + row * count;
        int xi = x.offset() + row * count;
        int dxi = dx.offset() + row * count;
        int gi = gain.offset();
        float inverse = scale.at(row, 0);
        float along = along(dys, dyi, gains, gi, xs, xi, count, partial) / count * inverse * inverse;
        int c = 0;
        for (; c + LANES <= count; c += LANES) {
            var scaled = FloatVector.fromArray(SPECIES, dys, dyi + c)
                    .mul(FloatVector.fromArray(SPECIES, gains, gi + c));
            FloatVector.fromArray(SPECIES, xs, xi + c).fma(FloatVector.broadcast(SPECIES, -along), scaled)
                    .fma(FloatVector.broadcast(SPECIES, inverse), FloatVector.fromArray(SPECIES, dxs, dxi + c))
                    .intoArray(dxs, dxi + c);
        }
        for (; c < count; c++) {
            float inner = Math.fma(-along, xs[xi + c], dys[dyi + c] * gains[gi + c]);
            dxs[dxi + c] = Math.fma(inverse, inner, dxs[dxi + c]);
        }
    }

    /// The sum of `dy * gain * x`.
    private static float along(float[] dy, int dyi, float[] gain, int gi, float[] x, int xi, int count,
            float[] partial) {
        int whole = count / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int c = lane; c < whole; c += PARTIALS) {
                sum = FloatVector.fromArray(SPECIES, dy, dyi + c).mul(FloatVector.fromArray(SPECIES, gain, gi + c))
                        .fma(FloatVector.fromArray(SPECIES, x, xi + c), sum);
            }
            NOTHING.add(sum).intoArray(partial, lane);
        }
        for (int c = whole; c < count; c++) {
            partial[c - whole] = Math.fma(dy[dyi + c] * gain[gi + c], x[xi + c], partial[c - whole]);
        }
        return Functions.tree(partial);
    }

    static void gainGradient(Tensor dy, Tensor x, Tensor scale, Tensor dgain, int row) {
        int count = x.columns();
        float[] dys = dy.data();
        float[] xs = x.data();
        float[] sums = dgain.data();
        int dyi = dy.offset() + row * count;
        int xi = x.offset() + row * count;
        int si = dgain.offset();
        float inverse = scale.at(row, 0);
        int c = 0;
        for (; c + LANES <= count; c += LANES) {
            FloatVector.fromArray(SPECIES, dys, dyi + c).fma(FloatVector.fromArray(SPECIES, xs, xi + c).mul(inverse),
                    FloatVector.fromArray(SPECIES, sums, si + c)).intoArray(sums, si + c);
        }
        for (; c < count; c++) {
            sums[si + c] = Math.fma(dys[dyi + c], xs[xi + c] * inverse, sums[si + c]);
        }
    }
}
