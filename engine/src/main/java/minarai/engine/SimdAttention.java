package minarai.engine;

import static minarai.engine.AttentionPanels.BLOCK;
import static minarai.engine.AttentionPanels.WIDTH;
import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.NOTHING;
import static minarai.engine.VectorFunctions.PARTIALS;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// Attention by tiles of up to [AttentionPanels#WIDTH] rows against blocks of keys, one task for each tile.
///
/// A row is a query of one head; the rows of the heads that share a key-value head stand together, position by
/// position, so a block of keys is read once for all of them. Scores lie as keys x rows: lanes run across rows, and
/// the softmax needs no sum along a vector. Keys and values are packed once for all tiles, unless a sequence has so few
/// rows (decoding) that its keys are read where they are. Memory is linear in the length.
final class SimdAttention {

    private static final int KEYS_AT_ONCE = 8;

    private final Workers workers;
    private final Tile[] tiles;
    private float[] keys = {};
    private float[] values = {};

    /// What one call is about.
    private record Call(Tensor q, Tensor k, Tensor v, Heads heads, AttentionBlocks packed, Tensor y,
            Tensor logSumExps) {
    }

    SimdAttention(Workers workers) {
        this.workers = workers;
        tiles = new Tile[workers.threads()];
        Arrays.setAll(tiles, i -> new Tile());
    }

    /// How many bytes it keeps for keys and values.
    long bytes(Span[] spans, Heads heads) {
        return (long) Float.BYTES * blocks(spans, heads).count() * BLOCK
                * (heads.size() + AttentionPanels.padded(heads.size()));
    }

    private static AttentionBlocks blocks(Span[] spans, Heads heads) {
        return new AttentionBlocks(spans, heads.keyValueHeads(),
                span -> rows(span, heads) <= LANES ? 0 : span.keys());
    }

