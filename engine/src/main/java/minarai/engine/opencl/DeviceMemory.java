package minarai.engine.opencl;

import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import minarai.engine.Matrix;
import minarai.engine.Memory;
import minarai.engine.PanelWords;
import minarai.engine.Panels;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import org.jspecify.annotations.Nullable;

/// Buffers that mirror arrays and packed weights of the heap, by identity, and blocks that have no numbers there.
///
/// A mirror lives as long as what it mirrors, or until it is released or the lease ends under which it was made; when
/// memory is short, and before it is said to be, mirrors of what is gone are given back.
final class DeviceMemory implements Memory, AutoCloseable {

    private final Session session;
    private final Programs programs;
    private final boolean isOnHeap;
    private final Map<Object, Numbered> mirrors = new HashMap<>();
    private final ReferenceQueue<Object> gone = new ReferenceQueue<>();
    private Staging staging;
    private Tensor scratch = Tensor.zeros(0, 1);
    private long taken;

    /// What is mirrored, without keeping it.
    private static final class Key extends WeakReference<Object> {
        private final int hash;

        Key(Object of, ReferenceQueue<Object> gone) {
            super(of, gone);
            hash = System.identityHashCode(of);
        }

        @Override
        public int hashCode() {
            return hash;
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }
    }

    /// What a mirror is looked up by.
    private record Probe(Object of) {
        @Override
        public int hashCode() {
            return System.identityHashCode(of);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key key && key.refersTo(of);
        }
    }

    /// A buffer, or for weights with scales two.
    ///
    /// @param storage how the numbers are stored there: one of the names in `weights.cl`
    /// @param start   where the first panel begins
    /// @param isOwn   whether the heap has no numbers for it
    record Mirror(long buffer, long bytes, long scales, long scaleBytes, String storage, int start, boolean isOwn) {
    }

    /// A mirror and how many were made before it.
    private record Numbered(Mirror mirror, long number) {
    }

    /// @param isOnHeap whether the numbers of the heap count, and are brought over and back for every single kernel:
    ///                 slow, for tests
    DeviceMemory(Session session, Programs programs, boolean isOnHeap) {
        this.session = session;
        this.programs = programs;
        this.isOnHeap = isOnHeap;
        staging = new Staging(session, 1 << 18);
    }

    Session session() {
        return session;
    }

    /// Where tensors of these kernels lie.
    Memory ofKernels() {
        return isOnHeap ? Memory.heap() : this;
    }

    /// The buffer that mirrors a tensor's array, made if there is none.
    long buffer(Tensor x) {
        Mirror known = known(x.data());
        return known == null ? mirror(x).buffer : known.buffer;
    }

    private @Nullable Mirror known(Object of) {
        Numbered known = mirrors.get(new Probe(of));
        return known == null ? null : known.mirror;
    }

    private Mirror mirror(Tensor x) {
        float[] data = x.data();
        if ((long) x.offset() + x.size() > data.length) {
            throw new IllegalStateException("a tensor of %d x %d whose memory on the device was given back"
                    .formatted(x.rows(), x.columns()));
        }
        long bytes = (long) Float.BYTES * data.length;
        long buffer = allocate(bytes);
        if (!isOnHeap) {
            session.write(buffer, 0, data, 0, data.length);
        }
        return put(data, new Mirror(buffer, bytes, 0, 0, "ROW_MAJOR", 0, false));
    }

    private Mirror put(Object of, Mirror mirror) {
        mirrors.put(new Key(of, gone), new Numbered(mirror, taken++));
        return mirror;
    }

    /// The mirror of packed weights. f32 numbers that are all f16 numbers are stored so, for that halves what is read
    /// and changes no bit of any result.
    Mirror mirror(Panels panels) {
        Mirror known = known(panels);
        if (known != null) {
            return known;
        }
        if (panels.width() != OpenClKernels.PANEL_WIDTH) {
            throw new IllegalStateException("panels of %d rows; the kernels of a device read panels of %d".formatted(
                    panels.width(), OpenClKernels.PANEL_WIDTH));
        }
        var words = PanelWords.of(panels);
        if (panels.storage() != Storage.F32) {
            long buffer = written(words.words());
            boolean hasScales = words.scales().length > 0;
            long scales = hasScales ? written(words.scales()) : 0;
            return put(panels, new Mirror(buffer, 4L * words.words().length, scales, 4L * words.scales().length,
                    panels.storage().name(), words.start(), false));
        }
        if (HalfNumbers.areAll(words.floats())) {
            int[] halves = HalfNumbers.paired(words.floats());
            return put(panels, new Mirror(written(halves), 4L * halves.length, 0, 0, "F16", words.start(), false));
        }
        long bytes = (long) Float.BYTES * words.floats().length;
        long buffer = allocate(bytes);
        session.write(buffer, 0, words.floats(), 0, words.floats().length);
        return put(panels, new Mirror(buffer, bytes, 0, 0, "F32", words.start(), false));
    }

    private long written(int[] words) {
        long buffer = allocate(4L * words.length);
        session.write(buffer, 0, words);
        return buffer;
    }

