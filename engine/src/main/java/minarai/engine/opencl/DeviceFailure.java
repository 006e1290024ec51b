package minarai.engine.opencl;

import java.util.Map;

/// What a device or its driver could not do, in one sentence.
public final class DeviceFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(-1, "device not found"),
            Map.entry(-2, "device not available"), Map.entry(-4, "no memory for a buffer"),
            Map.entry(-5, "out of resources"), Map.entry(-6, "out of host memory"), Map.entry(-11, "build failure"),
            Map.entry(-14, "an earlier command failed"), Map.entry(-36, "the command queue is lost"),
            Map.entry(-38, "invalid buffer"), Map.entry(-48, "invalid kernel"), Map.entry(-51, "wrong size of an argument"),
            Map.entry(-52, "wrong arguments"), Map.entry(-54, "work-group too large"),
            Map.entry(-61, "buffer too large"), Map.entry(-1001, "no platform: no driver is registered with the loader"));

    DeviceFailure(String sentence) {
        super(sentence);
    }

    /// @param doing what was being done and where, as the beginning of a sentence
    static DeviceFailure of(int code, String doing) {
        return new DeviceFailure("%s: OpenCL error %d, %s".formatted(doing, code,
                NAMES.getOrDefault(code, "see the OpenCL specification")));
    }

    /// @throws DeviceFailure if a call did not give success
    static void require(int code, String doing) {
        if (code != 0) {
            throw of(code, doing);
        }
    }
}
