package minarai.engine;

import static minarai.engine.AttentionPanels.BLOCK;
import static minarai.engine.AttentionPanels.WIDTH;
import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.NOTHING;
import static minarai.engine.VectorFunctions.PARTIALS;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The gradient of attention. A task owns all it writes, whatever the sequences share, and this is done in one of two
/// ways, with the same chains of sums.
///
/// Where there are enough key-value heads and sequences for all threads, a task takes one head of a whole family of
/// sequences: tile by tile of key rows it makes the scores and adds to `dk`, `dv` and `dq`. Otherwise there are two
/// passes, one over tiles of queries for `dq`, one over tiles of key rows for `dk` and `dv`. Each makes the scores for
/// itself, which costs seven products instead of five and no memory for them.
///
/// In the pass for `dq` alone a row is a query of one head, as in [SimdAttention], and weights lie as keys x rows; in
/// the others they lie as queries x keys, so that the sums run down the columns of a block, and for `dq` they are
/// turned.
final class SimdAttentionGradient {

    private final Workers workers;
    private final Tile[] tiles;
    private float[] means = {};
    private float[] keysTurned = {};
    private float[] keysCopied = {};
    private float[] valuesTurned = {};
    private float[] queriesTurned = {};
    private float[] queriesCopied = {};
    private float[] slopesTurned = {};
    private float[] slopesCopied = {};

    /// What one call is about.
    private record Call(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y,
            Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv, AttentionBlocks keys, AttentionBlocks queries,
            boolean isOnePass) {
    }

    SimdAttentionGradient(Workers workers) {
        this.workers = workers;
        tiles = new Tile[workers.threads()];
        Arrays.setAll(tiles, i -> new Tile());
    }

    void add(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps,
            Tensor dq, Tensor dk, Tensor dv) {
        var keys = new AttentionBlocks(spans, heads.keyValueHeads(), Span::keys);
        var queries = new AttentionBlocks(spans, heads.heads(), Span::queries);
        var keyTiles = new KeyTiles(spans);
        boolean isOnePass = keyTiles.isOnePassBetter(spans, heads.keyValueHeads(), tiles.length);
        var call = new Call(dy, q, k, v, spans, heads, y, logSumExps, dq, dk, dv, keys, queries, isOnePass);
        makeRoom(heads, isOnePass ? 0 : keys.count(), queries.count());
        workers.run(queries.count(), (worker, index) -> tiles[worker].packQueries(call, index));
        if (isOnePass) {
            workers.run(keyTiles.families() * heads.keyValueHeads(), (worker, task) -> {
                int family = task / heads.keyValueHeads();
                for (int tile = keyTiles.firstTile(family); tile < keyTiles.endTile(family); tile++) {
                    tiles[worker].addTile(call, task % heads.keyValueHeads(), keyTiles.firstRow(tile),
                            keyTiles.endRow(tile));
                }
            });
            return;
        }
        workers.run(keys.count(), (worker, index) -> tiles[worker].packKeys(call, index));
        addToQueries(call);
        workers.run(keyTiles.count() * heads.keyValueHeads(), (worker, task) -> {
            int tile = task / heads.keyValueHeads();
            tiles[worker].addTile(call, task % heads.keyValueHeads(), keyTiles.firstRow(tile), keyTiles.endRow(tile));
        });
    }

    /// How many bytes it keeps at the most for queries, keys and values, turned and copied.
    long bytes(Span[] spans, Heads heads) {
        long keys = new AttentionBlocks(spans, heads.keyValueHeads(), Span::keys).count();
        long queries = new AttentionBlocks(spans, heads.heads(), Span::queries).count();
        int size = heads.size();
        int padded = AttentionPanels.padded(size);
        return Float.BYTES * BLOCK * (queries * (1 + 2L * (size + padded)) + keys * (2L * size + padded));
    }

    private void addToQueries(Call call) {
        Span[] spans = call.spans;
        Heads heads = call.heads;
        var queries = new QueryTiles(spans, heads);
        workers.run(queries.count(), (worker, index) -> {
            int s = queries.sequence(index);
            tiles[worker].addToQueries(call, s, queries.head(s, index), queries.row(s, index));
        });
    }

