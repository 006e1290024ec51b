package minarai.engine;

import static minarai.engine.ReferenceKernels.KEY_BLOCK;
import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.PARTIALS;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Attention with lanes across keys for scores and across features for sums, one task for each sequence and key-value
/// head, or on the way back, where sequences may share keys, for each key-value head; it owns all it writes. Keys (and values, on the way back) are turned once a task into blocks of
/// features x [ReferenceKernels#KEY_BLOCK] keys. Memory is linear in the length.
final class SimdAttention {

    private static final int CHUNK = 4 * LANES;

    private final Workers workers;
    private final Scratch[] scratch;

    /// What one thread works in.
    private static final class Scratch {
        float[] keys = {};
        float[] values = {};
        final float[] p = new float[KEY_BLOCK];
        final float[] ds = new float[KEY_BLOCK];
        final float[] partial = new float[PARTIALS];
    }

    SimdAttention(Workers workers) {
        this.workers = workers;
        scratch = new Scratch[workers.threads()];
        Arrays.setAll(scratch, i -> new Scratch());
    }

    void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
        workers.run(spans.length * heads.keyValueHeads(), (worker, task) -> {
            Scratch own = scratch[worker];
            Span span = spans[task / heads.keyValueHeads()];
            int shared = task % heads.keyValueHeads();
            own.keys = turn(k, span, shared, heads.size(), own.keys);
            for (int head = shared * heads.group(); head < (shared + 1) * heads.group(); head++) {
                for (int i = 0; i < span.queries(); i++) {
                    query(own, q, v, span, i, head, heads, y, logSumExps);
                }
            }
        });
    }

    private static void query(Scratch own, Tensor q, Tensor v, Span span, int i, int head, Heads heads, Tensor y,
            Tensor logSumExps) {
        int size = heads.size();
        int row = span.firstQuery() + i;
        int last = span.keys() - span.queries() + i;
        int first = heads.firstVisible(last);
        int out = y.offset() + row * y.columns() + head * size;
        float maximum = Float.NEGATIVE_INFINITY;
        float sum = 0;
        Arrays.fill(y.data(), out, out + size, 0);
        for (int block = first / KEY_BLOCK * KEY_BLOCK; block <= last; block += KEY_BLOCK) {
            int from = Math.max(first - block, 0);
            int to = Math.min(last - block, KEY_BLOCK - 1);
            scores(q, row, head * size, size, own.keys, block, own.p);
            float before = maximum;
            maximum = Math.max(before, scaleAndMaximum(own.p, from, to, heads.scale()));
            exponentials(own.p, maximum, own.partial);
            float shrink = Functions.exp(before - maximum);
            sum = Math.fma(sum, shrink, Functions.tree(own.partial));
            int value = v.offset() + head / heads.group() * size;
            int whole = Math.clamp(span.shared() - block, from, to + 1);
            if (whole > from) {
                addValues(own.p, from, whole - 1, shrink, v.data(),
                        value + (span.firstShared() + block) * v.columns(), v.columns(), y.data(), out, size);
            }
            if (whole <= to) {
                addValues(own.p, whole, to, whole > from ? 1 : shrink, v.data(),
                        value + (span.firstKey() - span.shared() + block) * v.columns(), v.columns(), y.data(), out,
                        size);
            }
        }
        divide(y.data(), out, size, sum);
        logSumExps.set(row, head, maximum + Functions.log(sum));
    }

    void addGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps,
            Tensor dq, Tensor dk, Tensor dv) {
        workers.run(heads.keyValueHeads(), (worker, shared) -> {
            Scratch own = scratch[worker];
            for (Span span : spans) {
                own.keys = turn(k, span, shared, heads.size(), own.keys);
                own.values = turn(v, span, shared, heads.size(), own.values);
                for (int head = shared * heads.group(); head < (shared + 1) * heads.group(); head++) {
                    for (int i = 0; i < span.queries(); i++) {
                        queryGradient(own, dy, q, k, span, i, head, heads, y, logSumExps, dq, dk, dv);
                    }
                }
            }
        });
    }

    private static void queryGradient(Scratch own, Tensor dy, Tensor q, Tensor k, Span span, int i, int head,
            Heads heads, Tensor y, Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv) {
        int size = heads.size();
        int row = span.firstQuery() + i;
        int last = span.keys() - span.queries() + i;
        int first = heads.firstVisible(last);
        int column = head * size;
        int at = row * y.columns() + column;
        float mean = dot(dy.data(), dy.offset() + at, y.data(), y.offset() + at, size, own.partial);
        for (int block = first / KEY_BLOCK * KEY_BLOCK; block <= last; block += KEY_BLOCK) {
            int from = Math.max(first - block, 0);
            int to = Math.min(last - block, KEY_BLOCK - 1);
            scores(q, row, column, size, own.keys, block, own.p);
            scores(dy, row, column, size, own.values, block, own.ds);
            slopes(own.p, own.ds, heads.scale(), logSumExps.at(row, head), mean);
            int whole = Math.clamp(span.shared() - block, from, to + 1);
            int key = (span.firstShared() + block) * k.columns() + head / heads.group() * size;
            spread(own.p, own.ds, from, whole - 1, size, k.columns(), dy.data(), dy.offset() + at, q.data(),
                    q.offset() + at, k.data(), k.offset() + key, dq.data(), dq.offset() + at, dk.data(),
                    dk.offset() + key, dv.data(), dv.offset() + key);
            key = (span.firstKey() - span.shared() + block) * k.columns() + head / heads.group() * size;
            spread(own.p, own.ds, whole, to, size, k.columns(), dy.data(), dy.offset() + at, q.data(),
                    q.offset() + at, k.data(), k.offset() + key, dq.data(), dq.offset() + at, dk.data(),
                    dk.offset() + key, dv.data(), dv.offset() + key);
        }
    }

    /// The rows of one head, in blocks of size x [ReferenceKernels#KEY_BLOCK]; places past the last key are undefined.
    private static float[] turn(Tensor x, Span span, int head, int size, float[] buffer) {
        int blocks = Math.ceilDiv(span.keys(), KEY_BLOCK);
        float[] target = buffer.length >= blocks * size * KEY_BLOCK ? buffer : new float[blocks * size * KEY_BLOCK];
        for (int j = 0; j < span.keys(); j++) {
            int source = x.offset() + span.row(j) * x.columns() + head * size;
            int to = j / KEY_BLOCK * size * KEY_BLOCK + j % KEY_BLOCK;
            for (int d = 0; d < size; d++, to += KEY_BLOCK) {
                target[to] = x.data()[source + d];
            }
        }
        return target;
    }

    /// `p[j]` = the product of one row with key `block + j`, ascending over features.
    private static void scores(Tensor x, int row, int column, int size, float[] turned, int block, float[] p) {
        float[] data = x.data();
        int source = x.offset() + row * x.columns() + column;
        for (int j = 0; j < KEY_BLOCK; j += CHUNK) {
            int at = block * size + j;
            var s0 = FloatVector.zero(SPECIES);
            var s1 = s0;
            var s2 = s0;
            var s3 = s0;
            for (int d = 0; d < size; d++, at += KEY_BLOCK) {
                var a = FloatVector.broadcast(SPECIES, data[source + d]);
                s0 = a.fma(FloatVector.fromArray(SPECIES, turned, at), s0);
                s1 = a.fma(FloatVector.fromArray(SPECIES, turned, at + LANES), s1);
                s2 = a.fma(FloatVector.fromArray(SPECIES, turned, at + 2 * LANES), s2);
                s3 = a.fma(FloatVector.fromArray(SPECIES, turned, at + 3 * LANES), s3);
            }
            s0.intoArray(p, j);
            s1.intoArray(p, j + LANES);
            s2.intoArray(p, j + 2 * LANES);
            s3.intoArray(p, j + 3 * LANES);
        }
    }

    /// Scales the scores, sets the invisible ones to minus infinity, and returns the greatest.
    private static float scaleAndMaximum(float[] p, int from, int to, float scale) {
        Arrays.fill(p, 0, from, Float.NEGATIVE_INFINITY);
        Arrays.fill(p, to + 1, KEY_BLOCK, Float.NEGATIVE_INFINITY);
        var maximum = FloatVector.broadcast(SPECIES, Float.NEGATIVE_INFINITY);
        for (int j = 0; j < KEY_BLOCK; j += LANES) {
            var s = FloatVector.fromArray(SPECIES, p, j).mul(scale);
            s.intoArray(p, j);
            maximum = maximum.max(s);
        }
        return maximum.reduceLanes(VectorOperators.MAX);
    }

    /// `p = exp(p - maximum)`, and its 16 partial sums.
    private static void exponentials(float[] p, float maximum, float[] partial) {
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int j = lane; j < KEY_BLOCK; j += PARTIALS) {
                var e = VectorFunctions.exp(FloatVector.fromArray(SPECIES, p, j).sub(maximum));
                e.intoArray(p, j);
                sum = sum.add(e);
            }
            sum.intoArray(partial, lane);
        }
    }

    /// `y = y * shrink + p · values`, ascending over keys.
    private static void addValues(float[] p, int from, int to, float shrink, float[] values, int value, int stride,
            float[] y, int out, int size) {
        int d = 0;
        for (; d + CHUNK <= size; d += CHUNK) {
            var y0 = FloatVector.fromArray(SPECIES, y, out + d).mul(shrink);
            var y1 = FloatVector.fromArray(SPECIES, y, out + d + LANES).mul(shrink);
            var y2 = FloatVector.fromArray(SPECIES, y, out + d + 2 * LANES).mul(shrink);
            var y3 = FloatVector.fromArray(SPECIES, y, out + d + 3 * LANES).mul(shrink);
            int at = value + from * stride + d;
            for (int j = from; j <= to; j++, at += stride) {
                var a = FloatVector.broadcast(SPECIES, p[j]);
                y0 = a.fma(FloatVector.fromArray(SPECIES, values, at), y0);
                y1 = a.fma(FloatVector.fromArray(SPECIES, values, at + LANES), y1);
                y2 = a.fma(FloatVector.fromArray(SPECIES, values, at + 2 * LANES), y2);
                y3 = a.fma(FloatVector.fromArray(SPECIES, values, at + 3 * LANES), y3);
            }
            y0.intoArray(y, out + d);
            y1.intoArray(y, out + d + LANES);
            y2.intoArray(y, out + d + 2 * LANES);
            y3.intoArray(y, out + d + 3 * LANES);
        }
        for (; d + LANES <= size; d += LANES) {
            var y0 = FloatVector.fromArray(SPECIES, y, out + d).mul(shrink);
            for (int j = from; j <= to; j++) {
                y0 = FloatVector.broadcast(SPECIES, p[j])
                        .fma(FloatVector.fromArray(SPECIES, values, value + j * stride + d), y0);
            }
            y0.intoArray(y, out + d);
        }
        for (; d < size; d++) {
            float sum = y[out + d] * shrink;
            for (int j = from; j <= to; j++) {
                sum = Math.fma(p[j], values[value + j * stride + d], sum);
            }
            y[out + d] = sum;
        }
    }

    private static void divide(float[] y, int out, int size, float sum) {
        int d = 0;
        for (; d + LANES <= size; d += LANES) {
            FloatVector.fromArray(SPECIES, y, out + d).div(sum).intoArray(y, out + d);
        }
        for (; d < size; d++) {
            y[out + d] /= sum;
        }
    }

    private static float dot(float[] a, int ai, float[] b, int bi, int size, float[] partial) {
        int whole = size / PARTIALS * PARTIALS;
        for (int lane = 0; lane < PARTIALS; lane += LANES) {
            var sum = FloatVector.zero(SPECIES);
            for (int d = lane; d < whole; d += PARTIALS) {
                sum = FloatVector.fromArray(SPECIES, a, ai + d).fma(FloatVector.fromArray(SPECIES, b, bi + d), sum);
            }
            sum.intoArray(partial, lane);
        }
        for (int d = whole; d < size; d++) {
            partial[d - whole] = Math.fma(a[ai + d], b[bi + d], partial[d - whole]);
        }
        return Functions.tree(partial);
    }

    /// `p = exp(p * scale - logSumExp)`, `ds = p * (ds - mean) * scale`.
    private static void slopes(float[] p, float[] ds, float scale, float logSumExp, float mean) {
        for (int j = 0; j < KEY_BLOCK; j += LANES) {
            var s = FloatVector.fromArray(SPECIES, p, j);
            var e = VectorFunctions.exp(s.fma(FloatVector.broadcast(SPECIES, scale),
                    FloatVector.broadcast(SPECIES, -logSumExp)));
            e.intoArray(p, j);
            e.mul(FloatVector.fromArray(SPECIES, ds, j).sub(mean)).mul(scale).intoArray(ds, j);
        }
    }

    /// For each visible key: `dv += p * dy`, `dk += ds * q`, `dq += ds * k`.
    private static void spread(float[] p, float[] ds, int from, int to, int size, int stride, float[] dy, int dyAt,
            float[] q, int qAt, float[] k, int kAt, float[] dq, int dqAt, float[] dk, int dkAt, float[] dv, int dvAt) {
        int d = 0;
        for (; d + LANES <= size; d += LANES) {
            var dyv = FloatVector.fromArray(SPECIES, dy, dyAt + d);
            var qv = FloatVector.fromArray(SPECIES, q, qAt + d);
            var dqv = FloatVector.fromArray(SPECIES, dq, dqAt + d);
            for (int j = from, at = from * stride + d; j <= to; j++, at += stride) {
                FloatVector.broadcast(SPECIES, p[j]).fma(dyv, FloatVector.fromArray(SPECIES, dv, dvAt + at))
                        .intoArray(dv, dvAt + at);
                var slope = FloatVector.broadcast(SPECIES, ds[j]);
                slope.fma(qv, FloatVector.fromArray(SPECIES, dk, dkAt + at)).intoArray(dk, dkAt + at);
                dqv = slope.fma(FloatVector.fromArray(SPECIES, k, kAt + at), dqv);
            }
            dqv.intoArray(dq, dqAt + d);
        }
        for (; d < size; d++) {
            for (int j = from, at = from * stride + d; j <= to; j++, at += stride) {
                dv[dvAt + at] = Math.fma(p[j], dy[dyAt + d], dv[dvAt + at]);
                dk[dkAt + at] = Math.fma(ds[j], q[qAt + d], dk[dkAt + at]);
                dq[dqAt + d] = Math.fma(ds[j], k[kAt + at], dq[dqAt + d]);
            }
        }
    }
}
