package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.NOTHING;
import static minarai.engine.VectorFunctions.PARTIALS;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// The kernels of the CPU: vectors of whatever width the machine has, on a pool of threads, with the bits of
/// [ReferenceKernels]. One caller at a time, because the scratch memory is shared.
public final class SimdKernels implements Kernels {

    /// Numbers a thread takes at the least, so that waking it pays.
    private static final int GRAIN = 16_384;
    private static final int STRETCH = 4096;

    private final Workers workers;
    private final SimdProducts products;
    private final SimdAttention attention;
    private final SimdAttentionGradient attentionGradient;

    public SimdKernels(Workers workers) {
        this(workers, Blocking.usual());
    }

    public SimdKernels(Workers workers, Blocking blocking) {
        this.workers = workers;
        products = new SimdProducts(workers, blocking);
        attention = new SimdAttention(workers);
        attentionGradient = new SimdAttentionGradient(workers);
    }

    @Override
    public long attentionBytes(Span[] spans, Heads heads) {
        return attention.bytes(spans, heads) + attentionGradient.bytes(spans, heads);
    }

    /// The width of this machine's vectors.
    public static int vectorBits() {
        return LANES * Float.SIZE;
    }

    @Override
    public int panelWidth() {
        return SimdProducts.WIDTH;
    }