    private void makeRoom(Heads heads, long keyBlocks, long queryBlocks) {
        int size = heads.size();
        int padded = AttentionPanels.padded(size);
        means = AttentionPanels.grown(means, queryBlocks * BLOCK);
        keysTurned = AttentionPanels.grown(keysTurned, keyBlocks * BLOCK * size);
        keysCopied = AttentionPanels.grown(keysCopied, keyBlocks * BLOCK * padded);
        valuesTurned = AttentionPanels.grown(valuesTurned, keyBlocks * BLOCK * size);
        queriesTurned = AttentionPanels.grown(queriesTurned, queryBlocks * BLOCK * size);
        queriesCopied = AttentionPanels.grown(queriesCopied, queryBlocks * BLOCK * padded);
        slopesTurned = AttentionPanels.grown(slopesTurned, queryBlocks * BLOCK * size);
        slopesCopied = AttentionPanels.grown(slopesCopied, queryBlocks * BLOCK * padded);
    }

    /// What one thread works in: a tile of queries or of keys.
    private final class Tile {
        private final int[] at = new int[BLOCK];
        private final AttentionPanels.Turning turning = new AttentionPanels.Turning();
        private final VisibleBand visible = new VisibleBand();
        private final VisibleBand seen = new VisibleBand();
        private final float[] turned = new float[WIDTH * WIDTH];
        private final float[] p = new float[BLOCK * WIDTH];
        private final float[] ds = new float[BLOCK * WIDTH];
        private final float[] partial = new float[PARTIALS * LANES];
        private final float[] logSumExp = new float[WIDTH];
        private final float[] mean = new float[WIDTH];
        private float[] outputs = {};
        private float[] left = {};
        private float[] right = {};
        private float[] sums = {};
        private float[] moreSums = {};
        private float[] querySums = {};
        private float[] keys = {};

        void packKeys(Call call, int index) {
            int s = call.keys.sequence(index);
            int size = call.heads.size();
            int column = call.keys.head(s, index) * size;
            Span span = call.spans[s];
            int position = call.keys.row(s, index);
            int count = Math.min(BLOCK, span.keys() - position);
            locateKeys(call.k, span, position, count, column);
            turning.turn(call.k.data(), at, count, size, keysTurned, index * BLOCK * size);
            AttentionPanels.copy(call.k.data(), at, 0, count, size, keysCopied,
                    index * BLOCK * AttentionPanels.padded(size));
            locateKeys(call.v, span, position, count, column);
            turning.turn(call.v.data(), at, count, size, valuesTurned, index * BLOCK * size);
        }

        /// Notes where the keys at `position` and after start.
        private void locateKeys(Tensor x, Span span, int position, int count, int column) {
            for (int j = 0; j < count; j++) {
                at[j] = x.offset() + span.row(position + j) * x.columns() + column;
            }
        }

        void packQueries(Call call, int index) {
            int s = call.queries.sequence(index);
            int size = call.heads.size();
            int head = call.queries.head(s, index);
            int first = call.queries.row(s, index);
            int count = Math.min(BLOCK, call.spans[s].queries() - first);
            int row = call.spans[s].firstQuery() + first;
            int padded = index * BLOCK * AttentionPanels.padded(size);
            locateQueries(call.q, row, count, head * size);
            turning.turn(call.q.data(), at, count, size, queriesTurned, index * BLOCK * size);
            AttentionPanels.copy(call.q.data(), at, 0, count, size, queriesCopied, padded);
            locateQueries(call.dy, row, count, head * size);
            turning.turn(call.dy.data(), at, count, size, slopesTurned, index * BLOCK * size);
            AttentionPanels.copy(call.dy.data(), at, 0, count, size, slopesCopied, padded);
            locateQueries(call.y, row, count, head * size);
            outputs = AttentionPanels.grown(outputs, BLOCK * size);
            turning.turn(call.y.data(), at, count, size, outputs, 0);
            for (int i = 0; i < count; i += LANES) {
                means(index, i, size);
            }
        }

