package minarai.engine.opencl;

import static org.lwjgl.opencl.CL12.*;

import java.util.ArrayList;
import java.util.List;
import minarai.engine.Tensor;

/// A kernel with its arguments, one after the other, then its run.
final class Call {

    /// Work-items of a group where they have nothing in common, if the device takes as many.
    private static final int GROUP = 128;

    private final DeviceMemory memory;
    private final String name;
    private final long kernel;
    private final List<Tensor> tensors = new ArrayList<>();
    private int arguments;

    Call(DeviceMemory memory, String name, long kernel) {
        this.memory = memory;
        this.name = name;
        this.kernel = kernel;
    }

    /// A buffer, and where in it the tensor begins.
    Call tensor(Tensor x) {
        tensors.add(x);
        memory.bring(x);
        return buffer(memory.buffer(x)).count(x.offset());
    }

    /// A buffer, and where in it these numbers lie; at most once a call, for the place of earlier ones may be needed
    /// again.
    Call ints(int[] values) {
        int at = memory.stage(values);
        return buffer(memory.staged()).count(at);
    }

    Call buffer(long buffer) {
        require(clSetKernelArg1p(kernel, arguments++, buffer));
        return this;
    }

    Call count(int value) {
        require(clSetKernelArg1i(kernel, arguments++, value));
        return this;
    }

    Call number(float value) {
        require(clSetKernelArg1f(kernel, arguments++, value));
        return this;
    }

    /// Local memory for so many numbers.
    Call local(int numbers) {
        require(clSetKernelArg(kernel, arguments++, 4L * numbers));
        return this;
    }

    private void require(int code) {
        DeviceFailure.require(code, "argument %d of the kernel %s on %s".formatted(arguments - 1, name,
                memory.session().device()));
    }

    /// Runs a work-item for each of `n`, the last argument.
    void each(int n) {
        int group = memory.session().device().limits().row(GROUP);
        count(n).run(Math.ceilDiv(n, group), 1, group, 1);
    }

    /// Runs so many groups of so many items.
    void run(long groupsX, long groupsY, int itemsX, int itemsY) {
        if (groupsX > 0 && groupsY > 0) {
            memory.session().launch(name, kernel, groupsX, groupsY, itemsX, itemsY);
        }
        tensors.forEach(memory::fetch);
    }
}
