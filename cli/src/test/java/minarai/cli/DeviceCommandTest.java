package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.Panels;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.engine.opencl.Device;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.Finding;
import minarai.engine.opencl.OpenClKernels;
import minarai.engine.opencl.Qualification;
import minarai.engine.opencl.Tuned;
import minarai.engine.opencl.WrongDevice;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// What commands say of devices, with and without one.
class DeviceCommandTest {

    @Test
    void aBackendThatIsNoneIsRefusedWithThoseThereAre() {
        var session = Session.of("bench", "gemm", "backend=gpu");
        assertEquals(1, session.exitCode(), session.err());
        assertTrue(session.err().contains("backend gpu: it is cpu, opencl, or opencl: and a number"), session.err());
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithTheWayToFindOne() {
        var session = Session.of("bench", "gemm", "backend=opencl:99");
        assertEquals(1, session.exitCode(), session.err());
        assertTrue(session.err().contains("backend opencl:99: ") && session.err().contains("minarai doctor --device"),
                session.err());
    }

    @Test
    void whatADeviceDoesNotTimeIsSaid() {
        var session = Session.of("bench", "kernels", "opencl");
        assertEquals(Failures.USAGE, session.exitCode(), session.err());
        assertTrue(session.err().contains("'opencl' is no backend=NAME"), session.err());
    }

    private static Device device() {
        var devices = Devices.here();
        assumeFalse(devices.all().isEmpty(), () -> "no OpenCL here: " + devices.absence());
        return devices.all().getFirst();
    }

    /// What would be known of a device on which these kernels fail and all others are right.
    private static Qualification planted(Device device, Set<String> failing) {
        return new Qualification(Qualification.keyOf(device), Qualification.kernels().stream().map(kernel ->
                failing.contains(kernel) ? new Finding(kernel, Finding.Outcome.FAILED, 9999, "at 5x37")
                        : new Finding(kernel, Finding.Outcome.EQUAL, 0, "")).toList(), 0, 0, Tuned.untuned(device));
    }

    private static Console console(ByteArrayOutputStream out, ByteArrayOutputStream err) {
        return new Console(InputStream.nullInputStream(), new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8), false, false);
    }

    @Test
    void aKernelThatFailsIsRefusedUnlessTheHostComputesIt() {
        Device device = device();
        var err = new ByteArrayOutputStream();
        var console = console(new ByteArrayOutputStream(), err);
        var failing = planted(device, Set.of("scale", "multiplyTransposed"));
        var workers = new Workers(1);
        var kernels = OpenClKernels.on(device, workers);
        try (var backend = new Backend(workers, kernels, Optional.of(kernels), Optional.empty())) {
            assertSame(kernels, backend.trusting(planted(device, Set.of()), false, console).kernels());
            var refused = assertThrows(IllegalArgumentException.class, () -> backend.trusting(failing, false, console));
            assertTrue(String.valueOf(refused.getMessage()).contains(
                    "gives wrong results in multiplyTransposed, scale. Use backend=opencl:0+host"),
                    refused.getMessage());
            Kernels helped = backend.trusting(failing, true, console).kernels();
            assertTrue(err.toString(StandardCharsets.UTF_8).contains("Computed on the host: multiplyTransposed, scale"),
                    err.toString(StandardCharsets.UTF_8));
            Tensor x = Tensor.of(2, 2, 1, 2, 3, 4);
            Tensor w = Tensor.of(3, 2, 1, 0, 0, 1, 1, 1);
            Tensor y = Tensor.zeros(2, 3);
            helped.multiplyTransposed(x, Panels.pack(w, helped.panelWidth(), Storage.BF16), y);
            helped.scale(2, y);
            helped.addScaled(1, Tensor.of(2, 3, 1, 1, 1, 1, 1, 1), y);
            assertArrayEquals(new float[] {3, 5, 7, 7, 9, 15}, helped.memory().download(y).toArray());
        }
    }

