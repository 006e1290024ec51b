package minarai.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import minarai.engine.Workers;
import minarai.engine.opencl.Device;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.Finding;
import minarai.engine.opencl.OpenClKernels;
import minarai.engine.opencl.Qualification;

/// `minarai doctor --device`: the OpenCL devices of this machine, and how far one of them can be trusted.
record DoctorDevice(Console console, boolean isJson, boolean isTimed) {

    /// @param backend of the device that is tried
    /// @return the exit code: 1 if there is no device, or a kernel fails on it
    int examine(String backend) {
        Devices devices = Devices.here();
        if (devices.all().isEmpty()) {
            if (isJson) {
                console.json(Map.of("devices", List.of(), "absence", devices.absence()));
            } else {
                console.line("no OpenCL here: %s", devices.absence());
            }
            return Failures.FAILED;
        }
        Device device = devices.named(backend);
        try (var workers = Workers.ofMachine(); var kernels = OpenClKernels.on(device, workers)) {
            return tell(devices, device, DeviceFindings.found(kernels, isTimed, console));
        }
    }

    /// Prints what was found.
    ///
    /// @return the exit code
    int tell(Devices devices, Device device, Qualification found) {
        if (isJson) {
            console.json(fields(devices, device, found));
        } else {
            print(devices, device, found);
        }
        return found.failed().isEmpty() ? 0 : Failures.FAILED;
    }

    private Map<String, Object> fields(Devices devices, Device device, Qualification found) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("devices", devices.all().stream().map(DoctorDevice::fields).toList());
        if (!devices.faults().isEmpty()) {
            fields.put("faults", devices.faults());
        }
        fields.put("device", device.id());
        fields.put("exact", found.isExact());
        fields.put("kernels", found.findings().stream().map(DoctorDevice::fields).toList());
        if (isTimed) {
            fields.put("gflops", found.gflops());
            fields.put("gbps", found.gbps());
            fields.put("file", DeviceFindings.file(device).toString());
        }
        return fields;
    }

    private static Map<String, Object> fields(Finding finding) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("kernel", finding.kernel());
        fields.put("outcome", name(finding.outcome()));
        fields.put("ulps", finding.ulps());
        fields.put("most_ulps", Qualification.mostUlps(finding.kernel()));
        if (!finding.reason().isEmpty()) {
            fields.put("reason", finding.reason());
        }
        return fields;
    }

    private static Map<String, Object> fields(Device device) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("id", device.id());
        fields.put("name", device.name());
        fields.put("platform", device.platform());
        fields.put("kind", name(device.kind()));
        fields.put("driver", device.driver());
        fields.put("version", device.version());
        fields.put("compute_units", device.units());
        fields.put("megahertz", device.megahertz());
        fields.put("memory_bytes", device.memoryBytes());
        fields.put("largest_buffer_bytes", device.bufferBytes());
        fields.put("local_memory_bytes", device.localBytes());
        fields.put("largest_group", device.groupSize());
        fields.put("correctly_rounded", device.isCorrectlyRounded());
        fields.put("fma", device.hasFma());
        fields.put("subnormals", device.hasSubnormals());
        return fields;
    }

    private static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private void print(Devices devices, Device device, Qualification found) {
        var list = new TextTable("", "device", "platform", "driver", "memory");
        devices.all().forEach(each -> list.row(each.id(), "%s (%s)".formatted(each.name(), name(each.kind())),
                each.platform(), each.driver(), Figures.bytes(each.memoryBytes())));
        console.line("%s%n", list);
        devices.faults().forEach(fault -> console.line("left out: %s", fault));
        var table = new TextTable(device.id(), "beside the reference");
        found.findings().forEach(each -> table.row(each.kernel(), switch (each.outcome()) {
            case EQUAL -> "bit-equal";
            case CLOSE -> "within %d ulp of at most %d".formatted(each.ulps(), Qualification.mostUlps(each.kernel()));
            case FAILED -> "failed: %s%s".formatted(each.reason(), each.ulps() == 0 ? "" : ", %d ulp".formatted(
                    each.ulps()));
        }));
        console.line("%s%n", table);
        console.line("%s", found.isExact() ? "Every kernel gives the bits of the reference: a run here can be replayed "
                + "on any machine." : found.failed().isEmpty() ? "Kernels round otherwise here and there: a run can be "
                + "replayed on this device, not elsewhere." : "Kernels that fail are refused, or computed on the host "
                + "with backend=" + device.id() + "+host.");
        if (isTimed) {
            console.line("Products at %,.1f GFLOP/s, memory at %,.1f GB/s. Kept in %s", found.gflops(), found.gbps(),
                    DeviceFindings.file(device));
        }
    }
}
