package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The three products of a linear layer, as one blocked product `c += a · b`.
///
/// The rows of `a` are packed once into tiles, shared by all threads. The columns of `b` are cut into panels of two
/// vectors (or of eight columns, for the low ranks of adapters); a task owns a group of panels, and for one stretch of
/// depth after the other packs, turns or expands that group into a piece of scratch memory that stays in the second-level
/// cache, unless `b` can be read where it lies, and runs [ProductTile] over all tiles of rows. So each element is one
/// chain over ascending depth, and no packing is done twice.
final class SimdProducts {

    /// Columns of one packed panel.
    static final int WIDTH = 2 * LANES;
    /// Columns of a panel of [NarrowTile].
    private static final int NARROW = 8;
    /// So many columns are done by [NarrowTile], if the vectors allow it; more would waste less in wide panels.
    private static final int MOST_NARROW = LANES >= NARROW ? WIDTH - NARROW : 0;
    private static final int ROWS = ProductTile.ROWS;
    private static final int DEPTH = 512;
    private static final int GROUP = 8;
    /// Numbers of `a` that are packed at once, 16 MiB.
    private static final int PACKED = 1 << 22;
    /// Tasks for each thread, so that one that is held up does not hold up all.
    private static final int TASKS = 2;
    /// Multiply-adds below which one thread is enough.
    private static final int SMALL = 1 << 17;

    private final Workers workers;
    private final Scratch[] scratch;
    private float[] packedRows = {};

    /// What one thread works in.
    private static final class Scratch {
        final float[] panels = new float[GROUP * DEPTH * WIDTH];
        final float[] block = new float[WIDTH * WIDTH];
        final float[] edge = new float[ROWS * WIDTH];
    }

    /// `a`: element (row, depth) at `offset + row * rowStride + depth * depthStride`; one of the strides is 1.
    private record Left(float[] data, int offset, int rowStride, int depthStride) {

        static Left rows(Tensor x) {
            return new Left(x.data(), x.offset(), x.columns(), 1);
        }

        static Left columns(Tensor x) {
            return new Left(x.data(), x.offset(), 1, x.columns());
        }

        /// Packs `count` rows as tiles.
        void pack(int row, int count, int from, int depth, float[] target, int to) {
            int at = offset + row * rowStride + from * depthStride;
            if (depthStride > 1) {
                SimdPacking.columns(data, at, depthStride, count, ROWS, depth, target, to);
                return;
            }
            for (int first = 0; first < count; first += ROWS) {
                SimdPacking.rows(data, at + first * rowStride, rowStride, Math.min(ROWS, count - first), depth, target,
                        to + first * depth);
            }
        }
    }

    /// `b`, panel by panel.
    private sealed interface Right {

        /// Panels of `weight`'s rows; f32 panels are read where they lie.
        record Packed(Panels weight) implements Right {
        }

        /// Panels of inputs of a packed weight.
        record Across(Panels weight) implements Right {
        }

        /// Panels of a matrix's rows.
        record Rows(Tensor matrix) implements Right {
        }

        /// Panels of a matrix's columns; where few rows are multiplied they are read where they lie.
        record Columns(Tensor matrix, boolean isReadInPlace) implements Right {
        }
    }

    /// One product: `c += scale * (a · b)`, or without a scale the chains go on from what `c` holds, or from zero.
    ///
    /// @param depth   length of the sums
    /// @param width   columns of a panel
    /// @param isFresh whether `c` starts from zero
    /// @param scale   NaN unless the product is made apart and then added, fused with its scale
    private record Product(Left a, Right b, int depth, int width, Tensor c, boolean isFresh, float scale) {

        boolean isScaled() {
            return !Float.isNaN(scale);
        }

        /// How much depth goes through a tile at once; all of it where the sum is needed before it is scaled.
        int stretch() {
            return isScaled() ? depth : DEPTH;
        }

        int panels() {
            return Math.ceilDiv(c.columns(), width);
        }
    }

    SimdProducts(Workers workers) {
        this.workers = workers;
        scratch = new Scratch[workers.threads()];
        Arrays.setAll(scratch, i -> new Scratch());
    }

