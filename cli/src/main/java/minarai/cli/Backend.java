package minarai.cli;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import minarai.engine.Kernels;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.engine.opencl.DeviceFailure;
import minarai.engine.opencl.Devices;
import minarai.engine.opencl.Finding;
import minarai.engine.opencl.OpenClKernels;
import minarai.engine.opencl.PartlyOnHost;
import minarai.engine.opencl.Qualification;
import minarai.train.Recipe;
import minarai.train.run.RunRecord;

/// What computes the numbers of a command: the threads of the CPU, or an OpenCL device beside them.
///
/// @param workers threads, for the CPU's kernels or for what stays on the host
/// @param kernels that compute
/// @param device  the same, where they are a device's
/// @param found   how far the device can be trusted, where it was tried
record Backend(Workers workers, Kernels kernels, Optional<OpenClKernels> device, Optional<Qualification> found)
        implements AutoCloseable {

    /// What a run's record says of the kernels of a device, and what it says where they give the bits of the reference.
    private static final String KERNELS = "kernels";
    private static final String EXACT = "bit-equal to the reference";

    /// A device that was never tried is tried first; one with kernels that fail is refused, or helped by the host.
    ///
    /// @param name    `cpu`, `opencl`, or `opencl:` and a device's number; `+host` after it lets the host help
    /// @param threads of the CPU
    /// @param console where a device tells what it is
    /// @throws IllegalArgumentException if there is no such device
    static Backend open(String name, int threads, Console console) {
        if (name.equals(Recipe.CPU)) {
            var workers = new Workers(threads);
            return new Backend(workers, new SimdKernels(workers), Optional.empty(), Optional.empty());
        }
        var device = Devices.here().named(name);
        console.remark("%s: %s on %s", device.id(), device, device.platform());
        var workers = new Workers(threads);
        var kernels = OpenClKernels.on(device, workers);
        var onDevice = new Backend(workers, kernels, Optional.of(kernels), Optional.empty());
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
            return new Backend(workers, kernels, device, Optional.of(found));
        }
        if (!isHelped) {
            throw new IllegalArgumentException(("%s gives wrong results in %s. Use backend=%s+host to have these "
                    + "computed on the host, or backend=cpu").formatted(kernels.device(), String.join(", ", failed),
                    kernels.device().id()));
        }
        console.remark("Computed on the host: %s", String.join(", ", failed));
        return new Backend(workers, new PartlyOnHost(kernels, new SimdKernels(workers), failed), device,
                Optional.of(found));
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
        found.ifPresent(findings -> versions.put(KERNELS, findings.isExact() ? EXACT : findings.findings().stream()
                .filter(each -> each.outcome() != Finding.Outcome.EQUAL).map(Backend::inexact)
                .collect(Collectors.joining(", "))));
        return versions;
    }

    private static String inexact(Finding finding) {
        return finding.outcome() == Finding.Outcome.FAILED ? finding.kernel() + " computed on the host"
                : "%s within %d ulp".formatted(finding.kernel(), finding.ulps());
    }

    /// Says so where a run was begun on a device that rounds otherwise than all others, and goes on elsewhere.
    void remarkOnBeginning(RunRecord begun, Console console) {
        String before = begun.versions().getOrDefault(KERNELS, EXACT);
        if (!before.equals(versions().getOrDefault(KERNELS, EXACT))) {
            console.remark("The run was begun on %s, driver %s: %s. Replay tells its steps from those that come now.",
                    begun.versions().getOrDefault("device", "a device"),
                    begun.versions().getOrDefault("driver", "unknown"), before);
        }
    }

    /// Does work whose steps go on record; where a device fails in the midst of it, tells how to go on.
    ///
    /// @param resume  the command that goes on with the work
    /// @param backend what computed
    static <T> T recorded(String resume, String backend, Console console, Supplier<T> work) {
        try {
            return work.get();
        } catch (DeviceFailure failure) {
            console.remark("What is on record is sound. Go on with: %s backend=%s%nor without the device: %s backend="
                    + Recipe.CPU, resume, backend, resume);
            throw failure;
        }
    }

    @Override
    public void close() {
        device.ifPresent(OpenClKernels::close);
        workers.close();
    }
}
