package minarai.cli;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import minarai.engine.Kernels;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.OpenClKernels;
import minarai.engine.opencl.PartlyOnHost;
import minarai.engine.opencl.Qualification;
import minarai.train.Recipe;

/// What computes the numbers of a command: the threads of the CPU, or an OpenCL device beside them.
///
/// @param workers threads, for the CPU's kernels or for what stays on the host
/// @param kernels that compute
/// @param device  the same, where they are a device's
record Backend(Workers workers, Kernels kernels, Optional<OpenClKernels> device) implements AutoCloseable {

    /// A device that was never tried is tried first; one with kernels that fail is refused, or helped by the host.
    ///
    /// @param name    `cpu`, `opencl`, or `opencl:` and a device's number; `+host` after it lets the host help
    /// @param threads of the CPU
    /// @param console where a device tells what it is
    /// @throws IllegalArgumentException if there is no such device
    static Backend open(String name, int threads, Console console) {
        if (name.equals(Recipe.CPU)) {
            var workers = new Workers(threads);
            return new Backend(workers, new SimdKernels(workers), Optional.empty());
        }
        var device = Devices.here().named(name);
        console.remark("%s: %s on %s", device.id(), device, device.platform());
        var workers = new Workers(threads);
        var kernels = OpenClKernels.on(device, workers);
        var onDevice = new Backend(workers, kernels, Optional.of(kernels));
        boolean isTrusted = false;
        try {
            var found = DeviceFindings.known(device).orElseGet(() -> DeviceFindings.found(kernels, true, console));
            var trusted = onDevice.trusting(found, Devices.isHelpedByHost(name), console);
            isTrusted = true;
            return trusted;
        } finally {
            if (!isTrusted) {
                onDevice.close();
            }
        }
    }

    /// The same as far as its device was found to be right.
    ///
    /// @param isHelped whether the host computes what fails there
    /// @throws IllegalArgumentException if something fails and nobody helps
    Backend trusting(Qualification found, boolean isHelped, Console console) {
        var kernels = device.orElseThrow();
        kernels.use(found.tuned());
        var failed = new LinkedHashSet<String>();
        found.failed().forEach(each -> failed.add(each.kernel()));
        if (failed.isEmpty()) {
            return this;
        }
        if (!isHelped) {
            throw new IllegalArgumentException(("%s gives wrong results in %s. Use backend=%s+host to have these computed on "
                    + "the host, or backend=cpu").formatted(kernels.device(), String.join(", ", failed), kernels.device().id()));
        }
        console.remark("Computed on the host: %s", String.join(", ", failed));
        return new Backend(workers, new PartlyOnHost(kernels, new SimdKernels(workers), failed), Optional.of(kernels));
    }

    /// On all threads of this machine.
    static Backend open(String name, Console console) {
        return open(name, Runtime.getRuntime().availableProcessors(), console);
    }

    /// What computes a recipe.
    static Backend of(Recipe recipe, Console console) {
        return open(recipe.backend(), recipe.threads().orElse(Runtime.getRuntime().availableProcessors()), console);
    }

    /// What a run's record says of the device and its driver; nothing on the CPU.
    Map<String, String> versions() {
        var versions = new LinkedHashMap<String, String>();
        device.map(OpenClKernels::device).ifPresent(used -> {
            versions.put("device", "%s on %s".formatted(used.name(), used.platform()));
            versions.put("driver", used.driver());
            versions.put("opencl", used.version());
        });
        return versions;
    }

    @Override
    public void close() {
        device.ifPresent(OpenClKernels::close);
        workers.close();
    }
}
