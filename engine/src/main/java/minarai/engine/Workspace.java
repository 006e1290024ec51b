package minarai.engine;

import java.util.ArrayList;
import java.util.List;

/// The memory of one step: taken once, handed out tensor by tensor, taken back one by one or as a whole.
///
/// How much a step needs is found by rehearsing it: the same code runs with [RehearsalKernels] and a workspace that
/// counts and hands out tensors without memory. So a plan cannot differ from the run.
public final class Workspace {

    /// Numbers in one block, 1 GiB; a larger tensor gets a block of its own.
    private static final int BLOCK = 1 << 28;

    private final Memory memory;
    private final boolean isRehearsal;
    private final boolean isFixed;
    private final List<Block> blocks = new ArrayList<>();
    private final List<List<Tensor>> scopes = new ArrayList<>();
    private final List<float[]> outgrown = new ArrayList<>();
    private long scratchBytes;

    /// An array and what of it is free.
    private static final class Block {
        float[] data;
        int size;
        /// How many numbers are handed out here: more than in others where one tensor needs them.
        int most;
        final FreeList free = new FreeList();

        Block(float[] data, int size, int most) {
            this.data = data;
            this.size = size;
            this.most = most;
        }
    }

    private Workspace(Memory memory, boolean isRehearsal, boolean isFixed) {
        this.memory = memory;
        this.isRehearsal = isRehearsal;
        this.isFixed = isFixed;
    }

    /// A workspace on the heap of exactly the size that a rehearsal found.
    public static Workspace planned(Workspace rehearsal) {
        return planned(rehearsal, Memory.heap());
    }

    /// A workspace of exactly the size that a rehearsal found.
    ///
    /// @throws IllegalArgumentException if the memory has no blocks of that size
    public static Workspace planned(Workspace rehearsal, Memory memory) {
        var workspace = new Workspace(memory, false, true);
        for (Block block : rehearsal.blocks) {
            if (block.size > memory.largestBlock()) {
                throw new IllegalArgumentException(("a step needs %d MB in one piece, but a piece of this memory has "
                        + "at most %d MB. Lower batch_size or max_length.")
                        .formatted((long) block.size * Float.BYTES >> 20,
                        (long) memory.largestBlock() * Float.BYTES >> 20));
            }
            workspace.blocks.add(new Block(memory.block(block.size), block.size, block.most));
        }
        return workspace;
    }

    /// A workspace on the heap that takes memory as it is needed and keeps it: for evaluation, generation and tests.
    public static Workspace growing() {
        return growing(Memory.heap());
    }

    /// A workspace that takes memory as it is needed and keeps it.
    public static Workspace growing(Memory memory) {
        return new Workspace(memory, false, false);
    }

    /// A workspace that only counts what a step takes of the heap.
    public static Workspace rehearsal() {
        return rehearsal(Memory.heap());
    }

    /// A workspace that only counts, in pieces as the memory has them.
    public static Workspace rehearsal(Memory memory) {
        return new Workspace(memory, true, false);
    }

    /// Where its tensors lie.
    Memory memory() {
        return memory;
    }

    /// Whether its tensors have no numbers.
    boolean isRehearsal() {
        return isRehearsal;
    }

    /// Takes everything back. Tensors handed out before must not be used again.
    public Workspace reset() {
        blocks.forEach(block -> block.free.clear());
        scopes.clear();
        outgrown.forEach(memory::release);
        outgrown.clear();
        return this;
    }

    /// A tensor whose numbers are whatever lay there before.
    ///
    /// @throws IllegalStateException if the step needs more than was planned for it
    public Tensor tensor(int rows, int columns) {
        Shapes.positive(rows, columns);
        int size = Math.multiplyExact(rows, columns);
        Tensor tensor = place(size, rows, columns);
        if (!scopes.isEmpty()) {
            scopes.getLast().add(tensor);
        }
        return tensor;
    }

    private Tensor place(int size, int rows, int columns) {
        for (int i = 0; ; i++) {
            if (i == blocks.size()) {
                requireRoom(false);
                blocks.add(new Block(new float[0], 0, most()));
            }
            Block block = blocks.get(i);
            if (block.size == 0) {
                block.most = Math.max(block.most, FreeList.alone(size));
            }
            int start = block.free.take(size, block.most);
            if (start >= 0) {
                enlarge(block, block.free.end());
                return Tensor.absent(block.data, start, rows, columns);
            }
        }
    }

    /// Makes room up to `end` in a block; tensors that were handed out keep the old array.
    private void enlarge(Block block, int end) {
        if (end <= block.size) {
            return;
        }
        requireRoom(isRehearsal);
        if (isRehearsal) {
            block.size = end;
            return;
        }
        // The heap finds by itself what nobody has any more.
        if (!memory.equals(Memory.heap())) {
            outgrown.add(block.data);
        }
        block.size = Math.max(end, (int) Math.min(block.most, block.size * 3L / 2));
        block.data = memory.block(block.size);
    }

    /// How many numbers a block has at the most, if no tensor alone needs more.
    private int most() {
        return Math.min(BLOCK, memory.largestBlock());
    }

    private void requireRoom(boolean isCounting) {
        if (isFixed && !isCounting) {
            throw new IllegalStateException("the step needs more than the %d bytes planned for it".formatted(bytes()));
        }
    }

    /// Takes one tensor back, which must not be used again. Tensors of elsewhere are passed over.
    void release(Tensor tensor) {
        for (Block block : blocks) {
            if (block.data == tensor.data()) {
                block.free.give(tensor.offset(), tensor.size());
            }
        }
        for (int i = scopes.size() - 1; i >= 0; i--) {
            scopes.get(i).removeIf(each -> each == tensor);
        }
    }

    /// From here on tensors are noted, until [#close].
    void open() {
        scopes.add(new ArrayList<>());
    }

    /// Takes back what was handed out since the last [#open], but for one.
    void close(Tensor kept) {
        List<Tensor> noted = List.copyOf(scopes.removeLast());
        noted.stream().filter(each -> each != kept).forEach(this::release);
        if (!scopes.isEmpty()) {
            scopes.getLast().add(kept);
        }
    }

    /// A tensor of zeros.
    public Tensor zeros(int rows, int columns) {
        return constant(0, rows, columns);
    }

    /// A tensor of one number throughout.
    Tensor constant(float value, int rows, int columns) {
        Tensor tensor = tensor(rows, columns);
        if (!isRehearsal) {
            memory.fill(value, tensor);
        }
        return tensor;
    }

    /// A tensor with the numbers of another.
    Tensor copy(Tensor x) {
        Tensor copy = tensor(x.rows(), x.columns());
        if (!isRehearsal) {
            memory.copy(x, copy);
        }
        return copy;
    }

    /// Notes that kernels take so much beside the tensors, in one of their calls.
    void noteScratch(long bytes) {
        scratchBytes = Math.max(scratchBytes, bytes);
    }

    /// What kernels take beside the tensors in the call that takes most, as far as a rehearsal found out; they keep it.
    public long scratchBytes() {
        return scratchBytes;
    }

    /// The memory held, or for a rehearsal the memory needed, in bytes.
    public long bytes() {
        return blocks.stream().mapToLong(block -> (long) Float.BYTES * block.size).sum();
    }
}
