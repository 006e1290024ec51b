package minarai.engine;

import static minarai.engine.FreeList.START;
import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The three products of a linear layer, as one blocked product `c += a · b`.
///
/// The rows of `a` are packed once into tiles, shared by all threads. The columns of `b` are cut into panels of two
/// vectors (or of eight columns, for the low ranks of adapters, where `a` is read as it lies); a task owns a group of
/// panels, and where there are few of them a part of the tiles. For one stretch of depth after the other it packs,
/// turns or expands the group into a piece of scratch memory that stays in the second-level cache, unless `b` lies so
/// already, and runs [ProductTile], [ScaledTile] or [NarrowTile] over its tiles of rows. So each element is one chain
/// over ascending depth.
final class SimdProducts {

    /// Columns of one packed panel.
    static final int WIDTH = 2 * LANES;
    /// Columns of a panel of [NarrowTile].
    private static final int NARROW = 8;
    /// So many columns are done by [NarrowTile], if the vectors allow it; more would waste less in wide panels.
    private static final int MOST_NARROW = LANES >= NARROW ? WIDTH - NARROW : 0;
    private static final int ROWS = ProductTile.ROWS;
    /// Into so many stretches the usual depth of a panel is cut at most where more panels are packed side by side.
    private static final int MOST_STRETCHES = 4;

    private final Workers workers;
    private final Blocking blocking;
    private final Scratch[] scratch;
    private float[] packedRows = {};
    private float[] turned = {};

    /// What one thread works in.
    private static final class Scratch {
        final float[] panels;
        final float[] block = new float[WIDTH * WIDTH];
        final float[] edge = new float[Math.max(ROWS * WIDTH, NarrowTile.ROWS * NARROW)];

        Scratch(Blocking blocking) {
            panels = new float[START + blocking.group() * (blocking.depth() * WIDTH + MOST_STRETCHES * LANES)];
        }
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

        /// Panels of a matrix's columns.
        record Columns(Tensor matrix) implements Right {
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

        boolean isNarrow() {
            return width == NARROW && width < WIDTH;
        }

        /// Rows of a tile.
        int tileRows() {
            return isNarrow() ? NarrowTile.ROWS : ROWS;
        }

        int panels() {
            return Math.ceilDiv(c.columns(), width);
        }
    }

    SimdProducts(Workers workers, Blocking blocking) {
        this.workers = workers;
        this.blocking = blocking;
        scratch = new Scratch[workers.threads()];
        Arrays.setAll(scratch, i -> new Scratch(blocking));
    }

    /// How much depth goes through a tile at once: all of it where the sum is needed before it is scaled, less of it
    /// where columns of a matrix are packed, so that more panels are packed side by side and memory is read in longer
    /// stretches.
    private int depthAtOnce(Product p) {
        if (p.isScaled()) {
            return p.depth;
        }
        boolean isOfColumns = p.b instanceof Right.Columns && !p.isNarrow();
        return Math.min(p.depth, isOfColumns ? blocking.depth() / MOST_STRETCHES : blocking.depth());
    }

    /// How many panels fit the scratch memory.
    private int most(Product p) {
        return (scratch[0].panels.length - START) / (depthAtOnce(p) * p.width + LANES);
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
        if (x.columns() > blocking.deepest()) {
            throw new IllegalArgumentException("a rank of %d; these kernels take %d at most"
                    .formatted(x.columns(), blocking.deepest()));
        }
        run(new Product(Left.rows(x), new Right.Rows(w), x.columns(), width(y.columns()), y, false, scale));
    }

    void addProduct(Tensor dy, Matrix w, Tensor dx) {
        int width = w instanceof Panels ? WIDTH : width(dx.columns());
        Right b = switch (w) {
            case Panels panels -> {
                requireWidth(panels);
                yield new Right.Across(panels);
            }
            case Tensor weight -> new Right.Columns(weight);
        };
        run(new Product(Left.rows(dy), b, dy.columns(), width, dx, false, Float.NaN));
    }

    /// A product with few columns is made turned, its few rows first: so nothing of `dy` need be packed.
    ///
    /// @param isFresh whether `dw` starts from zero, whatever it holds
    void transposedProduct(Tensor dy, Tensor x, Tensor dw, boolean isFresh) {
        if (dw.columns() > MOST_NARROW || dw.rows() <= dw.columns()) {
            run(new Product(Left.columns(dy), new Right.Columns(x), x.rows(), WIDTH, dw, isFresh, Float.NaN));
            return;
        }
        if (turned.length < dw.size()) {
            turned = new float[dw.size()];
        }
        Tensor turnedGradient = Tensor.over(turned, 0, dw.columns(), dw.rows());
        if (!isFresh) {
            turn(dw, turnedGradient);
        }
        run(new Product(Left.columns(x), new Right.Columns(dy), x.rows(), WIDTH, turnedGradient, isFresh, Float.NaN));
        turn(turnedGradient, dw);
    }

