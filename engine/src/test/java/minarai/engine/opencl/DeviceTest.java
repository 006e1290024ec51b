package minarai.engine.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Ops;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.ReferenceKernels;
import minarai.engine.SimdKernels;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What a device does beside computing: messages, memory, tiles, findings.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceTest {

    /// Whether every candidate is tried, each of which is a program of its own.
    private static final boolean IS_LONG = Boolean.getBoolean("minarai.opencl.long");

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

    private OpenClKernels kernels() {
        return opened.getFirst();
    }

    private static Tensor random(int purpose, int rows, int columns) {
        Tensor tensor = Tensor.zeros(rows, columns);
        new Philox(5, purpose).fillNormal(0, 1, tensor);
        return tensor;
    }

    @Test
    void aKernelThatCannotBeBuiltIsNamedWithTheFirstErrorOfTheLog() {
        try (var session = new Session(kernels().device())) {
            var failure = assertThrows(DeviceFailure.class, () ->
                    session.build("broken.cl", "kernel void broken(global float *x) { x[0] = missing; }", ""));
            assertTrue(String.valueOf(failure.getMessage()).matches("the kernels of broken\\.cl cannot be built on .*missing.*"),
                    failure.getMessage());
        }
    }

    @Test
    void tooLargeAWorkGroupIsASentenceWithTheKernelsName() {
        try (var session = new Session(kernels().device())) {
            var programs = new Programs(session);
            try (programs; var memory = new DeviceMemory(session, programs, false)) {
                long kernel = programs.kernel("elements", "scale");
                var call = new Call(memory, "scale", kernel).number(2).tensor(Tensor.zeros(1, 4)).count(4);
                var failure = assertThrows(DeviceFailure.class, () -> call.run(1, 1, 1 << 20, 1));
                assertTrue(String.valueOf(failure.getMessage()).startsWith("running the kernel scale in groups of 1048576 on "),
                        failure.getMessage());
            }
        }
    }

    @Test
    void theFirstErrorOfALogIsTheOneTold() {
        assertEquals("<source>:3:1: error: unknown type", Session.firstError(
                "warning: something\n<source>:3:1: error: unknown type\nerror: more"));
        assertEquals("something else", Session.firstError("\n something else\n"));
        assertEquals("the driver gives no reason", Session.firstError(" \n"));
    }

    @Test
    void noTileChangesABitOfAProduct() {
        Tensor w = random(2, 41, 37);
        Panels packed = Panels.pack(w, OpenClKernels.PANEL_WIDTH);
        for (Tile.Shape shape : Tile.Shape.values()) {
            List<Tile> candidates = shape.candidates(kernels().device());
            for (Tile tile : IS_LONG ? candidates : candidates.subList(0, 2)) {
                var tiles = new EnumMap<>(Tuned.untuned(kernels().device()).tiles());
                tiles.replaceAll((each, before) -> tile);
                kernels().use(new Tuned(tiles));
                Tensor x = random(1, 19, 37);
                Tensor expected = Tensor.zeros(19, 41);
                Tensor y = Tensor.zeros(19, 41);
                new ReferenceKernels().multiplyTransposed(x, w, expected);
                kernels().multiplyTransposed(x, packed, y);
                assertArrayEquals(expected.toArray(), kernels().memory().download(y).toArray(), tile.toString());
            }
        }
        kernels().use(Tuned.untuned(kernels().device()));
    }

    @Test
    void theHostTakesOverWhatADeviceCannot() {
        var names = new HashSet<String>();
        List<Trial> trials = Trials.all();
        trials.forEach(trial -> names.add(trial.kernel()));
        var helped = new PartlyOnHost(kernels(), new SimdKernels(workers), names);
        for (Trial trial : trials) {
            List<Tensor> expected = trial.run().apply(new ReferenceKernels());
            List<Tensor> found = trial.run().apply(helped);
            for (int i = 0; i < expected.size(); i++) {
                assertArrayEquals(expected.get(i).toArray(), helped.memory().download(found.get(i)).toArray(),
                        trial.kernel() + " at " + trial.size());
            }
        }
    }

    @Test
    void whatTheHostWroteIsSeenOnceItIsUploaded() {
        Tensor x = Tensor.of(1, 3, 1, 2, 3);
        kernels().scale(2, x);
        x.set(0, 1, 50);
        kernels().scale(2, x);
        assertArrayEquals(new float[] {4, 8, 12}, kernels().memory().download(x).toArray());
        x.set(0, 1, 50);
        kernels().memory().upload(x);
        kernels().scale(2, x);
        assertArrayEquals(new float[] {8, 100, 24}, kernels().memory().download(x).toArray());
    }

    @Test
    void memoryOfAWorkspaceLiesOnTheDeviceAloneAndIsGivenBack() {
        long before = kernels().deviceBytes();
        var workspace = Workspace.growing(kernels().memory());
        Tensor small = workspace.zeros(3, 5);
        Tensor large = workspace.zeros(300, 500);
        kernels().memory().fill(7, large);
        assertThrows(ArrayIndexOutOfBoundsException.class, () -> small.at(0, 0));
        assertEquals(7, kernels().memory().download(large).at(299, 499));
        assertEquals(0, kernels().memory().download(small).at(2, 4));
        workspace.reset();
        assertTrue(kernels().deviceBytes() - before < 2 * 4 * 300 * 500, "the outgrown block is gone");
    }

    @Test
    void aWorkspaceElsewhereThanTheKernelsIsRefused() {
        assertThrows(IllegalStateException.class, () -> new Ops(kernels(), Workspace.growing(), Tape.off()));
        assertEquals(3, new Ops(kernels(), Workspace.growing(kernels().memory()), Tape.off())
                .embed(new int[] {1, 0, 1}, Parameter.frozen("table", random(4, 2, 5))).rows());
    }

    @Test
    void f32NumbersThatAreF16NumbersTakeHalfTheMemory() {
        Tensor w = random(3, 64, 64);
        long before = kernels().deviceBytes();
        kernels().memory().upload(Panels.pack(w, OpenClKernels.PANEL_WIDTH));
        long full = kernels().deviceBytes() - before;
        for (int i = 0; i < w.size(); i++) {
            w.set(i / 64, i % 64, Float.float16ToFloat(Float.floatToFloat16(w.at(i / 64, i % 64))));
        }
        var halves = Panels.pack(w, OpenClKernels.PANEL_WIDTH);
        kernels().memory().upload(halves);
        assertEquals(full / 2.0, kernels().deviceBytes() - before - full, 8, halves.toString());
    }

    @Test
    void findingsAreReadBackUnlessTheyAreOfAnotherDeviceOrDamaged() {
        var device = kernels().device();
        var found = new Qualification(Qualification.keyOf(device), List.of(
                new Finding("attend", Finding.Outcome.EQUAL, 0, ""),
                new Finding("softCap", Finding.Outcome.CLOSE, 3, ""),
                new Finding("adamW", Finding.Outcome.FAILED, 9999, "at 5x37")), 12.5, 30, Tuned.untuned(device));
        assertEquals(Optional.of(found), Qualification.parse(found.toText(), device));
        assertEquals(List.of("adamW"), found.failed().stream().map(Finding::kernel).toList());
        for (String damaged : Set.of("", "key=other", found.toText().replace("EQUAL", "EQU"),
                found.toText().replace("tile.WIDE=", "tile.WIDE=9"), found.toText().replace("CLOSE 3", "CLOSE"))) {
            assertEquals(Optional.empty(), Qualification.parse(damaged, device), damaged);
        }
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithWhatThereIs() {
        var devices = Devices.here();
        assertEquals(devices.all().getFirst(), devices.named("opencl"));
        assertEquals(devices.all().getFirst(), devices.named("opencl:0+host"));
        var missing = assertThrows(IllegalArgumentException.class, () -> devices.named("opencl:77"));
        assertTrue(String.valueOf(missing.getMessage()).contains("opencl:77: there are " + devices.all().size()),
                missing.getMessage());
        assertThrows(IllegalArgumentException.class, () -> devices.named("gpu"));
    }

    @Test
    void distancesAreInUnitsOfTheNumberExpected() {
        Tensor a = Tensor.of(1, 3, 1, 2, 1e-9f);
        assertEquals(0, Qualification.distance(a, Tensor.of(1, 3, 1, 2, 1e-9f)));
        assertEquals(1, Qualification.distance(a, Tensor.of(1, 3, Math.nextUp(1f), 2, 1.1e-9f)));
        assertEquals(Long.MAX_VALUE, Qualification.distance(a, Tensor.of(1, 3, Float.NaN, 2, 0)));
    }
}
