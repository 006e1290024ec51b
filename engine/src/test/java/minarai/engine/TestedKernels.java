package minarai.engine;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import minarai.engine.opencl.Devices;
import minarai.engine.opencl.OpenClKernels;

/// The kernels that a run of the tests is about: those of the CPU, or where the run asks for it those of the first
/// OpenCL device, which then bring every operand over and back, because these tests read and write the heap as they
/// like.
final class TestedKernels {

    /// `opencl` in a run that is about a device.
    private static final String PROPERTY = "minarai.kernels";

    private TestedKernels() {
    }

    private static boolean isDevice() {
        return "opencl".equals(System.getProperty(PROPERTY));
    }

    /// Those of the CPU stand in where there is no device; [#require] then skips what would test them.
    static Kernels of(Workers workers) {
        if (!isDevice() || Devices.here().all().isEmpty()) {
            return new SimdKernels(workers);
        }
        return OpenClKernels.onHeapNumbers(Devices.here().all().getFirst(), workers);
    }

    /// Skips the tests of a class where they are about a device and there is none.
    static void require() {
        if (isDevice()) {
            Devices devices = Devices.here();
            assumeFalse(devices.all().isEmpty(), () -> "no OpenCL here: " + devices.absence());
        }
    }
}
