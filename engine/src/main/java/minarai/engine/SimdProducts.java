package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The three products of a linear layer, as one blocked product `c += a · b`.
///
/// Depth is cut into stretches that fit the caches. For each, `b` is packed once into panels of two vectors and shared
/// by all threads (or is read as it is, when a weight was packed at load); each task packs a few tiles of rows of `a`
/// for itself and runs [ProductTile] over them, so an element is still one chain over ascending depth.
final class SimdProducts {

    /// Columns of one packed panel.
    static final int WIDTH = 2 * LANES;
    /// Rows of one tile: with the two vectors of `b` and a broadcast they fill 32 or 16 registers.
    private static final int ROWS = LANES == 16 ? 14 : 6;
    private static final int DEPTH = 512;
    private static final int TILES = 4;
    private static final int PANELS_IN_CACHE = 8;

    private final Workers workers;
    private final float[][] packedRows;
    private final float[][] edges;
    private float[] packedPanels = {};

    /// How an operand lies in memory: element (row, depth) at `offset + row * rowStride + depth * depthStride`.
    private record Operand(float[] data, int offset, int rowStride, int depthStride) {

        static Operand rows(Tensor x) {
            return new Operand(x.data(), x.offset(), x.columns(), 1);
        }

        static Operand columns(Tensor x) {
            return new Operand(x.data(), x.offset(), 1, x.columns());
        }
    }

    /// Writes panel `index` of `b` for depths `from` to `from + depth - 1` to `packedPanels[to]`.
    @FunctionalInterface
    private interface Packing {
        void pack(int index, int from, int depth, float[] target, int to);
    }

    SimdProducts(Workers workers) {
        this.workers = workers;
        packedRows = new float[workers.threads()][TILES * ROWS * DEPTH + LANES];
        edges = new float[workers.threads()][ROWS * WIDTH];
    }

