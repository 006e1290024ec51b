package minarai.engine.opencl;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
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
import minarai.engine.opencl.Answers.Command;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/// What a device does beside computing: messages, memory, tiles, findings.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceTest {

    /// Whether every candidate is tried, each of which is a program of its own.
    private static final boolean IS_LONG = Boolean.getBoolean("minarai.opencl.long");

    private static final Bound NEAR = new Bound(1, 1e-3);

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
            assertTrue(String.valueOf(failure.getMessage())
                    .matches("the kernels of broken\\.cl cannot be built on .*missing.*"),
                    failure.getMessage());
        }
    }

    @Test
    void tooLargeAWorkGroupIsASentenceWithTheKernelsName() {
        try (var session = new Session(kernels().device())) {
            var programs = new Programs(session, Sources.ofBuild());
            try (programs; var memory = new DeviceMemory(session, programs, false)) {
                long kernel = programs.kernel("elements", "scale");
                var call = new Call(memory, "scale", kernel).number(2).tensor(Tensor.zeros(1, 4)).count(4);
                var failure = assertThrows(DeviceFailure.class, () -> call.run(1, 1, 1 << 20, 1));
                assertTrue(String.valueOf(failure.getMessage())
                        .startsWith("running the kernel scale in groups of 1048576 on "),
                        failure.getMessage());
            }
        }
    }

    @Test
    void aDeviceThatIsLostIsNotBelievedAgain() {
        for (Command command : Command.values()) {
            var isLost = new AtomicBoolean();
            try (var losing = OpenClKernels.on(kernels().device(), workers, Sources.ofBuild(), (asked, code) ->
                    asked == command && isLost.get() ? -36 : code)) {
                Tensor x = losing.memory().tensor(2, 3);
                Tensor y = losing.memory().tensor(2, 3);
                losing.memory().fill(2, x);
                isLost.set(true);
                var failure = assertThrows(DeviceFailure.class, () -> everyCommand(losing, x, y));
                assertTrue(failure.isLoss() && String.valueOf(failure.getMessage())
                        .contains("lost. The device is lost"),
                        failure.getMessage());
                isLost.set(false);
                for (Runnable each : List.<Runnable>of(() -> losing.scale(1, x), () -> losing.memory().download(x),
                        () -> losing.memory().copy(x, y), losing::finish, () -> losing.memory().tensor(1, 1))) {
                    var again = assertThrows(DeviceFailure.class, each::run);
                    assertEquals(failure.getMessage(), again.getMessage());
                }
                assertThrows(DeviceFailure.class, () -> Qualification.of(losing, false, kernel -> { }),
                        "the loss of a device is no finding about its kernels");
            }
        }
    }

    @Test
    void aKernelThatFailsWhileItRunsIsNamedThoughTheDriverCallsTheWaitASuccess() {
        var answers = new ArrayDeque<Integer>();
        try (var failing = OpenClKernels.on(kernels().device(), workers, Sources.ofBuild(), (asked, code) ->
                asked == Command.END && !answers.isEmpty() ? answers.remove() : code)) {
            Tensor x = failing.memory().tensor(2, 3);
            failing.finish();
            answers.addAll(List.of(0, -5));
            failing.memory().fill(2, x);
            failing.scale(3, x);
            failing.addBias(Tensor.of(1, 3, 1, 2, 3), x);
            var failure = assertThrows(DeviceFailure.class, () -> failing.memory().download(x));
            assertTrue(failure.isLoss() && String.valueOf(failure.getMessage()).startsWith("the kernel scale on "),
                    failure.getMessage());
        }
    }

    @Test
    void soManyKernelsAreAskedForBeforeTheFirstIsWaitedForAndAllAreDone() {
        Tensor x = Tensor.zeros(1, 3);
        Tensor one = Tensor.of(1, 3, 1, 1, 1);
        for (int i = 0; i < 1500; i++) {
            kernels().add(one, x);
        }
        assertArrayEquals(new float[] {1500, 1500, 1500}, kernels().memory().download(x).toArray());
    }

    private static void everyCommand(OpenClKernels losing, Tensor x, Tensor y) {
        losing.scale(1, x);
        losing.memory().upload(Tensor.of(1, 2, 3, 4));
        losing.memory().copy(x, y);
        losing.memory().download(y);
        losing.finish();
    }

    @Test
    void aLaunchThatIsRefusedAndMemoryThatIsShortAreNoLoss() {
        assertFalse(DeviceFailure.of(Command.KERNEL, -54, "running").isLoss());
        assertFalse(DeviceFailure.of(Command.KERNEL, -5, "running").isLoss());
        assertFalse(DeviceFailure.of(Command.WRITE, -4, "writing").isLoss());
        assertTrue(DeviceFailure.of(Command.FINISH, -5, "waiting").isLoss());
        assertTrue(DeviceFailure.of(Command.END, -4, "the kernel").isLoss());
        assertTrue(DeviceFailure.of(Command.KERNEL, -9999, "running").isLoss());
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
            List<Tile> candidates = shape.candidates(kernels().device().limits());
            for (Tile tile : IS_LONG ? candidates : List.of(candidates.getFirst(), candidates.getLast())) {
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

    /// Kernels of their own, where no other test leaves anything to be given back.
    @Test
    void whatALeaseTookIsGivenBackAtItsEndAndNoSooner() {
        try (var own = OpenClKernels.on(kernels().device(), workers)) {
            Tensor outside = own.memory().tensor(2, 3);
            Tensor weights = random(7, 40, 33);
            own.memory().fill(5, outside);
            long before = own.deviceBytes();
            Tensor inside;
            try (var _ = own.memory().lease()) {
                inside = own.memory().tensor(100, 100);
                try (var _ = own.memory().lease()) {
                    own.multiplyTransposed(random(8, 3, 33), weights, own.memory().tensor(3, 40));
                    own.sumOfSquares(random(9, 100, 100));
                }
                assertEquals(before + 4 * 100 * 100, own.deviceBytes());
                own.scale(2, inside);
                own.scale(2, outside);
            }
            assertEquals(before, own.deviceBytes());
            assertEquals(10, own.memory().download(outside).at(1, 2));
            assertThrows(IllegalStateException.class, () -> own.scale(2, inside));
            assertEquals(new ReferenceKernels().sumOfSquares(weights), own.sumOfSquares(weights));
        }
    }

    @Test
    void whatLiesOnTheHeapIsBroughtOverAgainAfterALease() {
        Panels packed = Panels.pack(random(2, 41, 37), OpenClKernels.PANEL_WIDTH);
        Tensor x = random(1, 3, 37);
        Tensor first = Tensor.zeros(3, 41);
        Tensor again = Tensor.zeros(3, 41);
        try (var _ = kernels().memory().lease()) {
            kernels().multiplyTransposed(x, packed, first);
            kernels().memory().download(first);
        }
        kernels().multiplyTransposed(x, packed, again);
        assertArrayEquals(first.toArray(), kernels().memory().download(again).toArray());
    }

    @Test
    void aWorkspaceElsewhereThanTheKernelsIsRefused() {
        assertThrows(IllegalStateException.class, () -> new Ops(kernels(), Workspace.growing(), Tape.off()));
        assertEquals(3, new Ops(kernels(), Workspace.growing(kernels().memory()), Tape.off())
                .embed(new int[] {1, 0, 1}, Parameter.frozen("table", random(4, 2, 5))).rows());
    }

    @Test
    void f32NumbersThatAreF16NumbersTakeHalfTheMemory() {
        try (var own = OpenClKernels.on(kernels().device(), workers)) {
            takeHalfTheMemory(own);
        }
    }

    private static void takeHalfTheMemory(OpenClKernels own) {
        Tensor w = random(3, 64, 64);
        long before = own.deviceBytes();
        own.memory().upload(Panels.pack(w, OpenClKernels.PANEL_WIDTH));
        long full = own.deviceBytes() - before;
        for (int i = 0; i < w.size(); i++) {
            w.set(i / 64, i % 64, Float.float16ToFloat(Float.floatToFloat16(w.at(i / 64, i % 64))));
        }
        var halves = Panels.pack(w, OpenClKernels.PANEL_WIDTH);
        own.memory().upload(halves);
        assertEquals(full / 2.0, own.deviceBytes() - before - full, 8, halves.toString());
    }

    @Test
    void findingsAreReadBackUnlessTheyAreOfAnotherDeviceOrDamaged() {
        var device = kernels().device();
        List<Finding> findings = Trials.kernels().stream().map(kernel -> switch (kernel) {
            case "softCap" -> new Finding(kernel, Finding.Outcome.CLOSE, 3, "");
            case "adamW" -> new Finding(kernel, Finding.Outcome.FAILED, 9999, "at 5x37");
            default -> new Finding(kernel, Finding.Outcome.EQUAL, 0, "");
        }).toList();
        var found = new Qualification(Qualification.keyOf(device), findings, 12.5, 30, Tuned.untuned(device));
        assertEquals(Optional.of(found), Qualification.parse(found.toText(), device));
        assertEquals(List.of("adamW"), found.failed().stream().map(Finding::kernel).toList());
        for (String damaged : Set.of("", "key=other", found.toText().replace("EQUAL", "EQU"),
                found.toText().replace("tile.WIDE=", "tile.WIDE=9"), found.toText().replace("CLOSE 3", "CLOSE"),
                found.toText().replaceAll("kernel\\..*\\R", ""), found.toText().replaceAll("kernel\\.attend=.*\\R", ""),
                found.toText() + "kernel.unheard=EQUAL 0\n")) {
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

    private static long distance(Tensor expected, Tensor found) {
        return Qualification.distance(expected, found, NEAR.floor());
    }

    @Test
    void distancesAreInUnitsOfTheNumberExpected() {
        Tensor a = Tensor.of(1, 3, 1, 2, 1e-9f);
        assertEquals(0, distance(a, Tensor.of(1, 3, 1, 2, 1e-9f)));
        assertEquals(1, distance(a, Tensor.of(1, 3, Math.nextUp(1f), 2, 1.1e-9f)));
        assertEquals(Long.MAX_VALUE, distance(a, Tensor.of(1, 3, Float.NaN, 2, 0)));
    }

    @Test
    void anInfinityIsTheSameOrWrongAndHidesNoOtherError() {
        Tensor a = Tensor.of(1, 3, Float.POSITIVE_INFINITY, 1, Float.NaN);
        assertEquals(0, distance(a, a));
        assertEquals(1, distance(a, Tensor.of(1, 3, Float.POSITIVE_INFINITY, Math.nextUp(1f), Float.NaN)));
        assertEquals(1 << 23, distance(a, Tensor.of(1, 3, Float.POSITIVE_INFINITY, 2, Float.NaN)));
        for (float wrong : new float[] {Float.NEGATIVE_INFINITY, Float.NaN, Float.MAX_VALUE}) {
            assertEquals(Long.MAX_VALUE, distance(a, Tensor.of(1, 3, wrong, 1, Float.NaN)));
        }
        assertEquals(Long.MAX_VALUE, distance(a, Tensor.of(1, 3, Float.POSITIVE_INFINITY, 1, 0)));
    }

    @Test
    void aKernelIsWhatTheWorstOfItsTrialsIs() {
        List<Finding> findings = Qualification.findings(List.of(scaled("right", 2, 2), scaled("close", 2, 2),
                scaled("close", 2, Math.nextUp(2f)), scaled("wrong", 2, 3), scaled("wrong", 2, 2),
                new Trial("broken", "1x1", NEAR, device -> {
                    if (device instanceof OpenClKernels) {
                        throw new DeviceFailure("no such instruction");
                    }
                    return List.of();
                })), kernels(), kernel -> { });
        assertEquals(List.of("EQUAL 0 ", "CLOSE 1 ", "FAILED 4194304 at 2 and 3.0", "FAILED 0 no such instruction"),
                findings.stream().map(each -> each.outcome() + " " + each.ulps() + " " + each.reason()).toList());
        var found = new Qualification("", findings, 0, 0, Tuned.untuned(kernels().device()));
        assertEquals(List.of("wrong", "broken"), found.failed().stream().map(Finding::kernel).toList());
        assertFalse(found.isExact());
    }

    /// A trial whose factor on the host and on a device differ as planted.
    private static Trial scaled(String name, float host, float device) {
        return new Trial(name, "2 and " + device, NEAR, kernels -> {
            Tensor y = Tensor.of(1, 2, 1, .5f);
            kernels.scale(kernels instanceof OpenClKernels ? device : host, y);
            return List.of(y);
        });
    }

    @Test
    void everyShapeHasATileForSmallWorkGroupsAndADeviceWithoutAnyIsRefusedWithItsLimits() {
        for (GroupLimits limits : List.of(new GroupLimits(32, 32, 32, 16384), new GroupLimits(1024, 1024, 1, 16384),
                new GroupLimits(64, 64, 64, 2048))) {
            Tuned.untuned("small", limits).tiles().values().forEach(tile ->
                    assertTrue((long) tile.groupColumns() * tile.groupRows() <= limits.items()
                            && tile.groupRows() <= limits.rows(), tile.toString()));
        }
        for (GroupLimits limits : List.of(new GroupLimits(8, 8, 8, 16384), new GroupLimits(256, 1, 1, 16384),
                new GroupLimits(256, 256, 256, 512))) {
            var failure = assertThrows(DeviceFailure.class, () -> Tuned.untuned("tiny", limits));
            assertTrue(String.valueOf(failure.getMessage()).startsWith("tiny takes " + limits), failure.getMessage());
        }
    }

    @Test
    void aDeviceThatDoesNotAnswerIsNotedAndHidesNoOther() {
        var faults = new ArrayList<String>();
        var found = new ArrayList<String>();
        for (String each : List.of("first", "faulty", "last")) {
            Devices.attempt(() -> {
                DeviceFailure.require(each.equals("faulty") ? -2 : 0, "asking " + each);
                found.add(each);
            }, faults);
        }
        assertEquals(List.of("first", "last"), found);
        assertEquals(List.of("asking faulty: OpenCL error -2, device not available"), faults);
    }

    @Test
    void memoryIsGivenBackOnlyAfterWhatIsOnItsWay() {
        for (int i = 0; i < 20; i++) {
            try (var session = new Session(kernels().device()); var programs = new Programs(session, Sources.ofBuild());
                    var memory = new DeviceMemory(session, programs, false)) {
                assertEquals(0, memory.stage(new int[100_000]));
            }
        }
    }
}
