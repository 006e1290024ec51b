package minarai.engine.opencl;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import minarai.engine.ReferenceKernels;
import minarai.engine.Tensor;

/// What a device was found to be able to do: every kernel beside the reference, the tiles that are best for products,
/// and how fast it computes and reads. It holds for one device with one driver and one state of the kernels' sources.
///
/// @param key      that says so
/// @param findings one for each kernel
/// @param gflops   of the fastest product, in 10⁹ operations a second; 0 where nothing was timed
/// @param gbps     of reading and writing its memory, in 10⁹ bytes a second; 0 where nothing was timed
/// @param tuned    the tiles
public record Qualification(String key, List<Finding> findings, double gflops, double gbps, Tuned tuned) {

    /// What findings about a device are kept under: the device, its platform and driver, the kernels' sources,
    /// and the version of what tries and calls them.
    public static String keyOf(Device device) {
        return keyOf(device, Sources.ofBuild());
    }

    static String keyOf(Device device, Sources sources) {
        return key(device.platform(), device.name(), device.driver(), device.version(), sources.hash(), Trials.VERSION);
    }

    static String key(String platform, String name, String driver, String version, String sources, int trials) {
        return "%s | %s | %s | %s | %s | %d".formatted(platform, name, driver, version, sources, trials)
                .replaceAll("\\R", " ");
    }

    /// How many units in the last place the results of a kernel may be away from the reference, see [Bound].
    public static long mostUlps(String kernel) {
        return Bound.of(kernel).ulps();
    }

    /// The kernels that are tried, in this order.
    public static List<String> kernels() {
        return Trials.kernels();
    }

    /// Tries every kernel of a device.
    ///
    /// @param isTimed  whether tiles are chosen and rates taken too
    /// @param progress hears what is being done
    /// @throws DeviceFailure if the device is lost meanwhile: that is no finding about the kernels that were not tried
    public static Qualification of(OpenClKernels kernels, boolean isTimed, Consumer<String> progress) {
        List<Finding> findings = findings(Trials.all(), kernels, progress);
        var rates = new Rates(kernels);
        Tuned tuned = isTimed ? rates.tuned(progress) : Tuned.untuned(kernels.device());
        return new Qualification(keyOf(kernels.device(), kernels.sources()), findings, isTimed ? rates.gflops() : 0,
                isTimed ? rates.gbps() : 0, tuned);
    }

    /// One for each kernel: the worst of its trials.
    static List<Finding> findings(List<Trial> trials, OpenClKernels kernels, Consumer<String> progress) {
        var findings = new LinkedHashMap<String, Finding>();
        for (Trial trial : trials) {
            if (!findings.containsKey(trial.kernel())) {
                progress.accept(trial.kernel());
            }
            findings.merge(trial.kernel(), tried(trial, kernels), Qualification::worse);
        }
        return List.copyOf(findings.values());
    }

    private static Finding worse(Finding a, Finding b) {
        int outcome = a.outcome().compareTo(b.outcome());
        return outcome > 0 || outcome == 0 && a.ulps() >= b.ulps() ? a : b;
    }

    private static Finding tried(Trial trial, OpenClKernels kernels) {
        List<Tensor> expected = trial.run().apply(new ReferenceKernels());
        List<Tensor> found = new ArrayList<>();
        try {
            trial.run().apply(kernels).forEach(each -> found.add(kernels.memory().download(each)));
        } catch (DeviceFailure failure) {
            if (failure.isLoss()) {
                throw failure;
            }
            return new Finding(trial.kernel(), Finding.Outcome.FAILED, 0, String.valueOf(failure.getMessage()));
        }
        long ulps = 0;
        boolean isEqual = true;
        for (int i = 0; i < expected.size(); i++) {
            ulps = Math.max(ulps, distance(expected.get(i), found.get(i), trial.bound().floor()));
            isEqual &= isEqual(expected.get(i), found.get(i));
        }
        return ulps > trial.bound().ulps()
                ? new Finding(trial.kernel(), Finding.Outcome.FAILED, ulps, "at " + trial.size())
                : new Finding(trial.kernel(), isEqual ? Finding.Outcome.EQUAL : Finding.Outcome.CLOSE, ulps, "");
    }

