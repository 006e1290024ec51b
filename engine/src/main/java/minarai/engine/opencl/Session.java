package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.*;

import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import minarai.engine.opencl.Answers.Command;
import org.lwjgl.PointerBuffer;
import org.lwjgl.system.MemoryStack;
import org.lwjgl.system.MemoryUtil;

/// A device at work: its context, a queue in which commands run in order, and buffers. One caller at a time.
final class Session implements AutoCloseable {

    /// Numbers that go between host and device at once, 4 MiB.
    private static final int CHUNK = 1 << 20;

    private final Device device;
    private final Answers answers;
    private final long context;
    private final long queue;
    private final FloatBuffer floats = MemoryUtil.memAllocFloat(CHUNK);
    private final IntBuffer ints = MemoryUtil.memAllocInt(CHUNK);
    private final Pending pending = new Pending(this);
    private long bytes;
    private String last = "none";
    private Optional<String> loss = Optional.empty();

    Session(Device device) {
        this(device, Answers.ofDriver());
    }

    Session(Device device, Answers answers) {
        this.device = device;
        this.answers = answers;
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

    /// Runs a kernel, whose arguments are set, in so many groups of so many items. How it ended is asked at the next
    /// read or wait; it is noted as the last one too, for drivers that then tell only that something failed.
    void launch(String name, long kernel, long groupsX, long groupsY, int itemsX, int itemsY) {
        requirePresence();
        last = name;
        try (var stack = MemoryStack.stackPush()) {
            var event = stack.mallocPointer(1);
            hear(Command.KERNEL, clEnqueueNDRangeKernel(queue, kernel, 2, null,
                    stack.pointers(groupsX * itemsX, groupsY * itemsY), stack.pointers(itemsX, itemsY), null, event),
                    () -> "running the kernel %s in groups of %d on %s, which takes at most %d".formatted(name,
                            itemsX * itemsY, device, device.groupSize()));
            pending.add("the kernel " + name, event.get(0));
        }
    }

    /// A device that was lost once is not believed again: what it held before may be gone though it answers.
    private void requirePresence() {
        if (loss.isPresent()) {
            throw new DeviceFailure(loss.get(), true);
        }
    }

    /// @throws DeviceFailure unless the answer is success
    void hear(Command command, int code, Supplier<String> doing) {
        int answer = answers.to(command, code);
        if (answer != CL_SUCCESS) {
            var failure = DeviceFailure.of(command, answer, doing.get());
            loss = Optional.of(failure).filter(DeviceFailure::isLoss).map(DeviceFailure::getMessage);
            throw failure;
        }
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
            DeviceFailure.require(code.get(0), "taking a buffer of %d MB on %s, whose buffers have at most %d MB"
                    .formatted(size >> 20, device, device.bufferBytes() >> 20));
            bytes += Math.max(64, size);
            return buffer;
        }
    }

    /// Where the device is lost its driver may not know the buffer any more, which then is no failure of its own.
    void release(long buffer, long size) {
        int code = clReleaseMemObject(buffer);
        bytes -= Math.max(64, size);
        DeviceFailure.require(loss.isPresent() ? CL_SUCCESS : code, "giving a buffer back to " + device);
    }

    void write(long buffer, long at, float[] source, int offset, int count) {
        for (int done = 0; done < count; done += CHUNK) {
            int part = Math.min(CHUNK, count - done);
            requirePresence();
            floats.clear().put(source, offset + done, part).flip();
            hear(Command.WRITE, clEnqueueWriteBuffer(queue, buffer, true, 4 * (at + done), floats, null, null),
                    () -> "writing to " + device);
        }
    }

    void write(long buffer, long at, int[] source) {
        for (int done = 0; done < source.length; done += CHUNK) {
            requirePresence();
            ints.clear().put(source, done, Math.min(CHUNK, source.length - done)).flip();
            hear(Command.WRITE, clEnqueueWriteBuffer(queue, buffer, true, 4 * (at + done), ints, null, null),
                    () -> "writing to " + device);
        }
    }

    /// Writes without waiting: the numbers must stay as they are until all is done.
    void writeLater(long buffer, long at, IntBuffer source) {
        requirePresence();
        try (var stack = MemoryStack.stackPush()) {
            var event = stack.mallocPointer(1);
            hear(Command.WRITE, clEnqueueWriteBuffer(queue, buffer, false, 4 * at, source, null, event),
                    () -> "writing to " + device);
            pending.add("writing", event.get(0));
        }
    }

    void read(long buffer, long at, float[] target, int offset, int count) {
        for (int done = 0; done < count; done += CHUNK) {
            int part = Math.min(CHUNK, count - done);
            requirePresence();
            floats.clear().limit(part);
            hear(Command.READ, clEnqueueReadBuffer(queue, buffer, true, 4 * (at + done), floats, null, null),
                    () -> "reading from " + device + " after the kernel " + last);
            pending.ask();
            floats.get(target, offset + done, part);
        }
    }

    void copy(long from, long at, long to, long toAt, long count) {
        requirePresence();
        try (var stack = MemoryStack.stackPush()) {
            var event = stack.mallocPointer(1);
            hear(Command.COPY, clEnqueueCopyBuffer(queue, from, to, 4 * at, 4 * toAt, 4 * count, null, event),
                    () -> "copying on " + device);
            pending.add("a copy", event.get(0));
        }
    }

    /// Waits until all is done.
    void finish() {
        requirePresence();
        hear(Command.FINISH, clFinish(queue), () -> "waiting for " + device + " after the kernel " + last);
        pending.ask();
    }

    /// Waits until nothing reads the host's memory any more. What went wrong meanwhile is left aside: what follows
    /// gives back what was taken, in either case.
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
            if (nclGetProgramBuildInfo(program, device.handle(), CL_PROGRAM_BUILD_LOG, 0, 0,
                    size.address()) != CL_SUCCESS) {
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
        pending.close();
        clReleaseCommandQueue(queue);
        clReleaseContext(context);
        MemoryUtil.memFree(floats);
        MemoryUtil.memFree(ints);
    }
}