    void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
        int size = heads.size();
        AttentionBlocks packed = blocks(spans, heads);
        keys = AttentionPanels.grown(keys, (long) packed.count() * BLOCK * size);
        values = AttentionPanels.grown(values, (long) packed.count() * BLOCK * AttentionPanels.padded(size));
        var call = new Call(q, k, v, heads, packed, y, logSumExps);
        workers.run(packed.count(), (worker, index) -> {
            int s = packed.sequence(index);
            tiles[worker].pack(call, spans[s], packed.head(s, index), packed.row(s, index), index);
        });
        var queries = new QueryTiles(spans, heads);
        workers.run(queries.count(), (worker, index) -> {
            int s = queries.sequence(index);
            tiles[worker].attend(call, spans[s], s, queries.head(s, index), queries.row(s, index));
        });
    }

    private static int rows(Span span, Heads heads) {
        return Math.multiplyExact(span.queries(), heads.group());
    }

    /// What one thread works in: a tile of rows.
    private final class Tile {
        private final int[] at = new int[BLOCK];
        private final AttentionPanels.Turning turning = new AttentionPanels.Turning();
        private final VisibleBand visible = new VisibleBand();
        private final float[] p = new float[(BLOCK + KEYS_AT_ONCE) * WIDTH];
        private final float[] partial = new float[PARTIALS * WIDTH];
        private final float[] maximum = new float[WIDTH];
        private final float[] sum = new float[WIDTH];
        private final float[] shrink = new float[WIDTH];
        private float[] turned = {};
        private float[] own = {};
        private float[] output = {};

        void pack(Call call, Span span, int head, int position, int index) {
            int size = call.heads.size();
            int count = Math.min(BLOCK, span.keys() - position);
            locate(call.k, span, position, 0, count, head * size);
            turning.turn(call.k.data(), at, count, size, keys, index * BLOCK * size);
            locate(call.v, span, position, 0, count, head * size);
            AttentionPanels.copy(call.v.data(), at, 0, count, size, values,
                    index * BLOCK * AttentionPanels.padded(size));
        }

        /// Notes where keys `from` to `to - 1` of the block at `position` start.
        private void locate(Tensor x, Span span, int position, int from, int to, int column) {
            for (int j = from; j < to; j++) {
                at[j] = x.offset() + span.row(position + j) * x.columns() + column;
            }
        }

        /// Rows `firstRow` and on of one key-value head of sequence `s`.
        void attend(Call call, Span span, int s, int head, int firstRow) {
            Heads heads = call.heads;
            int rows = Math.min(WIDTH, rows(span, heads) - firstRow);
            start(call, span, head, firstRow, rows);
            boolean isPacked = rows(span, heads) > LANES;
            int last = visible.end[rows - 1];
            for (int block = visible.first[0] / BLOCK * BLOCK; block < last; block += BLOCK) {
                int from = Math.max(visible.first[0] - block, 0);
                int to = Math.min(last - block, BLOCK);
                if (isPacked) {
                    int row = (call.packed.first(s, head) + block / BLOCK) * BLOCK;
                    AttentionPanels.multiply(keys, row * heads.size(), turned, 0, heads.size(), from, to, p);
                    addBlock(heads, rows, block, from, to, values, row * AttentionPanels.padded(heads.size()));
                } else {
                    locate(call.k, span, block, from, to, head * heads.size());
                    scores(call.k.data(), heads.size(), from, to);
                    locate(call.v, span, block, from, to, head * heads.size());
                    AttentionPanels.copy(call.v.data(), at, from, to, heads.size(), own, 0);
                    addBlock(heads, rows, block, from, to, own, 0);
                }
            }
            finish(call, span, head, firstRow, rows);
        }

        private void start(Call call, Span span, int head, int firstRow, int rows) {
            Heads heads = call.heads;
            int group = heads.group();
            int padded = AttentionPanels.padded(heads.size());
            turned = AttentionPanels.grown(turned, heads.size() * WIDTH);
            own = AttentionPanels.grown(own, padded * BLOCK);
            output = AttentionPanels.grown(output, padded * WIDTH);
            for (int c = 0; c < rows; c++) {
                int i = (firstRow + c) / group;
                at[c] = call.q.offset() + (span.firstQuery() + i) * call.q.columns()
                        + (head * group + (firstRow + c) % group) * heads.size();
                visible.first[c] = heads.firstVisible(span.position(i));
                visible.end[c] = span.position(i) + 1;
            }
            turning.turn(call.q.data(), at, rows, heads.size(), turned, 0);
            Arrays.fill(maximum, Float.NEGATIVE_INFINITY);
            Arrays.fill(sum, 0);
            Arrays.fill(output, 0, rows * padded, 0);
        }

        /// Scores of a few rows with the keys that start at `data[at[from]]` and on.
        private void scores(float[] data, int size, int from, int to) {
            Arrays.fill(at, to, Math.min(to + KEYS_AT_ONCE, BLOCK), at[to - 1]);
            for (int j = from; j < to; j += KEYS_AT_ONCE) {
                int last = BLOCK - 1;
                int at0 = at[j];
                int at1 = at[Math.min(j + 1, last)];
                int at2 = at[Math.min(j + 2, last)];
                int at3 = at[Math.min(j + 3, last)];
                int at4 = at[Math.min(j + 4, last)];
                int at5 = at[Math.min(j + 5, last)];
                int at6 = at[Math.min(j + 6, last)];
                int at7 = at[Math.min(j + 7, last)];
                var s0 = FloatVector.zero(SPECIES);
                var s1 = s0;
                var s2 = s0;
                var s3 = s0;
                var s4 = s0;
                var s5 = s0;
                var s6 = s0;
                var s7 = s0;
                for (int d = 0; d < size; d++) {
                    var q = FloatVector.fromArray(SPECIES, turned, d * WIDTH);
                    s0 = FloatVector.broadcast(SPECIES, data[at0 + d]).fma(q, s0);
                    s1 = FloatVector.broadcast(SPECIES, data[at1 + d]).fma(q, s1);
                    s2 = FloatVector.broadcast(SPECIES, data[at2 + d]).fma(q, s2);
                    s3 = FloatVector.broadcast(SPECIES, data[at3 + d]).fma(q, s3);
                    s4 = FloatVector.broadcast(SPECIES, data[at4 + d]).fma(q, s4);
                    s5 = FloatVector.broadcast(SPECIES, data[at5 + d]).fma(q, s5);
                    s6 = FloatVector.broadcast(SPECIES, data[at6 + d]).fma(q, s6);
                    s7 = FloatVector.broadcast(SPECIES, data[at7 + d]).fma(q, s7);
                }
                NOTHING.add(s0).intoArray(p, j * WIDTH);
                NOTHING.add(s1).intoArray(p, (j + 1) * WIDTH);
                NOTHING.add(s2).intoArray(p, (j + 2) * WIDTH);
                NOTHING.add(s3).intoArray(p, (j + 3) * WIDTH);
                NOTHING.add(s4).intoArray(p, (j + 4) * WIDTH);
                NOTHING.add(s5).intoArray(p, (j + 5) * WIDTH);
                NOTHING.add(s6).intoArray(p, (j + 6) * WIDTH);
                NOTHING.add(s7).intoArray(p, (j + 7) * WIDTH);
            }
        }

        /// Takes keys `from` to `to - 1` of a block, whose scores are in `p`, into the running softmax.
        private void addBlock(Heads heads, int rows, int block, int from, int to, float[] rowsOfValues, int value) {
            int stride = AttentionPanels.padded(heads.size());
            if (heads.isCapped()) {
                SimdSoftCap.forward(heads.scale(), heads.cap(), p, from * WIDTH, to * WIDTH);
            }
            hide(rows, block, from, Math.min(to, visible.first[rows - 1] - block));
            hide(rows, block, Math.max(from, visible.end[0] - block), to);
            for (int c = 0; c < rows; c += LANES) {
                exponentials(c, from, to, heads.isCapped() ? 1 : heads.scale());
            }
            int begun = rows;
            while (visible.first[begun - 1] >= block + to) {
                begun--;
            }
            Arrays.fill(maximum, begun, rows, Float.NEGATIVE_INFINITY);
            Arrays.fill(sum, begun, rows, 0);
            for (int c = 0; c < begun; c++) {
                for (int d = c * stride; d < (c + 1) * stride; d += LANES) {
                    FloatVector.fromArray(SPECIES, output, d).mul(shrink[c]).intoArray(output, d);
                }
            }
            visible.addProducts(rows, block + from, block + to, p, rowsOfValues, value, block, output, stride);
        }

        /// Sets the scores that a row does not see to minus infinity.
        private void hide(int rows, int block, int from, int to) {
            for (int j = from; j < to; j++) {
                for (int c = 0; c < rows; c++) {
                    if (block + j < visible.first[c] || block + j >= visible.end[c]) {
                        p[j * WIDTH + c] = Float.NEGATIVE_INFINITY;
                    }
                }
            }
        }

        /// One vector of rows: scales the scores and takes them into the running maximum; the maximum before goes to
        /// `shrink`. A maximum has no order, so there are several, which do not wait for each other.
        private void scaleAndMaximum(int c, int from, int to, float scale) {
            var m0 = FloatVector.fromArray(SPECIES, maximum, c);
            m0.intoArray(shrink, c);
            var m1 = m0;
            var m2 = m0;
            var m3 = m0;
            int at = from * WIDTH + c;
            int end = to * WIDTH;
            for (; at + 3 * WIDTH < end; at += 4 * WIDTH) {
                var s0 = FloatVector.fromArray(SPECIES, p, at).mul(scale);
                var s1 = FloatVector.fromArray(SPECIES, p, at + WIDTH).mul(scale);
                var s2 = FloatVector.fromArray(SPECIES, p, at + 2 * WIDTH).mul(scale);
                var s3 = FloatVector.fromArray(SPECIES, p, at + 3 * WIDTH).mul(scale);
                s0.intoArray(p, at);
                s1.intoArray(p, at + WIDTH);
                s2.intoArray(p, at + 2 * WIDTH);
                s3.intoArray(p, at + 3 * WIDTH);
                m0 = m0.max(s0);
                m1 = m1.max(s1);
                m2 = m2.max(s2);
                m3 = m3.max(s3);
            }
            for (; at < end; at += WIDTH) {
                var s = FloatVector.fromArray(SPECIES, p, at).mul(scale);
                s.intoArray(p, at);
                m0 = m0.max(s);
            }
            m0.max(m1).max(m2.max(m3)).intoArray(maximum, c);
        }

        /// One vector of rows: `p = exp(scale * p - maximum)`, and the running maximum and sum.
        private void exponentials(int c, int from, int to, float scale) {
            scaleAndMaximum(c, from, to, scale);
            var before = FloatVector.fromArray(SPECIES, shrink, c);
            var greatest = FloatVector.fromArray(SPECIES, maximum, c);
            for (int lane = 0; lane < PARTIALS; lane++) {
                var total = FloatVector.zero(SPECIES);
                int first = lane < from ? lane + Math.ceilDiv(from - lane, PARTIALS) * PARTIALS : lane;
                for (int j = first; j < to; j += PARTIALS) {
                    var e = VectorFunctions.exp(FloatVector.fromArray(SPECIES, p, j * WIDTH + c).sub(greatest));
                    e.intoArray(p, j * WIDTH + c);
                    total = total.add(e);
                }
                NOTHING.add(total).intoArray(partial, lane * WIDTH + c);
            }
            VectorFunctions.tree(partial, c, WIDTH);
            var less = VectorFunctions.exp(before.sub(greatest));
            less.intoArray(shrink, c);
            FloatVector.fromArray(SPECIES, sum, c).fma(less, FloatVector.fromArray(SPECIES, partial, c))
                    .intoArray(sum, c);
        }

        private void finish(Call call, Span span, int head, int firstRow, int rows) {
            int size = call.heads.size();
            int group = call.heads.group();
            int stride = AttentionPanels.padded(size);
            Tensor y = call.y;
            for (int c = 0; c < rows; c++) {
                int row = span.firstQuery() + (firstRow + c) / group;
                int queryHead = head * group + (firstRow + c) % group;
                for (int d = c * stride; d < (c + 1) * stride; d += LANES) {
                    FloatVector.fromArray(SPECIES, output, d).div(sum[c]).intoArray(output, d);
                }
                System.arraycopy(output, c * stride, y.data(), y.offset() + row * y.columns() + queryHead * size, size);
                call.logSumExps.set(row, queryHead, maximum[c] + Functions.log(sum[c]));
            }
        }
    }
}
