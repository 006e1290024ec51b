package minarai.engine;

import java.util.Arrays;

/// The definition of every operation, in plain loops, slow on purpose. What these loops compute is numerics version 1;
/// see the package documentation.
public final class ReferenceKernels implements Kernels {

    /// Keys in one block of attention's running maximum.
    public static final int KEY_BLOCK = 64;

    private static final int PARTIALS = 16;
    private static final int STRETCH = 4096;

    @Override
    public int panelWidth() {
        return 32;
    }

    @Override
    public void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
        for (int t = 0; t < x.rows(); t++) {
            for (int o = 0; o < w.rows(); o++) {
                float sum = 0;
                for (int i = 0; i < w.columns(); i++) {
                    sum = Math.fma(x.at(t, i), w.at(o, i), sum);
                }
                y.set(t, o, sum);
            }
        }
    }

    @Override
    public void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y) {
        Tensor product = Tensor.zeros(y.rows(), y.columns());
        multiplyTransposed(x, w, product);
        addScaled(scale, product, y);
    }

    @Override
    public void addProduct(Tensor dy, Matrix w, Tensor dx) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int i = 0; i < w.columns(); i++) {
                float sum = dx.at(t, i);
                for (int o = 0; o < w.rows(); o++) {
                    sum = Math.fma(dy.at(t, o), w.at(o, i), sum);
                }
                dx.set(t, i, sum);
            }
        }
    }

    @Override
    public void transposedProduct(Tensor dy, Tensor x, Tensor dw) {
        dw.fill(0);
        addTransposedProduct(dy, x, dw);
    }

    @Override
    public void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
        for (int o = 0; o < dw.rows(); o++) {
            for (int i = 0; i < dw.columns(); i++) {
                float sum = dw.at(o, i);
                for (int t = 0; t < x.rows(); t++) {
                    sum = Math.fma(dy.at(t, o), x.at(t, i), sum);
                }
                dw.set(o, i, sum);
            }
        }
    }

    @Override
    public void embed(Matrix table, int[] ids, Tensor y) {
        for (int t = 0; t < ids.length; t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, table.at(ids[t], c));
            }
        }
    }

    @Override
    public void addEmbeddingGradient(Tensor dy, int[] ids, Tensor dtable) {
        for (int t = 0; t < ids.length; t++) {
            for (int c = 0; c < dy.columns(); c++) {
                dtable.set(ids[t], c, dtable.at(ids[t], c) + dy.at(t, c));
            }
        }
    }

    @Override
    public void storeRows(Tensor x, int[] rows, Tensor target) {
        for (int t = 0; t < rows.length; t++) {
            for (int c = 0; c < x.columns(); c++) {
                target.set(rows[t], c, x.at(t, c));
            }
        }
    }

    @Override
    public void addBias(Tensor bias, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, y.at(t, c) + bias.at(0, c));
            }
        }
    }

    @Override
    public void addColumnSums(Tensor dy, Tensor dbias) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int c = 0; c < dy.columns(); c++) {
                dbias.set(0, c, dbias.at(0, c) + dy.at(t, c));
            }
        }
    }

    @Override
    public void columns(Tensor x, int first, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, x.at(t, first + c));
            }
        }
    }

    @Override
    public void addToColumns(Tensor dy, int first, Tensor dx) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int c = 0; c < dy.columns(); c++) {
                dx.set(t, first + c, dx.at(t, first + c) + dy.at(t, c));
            }
        }
    }

    @Override
    public void scaleColumns(Tensor x, Tensor factors, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, x.at(t, c) * factors.at(0, c));
            }
        }
    }

    @Override
    public void addScaledColumns(Tensor dy, Tensor factors, Tensor dx) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int c = 0; c < dy.columns(); c++) {
                dx.set(t, c, Math.fma(dy.at(t, c), factors.at(0, c), dx.at(t, c)));
            }
        }
    }

    @Override
    public void addColumnProducts(Tensor dy, Tensor x, Tensor sums) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int c = 0; c < dy.columns(); c++) {
                sums.set(0, c, Math.fma(dy.at(t, c), x.at(t, c), sums.at(0, c)));
            }
        }
    }

    @Override
    public void rowNorms(Matrix w, Tensor down, Tensor up, float scale, Tensor norms) {
        for (int o = 0; o < w.rows(); o++) {
            float[] partial = new float[PARTIALS];
            for (int i = 0; i < w.columns(); i++) {
                float product = 0;
                for (int r = 0; r < down.rows(); r++) {
                    product = Math.fma(up.at(o, r), down.at(r, i), product);
                }
                float value = Math.fma(scale, product, w.at(o, i));
                partial[i % PARTIALS] = Math.fma(value, value, partial[i % PARTIALS]);
            }
            norms.set(0, o, (float) Math.sqrt(Functions.tree(partial)));
        }
    }

    @Override
    public void divide(Tensor a, Tensor b, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, a.at(t, c) / b.at(t, c));
            }
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
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, Math.fma(scale, x.at(t, c), a.at(t, c)));
            }
        }
    }

    @Override
    public void scale(float factor, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, factor * y.at(t, c));
            }
        }
    }

    @Override
    public void softCap(float cap, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, cap * Functions.tanh(y.at(t, c) / cap));
            }
        }
    }

    @Override
    public void multiplySoftCapSlope(Tensor y, float cap, Tensor dy) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                float share = y.at(t, c) / cap;
                dy.set(t, c, dy.at(t, c) * Math.fma(-share, share, 1));
            }
        }
    }

    @Override
    public void gatedUnit(Tensor gate, Tensor up, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                float g = gate.at(t, c);
                y.set(t, c, g * Functions.sigmoid(g) * up.at(t, c));
            }
        }
    }

    @Override
    public void addGatedUnitGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int c = 0; c < dy.columns(); c++) {
                float g = gate.at(t, c);
                float s = Functions.sigmoid(g);
                float slope = s * Math.fma(g, 1 - s, 1);
                dgate.set(t, c, Math.fma(dy.at(t, c) * up.at(t, c), slope, dgate.at(t, c)));
                dup.set(t, c, Math.fma(dy.at(t, c), g * s, dup.at(t, c)));
            }
        }
    }

    @Override
    public void gelu(Tensor x, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, Functions.gelu(x.at(t, c)));
            }
        }
    }

    @Override
    public void addGeluGradient(Tensor dy, Tensor x, Tensor dx) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int c = 0; c < dy.columns(); c++) {
                dx.set(t, c, Math.fma(dy.at(t, c), Functions.geluSlope(x.at(t, c)), dx.at(t, c)));
            }
        }
    }

    @Override
    public void gatedGelu(Tensor gate, Tensor up, Tensor y) {
        for (int t = 0; t < y.rows(); t++) {
            for (int c = 0; c < y.columns(); c++) {
                y.set(t, c, Functions.gelu(gate.at(t, c)) * up.at(t, c));
            }
        }
    }

    @Override
    public void addGatedGeluGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        for (int t = 0; t < dy.rows(); t++) {
            for (int c = 0; c < dy.columns(); c++) {
                float g = gate.at(t, c);
                dgate.set(t, c, Math.fma(dy.at(t, c) * up.at(t, c), Functions.geluSlope(g), dgate.at(t, c)));
                dup.set(t, c, Math.fma(dy.at(t, c), Functions.gelu(g), dup.at(t, c)));
            }
        }
    }

    @Override
    public void rmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y, Tensor scale) {
        float[] partial = new float[PARTIALS];
        for (int t = 0; t < x.rows(); t++) {
            Arrays.fill(partial, 0);
            for (int c = 0; c < x.columns(); c++) {
                partial[c % PARTIALS] = Math.fma(x.at(t, c), x.at(t, c), partial[c % PARTIALS]);
            }
            float inverse = 1 / (float) Math.sqrt(Functions.tree(partial) / x.columns() + epsilon);
            scale.set(t, 0, inverse);
            for (int c = 0; c < x.columns(); c++) {
                y.set(t, c, x.at(t, c) * inverse * gain.at(0, c));
            }
        }
    }

    @Override
    public void addRmsNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor scale, Tensor dx) {
        float[] partial = new float[PARTIALS];
        for (int t = 0; t < x.rows(); t++) {
            Arrays.fill(partial, 0);
            for (int c = 0; c < x.columns(); c++) {
                partial[c % PARTIALS] = Math.fma(dy.at(t, c) * gain.at(0, c), x.at(t, c), partial[c % PARTIALS]);
            }
            float inverse = scale.at(t, 0);
            float along = Functions.tree(partial) / x.columns() * inverse * inverse;
            for (int c = 0; c < x.columns(); c++) {
                float inner = Math.fma(-along, x.at(t, c), dy.at(t, c) * gain.at(0, c));
                dx.set(t, c, Math.fma(inverse, inner, dx.at(t, c)));
            }
        }
    }

    @Override
    public void addRmsNormGainGradient(Tensor dy, Tensor x, Tensor scale, Tensor dgain) {
        for (int t = 0; t < x.rows(); t++) {
            for (int c = 0; c < x.columns(); c++) {
                dgain.set(0, c, Math.fma(dy.at(t, c), x.at(t, c) * scale.at(t, 0), dgain.at(0, c)));
            }
        }
    }

    @Override
    public void layerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor y, Tensor statistics) {
        float[] partial = new float[PARTIALS];
        for (int t = 0; t < x.rows(); t++) {
            Arrays.fill(partial, 0);
            for (int c = 0; c < x.columns(); c++) {
                partial[c % PARTIALS] += x.at(t, c);
            }
            float mean = Functions.tree(partial) / x.columns();
            Arrays.fill(partial, 0);
            for (int c = 0; c < x.columns(); c++) {
                float difference = x.at(t, c) - mean;
                partial[c % PARTIALS] = Math.fma(difference, difference, partial[c % PARTIALS]);
            }
            float inverse = 1 / (float) Math.sqrt(Functions.tree(partial) / x.columns() + epsilon);
            statistics.set(t, 0, mean);
            statistics.set(t, 1, inverse);
            for (int c = 0; c < x.columns(); c++) {
                y.set(t, c, Math.fma((x.at(t, c) - mean) * inverse, gain.at(0, c), bias.at(0, c)));
            }
        }
    }

    @Override
    public void addLayerNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor statistics, Tensor dx) {
        float[] plain = new float[PARTIALS];
        float[] along = new float[PARTIALS];
        for (int t = 0; t < x.rows(); t++) {
            float mean = statistics.at(t, 0);
            float inverse = statistics.at(t, 1);
            Arrays.fill(plain, 0);
            Arrays.fill(along, 0);
            for (int c = 0; c < x.columns(); c++) {
                float g = dy.at(t, c) * gain.at(0, c);
                plain[c % PARTIALS] += g;
                along[c % PARTIALS] = Math.fma(g, (x.at(t, c) - mean) * inverse, along[c % PARTIALS]);
            }
            float meanOfG = Functions.tree(plain) / x.columns();
            float meanAlong = Functions.tree(along) / x.columns();
            for (int c = 0; c < x.columns(); c++) {
                float centred = dy.at(t, c) * gain.at(0, c) - meanOfG;
                float inner = Math.fma(-meanAlong, (x.at(t, c) - mean) * inverse, centred);
                dx.set(t, c, Math.fma(inverse, inner, dx.at(t, c)));
            }
        }
    }

    @Override
    public void addLayerNormGainGradient(Tensor dy, Tensor x, Tensor statistics, Tensor dgain) {
        for (int t = 0; t < x.rows(); t++) {
            for (int c = 0; c < x.columns(); c++) {
                float normal = (x.at(t, c) - statistics.at(t, 0)) * statistics.at(t, 1);
                dgain.set(0, c, Math.fma(dy.at(t, c), normal, dgain.at(0, c)));
            }
        }
    }

    @Override
    public void rotate(Tensor x, Rotation rotation, int[] positions, Tensor y) {
        turn(x, rotation, positions, 1, y);
    }

    @Override
    public void rotateBack(Tensor dy, Rotation rotation, int[] positions, Tensor dx) {
        turn(dy, rotation, positions, -1, dx);
    }

    /// @param direction 1, or -1 to turn back
    private static void turn(Tensor x, Rotation rotation, int[] positions, int direction, Tensor y) {
        int half = rotation.cosines().columns();
        for (int t = 0; t < x.rows(); t++) {
            for (int c = 0; c < x.columns(); c++) {
                int i = c % rotation.headSize();
                if (i >= 2 * half) {
                    y.set(t, c, x.at(t, c));
                } else if (i < half) {
                    float cosine = rotation.cosines().at(positions[t], i);
                    float sine = direction * rotation.sines().at(positions[t], i);
                    float a = x.at(t, c);
                    float b = x.at(t, c + half);
                    y.set(t, c, Math.fma(a, cosine, -(b * sine)));
                    y.set(t, c + half, Math.fma(b, cosine, a * sine));
                }
            }
        }
    }

    @Override
    public void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
        float[] output = new float[heads.size()];
        for (Span span : spans) {
            for (int i = 0; i < span.queries(); i++) {
                for (int head = 0; head < heads.heads(); head++) {
                    attendOne(q, k, v, span, i, head, heads, output, y, logSumExps);
                }
            }
        }
    }

    private static void attendOne(Tensor q, Tensor k, Tensor v, Span span, int i, int head, Heads heads,
            float[] output, Tensor y, Tensor logSumExps) {
        int size = heads.size();
        int row = span.firstQuery() + i;
        int last = span.position(i);
        int column = head / heads.group() * size;
        float[] p = new float[KEY_BLOCK];
        float maximum = Float.NEGATIVE_INFINITY;
        float sum = 0;
        Arrays.fill(output, 0);
        int first = heads.firstVisible(last);
        for (int block = first / KEY_BLOCK * KEY_BLOCK; block <= last; block += KEY_BLOCK) {
            int from = Math.max(first, block);
            int to = Math.min(last, block + KEY_BLOCK - 1);
            float before = maximum;
            for (int j = from; j <= to; j++) {
                p[j - block] = score(q, row, head * size, k, span.row(j), column, size) * heads.scale();
                if (heads.isCapped()) {
                    p[j - block] = heads.cap() * Functions.tanh(p[j - block] / heads.cap());
                }
                maximum = Math.max(maximum, p[j - block]);
            }
            float[] partial = new float[PARTIALS];
            for (int j = from; j <= to; j++) {
                p[j - block] = Functions.exp(p[j - block] - maximum);
                partial[(j - block) % PARTIALS] += p[j - block];
            }
            float shrink = Functions.exp(before - maximum);
            sum = Math.fma(sum, shrink, Functions.tree(partial));
            for (int d = 0; d < size; d++) {
                output[d] *= shrink;
                for (int j = from; j <= to; j++) {
                    output[d] = Math.fma(p[j - block], v.at(span.row(j), column + d), output[d]);
                }
            }
        }
        for (int d = 0; d < size; d++) {
            y.set(row, head * size + d, output[d] / sum);
        }
        logSumExps.set(row, head, maximum + Functions.log(sum));
    }

    private static float score(Tensor a, int aRow, int aColumn, Tensor b, int bRow, int bColumn, int size) {
        float sum = 0;
        for (int d = 0; d < size; d++) {
            sum = Math.fma(a.at(aRow, aColumn + d), b.at(bRow, bColumn + d), sum);
        }
        return sum;
    }

    @Override
    public void addAttendGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y,
            Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv) {
        for (Span span : spans) {
            for (int head = 0; head < heads.heads(); head++) {
                for (int i = 0; i < span.queries(); i++) {
                    attendGradientOne(dy, q, k, v, span, i, head, heads, y, logSumExps, dq, dk, dv);
                }
            }
        }
    }

    private static void attendGradientOne(Tensor dy, Tensor q, Tensor k, Tensor v, Span span, int i, int head,
            Heads heads, Tensor y, Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv) {
        int size = heads.size();
        int row = span.firstQuery() + i;
        int last = span.position(i);
        int own = head * size;
        int shared = head / heads.group() * size;
        float[] partial = new float[PARTIALS];
        for (int d = 0; d < size; d++) {
            partial[d % PARTIALS] = Math.fma(dy.at(row, own + d), y.at(row, own + d), partial[d % PARTIALS]);
        }
        float mean = Functions.tree(partial);
        for (int j = heads.firstVisible(last); j <= last; j++) {
            int key = span.row(j);
            float score = score(q, row, own, k, key, shared, size);
            float share = heads.isCapped() ? Functions.tanh(score * heads.scale() / heads.cap()) : 0;
            float p = Functions.exp(heads.isCapped() ? Math.fma(share, heads.cap(), -logSumExps.at(row, head))
                    : Math.fma(score, heads.scale(), -logSumExps.at(row, head)));
            float ds = p * (score(dy, row, own, v, key, shared, size) - mean) * heads.scale();
            if (heads.isCapped()) {
                ds *= Math.fma(-share, share, 1);
            }
            for (int d = 0; d < size; d++) {
                dv.set(key, shared + d, Math.fma(p, dy.at(row, own + d), dv.at(key, shared + d)));
                dk.set(key, shared + d, Math.fma(ds, q.at(row, own + d), dk.at(key, shared + d)));
                dq.set(row, own + d, Math.fma(ds, k.at(key, shared + d), dq.at(row, own + d)));
            }
        }
    }

    @Override
    public void crossEntropy(Tensor logits, int[] labels, Tensor losses, Tensor logSumExps) {
        for (int t = 0; t < logits.rows(); t++) {
            float maximum = Float.NEGATIVE_INFINITY;
            for (int c = 0; c < logits.columns(); c++) {
                maximum = Math.max(maximum, logits.at(t, c));
            }
            float[] partial = new float[PARTIALS];
            for (int c = 0; c < logits.columns(); c++) {
                partial[c % PARTIALS] += Functions.exp(logits.at(t, c) - maximum);
            }
            float logSumExp = maximum + Functions.log(Functions.tree(partial));
            logSumExps.set(t, 0, logSumExp);
            losses.set(t, 0, logSumExp - logits.at(t, labels[t]));
        }
    }

    @Override
    public void toCrossEntropyGradient(Tensor logits, int[] labels, Tensor logSumExps, float weight) {
        for (int t = 0; t < logits.rows(); t++) {
            for (int c = 0; c < logits.columns(); c++) {
                float p = Functions.exp(logits.at(t, c) - logSumExps.at(t, 0));
                logits.set(t, c, weight * (c == labels[t] ? p - 1 : p));
            }
        }
    }

    @Override
    public double sumOfSquares(Tensor x) {
        double sum = 0;
        for (int start = 0; start < x.size(); start += STRETCH) {
            float[] partial = new float[PARTIALS];
            for (int i = start; i < Math.min(x.size(), start + STRETCH); i++) {
                float value = x.data()[x.offset() + i];
                partial[i % PARTIALS] = Math.fma(value, value, partial[i % PARTIALS]);
            }
            sum += Functions.tree(partial);
        }
        return sum;
    }

    @Override
    public void adamW(AdamW.Step step, Tensor value, Tensor gradient, Tensor mean, Tensor square) {
        for (int r = 0; r < value.rows(); r++) {
            for (int c = 0; c < value.columns(); c++) {
                float g = gradient.at(r, c) * step.scale();
                float m = Math.fma(step.beta1(), mean.at(r, c), (1 - step.beta1()) * g);
                float v = Math.fma(step.beta2(), square.at(r, c), (1 - step.beta2()) * g * g);
                float root = Math.fma((float) Math.sqrt(v), step.rootScale(), step.epsilon());
                mean.set(r, c, m);
                square.set(r, c, v);
                value.set(r, c, Math.fma(-step.rate(), m / root, value.at(r, c) * step.keep()));
            }
        }
    }
}
