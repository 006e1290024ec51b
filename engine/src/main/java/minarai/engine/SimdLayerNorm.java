package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.NOTHING;
import static minarai.engine.VectorFunctions.PARTIALS;
import static minarai.engine.VectorFunctions.SPECIES;

import jdk.incubator.vector.FloatVector;

/// One row of the norm with mean and bias, forward and backward. `partial` is scratch for the 16 partial sums.
final class SimdLayerNorm {

    private SimdLayerNorm() {
    }

    static void forward(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor y, Tensor statistics, int row,
            float[] partial) {
        int count = x.columns();
        float[] xs = x.data();
        float[] gains = gain.data();
        float[] biases = bias.data();
        float[] ys = y.data();
        int xi = x.offset() + row * count;
        int yi = y.offset() + row * count;
        int gi = gain.offset();
        int bi = bias.offset();
        float mean = sum(xs, xi, count, partial) / count;
        float inverse = 1 / (float) Math.sqrt(squares(xs, xi, mean, count, partial) / count + epsilon);
        statistics.set(row, 0, mean);
        statistics.set(row, 1, inverse);
        int c = 0;
        for (; c + LANES <= count; c += LANES) {
            normal(xs, xi + c, mean, inverse).fma(FloatVector.fromArray(SPECIES, gains, gi + c),
                    FloatVector.fromArray(SPECIES, biases, bi + c)).intoArray(ys, yi + c);
        }
        for (; c < count; c++) {
            ys[yi + c] = Math.fma((xs[xi + c] - mean) * inverse, gains[gi + c], biases[bi + c]);
        }
    }

    private static FloatVector normal(float[] x, int xi, float mean, float inverse) {
        return FloatVector.fromArray(SPECIES, x, xi).sub(mean).mul(inverse);
    }

    private static FloatVector product(float[] a, int ai, float[] b, int bi) {
        return FloatVector.fromArray(SPECIES, a, ai).mul(FloatVector.fromArray(SPECIES, b, bi));
    }

    private static float sum(float[] x, int xi, int count, float[] partial) {
        int whole = count / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int c = lane; c < whole; c += PARTIALS) {
                sum = sum.add(FloatVector.fromArray(SPECIES, x, xi + c));
            }
            NOTHING.add(sum).intoArray(partial, lane);
        }
        for (int c = whole; c < count; c++) {
            partial[c - whole] += x[xi + c];
        }
        return Functions.tree(partial);
    }

    /// The sum of squared differences from the mean.
    private static float squares(float[] x, int xi, float mean, int count, float[] partial) {
        int whole = count / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int c = lane; c < whole; c += PARTIALS) {
                var difference = FloatVector.fromArray(SPECIES, x, xi + c).sub(mean);
                sum = difference.fma(difference, sum);
            }
            NOTHING.add(sum).intoArray(partial, lane);
        }
        for (int c = whole; c < count; c++) {
            float difference = x[xi + c] - mean;
            partial[c - whole] = Math.fma(difference, difference, partial[c - whole]);
        }
        return Functions.tree(partial);
    }

    static void backward(Tensor dy, Tensor x, Tensor gain, Tensor statistics, Tensor dx, int row, float[] partial) {
        int count = x.columns();
        float[] dys = dy.data();
        float[] xs = x.data();
        float[] gains = gain.data();
        float[] dxs = dx.data();
        int dyi = dy.offset() + row * count;
        int xi = x.offset() + row * count;
        int dxi = dx.offset() + row * count;
        int gi = gain.offset();
        float mean = statistics.at(row, 0);
        float inverse = statistics.at(row, 1);
        float meanOfG = sumOfProducts(dys, dyi, gains, gi, count, partial) / count;
        float meanAlong = along(dys, dyi, gains, gi, xs, xi, mean, inverse, count, partial) / count;
        int c = 0;
        for (; c + LANES <= count; c += LANES) {
            normal(xs, xi + c, mean, inverse).fma(FloatVector.broadcast(SPECIES, -meanAlong),
                    product(dys, dyi + c, gains, gi + c).sub(meanOfG))
                    .fma(FloatVector.broadcast(SPECIES, inverse), FloatVector.fromArray(SPECIES, dxs, dxi + c))
                    .intoArray(dxs, dxi + c);
        }
        for (; c < count; c++) {
            float centred = dys[dyi + c] * gains[gi + c] - meanOfG;
            float inner = Math.fma(-meanAlong, (xs[xi + c] - mean) * inverse, centred);
            dxs[dxi + c] = Math.fma(inverse, inner, dxs[dxi + c]);
        }
    }

    /// The sum of `dy * gain`.
    private static float sumOfProducts(float[] dy, int dyi, float[] gain, int gi, int count, float[] partial) {
        int whole = count / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int c = lane; c < whole; c += PARTIALS) {
                sum = sum.add(product(dy, dyi + c, gain, gi + c));
            }
            NOTHING.add(sum).intoArray(partial, lane);
        }
        for (int c = whole; c < count; c++) {
            partial[c - whole] += dy[dyi + c] * gain[gi + c];
        }
        return Functions.tree(partial);
    }

    /// The sum of `dy * gain * (x - mean) * inverse`.
    private static float along(float[] dy, int dyi, float[] gain, int gi, float[] x, int xi, float mean, float inverse,
            int count, float[] partial) {
        int whole = count / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int c = lane; c < whole; c += PARTIALS) {
                sum = product(dy, dyi + c, gain, gi + c).fma(normal(x, xi + c, mean, inverse), sum);
            }
            NOTHING.add(sum).intoArray(partial, lane);
        }
        for (int c = whole; c < count; c++) {
            partial[c - whole] = Math.fma(dy[dyi + c] * gain[gi + c], (x[xi + c] - mean) * inverse, partial[c - whole]);
        }
        return Functions.tree(partial);
    }

    static void gainGradient(Tensor dy, Tensor x, Tensor statistics, Tensor dgain, int row) {
        int count = x.columns();
        float[] dys = dy.data();
        float[] xs = x.data();
        float[] sums = dgain.data();
        int dyi = dy.offset() + row * count;
        int xi = x.offset() + row * count;
        int si = dgain.offset();
        float mean = statistics.at(row, 0);
        float inverse = statistics.at(row, 1);
        int c = 0;
        for (; c + LANES <= count; c += LANES) {
            FloatVector.fromArray(SPECIES, dys, dyi + c).fma(normal(xs, xi + c, mean, inverse),
                    FloatVector.fromArray(SPECIES, sums, si + c)).intoArray(sums, si + c);
        }
        for (; c < count; c++) {
            sums[si + c] = Math.fma(dys[dyi + c], (xs[xi + c] - mean) * inverse, sums[si + c]);
        }
    }
}
