package minarai.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import minarai.engine.SimdKernels;

/// What this machine says of itself. What only Linux tells is absent elsewhere.
///
/// @param processor   its name, where the system tells
/// @param cores       threads that can run at once
/// @param vectorBits  of the vectors that Java prefers
/// @param system      operating system and version
/// @param java        version and vendor of the virtual machine
/// @param memoryBytes of the machine, or of the container
/// @param heapBytes   the most that Java takes for objects
/// @param hugePages   when the kernel gives huge pages: always, madvise or never
public record Machine(Optional<String> processor, int cores, int vectorBits, String system, String java,
        long memoryBytes, long heapBytes, Optional<String> hugePages) {

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
    private static final Path HUGE_PAGES = Path.of("/sys/kernel/mm/transparent_hugepage/enabled");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path MAPPINGS = Path.of("/proc/self/smaps_rollup");
    private static final Path TIMES = Path.of("/proc/stat");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");

    /// This machine.
    public static Machine here() {
        var processor = lines(PROCESSORS).stream().filter(line -> line.startsWith("model name")).findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip());
        var pages = lines(HUGE_PAGES).stream().findFirst().filter(line -> line.contains("["))
                .map(line -> line.substring(line.indexOf('[') + 1, line.indexOf(']')));
        long memory = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize() : 0;
        return new Machine(processor, Runtime.getRuntime().availableProcessors(), SimdKernels.vectorBits(),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                Runtime.version() + " (" + System.getProperty("java.vendor") + ")", memory,
                Runtime.getRuntime().maxMemory(), pages);
    }

    /// One line that goes with every figure.
    @Override
    public String toString() {
        return "%s%d core%s, vectors of %d bits, %s, Java %s%s".formatted(processor.map(name -> name + ", ").orElse(""),
                cores, cores == 1 ? "" : "s", vectorBits, system, java,
                hugePages.map(pages -> ", huge pages " + pages).orElse(""));
    }

    /// Memory of this process that lies on huge pages.
    public static OptionalLong hugePageBytes() {
        return kilobytes(MAPPINGS, "AnonHugePages:");
    }

    /// The most memory this process has had, since its start or since [#forgetPeak].
    public static OptionalLong peakBytes() {
        return kilobytes(STATUS, "VmHWM:");
    }

    /// Sets the peak back to what the process has now, where the system can do that.
    public static void forgetPeak() {
        if (Files.isWritable(CLEAR)) {
            try {
                Files.writeString(CLEAR, "5");
            } catch (IOException unsupported) {
                // The peak then counts from the start of the process, which is no lie.
                return;
            }
        }
    }

    /// Lets Java give memory that it no longer needs back to the system, which it does in four steps.
    public static void giveBack() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
    }

    private static OptionalLong kilobytes(Path file, String key) {
        return lines(file).stream().filter(line -> line.startsWith(key))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10).findFirst();
    }

    /// Processor time so far of all cores together, in the system's ticks of 10 ms.
    ///
    /// @param stolen what the host gave to other guests while this one wanted to run
    /// @param idle   when there was nothing to do
    /// @param own    of this process
    /// @param total  of all kinds
    public record ProcessorTime(long stolen, long idle, long own, long total) {

        private static final int IDLE = 3;
        private static final int WAITING = 4;
        private static final int STOLEN = 7;
        private static final long NANOS_A_TICK = 10_000_000;

        public static Optional<ProcessorTime> now() {
            return lines(TIMES).stream().findFirst().filter(line -> line.startsWith("cpu ")).map(line -> {
                long[] ticks = Arrays.stream(line.substring(4).strip().split(" +")).limit(STOLEN + 1)
                        .mapToLong(Long::parseLong).toArray();
                long own = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                        ? system.getProcessCpuTime() / NANOS_A_TICK : 0;
                return new ProcessorTime(ticks.length > STOLEN ? ticks[STOLEN] : 0,
                        ticks.length > WAITING ? ticks[IDLE] + ticks[WAITING] : 0, own, Arrays.stream(ticks).sum());
            });
        }

        /// The share of the time since `earlier` that was stolen, 0 to 1.
        public double stolenSince(ProcessorTime earlier) {
            return (double) (stolen - earlier.stolen) / Math.max(1, total - earlier.total);
        }

        /// The share of all cores' time since `earlier` that neither this process nor idleness had: other processes and
        /// other guests. It is exact to a few ticks, so it says nothing of less than a second.
        public double takenByOthersSince(ProcessorTime earlier) {
            long all = Math.max(1, total - earlier.total);
            long others = all - (idle - earlier.idle) - (own - earlier.own);
            return Math.clamp((double) others / all, 0, 1);
        }
    }

    private static List<String> lines(Path file) {
        if (!Files.isReadable(file)) {
            return List.of();
        }
        try {
            return Files.readAllLines(file);
        } catch (IOException untold) {
            return List.of();
        }
    }
}
