package minarai.engine;

import java.util.Arrays;
import java.util.Optional;

/// Gradients of rows that were looked up in a table, noted batch by batch and added once all batches of a step are
/// done.
///
/// A tied embedding gets gradients from products with it as well. Those of all batches come first, then the look-ups of
/// all batches, each ascending; so how samples are dealt out to batches changes no bit. The memory, a row for each
/// token of a step, is kept from step to step.
final class LookUps {

    private int[] ids = new int[0];
    private Tensor rows = Tensor.zeros(0, 0);
    private Optional<Kernels> kernels = Optional.empty();
    private int count;

    /// @param dy      tokens x features, copied
    /// @param kernels those that will add them
    void note(int[] newIds, Tensor dy, Kernels kernels) {
        this.kernels = Optional.of(kernels);
        int after = Math.addExact(count, newIds.length);
        if (after > rows.rows()) {
            grow(after, dy.columns(), kernels.memory());
        }
        System.arraycopy(newIds, 0, ids, count, newIds.length);
        kernels.memory().copy(dy, rows.slice(count, newIds.length));
        count = after;
    }

    void clear() {
        count = 0;
    }

    private void grow(int size, int columns, Memory memory) {
        ids = Arrays.copyOf(ids, size);
        Tensor larger = memory.tensor(size, columns);
        if (count > 0) {
            memory.copy(rows.slice(0, count), larger.slice(0, count));
        }
        memory.release(rows.data());
        rows = larger;
    }

    /// Adds what was noted, in that order, and forgets it.
    ///
    /// @param gradient vocabulary x features
    void addTo(Tensor gradient) {
        if (count > 0) {
            kernels.orElseThrow().addEmbeddingGradient(rows.slice(0, count), Arrays.copyOf(ids, count), gradient);
            count = 0;
        }
    }
}
