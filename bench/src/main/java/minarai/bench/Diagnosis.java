package minarai.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// What the machine can do at this moment, and what is lost on it.
///
/// @param machine       what it says of itself
/// @param peakOfOne     GFLOP/s of one thread
/// @param peakOfAll     GFLOP/s of as many threads as there are cores
/// @param readOfOne     GB/s of one thread
/// @param readOfAll     GB/s of all
/// @param touchedBytes  memory that was touched before huge pages were counted
/// @param hugePageBytes memory of this process on huge pages, where the system tells
/// @param stolen        share of processor time that went to other guests during the probes
public record Diagnosis(Machine machine, double peakOfOne, double peakOfAll, double readOfOne, double readOfAll,
        long touchedBytes, OptionalLong hugePageBytes, OptionalDouble stolen) {

    private static final int PROBES = 9;
    private static final double STOLEN = 0.02;
    private static final double FAIR_SCALING = 0.8;

    /// Probes for about a second.
    public static Diagnosis here() {
        var machine = Machine.here();
        var before = Machine.ProcessorTime.now();
        var one = new ReadBandwidth(1);
        double peakOfOne = best(new FmaPeak(1));
        double peakOfAll = best(new FmaPeak(machine.cores()));
        double readOfOne = best(one);
        double readOfAll = best(one.on(machine.cores()));
        var after = Machine.ProcessorTime.now();
        var stolen = before.isPresent() && after.isPresent()
                ? OptionalDouble.of(after.get().stolenSince(before.get())) : OptionalDouble.empty();
        return new Diagnosis(machine, peakOfOne, peakOfAll, readOfOne, readOfAll, one.bytes(),
                Machine.hugePageBytes(), stolen);
    }

    private static double best(Ceiling ceiling) {
        double best = 0;
        for (int i = 0; i < PROBES; i++) {
            best = Math.max(best, ceiling.measure());
        }
        return best;
    }

    /// Whether most of the memory that was touched lies on huge pages; true where the system does not tell.
    public boolean hasHugePages() {
        return hugePageBytes.isEmpty() || hugePageBytes.getAsLong() >= touchedBytes / 2;
    }

    /// A sentence for each thing that makes this machine slower than it could be.
    public List<String> losses() {
        var losses = new ArrayList<String>();
        if (!hasHugePages()) {
            losses.add(("No huge pages: %s. A few percent of products and up to a third of the read bandwidth are "
                    + "lost. Remedy: %s").formatted(machine.hugePages().map(mode -> "the kernel gives them " + mode)
                    .orElse("the kernel has none"), machine.hugePages().filter(mode -> mode.equals("never")).isPresent()
                    ? "as root, echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"
                    : "start Java with -XX:+UseTransparentHugePages, as the launcher does"));
        }
        if (machine.vectorBits() < 256) {
            losses.add(("Vectors of %d bits: a core with 512 computes up to four times as much a cycle. If this "
                    + "processor has wider ones, MINARAI_JAVA_OPTS may hide them (-XX:UseAVX, -XX:MaxVectorSize).")
                    .formatted(machine.vectorBits()));
        }
        if (machine.cores() == 1) {
            losses.add("One core: products, attention and the optimizer would use more.");
        } else if (peakOfAll < FAIR_SCALING * machine.cores() * peakOfOne) {
            losses.add(("%d threads compute only %.1f times as much as one: they share cores (hyperthreads), or others "
                    + "use the machine. Fewer threads (threads=N) may be as fast.").formatted(machine.cores(),
                    peakOfAll / peakOfOne));
        }
        if (stolen.orElse(0) > STOLEN) {
            losses.add(("%.0f %% of the processor time went to other guests of this host: times will vary by as much."
                    ).formatted(100 * stolen.getAsDouble()));
        }
        return losses;
    }
}
