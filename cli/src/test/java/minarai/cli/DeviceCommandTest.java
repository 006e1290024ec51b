package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import minarai.engine.opencl.Devices;
import org.junit.jupiter.api.Test;

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
        assertEquals(1, session.exitCode(), session.err());
        assertTrue(session.err().contains("'opencl' is no backend=NAME"), session.err());
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