        /// `dy · y` of one vector of a block's queries, reduced as a row each: what the slopes of a query's scores have
        /// in common.
        private void means(int index, int first, int size) {
            int panel = first / WIDTH * WIDTH * size + first % WIDTH;
            for (int lane = 0; lane < PARTIALS; lane++) {
                var sum = FloatVector.zero(SPECIES);
                for (int d = lane; d < size; d += PARTIALS) {
                    sum = FloatVector.fromArray(SPECIES, slopesTurned, index * BLOCK * size + panel + d * WIDTH)
                            .fma(FloatVector.fromArray(SPECIES, outputs, panel + d * WIDTH), sum);
                }
                NOTHING.add(sum).intoArray(partial, lane * LANES);
            }
            VectorFunctions.tree(partial, 0, LANES);
            FloatVector.fromArray(SPECIES, partial, 0).intoArray(means, index * BLOCK + first);
        }

        private void locateQueries(Tensor x, int row, int count, int column) {
            for (int i = 0; i < count; i++) {
                at[i] = x.offset() + (row + i) * x.columns() + column;
            }
        }

        /// `dq` of rows `firstRow` and on of one key-value head of sequence `s`, block by block of keys.
        void addToQueries(Call call, int s, int head, int firstRow) {
            Heads heads = call.heads;
            Span span = call.spans[s];
            int size = heads.size();
            int stride = AttentionPanels.padded(size);
            int rows = Math.min(WIDTH, span.queries() * heads.group() - firstRow);
            startQueries(call, span, s, head, firstRow, rows);
            locateRows(call.dq, span, heads, head, firstRow, rows);
            load(call.dq, rows, size, sums);
            int last = visible.end[rows - 1];
            for (int block = visible.first[0] / BLOCK * BLOCK; block < last; block += BLOCK) {
                int from = Math.max(visible.first[0] - block, 0);
                int to = Math.min(last - block, BLOCK);
                int index = call.keys.first(s, head) + block / BLOCK;
                AttentionPanels.multiply(keysTurned, index * BLOCK * size, left, 0, size, from, to, p);
                AttentionPanels.multiply(valuesTurned, index * BLOCK * size, right, 0, size, from, to, ds);
                for (int c = 0; c < rows; c += LANES) {
                    slopesOfColumns(c, from, to, heads);
                }
                visible.addProducts(rows, block + from, block + to, ds, keysCopied, index * BLOCK * stride, block, sums,
                        stride);
            }
            store(call.dq, rows, size, sums);
        }

        private void startQueries(Call call, Span span, int s, int head, int firstRow, int rows) {
            Heads heads = call.heads;
            makeRoom(heads.size());
            for (int c = 0; c < rows; c++) {
                int i = (firstRow + c) / heads.group();
                int row = span.firstQuery() + i;
                int queryHead = head * heads.group() + (firstRow + c) % heads.group();
                visible.first[c] = heads.firstVisible(span.position(i));
                visible.end[c] = span.position(i) + 1;
                logSumExp[c] = call.logSumExps.at(row, queryHead);
                mean[c] = means[(call.queries.first(s, queryHead) + i / BLOCK) * BLOCK + i % BLOCK];
            }
            locateRows(call.q, span, heads, head, firstRow, rows);
            turning.turn(call.q.data(), at, rows, heads.size(), left, 0);
            locateRows(call.dy, span, heads, head, firstRow, rows);
            turning.turn(call.dy.data(), at, rows, heads.size(), right, 0);
        }

        private void makeRoom(int size) {
            int padded = AttentionPanels.padded(size);
            left = AttentionPanels.grown(left, size * WIDTH);
            right = AttentionPanels.grown(right, size * WIDTH);
            sums = AttentionPanels.grown(sums, padded * WIDTH);
            moreSums = AttentionPanels.grown(moreSums, padded * WIDTH);
            querySums = AttentionPanels.grown(querySums, padded * WIDTH);
            keys = AttentionPanels.grown(keys, padded * BLOCK);
        }

