package minarai.engine.opencl;

import java.nio.IntBuffer;
import org.lwjgl.system.MemoryUtil;

/// A ring of whole numbers (ids, positions, spans) that go along with kernels: writing them does not wait for the
/// device. Only when the ring is full does it wait once, and begins anew.
final class Staging implements AutoCloseable {

    private final Session session;
    private final IntBuffer host;
    private final long buffer;
    private int next;

    Staging(Session session, int capacity) {
        this.session = session;
        host = MemoryUtil.memAllocInt(capacity);
        buffer = session.allocate(4L * capacity);
        if (buffer == 0) {
            MemoryUtil.memFree(host);
        }
        DeviceFailure.require(buffer == 0 ? -4 : 0, "taking a buffer of %d KB on %s".formatted(capacity >> 8,
                session.device()));
    }

    int capacity() {
        return host.capacity();
    }

    long buffer() {
        return buffer;
    }

    /// @param values no more than the capacity
    /// @return where they lie in the buffer
    int put(int[] values) {
        if (next + values.length > host.capacity()) {
            session.finish();
            next = 0;
        }
        int at = next;
        if (values.length > 0) {
            IntBuffer part = host.slice(at, values.length).put(values).flip();
            session.writeLater(buffer, at, part);
        }
        next += values.length;
        return at;
    }

    @Override
    public void close() {
        session.release(buffer, 4L * host.capacity());
        MemoryUtil.memFree(host);
    }
}