    @Override
    public void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
        products.multiplyTransposed(x, w, y);
    }

    @Override
    public void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y) {
        products.addScaledProduct(x, w, scale, y);
    }

    @Override
    public void addProduct(Tensor dy, Matrix w, Tensor dx) {
        products.addProduct(dy, w, dx);
    }

    @Override
    public void transposedProduct(Tensor dy, Tensor x, Tensor dw) {
        products.transposedProduct(dy, x, dw, true);
    }

    @Override
    public void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
        products.transposedProduct(dy, x, dw, false);
    }

    @Override
    public void embed(Matrix table, int[] ids, Tensor y) {
        for (int t = 0; t < ids.length; t++) {
            int to = y.offset() + t * y.columns();
            switch (table) {
                case Panels panels -> panels.copyRow(ids[t], y.data(), to);
                case Tensor rows -> System.arraycopy(rows.data(), rows.offset() + ids[t] * rows.columns(), y.data(), to,
                        y.columns());
            }
        }
    }

    @Override
    public void addEmbeddingGradient(Tensor dy, int[] ids, Tensor dtable) {
        for (int t = 0; t < ids.length; t++) {
            sumStretch(dtable.data(), dtable.offset() + ids[t] * dtable.columns(), 1, dy.data(),
                    dy.offset() + t * dy.columns(), dtable.data(), dtable.offset() + ids[t] * dtable.columns(),
                    dy.columns());
        }
    }

    @Override
    public void storeRows(Tensor x, int[] rows, Tensor target) {
        for (int t = 0; t < rows.length; t++) {
            System.arraycopy(x.data(), x.offset() + t * x.columns(), target.data(),
                    target.offset() + rows[t] * target.columns(), x.columns());
        }
    }

    @Override
    public void addBias(Tensor bias, Tensor y) {
        rows(y, (worker, from, to) -> {
            for (int t = from; t < to; t++) {
                int at = y.offset() + t * y.columns();
                sumStretch(y.data(), at, 1, bias.data(), bias.offset(), y.data(), at, y.columns());
            }
        });
    }

    @Override
    public void addColumnSums(Tensor dy, Tensor dbias) {
        for (int t = 0; t < dy.rows(); t++) {
            sumStretch(dbias.data(), dbias.offset(), 1, dy.data(), dy.offset() + t * dy.columns(), dbias.data(),
                    dbias.offset(), dy.columns());
        }
    }

    @Override
    public void columns(Tensor x, int first, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            System.arraycopy(x.data(), x.offset() + t * x.columns() + first, y.data(), y.offset() + t * y.columns(),
                    y.columns());
        }
    }

    @Override
    public void addToColumns(Tensor dy, int first, Tensor dx) {
        for (int t = 0; t < dy.rows(); t++) {
            int at = dx.offset() + t * dx.columns() + first;
            sumStretch(dx.data(), at, 1, dy.data(), dy.offset() + t * dy.columns(), dx.data(), at, dy.columns());
        }
    }

    @Override
    public void scaleColumns(Tensor x, Tensor factors, Tensor y) {
        rows(y, (worker, from, to) -> {
            for (int t = from; t < to; t++) {
                SimdColumns.multiply(x.data(), x.offset() + t * x.columns(), factors.data(), factors.offset(), y.data(),
                        y.offset() + t * y.columns(), y.columns());
            }
        });
    }

    @Override
    public void addScaledColumns(Tensor dy, Tensor factors, Tensor dx) {
        rows(dx, (worker, from, to) -> {
            for (int t = from; t < to; t++) {
                SimdColumns.addProduct(dy.data(), dy.offset() + t * dy.columns(), factors.data(), factors.offset(),
                        dx.data(), dx.offset() + t * dx.columns(), dx.columns());
            }
        });
    }

    @Override
    public void addColumnProducts(Tensor dy, Tensor x, Tensor sums) {
        for (int t = 0; t < dy.rows(); t++) {
            SimdColumns.addProduct(dy.data(), dy.offset() + t * dy.columns(), x.data(), x.offset() + t * x.columns(),
                    sums.data(), sums.offset(), dy.columns());
        }
    }

    @Override
    public void rowNorms(Matrix w, Tensor down, Tensor up, float scale, Tensor norms) {
        workers.split(w.rows(), Math.max(1, GRAIN / Math.max(1, w.columns() * down.rows())), (worker, from, to) ->
                RowNorms.rows(w, down, up, scale, norms, from, to));
    }

    @Override
    public void divide(Tensor a, Tensor b, Tensor y) {
        for (int i = 0; i < y.size(); i++) {
            y.data()[y.offset() + i] = a.data()[a.offset() + i] / b.data()[b.offset() + i];
        }
    }

    @Override
    public void add(Tensor x, Tensor target) {
        sum(target, 1, x, target);
    }

    @Override
    public void addScaled(float scale, Tensor x, Tensor target) {
        sum(target, scale, x, target);
    }

    @Override
    public void sum(Tensor a, float scale, Tensor x, Tensor y) {
        workers.split(y.size(), GRAIN, (worker, from, to) -> sumStretch(a.data(), a.offset() + from, scale, x.data(),
                x.offset() + from, y.data(), y.offset() + from, to - from));
    }

    private static void sumStretch(float[] a, int ai, float scale, float[] x, int xi, float[] y, int yi, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            FloatVector.fromArray(SPECIES, x, xi + i).fma(FloatVector.broadcast(SPECIES, scale),
                    FloatVector.fromArray(SPECIES, a, ai + i)).intoArray(y, yi + i);
        }
        for (; i < count; i++) {
            y[yi + i] = Math.fma(scale, x[xi + i], a[ai + i]);
        }
    }

    @Override
    public void scale(float factor, Tensor y) {
        workers.split(y.size(), GRAIN, (worker, from, to) -> scaleStretch(factor, y.data(), y.offset() + from,
                y.offset() + to));
    }

    private static void scaleStretch(float factor, float[] y, int from, int to) {
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            FloatVector.fromArray(SPECIES, y, i).mul(factor).intoArray(y, i);
        }
        for (; i < to; i++) {
            y[i] *= factor;
        }
    }

    @Override
    public void softCap(float cap, Tensor y) {
        workers.split(y.size(), GRAIN, (worker, from, to) -> SimdSoftCap.forward(1, cap, y.data(), y.offset() + from,
                y.offset() + to));
    }

    @Override
    public void multiplySoftCapSlope(Tensor y, float cap, Tensor dy) {
        workers.split(y.size(), GRAIN, (worker, from, to) -> SimdSoftCap.backward(y.data(), y.offset() + from, cap,
                dy.data(), dy.offset() + from, to - from));
    }

    @Override
    public void gatedUnit(Tensor gate, Tensor up, Tensor y) {
        workers.split(y.size(), GRAIN, (worker, from, to) -> gatedStretch(gate.data(), gate.offset() + from, up.data(),
                up.offset() + from, y.data(), y.offset() + from, to - from));
    }

    private static void gatedStretch(float[] gate, int gi, float[] up, int ui, float[] y, int yi, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            var g = FloatVector.fromArray(SPECIES, gate, gi + i);
            g.mul(VectorFunctions.sigmoid(g)).mul(FloatVector.fromArray(SPECIES, up, ui + i)).intoArray(y, yi + i);
        }
        for (; i < count; i++) {
            y[yi + i] = gate[gi + i] * Functions.sigmoid(gate[gi + i]) * up[ui + i];
        }
    }

    @Override
    public void addGatedUnitGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        workers.split(dy.size(), GRAIN, (worker, from, to) -> gatedGradientStretch(dy.data(), dy.offset(), gate.data(),
                gate.offset(), up.data(), up.offset(), dgate.data(), dgate.offset(), dup.data(), dup.offset(), from,
                to));
    }

    private static void gatedGradientStretch(float[] dy, int dyi, float[] gate, int gi, float[] up, int ui,
            float[] dgate, int dgi, float[] dup, int dui, int from, int to) {
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            var g = FloatVector.fromArray(SPECIES, gate, gi + i);
            var s = VectorFunctions.sigmoid(g);
            var slope = s.mul(g.fma(FloatVector.broadcast(SPECIES, 1f).sub(s), FloatVector.broadcast(SPECIES, 1f)));
            var d = FloatVector.fromArray(SPECIES, dy, dyi + i);
            d.mul(FloatVector.fromArray(SPECIES, up, ui + i))
                    .fma(slope, FloatVector.fromArray(SPECIES, dgate, dgi + i)).intoArray(dgate, dgi + i);
            d.fma(g.mul(s), FloatVector.fromArray(SPECIES, dup, dui + i)).intoArray(dup, dui + i);
        }
        for (; i < to; i++) {
            float g = gate[gi + i];
            float s = Functions.sigmoid(g);
            float slope = s * Math.fma(g, 1 - s, 1);
            dgate[dgi + i] = Math.fma(dy[dyi + i] * up[ui + i], slope, dgate[dgi + i]);
            dup[dui + i] = Math.fma(dy[dyi + i], g * s, dup[dui + i]);
        }
    }

    @Override
    public void gelu(Tensor x, Tensor y) {
        workers.split(y.size(), GRAIN, (worker, from, to) -> SimdGelu.forward(x.data(), x.offset() + from, y.data(),
                y.offset() + from, to - from));
    }

    @Override
    public void addGeluGradient(Tensor dy, Tensor x, Tensor dx) {
        workers.split(dy.size(), GRAIN, (worker, from, to) -> SimdGelu.backward(dy.data(), dy.offset() + from, x.data(),
                x.offset() + from, dx.data(), dx.offset() + from, to - from));
    }

    @Override
    public void gatedGelu(Tensor gate, Tensor up, Tensor y) {
        workers.split(y.size(), GRAIN, (worker, from, to) -> SimdGelu.gated(gate, up, y, from, to));
    }

    @Override
    public void addGatedGeluGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        workers.split(dy.size(), GRAIN, (worker, from, to) -> SimdGelu.gatedBackward(dy, gate, up, dgate, dup, from,
                to));
    }

    private void rows(Tensor x, Workers.Stretch stretch) {
        workers.split(x.rows(), Math.max(1, GRAIN / Math.max(1, x.columns())), stretch);
    }

    @Override
    public void rmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y, Tensor scale) {
        rows(x, (worker, from, to) -> {
            float[] partial = new float[PARTIALS];
            for (int t = from; t < to; t++) {
                SimdNorm.forward(x, gain, epsilon, y, scale, t, partial);
            }
        });
    }

    @Override
    public void addRmsNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor scale, Tensor dx) {
        rows(x, (worker, from, to) -> {
            float[] partial = new float[PARTIALS];
            for (int t = from; t < to; t++) {
                SimdNorm.backward(dy, x, gain, scale, dx, t, partial);
            }
        });
    }

    @Override
    public void addRmsNormGainGradient(Tensor dy, Tensor x, Tensor scale, Tensor dgain) {
        for (int t = 0; t < x.rows(); t++) {
            SimdNorm.gainGradient(dy, x, scale, dgain, t);
        }
    }

    @Override
    public void layerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor y, Tensor statistics) {
        rows(x, (worker, from, to) -> {
            float[] partial = new float[PARTIALS];
            for (int t = from; t < to; t++) {
                SimdLayerNorm.forward(x, gain, bias, epsilon, y, statistics, t, partial);
            }
        });
    }

    @Override
    public void addLayerNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor statistics, Tensor dx) {
        rows(x, (worker, from, to) -> {
            float[] partial = new float[PARTIALS];
            for (int t = from; t < to; t++) {
                SimdLayerNorm.backward(dy, x, gain, statistics, dx, t, partial);
            }
        });
    }

    @Override
    public void addLayerNormGainGradient(Tensor dy, Tensor x, Tensor statistics, Tensor dgain) {
        for (int t = 0; t < x.rows(); t++) {
            SimdLayerNorm.gainGradient(dy, x, statistics, dgain, t);
        }
    }

    @Override
    public void rotate(Tensor x, Rotation rotation, int[] positions, Tensor y) {
        rows(x, (worker, from, to) -> {
            for (int t = from; t < to; t++) {
                SimdRotation.forward(x, rotation, positions[t], y, t);
            }
        });
    }

    @Override
    public void rotateBack(Tensor dy, Rotation rotation, int[] positions, Tensor dx) {
        rows(dy, (worker, from, to) -> {
            for (int t = from; t < to; t++) {
                SimdRotation.back(dy, rotation, positions[t], dx, t);
            }
        });
    }

    @Override
    public void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
        attention.attend(q, k, v, spans, heads, y, logSumExps);
    }

    @Override
    public void addAttendGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y,
            Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv) {
        attentionGradient.add(dy, q, k, v, spans, heads, y, logSumExps, dq, dk, dv);
    }

    @Override
    public void crossEntropy(Tensor logits, int[] labels, Tensor losses, Tensor logSumExps) {
        rows(logits, (worker, from, to) -> {
            float[] partial = new float[PARTIALS];
            for (int t = from; t < to; t++) {
                float logSumExp = logSumExp(logits.data(), logits.offset() + t * logits.columns(), logits.columns(),
                        partial);
                logSumExps.set(t, 0, logSumExp);
                losses.set(t, 0, logSumExp - logits.at(t, labels[t]));
            }
        });
    }

    private static float logSumExp(float[] x, int xi, int count, float[] partial) {
        var greatest = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            greatest = greatest.max(FloatVector.fromArray(SPECIES, x, xi + i));
        }
        float maximum = greatest.reduceLanes(VectorOperators.MAX);
        for (; i < count; i++) {
            maximum = Math.max(maximum, x[xi + i]);
        }
        int whole = count / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int j = lane; j < whole; j += PARTIALS) {
                sum = sum.add(VectorFunctions.exp(FloatVector.fromArray(SPECIES, x, xi + j).sub(maximum)));
            }
            NOTHING.add(sum).intoArray(partial, lane);
        }
        for (int j = whole; j < count; j++) {
            partial[j - whole] += Functions.exp(x[xi + j] - maximum);
        }
        return maximum + Functions.log(Functions.tree(partial));
    }

    @Override
    public void toCrossEntropyGradient(Tensor logits, int[] labels, Tensor logSumExps, float weight) {
        rows(logits, (worker, from, to) -> {
            for (int t = from; t < to; t++) {
                float p = Functions.exp(logits.at(t, labels[t]) - logSumExps.at(t, 0));
                toSoftmax(logits.data(), logits.offset() + t * logits.columns(), logSumExps.at(t, 0), weight,
                        logits.columns());
                logits.set(t, labels[t], weight * (p - 1));
            }
        });
    }

    private static void toSoftmax(float[] x, int xi, float logSumExp, float weight, int count) {
        int i = 0;
        for (; i + LANES <= count; i += LANES) {
            VectorFunctions.exp(FloatVector.fromArray(SPECIES, x, xi + i).sub(logSumExp)).mul(weight)
                    .intoArray(x, xi + i);
        }
        for (; i < count; i++) {
            x[xi + i] = weight * Functions.exp(x[xi + i] - logSumExp);
        }
    }

    @Override
    public double sumOfSquares(Tensor x) {
        int stretches = Math.ceilDiv(x.size(), STRETCH);
        float[] sums = new float[stretches];
        workers.split(stretches, GRAIN / STRETCH, (worker, from, to) -> {
            float[] partial = new float[PARTIALS];
            for (int i = from; i < to; i++) {
                int start = x.offset() + i * STRETCH;
                sums[i] = SimdNorm.sumOfSquares(x.data(), start, Math.min(STRETCH, x.size() - i * STRETCH), partial);
            }
        });
        double sum = 0;
        for (float each : sums) {
            sum += each;
        }
        return sum;
    }

    @Override
    public void adamW(AdamW.Step step, Tensor value, Tensor gradient, Tensor mean, Tensor square) {
        workers.split(value.size(), GRAIN, (worker, from, to) -> adamWStretch(step, value.data(), value.offset(),
                gradient.data(), gradient.offset(), mean.data(), mean.offset(), square.data(), square.offset(), from,
                to));
    }

    private static void adamWStretch(AdamW.Step step, float[] value, int wi, float[] gradient, int gi, float[] mean,
            int mi, float[] square, int si, int from, int to) {
        int i = from;
        for (; i + LANES <= to; i += LANES) {
            var g = FloatVector.fromArray(SPECIES, gradient, gi + i).mul(step.scale());
            var m = FloatVector.fromArray(SPECIES, mean, mi + i)
                    .fma(FloatVector.broadcast(SPECIES, step.beta1()), g.mul(1 - step.beta1()));
            var v = FloatVector.fromArray(SPECIES, square, si + i)
                    .fma(FloatVector.broadcast(SPECIES, step.beta2()), g.mul(1 - step.beta2()).mul(g));
            var root = v.sqrt().fma(FloatVector.broadcast(SPECIES, step.rootScale()),
                    FloatVector.broadcast(SPECIES, step.epsilon()));
            m.intoArray(mean, mi + i);
            v.intoArray(square, si + i);
            m.div(root).fma(FloatVector.broadcast(SPECIES, -step.rate()),
                    FloatVector.fromArray(SPECIES, value, wi + i).mul(step.keep())).intoArray(value, wi + i);
        }
        for (; i < to; i++) {
            float g = gradient[gi + i] * step.scale();
            float m = Math.fma(step.beta1(), mean[mi + i], (1 - step.beta1()) * g);
            float v = Math.fma(step.beta2(), square[si + i], (1 - step.beta2()) * g * g);
            float root = Math.fma((float) Math.sqrt(v), step.rootScale(), step.epsilon());
            mean[mi + i] = m;
            square[si + i] = v;
            value[wi + i] = Math.fma(-step.rate(), m / root, value[wi + i] * step.keep());
        }
    }

    @Override
    public void share(int count, IntConsumer task) {
        workers.run(count, (worker, index) -> task.accept(index));
    }
}
