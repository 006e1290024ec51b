package minarai.bench.peers;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import minarai.engine.Tensor;

/// Native memory on huge pages, as the engine's arrays have them: a fair comparison gives both the same pages.
final class HugeMemory implements AutoCloseable {

    private static final long HUGE_PAGE = 2L << 20;
    /// `MADV_HUGEPAGE` of Linux.
    private static final int ADVICE = 14;

    private final Arena arena = Arena.ofShared();

    /// Numbers, zero at first.
    MemorySegment floats(long count) {
        long bytes = Math.ceilDiv(count * Float.BYTES, HUGE_PAGE) * HUGE_PAGE;
        var segment = arena.allocate(bytes, HUGE_PAGE);
        advise(segment);
        return segment.fill((byte) 0);
    }

    /// A copy of a tensor.
    MemorySegment copy(Tensor tensor) {
        var segment = floats(tensor.size());
        MemorySegment.copy(tensor.data(), tensor.offset(), segment, ValueLayout.JAVA_FLOAT, 0, tensor.size());
        return segment;
    }

    /// Where the kernel does not take the advice, the pages stay small.
    @SuppressWarnings("restricted")
    private static void advise(MemorySegment segment) {
        Linker linker = Linker.nativeLinker();
        linker.defaultLookup().find("madvise").ifPresent(function -> {
            MethodHandle madvise = linker.downcallHandle(function, FunctionDescriptor.of(ValueLayout.JAVA_INT,
                    ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
            call(madvise, segment);
        });
    }

    private static int call(MethodHandle madvise, MemorySegment segment) {
        try {
            return (int) madvise.invokeExact(segment, segment.byteSize(), ADVICE);
        } catch (Throwable impossible) {
            throw new IllegalStateException("calling madvise", impossible);
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