    void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
        if (w instanceof Panels panels) {
            requireWidth(panels);
            if (x.rows() == 1 && x.columns() > 0) {
                multiplyRow(x, panels, y);
            } else {
                run(new Product(Left.rows(x), new Right.Packed(panels), x.columns(), WIDTH, y, true, Float.NaN));
            }
        } else {
            Right b = new Right.Rows((Tensor) w);
            run(new Product(Left.rows(x), b, x.columns(), width(y.columns()), y, true, Float.NaN));
        }
    }

    /// `y += scale * (x · wᵀ)`.
    void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y) {
        if (x.columns() > GROUP * DEPTH) {
            throw new IllegalArgumentException("a rank of %d; these kernels take %d at most"
                    .formatted(x.columns(), GROUP * DEPTH));
        }
        run(new Product(Left.rows(x), new Right.Rows(w), x.columns(), width(y.columns()), y, false, scale));
    }

    void addProduct(Tensor dy, Matrix w, Tensor dx) {
        boolean isNarrow = !(w instanceof Panels);
        Right b = switch (w) {
            case Panels panels -> {
                requireWidth(panels);
                yield new Right.Across(panels);
            }
            case Tensor weight -> columns(weight);
        };
        int width = isNarrow ? width(dx.columns()) : WIDTH;
        run(new Product(Left.rows(dy), b, dy.columns(), width, dx, false, Float.NaN));
    }

    void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
        run(new Product(Left.columns(dy), columns(x), x.rows(), width(dw.columns()), dw, false,
                Float.NaN));
    }

    /// A matrix of few rows is read where it lies; of many, whose pieces of a panel lie far apart, panels are copied.
    private static Right columns(Tensor matrix) {
        return new Right.Columns(matrix, matrix.rows() <= LANES);
    }

    private static int width(int columns) {
        return columns <= MOST_NARROW ? NARROW : WIDTH;
    }

    /// Decoding: the weights are read once, at the memory's speed.
    private void multiplyRow(Tensor x, Panels weight, Tensor y) {
        int panels = Math.ceilDiv(weight.rows(), WIDTH);
        workers.split(panels, Math.max(1, 32_768 / (x.columns() * WIDTH)), (worker, first, end) -> {
            float[] edge = scratch[worker].edge;
            for (int panel = first; panel < end; panel++) {
                int column = panel * WIDTH;
                if (column + WIDTH <= y.columns()) {
                    SimdPanels.multiplyRow(weight, panel, x.data(), x.offset(), y.data(), y.offset() + column);
                } else {
                    SimdPanels.multiplyRow(weight, panel, x.data(), x.offset(), edge, 0);
                    System.arraycopy(edge, 0, y.data(), y.offset() + column, y.columns() - column);
                }
            }
        });
    }

    private void run(Product p) {
        Tensor c = p.c;
        if (c.size() == 0 || p.depth == 0) {
            if (p.isFresh) {
                c.fill(0);
            }
            return;
        }
        int most = Math.max(ROWS, PACKED / p.depth / ROWS * ROWS);
        int chunks = Math.ceilDiv(c.rows(), most);
        int perChunk = Math.ceilDiv(Math.ceilDiv(c.rows(), chunks), ROWS) * ROWS;
        for (int first = 0; first < c.rows(); first += perChunk) {
            rows(p, first, Math.min(perChunk, c.rows() - first));
        }
    }

    /// Rows `first` to `first + rows - 1` of `c`.
    private void rows(Product p, int first, int rows) {
        long needed = (long) rows * p.depth + LANES;
        if (packedRows.length < needed) {
            packedRows = new float[Math.toIntExact(needed)];
        }
        int tiles = Math.ceilDiv(rows, ROWS);
        workers.split(tiles, Math.max(1, 16_384 / (p.depth * ROWS)), (worker, from, end) ->
                pack(p, first, rows, from, end));
        int panels = p.panels();
        int groups = groups(panels, workers.threads());
        int wanted = TASKS * workers.threads();
        int parts = groups >= wanted ? 1 : Math.min(tiles, Math.ceilDiv(wanted, groups));
        if ((double) rows * p.depth * p.c.columns() < SMALL) {
            group(p, 0, 0, panels, first, rows, 0, tiles);
            return;
        }
        workers.run(groups * parts, (worker, task) -> {
            int group = task / parts;
            int part = task % parts;
            group(p, worker, part(panels, group, groups), part(panels, group + 1, groups), first, rows,
                    part(tiles, part, parts), part(tiles, part + 1, parts));
        });
    }

    private static int part(int count, int i, int parts) {
        return (int) ((long) count * i / parts);
    }

    /// How many groups share out the panels: the fewest that keep all threads busy to the end.
    static int groups(int panels, int threads) {
        int best = panels;
        long least = Long.MAX_VALUE;
        for (int size = Math.min(GROUP, panels); size >= 1; size--) {
            int groups = Math.ceilDiv(panels, size);
            long longest = (long) Math.ceilDiv(groups, threads) * Math.ceilDiv(panels, groups);
            if (longest < least) {
                least = longest;
                best = groups;
            }
        }
        return best;
    }

    /// Where the packed tile begins: all tiles of a stretch of depth lie together.
    private static int place(int rows, int tile, int from, int depth) {
        return from * rows + tile * ROWS * depth;
    }

    /// Packs tiles `top` to `bottom - 1`.
    private void pack(Product p, int first, int rows, int top, int bottom) {
        int count = Math.min(rows, bottom * ROWS) - top * ROWS;
        for (int from = 0; from < p.depth; from += p.stretch()) {
            int depth = Math.min(p.stretch(), p.depth - from);
            p.a.pack(first + top * ROWS, count, from, depth, packedRows, place(rows, top, from, depth));
        }
    }

    /// Panels `left` to `right - 1` of tiles `top` to `bottom - 1`; as many at once as fit the scratch memory.
    private void group(Product p, int worker, int left, int right, int first, int rows, int top, int bottom) {
        int most = Math.min(GROUP, scratch[worker].panels.length / (Math.min(p.stretch(), p.depth) * p.width));
        for (int panel = left; panel < right; panel += most) {
            int end = Math.min(right, panel + most);
            for (int from = 0; from < p.depth; from += p.stretch()) {
                int depth = Math.min(p.stretch(), p.depth - from);
                stretch(p, scratch[worker], panel, end, from, depth, first, rows, top, bottom);
            }
        }
    }

    private void stretch(Product p, Scratch own, int left, int right, int from, int depth, int first, int rows,
            int top, int bottom) {
        int width = p.width;
        float[] data = own.panels;
        int start = 0;
        int panelStride = depth * width;
        int depthStride = width;
        int ready = left;
        switch (p.b) {
            case Right.Packed(FloatPanels weight) -> {
                data = weight.data();
                panelStride = p.depth * width;
                start = left * panelStride + from * width;
                ready = right;
            }
            case Right.Columns(Tensor matrix, boolean isReadInPlace) when isReadInPlace
                    && right * width <= matrix.columns() -> {
                data = matrix.data();
                depthStride = matrix.columns();
                panelStride = width;
                start = matrix.offset() + from * depthStride + left * width;
                ready = right;
            }
            case Right.Packed _, Right.Across _, Right.Rows _, Right.Columns _ -> {
            }
        }
        if (ready < right) {
            pack(p, own, left, right, from, depth);
        }
        for (int tile = top; tile < bottom; tile++) {
            int count = Math.min(ROWS, rows - tile * ROWS);
            int a = place(rows, tile, from, depth);
            for (int panel = left; panel < right; panel++) {
                tile(p, own, count, depth, a, data, start + (panel - left) * panelStride, depthStride,
                        first + tile * ROWS, panel * width, from == 0);
            }
        }
    }

    /// Packs panels `left` to `right - 1`, one after the other.
    private static void pack(Product p, Scratch own, int left, int right, int from, int depth) {
        if (p.b instanceof Right.Columns(Tensor matrix, boolean _)) {
            SimdPacking.panelsOfColumns(matrix, left, right, p.width, from, depth, own.panels);
            return;
        }
        for (int panel = left; panel < right; panel++) {
            int to = (panel - left) * depth * p.width;
            switch (p.b) {
                case Right.Packed(CodedPanels weight) -> SimdPanels.expand(weight, panel, from, depth, own.panels, to);
                case Right.Across(Panels weight) ->
                        SimdPacking.panelAcross(weight, panel, from, depth, own.block, own.panels, to);
                case Right.Rows(Tensor matrix) ->
                        SimdPacking.panelOfRows(matrix, panel, p.width, from, depth, own.panels, to);
                case Right.Packed(FloatPanels _), Right.Columns _ -> throw new IllegalStateException("read in place");
            }
        }
    }

    private void tile(Product p, Scratch own, int rows, int depth, int a, float[] b, int bi, int bStride, int row,
            int column, boolean isFirst) {
        Tensor c = p.c;
        int stride = c.columns();
        int ci = c.offset() + row * stride + column;
        int columns = Math.min(p.width, stride - column);
        boolean clears = p.isFresh && isFirst;
        if (columns == WIDTH && !p.isScaled()) {
            if (clears) {
                SimdPacking.clear(c.data(), ci, rows, stride);
            }
            add(p.width, rows, depth, a, b, bi, bStride, c.data(), ci, stride);
            return;
        }
        float[] edge = own.edge;
        Arrays.fill(edge, 0, rows * p.width, 0);
        if (!clears && !p.isScaled()) {
            for (int r = 0; r < rows; r++) {
                System.arraycopy(c.data(), ci + r * stride, edge, r * p.width, columns);
            }
        }
        add(p.width, rows, depth, a, b, bi, bStride, edge, 0, p.width);
        if (p.isScaled()) {
            addScaled(p.scale, edge, p.width, c.data(), ci, stride, rows, columns);
            return;
        }
        for (int r = 0; r < rows; r++) {
            System.arraycopy(edge, r * p.width, c.data(), ci + r * stride, columns);
        }
    }

    private void add(int width, int rows, int depth, int a, float[] b, int bi, int bStride, float[] c, int ci,
            int stride) {
        if (width == WIDTH) {
            ProductTile.add(rows, depth, packedRows, a, rows, b, bi, bStride, c, ci, stride);
        } else {
            NarrowTile.add(rows, depth, packedRows, a, rows, b, bi, bStride, c, ci, stride);
        }
    }

    /// `y += scale * x` on a tile.
    private static void addScaled(float scale, float[] x, int width, float[] y, int yi, int stride, int rows,
            int columns) {
        for (int xi = 0; xi < rows * width; xi += width, yi += stride) {
            int i = 0;
            for (; i + LANES <= columns; i += LANES) {
                FloatVector.fromArray(SPECIES, x, xi + i).fma(FloatVector.broadcast(SPECIES, scale),
                        FloatVector.fromArray(SPECIES, y, yi + i)).intoArray(y, yi + i);
            }
            for (; i < columns; i++) {
                y[yi + i] = Math.fma(scale, x[xi + i], y[yi + i]);
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