    private static boolean isEqual(Tensor expected, Tensor found) {
        for (int i = 0; i < expected.size(); i++) {
            if (Float.floatToIntBits(expected.data()[expected.offset() + i])
                    != Float.floatToIntBits(found.data()[found.offset() + i])) {
                return false;
            }
        }
        return true;
    }

    /// In units of the number expected, or of a share of the greatest finite one. What is not finite is either the same
    /// or as far away as can be.
    ///
    /// @param floor that share
    static long distance(Tensor expected, Tensor found, double floor) {
        double greatest = 0;
        for (int i = 0; i < expected.size(); i++) {
            float a = expected.data()[expected.offset() + i];
            greatest = Float.isFinite(a) ? Math.max(greatest, Math.abs(a)) : greatest;
        }
        long most = 0;
        for (int i = 0; i < expected.size(); i++) {
            float a = expected.data()[expected.offset() + i];
            float b = found.data()[found.offset() + i];
            double unit = Math.max(Math.ulp(a), floor * Math.ulp((float) greatest));
            boolean isMeasured = Float.isFinite(a) && Float.isFinite(b);
            long apart = isMeasured ? (long) Math.ceil(Math.abs((double) a - b) / unit) : Long.MAX_VALUE;
            most = Math.max(most, Float.compare(a, b) == 0 ? 0 : apart);
        }
        return most;
    }

    /// Kernels that must not be used.
    public List<Finding> failed() {
        return findings.stream().filter(each -> each.outcome() == Finding.Outcome.FAILED).toList();
    }

    /// Whether every kernel gives the bits of the reference, so that a run does not depend on this device.
    public boolean isExact() {
        return findings.stream().allMatch(each -> each.outcome() == Finding.Outcome.EQUAL);
    }

    /// Lines of `key=value`, which [#parse] reads.
    public String toText() {
        var text = new StringBuilder("key=%s%ngflops=%s%ngbps=%s%n".formatted(key, gflops, gbps));
        tuned.tiles().forEach((shape, tile) -> text.append("tile.%s=%s%n".formatted(shape, tile)));
        findings.forEach(each -> text.append("kernel.%s=%s %d %s%n"
                .formatted(each.kernel(), each.outcome(), each.ulps(),
                each.reason().replaceAll("\\R", " ")).stripTrailing()).append(System.lineSeparator()));
        return text.toString();
    }

    /// What [#toText] wrote, if it is about this device and these kernels, with a finding for each of them, and nothing
    /// in it was changed beyond understanding.
    public static Optional<Qualification> parse(String text, Device device) {
        Map<String, String> lines = new LinkedHashMap<>();
        text.lines().filter(line -> line.contains("=")).forEach(line -> lines.put(line.substring(0, line.indexOf('=')),
                line.substring(line.indexOf('=') + 1)));
        if (!keyOf(device).equals(lines.get("key"))) {
            return Optional.empty();
        }
        try {
            var findings = new ArrayList<Finding>();
            lines.forEach((key, value) -> {
                if (key.startsWith("kernel.")) {
                    String[] parts = value.split(" ", 3);
                    findings.add(new Finding(key.substring("kernel.".length()), Finding.Outcome.valueOf(parts[0]),
                            Long.parseLong(parts[1]), parts.length > 2 ? parts[2] : ""));
                }
            });
            if (!findings.stream().map(Finding::kernel).toList().equals(Trials.kernels())) {
                return Optional.empty();
            }
            return Tuned.parse(lines, device).map(tuned -> new Qualification(keyOf(device), List.copyOf(findings),
                    Double.parseDouble(lines.getOrDefault("gflops", "0")),
                    Double.parseDouble(lines.getOrDefault("gbps", "0")), tuned));
        } catch (IllegalArgumentException | ArrayIndexOutOfBoundsException damaged) {
            return Optional.empty();
        }
    }
}
