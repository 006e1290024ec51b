package minarai.engine;

import java.util.Arrays;

/// Gradients of rows that were looked up in a table, noted batch by batch and added once all batches of a step are done.
///
/// A tied embedding gets gradients from products with it as well. Those of all batches come first, then the look-ups of
/// all batches, each ascending; so how samples are dealt out to batches changes no bit. The memory, a row for each token
/// of a step, is kept from step to step.
final class LookUps {

    private int[] ids = new int[0];
    private float[] rows = new float[0];
    private int count;

    /// @param dy tokens x features, copied
    void note(int[] newIds, Tensor dy) {
        int columns = dy.columns();
        int after = Math.addExact(count, newIds.length);
        if (after > ids.length || (long) after * columns > rows.length) {
            ids = Arrays.copyOf(ids, after);
            rows = Arrays.copyOf(rows, Math.multiplyExact(after, columns));
        }
        System.arraycopy(newIds, 0, ids, count, newIds.length);
        System.arraycopy(dy.data(), dy.offset(), rows, count * columns, dy.size());
        count = after;
    }

    void clear() {
        count = 0;
    }

    /// Adds what was noted, in that order, and forgets it.
    ///
    /// @param gradient vocabulary x features
    void addTo(Tensor gradient) {
        int columns = gradient.columns();
        float[] data = gradient.data();
        for (int t = 0; t < count; t++) {
            int to = gradient.offset() + ids[t] * columns;
            int from = t * columns;
            for (int c = 0; c < columns; c++) {
                data[to + c] += rows[from + c];
            }
        }
        count = 0;
    }
}
