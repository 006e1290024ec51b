package minarai.engine.opencl;

import java.util.concurrent.atomic.AtomicInteger;
import minarai.engine.Workers;

/// A device whose queue is lost after so many commands. It stands in the kernels' package because only there may a
/// queue answer otherwise than its driver does.
public final class LosingDevice {

    private static final int QUEUE_LOST = -36;

    private final AtomicInteger asked = new AtomicInteger();
    private final int last;

    /// @param last the command that is still answered
    public LosingDevice(int last) {
        this.last = last;
    }

    /// One that is never lost.
    public static LosingDevice never() {
        return new LosingDevice(Integer.MAX_VALUE);
    }

    /// Kernels of a device that PoCL or another driver computes, until it is lost.
    public OpenClKernels on(Device device, Workers workers) {
        return OpenClKernels.on(device, workers, Sources.ofBuild(),
                (command, code) -> asked.incrementAndGet() > last ? QUEUE_LOST : code);
    }

    /// Commands so far.
    public int asked() {
        return asked.get();
    }
}
