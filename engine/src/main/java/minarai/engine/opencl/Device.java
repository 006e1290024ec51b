package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.*;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/// A device that OpenCL reaches, and what its driver says of it.
public final class Device {

    private final int number;
    private final long handle;
    private final String platform;
    private final String name;
    private final String driver;
    private final String version;
    private final Kind kind;
    private final int units;
    private final int megahertz;
    private final long memoryBytes;
    private final long bufferBytes;
    private final GroupLimits limits;
    private final boolean isCorrectlyRounded;
    private final boolean hasFma;
    private final boolean hasSubnormals;

    /// What sort of processor it is.
    public enum Kind {
        GPU, ACCELERATOR, CPU
    }

    Device(int number, long handle, String platform) {
        this.number = number;
        this.handle = handle;
        this.platform = platform;
        name = text(CL_DEVICE_NAME);
        driver = text(CL_DRIVER_VERSION);
        version = text(CL_DEVICE_VERSION);
        kind = kind(handle);
        units = (int) number(CL_DEVICE_MAX_COMPUTE_UNITS, Integer.BYTES);
        megahertz = (int) number(CL_DEVICE_MAX_CLOCK_FREQUENCY, Integer.BYTES);
        memoryBytes = number(CL_DEVICE_GLOBAL_MEM_SIZE, Long.BYTES);
        bufferBytes = number(CL_DEVICE_MAX_MEM_ALLOC_SIZE, Long.BYTES);
        limits = groupLimits();
        long floats = number(CL_DEVICE_SINGLE_FP_CONFIG, Long.BYTES);
        isCorrectlyRounded = (floats & CL_FP_CORRECTLY_ROUNDED_DIVIDE_SQRT) != 0;
        hasFma = (floats & CL_FP_FMA) != 0;
        hasSubnormals = (floats & CL_FP_DENORM) != 0;
    }

    static Kind kind(long handle) {
        long type = number(handle, CL_DEVICE_TYPE, Long.BYTES);
        return (type & CL_DEVICE_TYPE_GPU) != 0 ? Kind.GPU : (type & CL_DEVICE_TYPE_CPU) != 0 ? Kind.CPU
                : Kind.ACCELERATOR;
    }

    private long number(int key, int bytes) {
        return number(handle, key, bytes);
    }

    private static long number(long handle, int key, int bytes) {
        try (var stack = MemoryStack.stackPush()) {
            var value = stack.callocLong(1);
            DeviceFailure.require(nclGetDeviceInfo(handle, key, bytes, MemoryUtil.memAddress(value), 0),
                    "asking a device what it can do");
            return value.get(0);
        }
    }

    private GroupLimits groupLimits() {
        int dimensions = (int) number(CL_DEVICE_MAX_WORK_ITEM_DIMENSIONS, Integer.BYTES);
        try (var stack = MemoryStack.stackPush()) {
            var sizes = stack.callocPointer(Math.clamp(dimensions, 3, 64));
            DeviceFailure.require(clGetDeviceInfo(handle, CL_DEVICE_MAX_WORK_ITEM_SIZES, sizes, null),
                    "asking a device how large its groups may be");
            return new GroupLimits(number(CL_DEVICE_MAX_WORK_GROUP_SIZE, Long.BYTES), sizes.get(0), sizes.get(1),
                    number(CL_DEVICE_LOCAL_MEM_SIZE, Long.BYTES));
        }
    }

    private String text(int key) {
        try (var stack = MemoryStack.stackPush()) {
            var size = stack.mallocPointer(1);
            DeviceFailure.require(nclGetDeviceInfo(handle, key, 0, 0, size.address()), "asking a device for its name");
            var bytes = stack.malloc((int) Math.min(4096, size.get(0)));
            DeviceFailure.require(clGetDeviceInfo(handle, key, bytes, null), "asking a device for its name");
            byte[] text = new byte[bytes.remaining()];
            bytes.get(text);
            return new String(text, StandardCharsets.UTF_8).replace("\0", "").strip();
        }
    }

    long handle() {
        return handle;
    }

    GroupLimits limits() {
        return limits;
    }

    /// How it is chosen: `opencl:` and its number, counted over all platforms, GPUs first.
    public String id() {
        return "opencl:" + number;
    }

    public String platform() {
        return platform;
    }

    public String name() {
        return name;
    }

    public String driver() {
        return driver;
    }

    /// The OpenCL version it speaks.
    public String version() {
        return version;
    }

    public Kind kind() {
        return kind;
    }

    /// Compute units.
    public int units() {
        return units;
    }

    public int megahertz() {
        return megahertz;
    }

    public long memoryBytes() {
        return memoryBytes;
    }

    /// The largest buffer.
    public long bufferBytes() {
        return bufferBytes;
    }

    /// Local memory of a work-group.
    public long localBytes() {
        return limits.localBytes();
    }

    /// Work-items of a group at the most.
    public long groupSize() {
        return limits.items();
    }

    /// Whether division and square root can be had as IEEE defines them.
    public boolean isCorrectlyRounded() {
        return isCorrectlyRounded;
    }

    /// Whether a fused multiply-add is one instruction; it is one rounding everywhere.
    public boolean hasFma() {
        return hasFma;
    }

    /// Whether numbers below the smallest normal one are kept.
    public boolean hasSubnormals() {
        return hasSubnormals;
    }

    @Override
    public String toString() {
        return "%s (%s, driver %s)".formatted(name, kind.name().toLowerCase(Locale.ROOT), driver);
    }
}
