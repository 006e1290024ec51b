package minarai.engine;

/// Where the numbers lie that kernels compute with: the heap, or a device's own memory.
///
/// Kernels of the heap read and write a tensor's array, and everybody sees its numbers there. Kernels of a device keep
/// a copy of each array they meet, made when they first meet it; from then on the copy is what counts, and host and
/// device meet only here: what the host writes must be brought over by [#upload], what it reads by [#download]. Blocks
/// that the device handed out itself have no numbers on the heap at all.
public interface Memory {

    /// The heap, where there is nothing to bring over.
    static Memory heap() {
        return HeapMemory.INSTANCE;
    }

    /// An array that stands for memory of so many numbers, whatever lies there.
    float[] block(int size);

    /// Takes back what [#block] gave; no tensor in it may be used again.
    void release(float[] block);

    /// Whatever memory is taken from here on, for blocks as for copies of arrays and weights, is given back when the
    /// lease is closed. What lies on the heap is brought over again where it is used after that; numbers that were
    /// computed meanwhile must have been downloaded before. Leases are closed in the opposite order of their beginning.
    Lease lease();

    /// The memory of a piece of work.
    interface Lease extends AutoCloseable {
        @Override
        void close();
    }

    /// Makes all numbers of a tensor the same.
    void fill(float value, Tensor target);

    /// Gives `target` the numbers of `x`, which has as many; they must not overlap.
    void copy(Tensor x, Tensor target);

    /// Brings the numbers of a heap tensor, or all of a packed weight, to where kernels compute.
    void upload(Matrix x);

    /// The numbers of `x` on the heap: `x` itself, after they were brought there, or a copy where it has no place
    /// there.
    Tensor download(Tensor x);

    /// How many bytes kernels may take in all.
    long capacity();

    /// How many numbers a block may have.
    int largestBlock();

    /// A tensor of a block of its own.
    default Tensor tensor(int rows, int columns) {
        Shapes.positive(rows, columns);
        return Tensor.absent(block(Math.multiplyExact(rows, columns)), 0, rows, columns);
    }
}
