package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.List;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.OpenClKernels;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// Training whose numbers stay in the memory of an OpenCL device.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceTrainingTest {

    private static final int STEPS = Integer.getInteger("minarai.opencl.steps", 60);

    private final Workers workers = new Workers(1);
    private List<OpenClKernels> opened = List.of();

    @BeforeAll
    void open() {
        Devices devices = Devices.here();
        assumeFalse(devices.all().isEmpty(), () -> "no OpenCL here: " + devices.absence());
        opened = List.of(OpenClKernels.on(devices.all().getFirst(), workers));
    }

    @AfterAll
    void close() {
        opened.forEach(OpenClKernels::close);
        workers.close();
    }

    private static List<Batch> batches() {
        return List.of(Batch.of(SmallModel.samples(4)));
    }

    private static Workspace planned(SmallModel small, Kernels kernels) {
        return Workspace.planned(Trainer.rehearse(small.model(), kernels, batches(), false),
                kernels.memory());
    }

    private static long heapBytes() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /// A property sets more steps than a build has time for.
    @Test
    void stepsTakeNoMoreMemoryThanTheFirstOnes() {
        var kernels = opened.getFirst();
        var small = SmallModel.adapted(kernels);
        var trainer = small.trainer(kernels, planned(small, kernels));
        for (int step = 1; step <= 10; step++) {
            trainer.step(step, 1e-3, batches());
        }
        long device = kernels.deviceBytes();
        long heap = heapBytes();
        for (int step = 11; step <= STEPS; step++) {
            trainer.step(step, 1e-3, batches());
        }
        assertEquals(device, kernels.deviceBytes(), "bytes on the device");
        assertTrue(heapBytes() < heap + (2 << 20), () -> "%d bytes on the heap, %d before".formatted(heapBytes(),
                heap));
    }

    @Test
    void whatADeviceBeganTheCpuGoesOnWithToTheSameBits() {
        var kernels = opened.getFirst();
        var begun = SmallModel.adapted(kernels);
        var first = begun.trainer(kernels, planned(begun, kernels));
        var alone = SmallModel.adapted(SmallModel.KERNELS);
        var whole = alone.trainer();
        for (int step = 1; step <= 3; step++) {
            assertEquals(whole.step(step, 1e-3, batches()), first.step(step, 1e-3, batches()));
        }
        first.optimizer().download();
        var rest = begun.trainer(SmallModel.KERNELS, Workspace.growing());
        carry(first.optimizer(), rest.optimizer());
        for (int step = 4; step <= 5; step++) {
            assertEquals(whole.step(step, 1e-3, batches()), rest.step(step, 1e-3, batches()));
        }
        alone.values().forEach((name, values) -> assertArrayEquals(values, begun.values().get(name), name));
    }

    private static void carry(AdamW from, AdamW to) {
        for (int i = 0; i < from.slots().size(); i++) {
            var source = from.slots().get(i);
            var target = to.slots().get(i);
            System.arraycopy(source.mean().data(), 0, target.mean().data(), 0, source.mean().size());
            System.arraycopy(source.square().data(), 0, target.square().data(), 0, source.square().size());
        }
        to.resume(from.steps());
    }
}
