package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// How attention lays out the rows of one head so that [ProductTile] can read them.
///
/// A turned panel is features x [#WIDTH] rows and serves as either operand of scores; a copied panel is rows x
/// [#WIDTH] features and serves as the right operand of sums over rows. A block is [ReferenceKernels#KEY_BLOCK] rows:
/// its turned panels one after the other, or its copied panels, as many as the features need.
final class AttentionPanels {

    /// Rows of a turned panel and columns of a copied one.
    static final int WIDTH = 2 * LANES;
    static final int BLOCK = ReferenceKernels.KEY_BLOCK;
    /// Most rows of a tile: with the two vectors of the right operand and a broadcast they fill 32 or 16 registers.
    static final int ROWS = ProductTile.ROWS;

    private static final int TURNED_AT_ONCE = 8;

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

    /// Turns `count` rows, of which row `r` starts at `data[at[r]]`, into panels from `target[to]` on. What fills the
    /// last panel up repeats the last row.
    static void turn(float[] data, int[] at, int count, int size, float[] target, int to) {
        int panels = Math.ceilDiv(count, WIDTH);
        Arrays.fill(at, count, panels * WIDTH, at[count - 1]);
        for (int panel = 0; panel < panels; panel++) {
            for (int r = 0; r < WIDTH; r += TURNED_AT_ONCE) {
                turnSome(data, at, panel * WIDTH + r, size, target, to + panel * size * WIDTH + r);
            }
        }
    }

    private static void turnSome(float[] data, int[] at, int first, int size, float[] target, int to) {
        int at0 = at[first];
        int at1 = at[first + 1];
        int at2 = at[first + 2];
        int at3 = at[first + 3];
        int at4 = at[first + 4];
        int at5 = at[first + 5];
        int at6 = at[first + 6];
        int at7 = at[first + 7];
        for (int d = 0; d < size; d++) {
            int out = to + d * WIDTH;
            target[out] = data[at0 + d];
            target[out + 1] = data[at1 + d];
            target[out + 2] = data[at2 + d];
            target[out + 3] = data[at3 + d];
            target[out + 4] = data[at4 + d];
            target[out + 5] = data[at5 + d];
            target[out + 6] = data[at6 + d];
            target[out + 7] = data[at7 + d];
        }
    }

    /// Copies rows `from` to `to - 1` of a block, of which row `r` starts at `data[at[r]]`, to where they stand in the
    /// block at `target[start]`.
    static void copy(float[] data, int[] at, int from, int to, int size, float[] target, int start) {
        for (int d = 0; d < size; d += WIDTH) {
            int width = Math.min(WIDTH, size - d);
            int panel = start + d * BLOCK;
            for (int r = from; r < to; r++) {
                if (width == WIDTH) {
                    FloatVector.fromArray(SPECIES, data, at[r] + d).intoArray(target, panel + r * WIDTH);
                    FloatVector.fromArray(SPECIES, data, at[r] + d + LANES).intoArray(target, panel + r * WIDTH + LANES);
                } else {
                    System.arraycopy(data, at[r] + d, target, panel + r * WIDTH, width);
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
                ProductTile.add(end - start, size, a, ai + panel * size + start, WIDTH, b, bi, WIDTH, products,
                        (panel + start) * WIDTH, WIDTH);
            }
        }
    }
}
