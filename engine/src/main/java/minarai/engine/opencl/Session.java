package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.*;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/// A device at work: its context, a queue in which commands run in order, and buffers. One caller at a time.
final class Session implements AutoCloseable {

    /// Numbers that go between host and device at once, 4 MiB.
    private static final int CHUNK = 1 << 20;

    private final Device device;
    private final long context;
    private final long queue;
    private final FloatBuffer floats = MemoryUtil.memAllocFloat(CHUNK);
    private final IntBuffer ints = MemoryUtil.memAllocInt(CHUNK);
    private long bytes;
    private String last = "none";

    Session(Device device) {
        this.device = device;
        try (var stack = MemoryStack.stackPush()) {
            var code = stack.mallocInt(1);
            context = clCreateContext((PointerBuffer) null, device.handle(), null, 0, code);
            DeviceFailure.require(code.get(0), "opening " + device);
            queue = clCreateCommandQueue(context, device.handle(), 0, code);
            DeviceFailure.require(code.get(0), "opening a queue of " + device);
        }
    }

    Device device() {
        return device;
    }

    long context() {
        return context;
    }

    long queue() {
        return queue;
    }

    /// Notes which kernel was asked for last: what goes wrong while a device computes is told only when it is waited for.
    void asked(String kernel) {
        last = kernel;
    }

    /// The memory of all buffers.
    long bytes() {
        return bytes;
    }

    /// @return a handle, or 0 where there is no memory for it
    long allocate(long size) {
        try (var stack = MemoryStack.stackPush()) {
            var code = stack.mallocInt(1);
            long buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, Math.max(64, size), code);
            if (code.get(0) == CL_MEM_OBJECT_ALLOCATION_FAILURE || code.get(0) == CL_OUT_OF_RESOURCES
                    || code.get(0) == CL_OUT_OF_HOST_MEMORY) {
                return 0;
            }
            DeviceFailure.require(code.get(0), "taking a buffer of %d MB on %s, whose buffers have at most %d MB".formatted(
                    size >> 20, device, device.bufferBytes() >> 20));
            bytes += Math.max(64, size);
            return buffer;
        }
    }

    void release(long buffer, long size) {
        DeviceFailure.require(clReleaseMemObject(buffer), "giving a buffer back to " + device);
        bytes -= Math.max(64, size);
    }

    void write(long buffer, long at, float[] source, int offset, int count) {
        for (int done = 0; done < count; done += CHUNK) {
            int part = Math.min(CHUNK, count - done);
            floats.clear().put(source, offset + done, part).flip();
            DeviceFailure.require(clEnqueueWriteBuffer(queue, buffer, true, 4 * (at + done), floats, null, null),
                    "writing to " + device);
        }
    }

    void write(long buffer, long at, int[] source) {
        for (int done = 0; done < source.length; done += CHUNK) {
            ints.clear().put(source, done, Math.min(CHUNK, source.length - done)).flip();
            DeviceFailure.require(clEnqueueWriteBuffer(queue, buffer, true, 4 * (at + done), ints, null, null),
                    "writing to " + device);
        }
    }

    void read(long buffer, long at, float[] target, int offset, int count) {
        for (int done = 0; done < count; done += CHUNK) {
            int part = Math.min(CHUNK, count - done);
            floats.clear().limit(part);
            DeviceFailure.require(clEnqueueReadBuffer(queue, buffer, true, 4 * (at + done), floats, null, null),
                    "reading from " + device + " after the kernel " + last);
            floats.get(target, offset + done, part);
        }
    }

    void copy(long from, long at, long to, long toAt, long count) {
        DeviceFailure.require(clEnqueueCopyBuffer(queue, from, to, 4 * at, 4 * toAt, 4 * count, null, null),
                "copying on " + device);
    }

    /// Waits until all is done.
    void finish() {
        DeviceFailure.require(clFinish(queue), "waiting for " + device + " after the kernel " + last);
    }

    /// Waits until nothing reads the host's memory any more. What went wrong meanwhile is left aside: what follows gives
    /// back what was taken, in either case.
    void settle() {
        clFinish(queue);
    }

    /// Builds a program.
    ///
    /// @param name what it is called in messages
    long build(String name, String source, String options) {
        try (var stack = MemoryStack.stackPush()) {
            var code = stack.mallocInt(1);
            long program = clCreateProgramWithSource(context, source, code);
            DeviceFailure.require(code.get(0), "reading the kernels of " + name);
            String exact = device.isCorrectlyRounded() ? " -cl-fp32-correctly-rounded-divide-sqrt" : "";
            int result = clBuildProgram(program, device.handle(), "-cl-std=CL1.2" + exact + options, null, 0);
            if (result != CL_SUCCESS) {
                String reason = firstError(log(program));
                clReleaseProgram(program);
                throw new DeviceFailure("the kernels of %s cannot be built on %s (OpenCL error %d): %s".formatted(name,
                        device, result, reason));
            }
            return program;
        }
    }

    private String log(long program) {
        try (var stack = MemoryStack.stackPush()) {
            var size = stack.mallocPointer(1);
            if (nclGetProgramBuildInfo(program, device.handle(), CL_PROGRAM_BUILD_LOG, 0, 0, size.address()) != CL_SUCCESS) {
                return "";
            }
            var text = MemoryUtil.memAlloc((int) Math.min(1 << 20, Math.max(1, size.get(0))));
            try {
                int result = clGetProgramBuildInfo(program, device.handle(), CL_PROGRAM_BUILD_LOG, text, null);
                return result == CL_SUCCESS ? MemoryUtil.memUTF8(text).replace("\0", "") : "";
            } finally {
                MemoryUtil.memFree(text);
            }
        }
    }

    /// The first line of a build log that tells of an error.
    static String firstError(String log) {
        var lines = Arrays.stream(log.split("\\R")).map(String::strip).filter(line -> !line.isEmpty()).toList();
        return lines.stream().filter(line -> line.toLowerCase(Locale.ROOT).contains("error")).findFirst()
                .or(() -> lines.stream().findFirst()).orElse("the driver gives no reason");
    }

    long kernel(long program, String name) {
        try (var stack = MemoryStack.stackPush()) {
            var code = stack.mallocInt(1);
            long kernel = clCreateKernel(program, name, code);
            DeviceFailure.require(code.get(0), "making the kernel " + name + " on " + device);
            return kernel;
        }
    }

    @Override
    public void close() {
        settle();
        clReleaseCommandQueue(queue);
        clReleaseContext(context);
        MemoryUtil.memFree(floats);
        MemoryUtil.memFree(ints);
    }
}
