package minarai.engine;

import static minarai.engine.AttentionPanels.BLOCK;
import static minarai.engine.AttentionPanels.ROWS;
import static minarai.engine.AttentionPanels.WIDTH;

/// Which pairs of a tile exist: column `c` meets the depths `first[c]` to `end[c] - 1`, both ascending in `c`. Columns
/// are queries and depths their keys, or the other way round.
final class VisibleBand {

    /// For each column the first depth it meets.
    final int[] first = new int[WIDTH];
    /// For each column the depth after the last it meets.
    final int[] end = new int[WIDTH];

    /// `sums[c] += Σ weights[depth][c] * rows[depth]` over the pairs that exist, ascending over depths `from` to
    /// `to - 1`, for columns 0 to `columns - 1`. A pair that does not exist adds nothing, not even a zero.
    ///
    /// @param weights the block's depths x [AttentionPanels#WIDTH]
    /// @param rows    holds a copied block from `at` on
    /// @param block   the block's first depth
    /// @param sums    columns x `stride`
    /// @param stride  features, in whole panels
    void addProducts(int columns, int from, int to, float[] weights, float[] rows, int at, int block, float[] sums,
            int stride) {
        int parts = Math.ceilDiv(columns, ROWS);
        for (int part = 0; part < parts; part++) {
            add(columns * part / parts, columns * (part + 1) / parts, from, to, weights, rows, at, block, sums, stride);
        }
    }

    /// Columns `low` to `high - 1`: the depths that all of them meet are one product; before and after, or where there
    /// are none, each column is treated by itself.
    private void add(int low, int high, int from, int to, float[] weights, float[] rows, int at, int block,
            float[] sums, int stride) {
        int start = Math.clamp(first[high - 1], from, to);
        int stop = Math.clamp(end[low], start, to);
        if (start == stop) {
            addSingly(low, high, from, to, weights, rows, at, block, sums, stride);
            return;
        }
        addSingly(low, high, from, start, weights, rows, at, block, sums, stride);
        multiply(low, high, start - block, stop - block, weights, rows, at, sums, stride);
        addSingly(low, high, stop, to, weights, rows, at, block, sums, stride);
    }

    private void addSingly(int low, int high, int from, int to, float[] weights, float[] rows, int at, int block,
            float[] sums, int stride) {
        for (int c = low; c < high && from < to; c++) {
            int start = Math.max(from, first[c]);
            int stop = Math.min(to, end[c]);
            if (start < stop) {
                multiply(c, c + 1, start - block, stop - block, weights, rows, at, sums, stride);
            }
        }
    }

    private static void multiply(int low, int high, int start, int stop, float[] weights, float[] rows, int at,
            float[] sums, int stride) {
        for (int d = 0; d < stride; d += WIDTH) {
            PanelTile.add(high - low, stop - start, weights, start * WIDTH + low, rows, at + d * BLOCK + start * WIDTH,
                    sums, low * stride + d, stride);
        }
    }
}
