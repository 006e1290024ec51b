package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// How attention lays out the rows of one head so that [PanelTile] can read them.
///
/// A turned panel is features x [#WIDTH] rows and serves as either operand of scores; a copied panel is rows x
/// [#WIDTH] features and serves as the right operand of sums over rows. A block is [ReferenceKernels#KEY_BLOCK] rows:
/// its turned panels one after the other, or its copied panels, as many as the features need.
final class AttentionPanels {

    /// Rows of a turned panel and columns of a copied one.
    static final int WIDTH = 2 * LANES;
    static final int BLOCK = ReferenceKernels.KEY_BLOCK;
    /// Most rows of a tile: with the two vectors of the right operand and a broadcast they fit 32 or 16 registers.
    static final int ROWS = PanelTile.ROWS;

    private AttentionPanels() {
    }

    /// `size` features, rounded up to whole panels.
    static int padded(int size) {
        return Math.ceilDiv(size, WIDTH) * WIDTH;
    }

    /// An array of at least `length` numbers, `array` itself if it has them.
    static float[] grown(float[] array, long length) {
        return array.length >= length ? array : new float[Math.toIntExact(length)];
    }

    /// Turns rows, for one thread.
    static final class Turning {

        /// A panel's rows, side by side.
        private float[] rows = {};

        /// Turns `count` rows, of which row `r` starts at `data[at[r]]`, into panels from `target[to]` on. What fills
        /// the last panel up repeats the last row.
        void turn(float[] data, int[] at, int count, int size, float[] target, int to) {
            rows = grown(rows, (long) WIDTH * size);
            for (int first = 0; first < count; first += WIDTH, to += size * WIDTH) {
                for (int r = 0; r < WIDTH; r++) {
                    System.arraycopy(data, at[Math.min(first + r, count - 1)], rows, r * size, size);
                }
                int whole = size / LANES * LANES;
                for (int d = 0; d < whole; d += LANES) {
                    Transposition.block(rows, d, size, LANES, target, to + d * WIDTH, WIDTH);
                    Transposition.block(rows, LANES * size + d, size, LANES, target, to + d * WIDTH + LANES, WIDTH);
                }
                for (int d = whole; d < size; d++) {
                    for (int r = 0; r < WIDTH; r++) {
                        target[to + d * WIDTH + r] = rows[r * size + d];
                    }
                }
            }
        }
    }

    /// Copies rows `from` to `to - 1` of a block, of which row `r` starts at `data[at[r]]`, to where they stand in the
    /// block at `target[start]`.
    static void copy(float[] data, int[] at, int from, int to, int size, float[] target, int start) {
        for (int d = 0; d < size; d += WIDTH) {
            int width = Math.min(WIDTH, size - d);
            int panel = start + d * BLOCK;
            for (int r = from; r < to; r++) {
                int source = at[r] + d;
                int out = panel + r * WIDTH;
                if (width == WIDTH) {
                    FloatVector.fromArray(SPECIES, data, source).intoArray(target, out);
                    FloatVector.fromArray(SPECIES, data, source + LANES).intoArray(target, out + LANES);
                } else {
                    System.arraycopy(data, source, target, out, width);
                }
            }
        }
    }

    /// The products of rows `from` to `to - 1` of the turned block at `a[ai]` with all rows of the turned panel at
    /// `b[bi]`, each one chain over ascending features from zero.
    ///
    /// @param products [#BLOCK] x [#WIDTH]; rows `from` to `to - 1` are overwritten
    static void multiply(float[] a, int ai, float[] b, int bi, int size, int from, int to, float[] products) {
        Arrays.fill(products, from * WIDTH, to * WIDTH, 0);
        for (int panel = from / WIDTH * WIDTH; panel < to; panel += WIDTH) {
            int first = Math.max(from - panel, 0);
            int rows = Math.min(to - panel, WIDTH) - first;
            int parts = Math.ceilDiv(rows, ROWS);
            for (int part = 0; part < parts; part++) {
                int start = first + rows * part / parts;
                int end = first + rows * (part + 1) / parts;
                PanelTile.add(end - start, size, a, ai + panel * size + start, b, bi, products, (panel + start) * WIDTH,
                        WIDTH);
            }
        }
    }
}
