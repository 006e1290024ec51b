package minarai.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import minarai.engine.Workspace;
import org.junit.jupiter.api.Test;

/// A step takes its arrays from the workspace that was planned for it.
///
/// Counted in a JVM of its own with the launcher's limits for the compiler: in one that has run other tests, the
/// compiler has seen more kinds of kernels than a run has, and leaves vectors on the heap that it would keep in
/// registers. That happens in a fresh one too, at worst in every other; then another is asked. Arrays that a step makes
/// itself are made in every one.
class AllocationTest {

    private static final int SHORT = 8;
    private static final int LONG = 120;
    private static final int VOCABULARY = 37;
    private static final int STEPS = 20;

    private static final int MOST_JVMS = 12;

    /// A JVM that has not settled after so many times twenty steps never will.
    private static final int MOST_ROUNDS = 200;

    /// A row of logits for every second token more of the long batch.
    private static final long NOTICED = (LONG - SHORT) * VOCABULARY * Float.BYTES / 2;

    /// What a step's notes on the tape take at most.
    private static final long NOTES = 100_000;

    /// Once the compiler is done, a step makes small objects only, its notes on the tape: as many for a long batch as
    /// for a short one, while a single row of logits more for each token would be seen.
    @Test
    void twentyStepsAllocateNoNumbers() throws Exception {
        var counts = counts();
        for (int jvm = 1; jvm < MOST_JVMS && !counts.areNotesOnly(); jvm++) {
            counts = counts();
        }
        assertTrue(counts.areNotesOnly(), counts.toString());
    }

    /// Bytes that a step on a short and a step on a long batch allocate.
    private record Counts(long few, long many) {

        boolean areNotesOnly() {
            return many < NOTES && many < few + NOTICED;
        }
    }

    private static Counts counts() throws Exception {
        var process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "-XX:LiveNodeCountInliningCutoff=150000",
                "-XX:MaxNodeLimit=320000", "-XX:NodeLimitFudgeFactor=8000", "-cp",
                System.getProperty("java.class.path"), AllocationTest.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        String[] numbers = output.strip().split(" ");
        return new Counts(Long.parseLong(numbers[0]), Long.parseLong(numbers[1]));
    }

    /// Prints the bytes that a step on a short and a step on a long batch allocate.
    public static void main(String[] args) {
        long few = bytesOfAStep(SHORT, 0);
        System.out.println(few + " " + bytesOfAStep(LONG, few + NOTICED));
    }

    /// The least that was seen, until it is less than `enough`.
    private static long bytesOfAStep(int length, long enough) {
        int[] ids = new int[length];
        Arrays.setAll(ids, i -> 3 + i * 7 % 30);
        boolean[] isTarget = new boolean[length];
        Arrays.fill(isTarget, true);
        var batches = List.of(Batch.of(List.of(new Sample("one", ids, isTarget))));
        var small = SmallModel.full(true);
        var planned = Trainer.rehearse(small.model(), SmallModel.KERNELS, batches, false);
        var trainer = small.trainer(SmallModel.KERNELS, Workspace.planned(planned));
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < MOST_ROUNDS && least >= enough; round++) {
            long before = threads.getTotalThreadAllocatedBytes();
            for (int step = 1; step <= STEPS; step++) {
                trainer.step(step, 0.001, batches);
            }
            least = Math.min(least, (threads.getTotalThreadAllocatedBytes() - before) / STEPS);
        }
        return least;
    }
}