    private long allocate(long bytes) {
        releaseGone();
        if (session.bytes() + bytes > capacity()) {
            collect();
        }
        long buffer = session.allocate(bytes);
        if (buffer == 0) {
            collect();
            buffer = session.allocate(bytes);
        }
        if (buffer == 0) {
            throw new DeviceFailure(("%s has no memory for another %d MB; %d MB of its %d are taken. Lower batch_size "
                    + "or max_length, or store the weights in fewer bits (weights=bf16, q8_0).")
                    .formatted(session.device(), bytes >> 20, session.bytes() >> 20, capacity() >> 20));
        }
        return buffer;
    }

    /// Has the heap find out what nobody reads any more, and gives its mirrors back.
    private void collect() {
        session.finish();
        System.gc();
        releaseGone();
    }

    private void releaseGone() {
        for (var key = gone.poll(); key != null; key = gone.poll()) {
            Numbered mirror = mirrors.remove(key);
            if (mirror != null) {
                release(mirror.mirror);
            }
        }
    }

    private void release(Mirror mirror) {
        session.release(mirror.buffer, mirror.bytes);
        if (mirror.scales != 0) {
            session.release(mirror.scales, mirror.scaleBytes);
        }
    }

    /// Puts numbers where kernels can read them until so many more have come that the place is needed again.
    int stage(int[] values) {
        if (values.length > staging.capacity()) {
            session.finish();
            var larger = new Staging(session, Integer.highestOneBit(values.length) * 2);
            staging.close();
            staging = larger;
        }
        return staging.put(values);
    }

    /// The buffer that [#stage] puts numbers into.
    long staged() {
        return staging.buffer();
    }

    /// Room for so many numbers until the next call: `size` x 1.
    Tensor scratch(int size) {
        if (size > scratch.rows()) {
            ofKernels().release(scratch.data());
            scratch = ofKernels().tensor(size, 1);
        }
        return scratch.slice(0, size);
    }

    /// Before a kernel reads a tensor whose numbers on the heap count.
    void bring(Tensor x) {
        if (isOnHeap) {
            session.write(buffer(x), x.offset(), x.data(), x.offset(), x.size());
        }
    }

    /// After a kernel may have written one.
    void fetch(Tensor x) {
        if (isOnHeap) {
            session.read(buffer(x), x.offset(), x.data(), x.offset(), x.size());
        }
    }

    @Override
    public float[] block(int size) {
        float[] token = new float[0];
        long bytes = (long) Float.BYTES * size;
        var mirror = put(token, new Mirror(allocate(bytes), bytes, 0, 0, "ROW_MAJOR", 0, true));
        // Drivers take memory when it is first written; a block that is there is there for good.
        fill(0, mirror.buffer, 0, size);
        return token;
    }

    @Override
    public void release(float[] block) {
        Numbered mirror = mirrors.remove(new Probe(block));
        if (mirror != null) {
            release(mirror.mirror);
        }
    }

    @Override
    public Lease lease() {
        long first = taken;
        return () -> releaseFrom(first);
    }

    /// Gives back what was taken since so many mirrors were made. The driver keeps a buffer until the commands that use
    /// it are done.
    private void releaseFrom(long first) {
        releaseGone();
        mirrors.values().removeIf(each -> {
            boolean isOfLease = each.number >= first;
            if (isOfLease) {
                release(each.mirror);
            }
            return isOfLease;
        });
        scratch = known(scratch.data()) == null ? Tensor.zeros(0, 1) : scratch;
    }

    @Override
    public void fill(float value, Tensor target) {
        fill(value, buffer(target), target.offset(), target.size());
    }

    private void fill(float value, long buffer, int offset, int size) {
        new Call(this, "fill", programs.kernel("elements", "fill")).number(value).buffer(buffer).count(offset)
                .each(size);
    }

    @Override
    public void copy(Tensor x, Tensor target) {
        if (x.size() > 0) {
            session.copy(buffer(x), x.offset(), buffer(target), target.offset(), x.size());
        }
    }

    @Override
    public void upload(Matrix x) {
        switch (x) {
            case Panels panels -> mirror(panels);
            case Tensor tensor -> {
                if (!isOwn(tensor)) {
                    session.write(buffer(tensor), tensor.offset(), tensor.data(), tensor.offset(), tensor.size());
                }
            }
        }
    }

    /// Writes the numbers of a heap tensor to where another lies.
    void store(Tensor x, Tensor target) {
        session.write(buffer(target), target.offset(), x.data(), x.offset(), x.size());
    }

    private boolean isOwn(Tensor x) {
        Mirror known = known(x.data());
        return known != null && known.isOwn;
    }

    @Override
    public Tensor download(Tensor x) {
        Mirror known = known(x.data());
        if (known == null) {
            return x;
        }
        Tensor target = known.isOwn ? Tensor.zeros(x.rows(), x.columns()) : x;
        session.read(known.buffer, x.offset(), target.data(), target.offset(), x.size());
        return target;
    }

    @Override
    public long capacity() {
        return session.device().memoryBytes();
    }

    @Override
    public int largestBlock() {
        return (int) Math.min(Integer.MAX_VALUE, session.device().bufferBytes() / Float.BYTES);
    }

    @Override
    public void close() {
        // Whole numbers may still be on their way out of what is given back here.
        session.settle();
        releaseFrom(0);
        staging.close();
    }
}