    private static void turn(Tensor x, Tensor y) {
        for (int row = 0; row < x.rows(); row++) {
            for (int column = 0; column < x.columns(); column++) {
                y.set(column, row, x.at(row, column));
            }
        }
    }

    private static int width(int columns) {
        return columns <= MOST_NARROW ? NARROW : WIDTH;
    }

    /// Decoding: the weights are read once, at the memory's speed.
    private void multiplyRow(Tensor x, Panels weight, Tensor y) {
        int pairs = Math.ceilDiv(weight.rows(), 2 * WIDTH);
        workers.split(pairs, Math.max(1, 32_768 / (x.columns() * 2 * WIDTH)), (worker, first, end) -> {
            float[] edge = scratch[worker].edge;
            for (int pair = first; pair < end; pair++) {
                int column = pair * 2 * WIDTH;
                SimdPanels.multiplyRow(weight, 2 * pair, x.data(), x.offset(), edge);
                System.arraycopy(edge, 0, y.data(), y.offset() + column, Math.min(2 * WIDTH, y.columns() - column));
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
        int most = Math.max(p.tileRows(), blocking.packed() / depthAtOnce(p) / p.tileRows() * p.tileRows());
        int chunks = Math.ceilDiv(c.rows(), most);
        int perChunk = Math.ceilDiv(Math.ceilDiv(c.rows(), chunks), p.tileRows()) * p.tileRows();
        int depth = Math.max(1, blocking.packed() / Math.min(perChunk, c.rows()) / depthAtOnce(p)) * depthAtOnce(p);
        for (int first = 0; first < c.rows(); first += perChunk) {
            for (int from = 0; from < p.depth; from += depth) {
                int rows = Math.min(perChunk, c.rows() - first);
                multiply(new Piece(p, first, rows, from, Math.min(p.depth, from + depth)));
            }
        }
    }

    /// A part of a product whose rows of `a` are packed at once.
    ///
    /// @param first row of `c`
    /// @param rows  how many
    /// @param from  first depth
    /// @param end   one past the last depth
    private record Piece(Product p, int first, int rows, int from, int end) {

        int tiles() {
            return Math.ceilDiv(rows, p.tileRows());
        }

        /// Where a packed tile begins: all tiles of a stretch of depth lie together.
        int place(int tile, int start, int depth) {
            return (start - from) * rows + tile * ROWS * depth;
        }
    }

    private void multiply(Piece piece) {
        Product p = piece.p;
        long size = (long) piece.rows * (piece.end - piece.from);
        int tiles = piece.tiles();
        if (!p.isNarrow()) {
            if (packedRows.length < size + LANES) {
                packedRows = new float[Math.toIntExact(size + LANES)];
            }
            workers.split(tiles, Math.max(1, 16_384 / ((piece.end - piece.from) * ROWS)), (worker, from, end) ->
                    packRows(piece, from, end));
        }
        int panels = p.panels();
        if (size * p.c.columns() < blocking.small()) {
            group(piece, 0, 0, panels, 0, tiles);
            return;
        }
        int wanted = blocking.tasks() * workers.threads();
        int groups = p.depth <= blocking.shallow() && tiles >= wanted ? 1 : groups(panels, most(p));
        int parts = groups >= wanted ? 1 : Math.min(tiles, Math.ceilDiv(wanted, groups));
        workers.run(groups * parts, (worker, task) -> {
            int group = task / parts;
            int part = task % parts;
            group(piece, worker, share(panels, group, groups), share(panels, group + 1, groups),
                    share(tiles, part, parts), share(tiles, part + 1, parts));
        });
    }

    /// Where share `i` of `count` begins.
    private static int share(int count, int i, int parts) {
        return (int) ((long) count * i / parts);
    }

    /// How many groups share out the panels: the fewest that keep all threads busy to the end.
    ///
    /// @param most panels of a group at most
    private int groups(int panels, int most) {
        int threads = workers.threads();
        int best = panels;
        long least = Long.MAX_VALUE;
        for (int size = Math.min(most, panels); size >= 1; size--) {
            int groups = Math.ceilDiv(panels, size);
            long longest = (long) Math.ceilDiv(groups, threads) * Math.ceilDiv(panels, groups);
            if (longest < least) {
                least = longest;
                best = groups;
            }
        }
        return best;
    }

    /// Packs tiles `top` to `bottom - 1`.
    private void packRows(Piece piece, int top, int bottom) {
        Product p = piece.p;
        int count = Math.min(piece.rows, bottom * ROWS) - top * ROWS;
        for (int from = piece.from; from < piece.end; from += depthAtOnce(p)) {
            int depth = Math.min(depthAtOnce(p), piece.end - from);
            p.a.pack(piece.first + top * ROWS, count, from, depth, packedRows, piece.place(top, from, depth));
        }
    }

    /// Panels `left` to `right - 1` of tiles `top` to `bottom - 1`; as many at once as fit the scratch memory.
    private void group(Piece piece, int worker, int left, int right, int top, int bottom) {
        Product p = piece.p;
        int most = most(p);
        for (int panel = left; panel < right; panel += most) {
            int end = Math.min(right, panel + most);
            for (int from = piece.from; from < piece.end; from += depthAtOnce(p)) {
                int depth = Math.min(depthAtOnce(p), piece.end - from);
                multiplyStretch(piece, scratch[worker], panel, end, from, depth, top, bottom);
            }
        }
    }

    private void multiplyStretch(Piece piece, Scratch own, int left, int right, int from, int depth, int top,
            int bottom) {
        Product p = piece.p;
        int width = p.width;
        float[] data = own.panels;
        int start = START;
        // The panels of a group must not lie a whole number of pages apart: they would drive each other out of caches.
        int panelStride = depth * width + LANES;
        if (p.b instanceof Right.Packed(FloatPanels weight)) {
            data = weight.data();
            panelStride = p.depth * width;
            start = START + left * panelStride + from * width;
        } else {
            pack(p, own, left, right, from, depth, panelStride);
        }
        for (int tile = top; tile < bottom; tile++) {
            for (int panel = left; panel < right; panel++) {
                tile(piece, own, tile, from, depth, data, start + (panel - left) * panelStride, panel * width);
            }
        }
    }

    /// Packs panels `left` to `right - 1`.
    private static void pack(Product p, Scratch own, int left, int right, int from, int depth, int stride) {
        switch (p.b) {
            case Right.Columns(Tensor matrix) ->
                    SimdPacking.panelsOfColumns(matrix, left, right, p.width, from, depth, own.panels, START, stride);
            case Right.Across(Panels weight) ->
                    SimdPacking.panelsAcross(weight, left, right, from, depth, own.block, own.panels, START, stride);
            case Right.Packed(CodedPanels weight) -> {
                for (int panel = left; panel < right; panel++) {
                    SimdPanels.expand(weight, panel, from, depth, own.panels, START + (panel - left) * stride);
                }
            }
            case Right.Rows(Tensor matrix) -> {
                for (int panel = left; panel < right; panel++) {
                    SimdPacking.panelOfRows(matrix, panel, p.width, from, depth, own.panels,
                            START + (panel - left) * stride);
                }
            }
            case Right.Packed(FloatPanels _) -> throw new IllegalStateException("read in place");
        }
    }

    private void tile(Piece piece, Scratch own, int tile, int from, int depth, float[] b, int bi, int column) {
        Product p = piece.p;
        Tensor c = p.c;
        int row = piece.first + tile * p.tileRows();
        int rows = Math.min(p.tileRows(), piece.first + piece.rows - row);
        int stride = c.columns();
        int ci = c.offset() + row * stride + column;
        int columns = Math.min(p.width, stride - column);
        boolean clears = p.isFresh && from == 0;
        if (columns == WIDTH && !p.isScaled()) {
            if (clears) {
                SimdPacking.clear(c.data(), ci, rows, stride);
            }
            ProductTile.add(rows, depth, packedRows, piece.place(tile, from, depth), b, bi, c.data(), ci, stride);
            return;
        }
        if (columns == WIDTH) {
            ScaledTile.add(rows, depth, p.scale, packedRows, piece.place(tile, from, depth), b, bi, c.data(), ci,
                    stride);
            return;
        }
        float[] edge = own.edge;
        Arrays.fill(edge, 0, rows * p.width, 0);
        if (!clears && !p.isScaled()) {
            for (int r = 0; r < rows; r++) {
                System.arraycopy(c.data(), ci + r * stride, edge, r * p.width, columns);
            }
        }
        if (p.isNarrow()) {
            NarrowTile.add(rows, depth, p.a.data, p.a.offset + row * p.a.rowStride + from, p.a.rowStride, b, bi, edge,
                    0, p.width);
        } else {
            ProductTile.add(rows, depth, packedRows, piece.place(tile, from, depth), b, bi, edge, 0, p.width);
        }
        if (p.isScaled()) {
            addScaled(p.scale, edge, p.width, c.data(), ci, stride, rows, columns);
            return;
        }
        for (int r = 0; r < rows; r++) {
            System.arraycopy(edge, r * p.width, c.data(), ci + r * stride, columns);
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
