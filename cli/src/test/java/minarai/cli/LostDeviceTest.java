package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.engine.Workers;
import minarai.engine.opencl.Device;
import minarai.engine.opencl.DeviceFailure;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.LosingDevice;
import minarai.train.Recipe;
import minarai.train.run.Ledger;
import minarai.train.run.RunFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/// A tuning whose device is lost in the midst of it: the failure is a sentence with a remedy, nothing is left
/// half-written, and the run ends, on the CPU or on the device when it is back, in the bytes of one whose device was
/// never lost.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LostDeviceTest {

    private static final int STEPS = 6;

    @TempDir
    private static Path folder = Path.of("");
    private List<Device> devices = List.of();
    private Path whole = Path.of("");
    private int commands;

    /// What a command said, and how it ended.
    private record Attempt(Optional<DeviceFailure> failure, String said) {
    }

    @BeforeAll
    void undisturbed() throws IOException {
        Devices here = Devices.here();
        assumeFalse(here.all().isEmpty(), () -> "no OpenCL here: " + here.absence());
        devices = here.all();
        TinyTown.write(folder);
        whole = folder.resolve("whole");
        var device = LosingDevice.never();
        assertEquals(Optional.empty(), attempt(whole, false, device).failure());
        commands = device.asked();
    }

    @Test
    void theDeviceGivesTheWeightsOfTheCpu() throws IOException {
        Path run = folder.resolve("cpu");
        var session = Session.of("tune", "-m", folder.resolve("base").toString(), "-d",
                folder.resolve("pairs.jsonl").toString(), "--now", TinyTown.NOW, "steps=" + STEPS, "batch_size=2",
                "checkpoint_steps=2", "rank=2", "max_length=256", "-o", run.toString());
        assertEquals(0, session.exitCode(), session.err());
        String weights = "adapter/adapter_model.safetensors";
        assertArrayEquals(Files.readAllBytes(run.resolve(weights)), Files.readAllBytes(whole.resolve(weights)));
    }

    /// As `minarai tune` and `minarai tune --resume` do it, on a device that may be lost.
    private Attempt attempt(Path run, boolean isResumed, LosingDevice losing) {
        var recipe = Recipe.of(Map.of("steps", STEPS, "batch_size", 2, "checkpoint_steps", 2, "rank", 2, "threads", 1,
                "max_length", 256, "backend", "opencl"));
        var assignment = new Assignment(folder.resolve("base"), folder.resolve("pairs.jsonl"), recipe,
                LocalDateTime.parse(TinyTown.NOW));
        var err = new ByteArrayOutputStream();
        var console = new Console(InputStream.nullInputStream(), new PrintStream(new ByteArrayOutputStream(), true,
                StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8), false, false);
        Optional<DeviceFailure> failure = Optional.empty();
        var workers = new Workers(1);
        var kernels = losing.on(devices.getFirst(), workers);
        try (var backend = new Backend(workers, kernels, Optional.of(kernels), Optional.empty())) {
            new TuneCommand(console).train(assignment, run, isResumed ? Optional.of(RunFolder.record(run))
                    : Optional.empty(), backend);
        } catch (DeviceFailure lost) {
            failure = Optional.of(lost);
        }
        return new Attempt(failure, err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void aRunGoesOnOnTheCpuAfterItsDeviceWasLost() throws IOException {
        for (double part : new double[] {.15, .4, .55, .8}) {
            Path run = folder.resolve("lost-" + part);
            int last = (int) (part * commands);
            lose(run, last, false);
            var session = Session.of("tune", "--resume", run.toString(), "backend=cpu");
            assertEquals(0, session.exitCode(), session.err());
            assertSame(run, "lost after command %d of %d".formatted(last, commands));
        }
    }

    @Test
    void aRunGoesOnOnceTheDeviceIsBack() throws IOException {
        Path run = folder.resolve("back");
        lose(run, commands / 2, false);
        lose(run, commands / 4, true);
        assertEquals(Optional.empty(), attempt(run, true, LosingDevice.never()).failure());
        assertSame(run, "lost twice");
    }

    private void lose(Path run, int last, boolean isResumed) throws IOException {
        Attempt attempt = attempt(run, isResumed, new LosingDevice(last));
        DeviceFailure failure = attempt.failure().orElseThrow(() -> new AssertionError("the device was not lost: "
                + last));
        assertTrue(failure.isLoss() && String.valueOf(failure.getMessage())
                .contains("OpenCL error -36, the command queue is lost"),
                failure.getMessage());
        assertTrue(Failures.of(failure).sentence().contains("backend=cpu works everywhere"),
                Failures.of(failure).sentence());
        if (Files.exists(run)) {
            assertTrue(attempt.said().contains("Go on with: minarai tune --resume " + run + " backend=opencl"),
                    attempt.said());
            assertTrue(attempt.said().contains("without the device: minarai tune --resume " + run + " backend=cpu"),
                    attempt.said());
            assertWhole(run);
        }
    }

    /// What is there is what the undisturbed run had at that point.
    private void assertWhole(Path run) throws IOException {
        assertFalse(files(run).stream().anyMatch(file -> file.endsWith(".part")), files(run).toString());
        String recorded = Files.exists(run.resolve(Ledger.NAME)) ? Files.readString(run.resolve(Ledger.NAME)) : "";
        assertTrue(Files.readString(whole.resolve(Ledger.NAME)).startsWith(recorded), recorded);
        for (String file : files(run)) {
            if (file.startsWith("checkpoints/") || file.startsWith(RunFolder.ADAPTER)) {
                assertArrayEquals(Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(run.resolve(file)), file);
            }
        }
    }

    /// But for what is measured in seconds.
    private void assertSame(Path run, String which) throws IOException {
        assertEquals(files(whole), files(run), which);
        for (String file : files(whole)) {
            if (!List.of("report.html", "metrics.jsonl", ".lock").contains(file)) {
                assertArrayEquals(Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(run.resolve(file)),
                        which + ": " + file);
            }
        }
    }

    private static List<String> files(Path run) throws IOException {
        try (var walk = Files.walk(run)) {
            return walk.filter(Files::isRegularFile).map(file -> run.relativize(file).toString()).sorted().toList();
        }
    }
}
