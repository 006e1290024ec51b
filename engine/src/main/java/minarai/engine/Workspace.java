package minarai.engine;

import java.util.ArrayList;
import java.util.List;

/// The memory of one step: taken once, handed out from front to back, and reset as a whole.
///
/// How much a step needs is found by rehearsing it: the same code runs with [RehearsalKernels] and a workspace that
/// counts and hands out tensors without memory. So a plan cannot differ from the run.
public final class Workspace {

    /// Numbers in one block, 1 GiB; a larger tensor gets a block of its own.
    private static final int BLOCK = 1 << 28;
    /// Tensors start at multiples of 64 bytes, counted with an array's header of 16 bytes.
    private static final int ALIGNMENT = 16;
    private static final int START = ALIGNMENT - 4;

    private final boolean isRehearsal;
    private final boolean isFixed;
    private final List<float[]> blocks = new ArrayList<>();
    private final List<Integer> sizes = new ArrayList<>();
    private int block;
    private int used = START;

    private Workspace(boolean isRehearsal, boolean isFixed) {
        this.isRehearsal = isRehearsal;
        this.isFixed = isFixed;
    }

    /// A workspace of exactly the size that a rehearsal found.
    public static Workspace planned(Workspace rehearsal) {
        var workspace = new Workspace(false, true);
        for (int size : rehearsal.sizes) {
            workspace.blocks.add(new float[size]);
            workspace.sizes.add(size);
        }
        return workspace;
    }

    /// A workspace that takes memory as it is needed and keeps it: for evaluation, generation and tests.
    public static Workspace growing() {
        return new Workspace(false, false);
    }

    /// A workspace that only counts.
    public static Workspace rehearsal() {
        return new Workspace(true, false);
    }

    /// Takes everything back. Tensors handed out before must not be used again.
    public Workspace reset() {
        block = 0;
        used = START;
        return this;
    }

    /// A tensor whose numbers are whatever lay there before.
    ///
    /// @throws IllegalStateException if the step needs more than was planned for it
    public Tensor tensor(int rows, int columns) {
        Shapes.positive(rows, columns);
        int size = Math.multiplyExact(rows, columns);
        int padded = Math.multiplyExact(Math.ceilDiv(size, ALIGNMENT), ALIGNMENT);
        if (used > START && used + (long) padded > BLOCK) {
            block++;
            used = START;
        }
        int start = used;
        used = Math.addExact(start, padded);
        if (block == sizes.size() || used > sizes.get(block)) {
            enlarge();
        }
        return isRehearsal ? Tensor.absent(rows, columns) : Tensor.over(blocks.get(block), start, rows, columns);
    }

    /// Makes room up to `used` in the block at hand; tensors that were handed out keep the old array.
    private void enlarge() {
        if (isFixed) {
            throw new IllegalStateException("the step needs more than the %d bytes planned for it".formatted(bytes()));
        }
        if (block == sizes.size()) {
            sizes.add(0);
            blocks.add(new float[0]);
        }
        if (isRehearsal) {
            sizes.set(block, used);
        } else {
            int larger = (int) Math.min(BLOCK, sizes.get(block) * 3L / 2);
            sizes.set(block, Math.max(used, larger));
            blocks.set(block, new float[sizes.get(block)]);
        }
    }

    /// A tensor of zeros.
    public Tensor zeros(int rows, int columns) {
        Tensor tensor = tensor(rows, columns);
        if (!isRehearsal) {
            tensor.fill(0);
        }
        return tensor;
    }

    /// The memory held, or for a rehearsal the memory needed, in bytes.
    public long bytes() {
        return 4 * sizes.stream().mapToLong(Integer::longValue).sum();
    }
}