    @Test
    void aDeviceThatComputesOneKernelWronglyIsFoundOutAndRefusedByTheKernelsName() {
        var console = console(new ByteArrayOutputStream(), new ByteArrayOutputStream());
        var workers = new Workers(1);
        var kernels = WrongDevice.on(device(), workers);
        try (var backend = new Backend(workers, kernels, Optional.of(kernels), Optional.empty())) {
            var found = Qualification.of(kernels, false, kernel -> { });
            var refused = assertThrows(IllegalArgumentException.class, () -> backend.trusting(found, false, console));
            assertTrue(String.valueOf(refused.getMessage())
                    .contains("gives wrong results in scale. Use backend=opencl:0+host"),
                    refused.getMessage());
            Backend helped = backend.trusting(found, true, console);
            assertEquals("scale computed on the host", helped.versions().get("kernels"));
            Tensor y = Tensor.of(1, 3, 1, 2, 3);
            helped.kernels().scale(2, y);
            assertArrayEquals(new float[] {2, 4, 6}, helped.kernels().memory().download(y).toArray());
        }
    }

    @Test
    void whatAnotherDriverDidIsNotBelieved(@TempDir Path folder) throws IOException {
        Device device = device();
        Path file = folder.resolve("device.txt");
        String kept = planted(device, Set.of()).toText();
        Files.writeString(file, kept.replace("| " + device.driver() + " |", "| " + device.driver() + ".1 |"));
        assertEquals(Optional.empty(), DeviceFindings.known(file, device));
        Files.writeString(file, kept);
        assertEquals(Optional.of(planted(device, Set.of())), DeviceFindings.known(file, device));
    }

    @Test
    void whatIsKnownOfADeviceIsReadFromItsFileUnlessThatIsDamaged(@TempDir Path folder) throws IOException {
        Device device = device();
        var found = planted(device, Set.of("attend"));
        Path file = folder.resolve("device.txt");
        assertEquals(Optional.empty(), DeviceFindings.known(file, device));
        Files.writeString(file, found.toText());
        assertEquals(Optional.of(found), DeviceFindings.known(file, device));
        Files.writeString(file, found.toText().replaceAll("kernel\\..*\\R", ""));
        assertEquals(Optional.empty(), DeviceFindings.known(file, device));
        Files.writeString(file, found.toText() + "#".repeat(1 << 16));
        assertEquals(Optional.empty(), DeviceFindings.known(file, device));
    }

    @Test
    void theDoctorTellsOfADeviceInOneObject() {
        Device device = device();
        for (var failing : List.of(Set.<String>of(), Set.of("attend"))) {
            var out = new ByteArrayOutputStream();
            int code = new DoctorDevice(console(out, new ByteArrayOutputStream()), true, false).tell(
                    new Devices(List.of(device), "", List.of("naming a platform: lost")), device,
                    planted(device, failing));
            assertEquals(failing.isEmpty() ? 0 : 1, code);
            var told = JsonMapper.builder().build().readTree(out.toString(StandardCharsets.UTF_8));
            assertEquals(failing.isEmpty(), told.get("exact").asBoolean());
            assertEquals(device.name(), told.get("devices").get(0).get("name").asString());
            assertEquals("naming a platform: lost", told.get("faults").get(0).asString());
            assertEquals(Qualification.kernels().size(), told.get("kernels").size());
            told.get("kernels").forEach(kernel -> assertEquals(failing.contains(kernel.get("kernel").asString())
                    ? "failed" : "equal", kernel.get("outcome").asString()));
        }
    }

    @Test
    void withoutOpenClTheDoctorSaysWhy() {
        if (Devices.here().all().isEmpty()) {
            var session = Session.of("doctor", "--device");
            assertEquals(1, session.exitCode(), session.err());
            assertTrue(session.out().startsWith("no OpenCL here: "), session.out());
        }
    }
}