        /// Notes where the tile's rows start in a tensor of queries.
        private void locateRows(Tensor x, Span span, Heads heads, int head, int firstRow, int rows) {
            int group = heads.group();
            for (int c = 0; c < rows; c++) {
                at[c] = x.offset() + (span.firstQuery() + (firstRow + c) / group) * x.columns()
                        + (head * group + (firstRow + c) % group) * heads.size();
            }
        }

        private void load(Tensor x, int rows, int size, float[] target) {
            int stride = AttentionPanels.padded(size);
            for (int c = 0; c < rows; c++) {
                System.arraycopy(x.data(), at[c], target, c * stride, size);
            }
        }

        private void store(Tensor x, int rows, int size, float[] source) {
            int stride = AttentionPanels.padded(size);
            for (int c = 0; c < rows; c++) {
                System.arraycopy(source, c * stride, x.data(), at[c], size);
            }
        }

        /// `p = exp(scale * p - logSumExp)`, `ds = p * (ds - mean) * scale`, a query for each lane.
        private void slopesOfColumns(int c, int from, int to, Heads heads) {
            float scale = heads.scale();
            var shift = FloatVector.fromArray(SPECIES, logSumExp, c).neg();
            var middle = FloatVector.fromArray(SPECIES, mean, c);
            if (heads.isCapped()) {
                for (int j = from * WIDTH + c; j < to * WIDTH; j += WIDTH) {
                    cappedSlope(j, heads, shift, middle);
                }
                return;
            }
            for (int j = from * WIDTH + c; j < to * WIDTH; j += WIDTH) {
                var e = VectorFunctions.exp(FloatVector.fromArray(SPECIES, p, j)
                        .fma(FloatVector.broadcast(SPECIES, scale), shift));
                e.mul(FloatVector.fromArray(SPECIES, ds, j).sub(middle)).mul(scale).intoArray(ds, j);
            }
        }

        /// The same for softly limited scores, `p = exp(cap * share - logSumExp)` with `share = tanh(scale * p / cap)`,
        /// whose slopes shrink by `1 - share²`; `p` is kept.
        private void cappedSlope(int j, Heads heads, FloatVector shift, FloatVector middle) {
            var share = VectorFunctions.tanh(FloatVector.fromArray(SPECIES, p, j).mul(heads.scale()).div(heads.cap()));
            var e = VectorFunctions.exp(share.fma(FloatVector.broadcast(SPECIES, heads.cap()), shift));
            e.intoArray(p, j);
            e.mul(FloatVector.fromArray(SPECIES, ds, j).sub(middle)).mul(heads.scale()).mul(SimdSoftCap.slope(share))
                    .intoArray(ds, j);
        }

        /// The same for one query, a key for each lane; `p` is kept.
        private void slopesOfRow(int row, int columns, Heads heads, float shift, float middle) {
            float scale = heads.scale();
            if (heads.isCapped()) {
                var shifts = FloatVector.broadcast(SPECIES, -shift);
                var means = FloatVector.broadcast(SPECIES, middle);
                for (int j = row * WIDTH; j < row * WIDTH + columns; j += LANES) {
                    cappedSlope(j, heads, shifts, means);
                }
                return;
            }
            for (int j = row * WIDTH; j < row * WIDTH + columns; j += LANES) {
                var e = VectorFunctions.exp(FloatVector.fromArray(SPECIES, p, j)
                        .fma(FloatVector.broadcast(SPECIES, scale), FloatVector.broadcast(SPECIES, -shift)));
                e.intoArray(p, j);
                e.mul(FloatVector.fromArray(SPECIES, ds, j).sub(middle)).mul(scale).intoArray(ds, j);
            }
        }

