package minarai.lab.numerics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Path;
import minarai.engine.Workers;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.OpenClKernels;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A whole training on a device ends in the weights of the CPU. The embedded model, which takes minutes on a driver
/// that computes on the CPU, is trained where `minarai.opencl.long` is set.
class OpenClSameBitsTest {

    private static final boolean IS_LONG = Boolean.getBoolean("minarai.opencl.long");

    @TempDir
    private static Path home;

    @ParameterizedTest
    @EnumSource
    void aDeviceEndsInTheSameWeights(Run run) {
        Devices devices = Devices.here();
        assumeFalse(devices.all().isEmpty(), () -> "no OpenCL here: " + devices.absence());
        assumeFalse(run.base != Run.Base.SMALL && !IS_LONG, "takes minutes; set minarai.opencl.long");
        try (var workers = new Workers(1); var kernels = OpenClKernels.on(devices.all().getFirst(), workers)) {
            var way = Way.of(kernels).dealt(2).recomputing();
            assertEquals(run.hash, run.hashOf(run.isFull ? way : way.planned(), home), run + " on " + kernels.device());
        }
    }
}
