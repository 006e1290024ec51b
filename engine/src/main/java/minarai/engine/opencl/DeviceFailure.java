package minarai.engine.opencl;

import java.util.Map;
import java.util.Set;
import minarai.engine.opencl.Answers.Command;

/// What a device or its driver could not do, in one sentence.
public final class DeviceFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    private static final int NO_MEMORY = -4;

    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(-1, "device not found"),
            Map.entry(-2, "device not available"), Map.entry(NO_MEMORY, "no memory for a buffer"),
            Map.entry(-5, "out of resources"), Map.entry(-6, "out of host memory"), Map.entry(-11, "build failure"),
            Map.entry(-14, "an earlier command failed"), Map.entry(-33, "no such device any more"),
            Map.entry(-34, "the context is lost"), Map.entry(-36, "the command queue is lost"),
            Map.entry(-38, "invalid buffer"), Map.entry(-48, "invalid kernel"),
            Map.entry(-51, "wrong size of an argument"), Map.entry(-52, "wrong arguments"),
            Map.entry(-54, "work-group too large"), Map.entry(-61, "buffer too large"),
            Map.entry(-1001, "no platform: no driver is registered with the loader"),
            Map.entry(-9999, "a kernel reached beyond its memory, as drivers of NVIDIA put it"));

    /// Answers to a kernel's launch after which nothing more is to be had; any other is about that launch alone.
    private static final Set<Integer> OF_LOSS = Set.of(-2, -14, -33, -34, -36, -9999);

    private final boolean isLoss;

    DeviceFailure(String sentence) {
        this(sentence, false);
    }

    DeviceFailure(String sentence, boolean isLoss) {
        super(sentence);
        this.isLoss = isLoss;
    }

    /// Whether the device is lost to this process, and with it all that lay in its memory.
    public boolean isLoss() {
        return isLoss;
    }

    /// @param doing what was being done and where, as the beginning of a sentence
    static DeviceFailure of(int code, String doing) {
        return new DeviceFailure(sentence(code, doing), false);
    }

    /// What a command of a queue came to. A kernel that cannot be launched may be replaced by another, and some drivers
    /// find out only while they write that there is no memory; where memory cannot be read, written or waited for
    /// otherwise, nobody knows what became of the kernels before, nor where a command was taken on and then failed.
    static DeviceFailure of(Command command, int code, String doing) {
        boolean isLoss = command == Command.END
                || code != NO_MEMORY && (command != Command.KERNEL || OF_LOSS.contains(code));
        return !isLoss ? of(code, doing)
                : new DeviceFailure(sentence(code, doing) + ". The device is lost, and what lay in its memory; "
                        + "'minarai doctor --device' tells when it is back, and backend=cpu works everywhere", true);
    }

    private static String sentence(int code, String doing) {
        return "%s: OpenCL error %d, %s".formatted(doing, code,
                NAMES.getOrDefault(code, "see the OpenCL specification"));
    }

    /// @throws DeviceFailure if a call did not give success
    static void require(int code, String doing) {
        if (code != 0) {
            throw of(code, doing);
        }
    }
}