    void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
        switch (w) {
            case Panels panels -> {
                requireWidth(panels);
                product(Operand.rows(x), panels.data(), (index, from, depth, target, to) -> { }, x.columns(), y, true);
            }
            case Tensor weight -> product(Operand.rows(x), new float[0],
                    (index, from, depth, target, to) -> packRows(weight, index, from, depth, target, to),
                    x.columns(), y, true);
        }
    }

    void addProduct(Tensor dy, Matrix w, Tensor dx) {
        Packing packing = switch (w) {
            case Panels panels -> (index, from, depth, target, to) ->
                    packAcross(panels, index, from, depth, target, to);
            case Tensor weight -> (index, from, depth, target, to) ->
                    packColumns(weight, index, from, depth, target, to);
        };
        product(Operand.rows(dy), new float[0], packing, dy.columns(), dx, false);
    }

    void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
        product(Operand.columns(dy), new float[0],
                (index, from, depth, target, to) -> packColumns(x, index, from, depth, target, to), x.rows(), dw,
                false);
    }

    /// @param ready      `b` as it was packed at load, over the whole depth, or empty if it must be packed here
    /// @param isFresh    whether `c` starts from zero
    private void product(Operand a, float[] ready, Packing packing, int depth, Tensor c, boolean isFresh) {
        if (c.size() == 0 || depth == 0) {
            if (isFresh) {
                c.fill(0);
            }
            return;
        }
        int panels = Math.ceilDiv(c.columns(), WIDTH);
        boolean isReady = ready.length > 0;
        if (!isReady && packedPanels.length < panels * WIDTH * Math.min(depth, DEPTH)) {
            packedPanels = new float[panels * WIDTH * Math.min(depth, DEPTH)];
        }
        int down = Math.ceilDiv(c.rows(), TILES * ROWS);
        int wanted = 4 * workers.threads();
        int across = down >= wanted ? 1 : Math.min(panels, Math.ceilDiv(wanted, down));
        for (int from = 0; from < depth; from += DEPTH) {
            int length = Math.min(DEPTH, depth - from);
            int start = from;
            if (!isReady) {
                workers.split(panels, Math.max(1, 16_384 / (length * WIDTH)), (first, end) -> {
                    for (int panel = first; panel < end; panel++) {
                        packing.pack(panel, start, length, packedPanels, panel * length * WIDTH);
                    }
                });
            }
            float[] b = isReady ? ready : packedPanels;
            int panelStride = (isReady ? depth : length) * WIDTH;
            int bStart = isReady ? from * WIDTH : 0;
            boolean clears = isFresh && from == 0;
            run(down * across, (worker, task) -> {
                int block = task / across;
                int first = (int) ((long) panels * (task % across) / across);
                int end = (int) ((long) panels * (task % across + 1) / across);
                block(worker, a, block * TILES * ROWS, start, length, b, bStart, panelStride, first, end, c, clears);
            });
        }
    }

    private void run(int tasks, Workers.Task task) {
        workers.run(tasks, task);
    }

    /// Up to [#TILES] tiles of rows of `c` times panels `first` to `end - 1`.
    private void block(int worker, Operand a, int firstRow, int from, int depth, float[] b, int bStart,
            int panelStride, int first, int end, Tensor c, boolean clears) {
        int rows = Math.min(TILES * ROWS, c.rows() - firstRow);
        float[] packed = packedRows[worker];
        for (int r = 0; r < rows; r += ROWS) {
            packTile(a, firstRow + r, Math.min(ROWS, rows - r), from, depth, packed, r * depth);
        }
        if (clears) {
            int left = first * WIDTH;
            int right = Math.min(c.columns(), end * WIDTH);
            for (int r = firstRow; r < firstRow + rows; r++) {
                int at = c.offset() + r * c.columns();
                Arrays.fill(c.data(), at + left, at + right, 0);
            }
        }
        for (int group = first; group < end; group += PANELS_IN_CACHE) {
            for (int r = 0; r < rows; r += ROWS) {
                for (int panel = group; panel < Math.min(end, group + PANELS_IN_CACHE); panel++) {
                    tile(worker, Math.min(ROWS, rows - r), depth, packed, r * depth, b,
                            bStart + panel * panelStride, c, firstRow + r, panel * WIDTH);
                }
            }
        }
    }

    private void tile(int worker, int rows, int depth, float[] a, int ai, float[] b, int bi, Tensor c, int row,
            int column) {
        int stride = c.columns();
        int ci = c.offset() + row * stride + column;
        int columns = stride - column;
        if (columns >= WIDTH) {
            ProductTile.add(rows, depth, a, ai, b, bi, c.data(), ci, stride);
            return;
        }
        float[] edge = edges[worker];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(c.data(), ci + r * stride, edge, r * WIDTH, columns);
        }
        ProductTile.add(rows, depth, a, ai, b, bi, edge, 0, WIDTH);
        for (int r = 0; r < rows; r++) {
            System.arraycopy(edge, r * WIDTH, c.data(), ci + r * stride, columns);
        }
    }

    /// Packs `rows` rows side by side for each depth.
    private static void packTile(Operand a, int row, int rows, int from, int depth, float[] target, int to) {
        float[] data = a.data;
        int start = a.offset + row * a.rowStride + from * a.depthStride;
        if (a.depthStride == 1) {
            for (int r = 0; r < rows; r++) {
                int source = start + r * a.rowStride;
                for (int i = 0, out = to + r; i < depth; i++, out += rows) {
                    target[out] = data[source + i];
                }
            }
            return;
        }
        for (int i = 0; i < depth; i++) {
            int source = start + i * a.depthStride;
            int out = to + i * rows;
            int r = 0;
            // A whole vector may write past this depth's rows: the next depth overwrites that.
            for (; r < rows && i < depth - 1 && source + r + LANES <= data.length; r += LANES) {
                FloatVector.fromArray(SPECIES, data, source + r).intoArray(target, out + r);
            }
            for (; r < rows; r++) {
                target[out + r] = data[source + r];
            }
        }
    }

    /// A panel whose columns are rows of the weight: a transposition.
    private static void packRows(Tensor weight, int index, int from, int depth, float[] target, int to) {
        int rows = Math.min(WIDTH, weight.rows() - index * WIDTH);
        float[] data = weight.data();
        for (int start = 0; start < depth; start += 128) {
            int end = Math.min(depth, start + 128);
            for (int r = 0; r < WIDTH; r++) {
                int out = to + start * WIDTH + r;
                int source = weight.offset() + (index * WIDTH + r) * weight.columns() + from;
                for (int i = start; i < end; i++, out += WIDTH) {
                    target[out] = r < rows ? data[source + i] : 0;
                }
            }
        }
    }

    /// A panel whose columns are columns of the matrix: stretches of rows, copied.
    private static void packColumns(Tensor matrix, int index, int from, int depth, float[] target, int to) {
        int columns = Math.min(WIDTH, matrix.columns() - index * WIDTH);
        float[] data = matrix.data();
        int source = matrix.offset() + from * matrix.columns() + index * WIDTH;
        for (int i = 0; i < depth; i++, source += matrix.columns(), to += WIDTH) {
            if (columns == WIDTH) {
                FloatVector.fromArray(SPECIES, data, source).intoArray(target, to);
                FloatVector.fromArray(SPECIES, data, source + LANES).intoArray(target, to + LANES);
            } else {
                System.arraycopy(data, source, target, to, columns);
                Arrays.fill(target, to + columns, to + WIDTH, 0);
            }
        }
    }

    /// A panel whose columns are inputs of a weight that was packed for its outputs.
    private static void packAcross(Panels panels, int index, int from, int depth, float[] target, int to) {
        requireWidth(panels);
        int columns = Math.min(WIDTH, panels.columns() - index * WIDTH);
        float[] data = panels.data();
        for (int i = 0; i < depth; i++) {
            int row = from + i;
            int source = (row / WIDTH * panels.columns() + index * WIDTH) * WIDTH + row % WIDTH;
            for (int c = 0; c < WIDTH; c++) {
                target[to + i * WIDTH + c] = c < columns ? data[source + c * WIDTH] : 0;
            }
        }
    }

    private static void requireWidth(Panels panels) {
        if (panels.width() != WIDTH) {
            throw new IllegalStateException("weights packed in panels of %d rows; these kernels read panels of %d"
                    .formatted(panels.width(), WIDTH));
        }
    }
}