        /// What the key rows `first` to `end - 1` of one key-value head give and get, sequence by sequence: `dk` and
        /// `dv`, and in one pass `dq` too.
        void addTile(Call call, int head, int first, int end) {
            int size = call.heads.size();
            int columns = end - first;
            makeRoom(size);
            locateQueries(call.dk, first, columns, head * size);
            load(call.dk, columns, size, sums);
            locateQueries(call.dv, first, columns, head * size);
            load(call.dv, columns, size, moreSums);
            locateQueries(call.k, first, columns, head * size);
            turning.turn(call.k.data(), at, columns, size, left, 0);
            if (call.isOnePass) {
                AttentionPanels.copy(call.k.data(), at, 0, columns, size, keys, 0);
            }
            locateQueries(call.v, first, columns, head * size);
            turning.turn(call.v.data(), at, columns, size, right, 0);
            for (int s = 0; s < call.spans.length; s++) {
                Span span = call.spans[s];
                if (first >= span.firstKey() && first < span.firstKey() + span.own()) {
                    addToKeys(call, s, head, span.shared() + first - span.firstKey(), columns);
                } else if (first >= span.firstShared() && first < span.firstShared() + span.shared()) {
                    addToKeys(call, s, head, first - span.firstShared(), columns);
                }
            }
            locateQueries(call.dk, first, columns, head * size);
            store(call.dk, columns, size, sums);
            locateQueries(call.dv, first, columns, head * size);
            store(call.dv, columns, size, moreSums);
        }

        /// What the queries of sequence `s` add to its keys at `position` and after.
        private void addToKeys(Call call, int s, int head, int position, int columns) {
            Heads heads = call.heads;
            Span span = call.spans[s];
            int before = span.position(0);
            for (int c = 0; c < columns; c++) {
                long last = (long) position + c + heads.window() - before;
                visible.first[c] = Math.max(0, position + c - before);
                visible.end[c] = Math.clamp(last, 0, span.queries());
            }
            int from = visible.first[0];
            int to = visible.end[columns - 1];
            for (int queryHead = head * heads.group(); queryHead < (head + 1) * heads.group(); queryHead++) {
                for (int block = from / BLOCK * BLOCK; block < to; block += BLOCK) {
                    int start = Math.max(from, block);
                    int end = Math.min(to, block + BLOCK);
                    addBlock(call, s, queryHead, block, start, end, columns);
                    if (call.isOnePass) {
                        addToQueries(call, span, queryHead, block, start, end, position, columns);
                    }
                }
            }
        }

        /// What queries `from` to `to - 1` of one head add.
        private void addBlock(Call call, int s, int head, int block, int from, int to, int columns) {
            int size = call.heads.size();
            int stride = AttentionPanels.padded(size);
            int index = call.queries.first(s, head) + block / BLOCK;
            int row = call.spans[s].firstQuery() + block;
            AttentionPanels.multiply(queriesTurned, index * BLOCK * size, left, 0, size, from - block, to - block, p);
            AttentionPanels.multiply(slopesTurned, index * BLOCK * size, right, 0, size, from - block, to - block, ds);
            for (int i = from - block; i < to - block; i++) {
                slopesOfRow(i, columns, call.heads, call.logSumExps.at(row + i, head),
                        means[index * BLOCK + i]);
            }
            visible.addProducts(columns, from, to, p, slopesCopied, index * BLOCK * stride, block, moreSums, stride);
            visible.addProducts(columns, from, to, ds, queriesCopied, index * BLOCK * stride, block, sums, stride);
        }

        /// What the tile's keys, the first at `position`, add to `dq` of queries `from` to `to - 1` of one head, as
        /// many at once as a panel is wide.
        private void addToQueries(Call call, Span span, int head, int block, int from, int to, int position,
                int columns) {
            int size = call.heads.size();
            int stride = AttentionPanels.padded(size);
            for (int half = block; half < to; half += WIDTH) {
                int start = Math.max(from, half);
                int rows = Math.min(to, half + WIDTH) - start;
                if (rows <= 0) {
                    continue;
                }
                for (int i = 0; i < rows; i++) {
                    int own = span.position(start + i) - position;
                    seen.first[i] = Math.clamp((long) call.heads.firstVisible(own + position) - position, 0, columns);
                    seen.end[i] = Math.clamp(own + 1L, 0, columns);
                    at[i] = (start - block + i) * WIDTH;
                }
                turning.turn(ds, at, rows, WIDTH, turned, 0);
                locateQueries(call.dq, span.firstQuery() + start, rows, head * size);
                load(call.dq, rows, size, querySums);
                seen.addProducts(rows, 0, columns, turned, keys, 0, 0, querySums, stride);
                store(call.dq, rows, size, querySums);
            }
        }
    }
}
