package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// How attention lays out the rows of one head so that [PanelTile] can read them.
///
/// A turned panel is features x [#WIDTH] rows and serves as either operand of scores; a copied panel is rows x
/// [#WIDTH] features and serves as the right operand of sums over rows. A block is [ReferenceKernels#KEY_BLOCK] rows:
/// its turned panels one after the other, or its copied panels, as many as the features need.
final class AttentionPanels {

    /// Rows of a turned panel and columns of a copied one.
    static final int WIDTH = 2 * LANES;
    static final int BLOCK = ReferenceKernels.KEY_BLOCK;
    /// Most rows of a tile: with the two vectors of the right operand and a broadcast they fill 32 or 16 registers.
    static final int ROWS = PanelTile.ROWS;

    private static final VectorSpecies<Float> SQUARE = FloatVector.SPECIES_128;
    private static final VectorShuffle<Float> NEIGHBOURS = VectorShuffle.fromValues(SQUARE, 1, 0, 3, 2);
    private static final VectorShuffle<Float> PAIRS = VectorShuffle.fromValues(SQUARE, 2, 3, 0, 1);
    private static final VectorMask<Float> ODD = VectorMask.fromValues(SQUARE, false, true, false, true);
    private static final VectorMask<Float> UPPER = VectorMask.fromValues(SQUARE, false, false, true, true);

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
            for (int r = 0; r < WIDTH; r += SQUARE.length()) {
                int row = panel * WIDTH + r;
                turnFour(data, at[row], at[row + 1], at[row + 2], at[row + 3], size, target,
                        to + panel * size * WIDTH + r);
            }
        }
    }

    /// Squares of four rows and four features: neighbours change places, then pairs.
    private static void turnFour(float[] data, int at0, int at1, int at2, int at3, int size, float[] target, int to) {
        int d = 0;
        for (; d + SQUARE.length() <= size; d += SQUARE.length()) {
            var a = FloatVector.fromArray(SQUARE, data, at0 + d);
            var b = FloatVector.fromArray(SQUARE, data, at1 + d);
            var c = FloatVector.fromArray(SQUARE, data, at2 + d);
            var e = FloatVector.fromArray(SQUARE, data, at3 + d);
            var ab = a.blend(b.rearrange(NEIGHBOURS), ODD);
            var ba = a.rearrange(NEIGHBOURS).blend(b, ODD);
            var ce = c.blend(e.rearrange(NEIGHBOURS), ODD);
            var ec = c.rearrange(NEIGHBOURS).blend(e, ODD);
            int out = to + d * WIDTH;
            ab.blend(ce.rearrange(PAIRS), UPPER).intoArray(target, out);
            ba.blend(ec.rearrange(PAIRS), UPPER).intoArray(target, out + WIDTH);
            ab.rearrange(PAIRS).blend(ce, UPPER).intoArray(target, out + 2 * WIDTH);
            ba.rearrange(PAIRS).blend(ec, UPPER).intoArray(target, out + 3 * WIDTH);
        }
        for (; d < size; d++) {
            target[to + d * WIDTH] = data[at0 + d];
            target[to + d * WIDTH + 1] = data[at1 + d];
            target[to + d * WIDTH + 2] = data[at2 + d];
            target[to + d * WIDTH + 3] = data[at3 + d];
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
