package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.spi.ToolProvider;
import minarai.engine.Philox;
import minarai.train.run.AtomicFiles;
import minarai.train.run.Ledger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes of `minarai tune` that are killed at random instants, each taken up again: every run ends in the bytes of
/// the run that nobody killed, and nothing has to be cleaned by hand.
///
/// Twenty are killed; `-Dminarai.kills=200` asks for more, `-Dminarai.kills.seed=2` for other instants. What the kills
/// hit is written to `target/kills.txt`. See `bench/kill-and-resume`.
class KillTest {

    private static final int KILLS = Integer.getInteger("minarai.kills", 20);
    private static final int SEED = Integer.getInteger("minarai.kills.seed", 1);
    private static final int SIDE_BY_SIDE = 2;
    private static final int STEPS = 12;
    private static final String OVER = "nothing, it was over";
    private static final String IN_A_STEP = "a step";
    private static final String IN_A_CHECKPOINT = "a checkpoint's writing";
    /// Kills beyond those asked for, until a step and a checkpoint's writing were hit.
    private static final int MOST_MORE = 20;
    /// Where a run is over even after so little of its time, nothing earlier is tried.
    private static final double LEAST_SHARE = 0.01;
    private static final long LOOK_NANOS = 500_000;
    private static final long PATIENCE_NANOS = 300_000_000_000L;

    @TempDir
    private static Path folder;
    private static Path whole = Path.of("");
    private static String classPath = "";
    private static Course course = new Course(0, 0);

    /// When a process is killed: at an instant after its start, after the first step on record, or at the first sight,
    /// after such an instant, of a checkpoint that is being written.
    private enum Aim { ANYWHERE, IN_THE_RUN, AT_A_CHECKPOINT }

    /// How long the run that nobody killed took, and when its first step was on record.
    private record Course(long nanos, long begun) {
    }

    /// A process spends most of its time on loading classes, so the first one puts them into an archive for the others.
    @BeforeAll
    static void undisturbed() throws IOException, InterruptedException {
        TinyTown.write(folder);
        classPath = jars();
        Path first = folder.resolve("first");
        Process archiving = start(List.of("-XX:ArchiveClassesAtExit=" + folder.resolve("classes.jsa")), tune(first));
        assertEquals(0, archiving.waitFor(), said(first));
        whole = folder.resolve("whole");
        long start = System.nanoTime();
        Process process = start(tune(whole));
        awaitSteps(process, whole, 1);
        long begun = System.nanoTime() - start;
        assertEquals(0, process.waitFor(), said(whole));
        course = new Course(System.nanoTime() - start, begun);
        assertSame(first, whole, "two runs that nobody killed");
    }

    /// The class path with folders of classes as jars, since only those have a place in an archive.
    private static String jars() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        ToolProvider jar = ToolProvider.findFirst("jar").orElseThrow();
        var entries = new ArrayList<String>();
        for (String entry : path.split(File.pathSeparator)) {
            if (!Files.isDirectory(Path.of(entry))) {
                entries.add(entry);
                continue;
            }
            String packed = folder.resolve("classes-%d.jar".formatted(entries.size())).toString();
            assertEquals(0, jar.run(System.out, System.err, "--create", "--no-compress", "--file", packed, "-C", entry,
                    "."));
            entries.add(packed);
        }
        return String.join(File.pathSeparator, entries);
    }

    @Test
    void aRunThatIsKilledAtAnyInstantEndsInTheSameBytes() throws IOException, InterruptedException, ExecutionException {
        var phases = new TreeMap<String, Integer>();
        int runs = KILLS;
        try (var pool = Executors.newFixedThreadPool(SIDE_BY_SIDE)) {
            var endings = new ArrayList<Future<List<String>>>();
            for (int kill = 0; kill < KILLS; kill++) {
                int number = kill;
                endings.add(pool.submit(() -> killed(number, Aim.values()[number % 3])));
            }
            for (Future<List<String>> ending : endings) {
                ending.get().forEach(phase -> phases.merge(phase, 1, Integer::sum));
            }
        }
        while (runs < KILLS + MOST_MORE && !phases.keySet().containsAll(List.of(IN_A_STEP, IN_A_CHECKPOINT))) {
            killed(runs++, phases.containsKey(IN_A_STEP) ? Aim.AT_A_CHECKPOINT : Aim.IN_THE_RUN)
                    .forEach(phase -> phases.merge(phase, 1, Integer::sum));
        }
        Files.writeString(Path.of("target", "kills.txt"),
                "seed %d, %d runs that ended in the same bytes; kills by what "
                .formatted(SEED, runs) + "they hit: " + phases + "\n");
        assertTrue(phases.getOrDefault(OVER, 0) <= KILLS / 10, phases.toString());
        assertTrue(phases.keySet().containsAll(List.of(IN_A_STEP, IN_A_CHECKPOINT)), phases.toString());
    }

    @Test
    void ctrlCKeepsAllStepsAndSaysHowToGoOn() throws IOException, InterruptedException {
        assumeTrue(isInterruptible(), "this process was started with SIGINT ignored, and so are those it starts");
        Path run = folder.resolve("interrupted");
        Process process = start(tune(run));
        awaitSteps(process, run, 2);
        assertEquals(0, new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor());
        assertEquals(Failures.STOPPED, process.waitFor(), said(run));
        int done = Ledger.read(run).steps();
        assertTrue(done >= 2 && done < STEPS, "steps " + done);
        assertTrue(Files.exists(run.resolve("checkpoints/step-%06d.safetensors".formatted(done))), "step " + done);
        assertTrue(said(run).contains("Finishing the step; press again to stop at once"), said(run));
        assertTrue(said(run).contains("Go on with: minarai tune --resume " + run), said(run));
        toItsEnd(resume(run), run);
        assertSame(whole, run, "stopped after step " + done);
    }

    /// Whether SIGINT reaches this process; where that cannot be read it is taken to.
    private static boolean isInterruptible() throws IOException {
        Path status = Path.of("/proc/self/status");
        return !Files.exists(status) || Files.readAllLines(status).stream().filter(line -> line.startsWith("SigIgn:"))
                .noneMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
    }

    /// A run that is killed once, every tenth twice, and then taken to its end. A kill that came too late is none: the
    /// run begins anew and is killed earlier.
    ///
    /// @return what each kill hit
    private static List<String> killed(int kill, Aim aim) throws IOException, InterruptedException {
        var random = new Philox(SEED, 1);
        Path run = folder.resolve("run-" + kill);
        var hit = new ArrayList<String>();
        double share = random.uniform(0, kill);
        hit.add(hit(run, aim, share));
        while (hit.getLast().equals(OVER) && share > LEAST_SHARE) {
            AtomicFiles.removeFolder(run);
            share /= 2;
            hit.set(0, hit(run, aim, share));
        }
        if (kill % 10 == 9) {
            hit.add(hit(run, aim, random.uniform(1, kill)).equals(OVER) ? OVER : "a run taken up again");
        }
        toItsEnd(Files.exists(run.resolve("run.json")) ? resume(run) : tune(run), run);
        assertSame(whole, run, "kill %d of seed %d, which hit %s".formatted(kill, SEED, hit));
        return hit;
    }

    private static String hit(Path run, Aim aim, double share) throws IOException, InterruptedException {
        Process process = start(Files.exists(run.resolve("run.json")) ? resume(run) : tune(run));
        await(process, run, aim, share);
        boolean isOver = !process.isAlive();
        process.destroyForcibly().waitFor();
        return isOver ? OVER : phase(run);
    }

    private static void await(Process process, Path run, Aim aim, double share)
            throws InterruptedException, IOException {
        if (aim == Aim.ANYWHERE) {
            process.waitFor((long) (share * course.nanos), TimeUnit.NANOSECONDS);
            return;
        }
        awaitSteps(process, run, 1);
        process.waitFor((long) (share * (course.nanos - course.begun)), TimeUnit.NANOSECONDS);
        while (aim == Aim.AT_A_CHECKPOINT && process.isAlive() && !isSaving(run)) {
            Thread.onSpinWait();
        }
    }

    private static void awaitSteps(Process process, Path run, int steps) throws IOException {
        while (process.isAlive() && stepsOf(run) < steps) {
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }

    /// What a run was at when it was killed, from what it left.
    private static String phase(Path run) throws IOException {
        if (!Files.exists(run.resolve("run.json"))) {
            return "before its folder";
        }
        if (isSaving(run)) {
            return IN_A_CHECKPOINT;
        }
        int steps = stepsOf(run);
        return steps == 0 ? "before the first step" : steps < STEPS ? IN_A_STEP : "after the last step";
    }

    /// Whole lines about steps in a ledger that may be cut off.
    private static int stepsOf(Path run) throws IOException {
        Path ledger = run.resolve(Ledger.NAME);
        if (!Files.exists(ledger)) {
            return 0;
        }
        String text = Files.readString(ledger);
        return (int) text.substring(0, text.lastIndexOf('\n') + 1).lines()
                .filter(line -> line.contains("\"kind\":\"step\"")).count();
    }

    private static boolean isSaving(Path run) throws IOException {
        Path checkpoints = run.resolve("checkpoints");
        if (!Files.exists(checkpoints)) {
            return false;
        }
        try (var files = Files.list(checkpoints)) {
            return files.anyMatch(file -> file.toString().endsWith(".part"));
        }
    }

    /// As the `minarai` script starts it, but compiled quickly rather than well, which changes no bit and suits a short
    /// run.
    private static Process start(List<String> arguments) throws IOException {
        return start(List.of("-XX:SharedArchiveFile=" + folder.resolve("classes.jsa")), arguments);
    }

    private static Process start(List<String> options, List<String> arguments) throws IOException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1", "-Xmx400m", "-cp", classPath));
        command.addAll(options);
        command.add("minarai.cli.Main");
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output(arguments)).start();
    }

    private static File output(List<String> arguments) {
        return Path.of(arguments.getLast() + ".out").toFile();
    }

    private static String said(Path run) throws IOException {
        return Files.readString(Path.of(run + ".out"));
    }

    private static void toItsEnd(List<String> arguments, Path run) throws IOException, InterruptedException {
        if (Files.exists(run.resolve("report.html"))) {
            return;
        }
        Process process = start(arguments);
        try {
            assertTrue(process.waitFor(PATIENCE_NANOS, TimeUnit.NANOSECONDS), "still at work: " + arguments);
            assertEquals(0, process.exitValue(), said(run));
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> tune(Path run) {
        return List.of("tune", "-m", folder.resolve("base").toString(), "-d", folder.resolve("pairs.jsonl").toString(),
                "--now", TinyTown.NOW, "steps=" + STEPS, "batch_size=2", "gradient_accumulation=2",
                "checkpoint_steps=2", "keep_checkpoints=2", "rank=2", "threads=1", "max_length=256", "-o",
                run.toString());
    }

    private static List<String> resume(Path run) {
        return List.of("tune", "--resume", run.toString());
    }

    private static void assertSame(Path whole, Path run, String which) throws IOException {
        List<String> files = files(whole);
        assertEquals(files, files(run), which);
        for (String file : files) {
            if (!file.equals("report.html") && !file.equals("metrics.jsonl") && !file.equals(".lock")) {
                assertArrayEquals(Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(run.resolve(file)),
                        which + ": " + file);
            }
        }
        assertEquals(Files.readAllLines(whole.resolve("metrics.jsonl")).size(),
                Files.readAllLines(run.resolve("metrics.jsonl")).size(), which);
        assertFalse(files.stream().anyMatch(file -> file.endsWith(".part")), files.toString());
    }

    private static List<String> files(Path run) throws IOException {
        try (var walk = Files.walk(run)) {
            return walk.filter(Files::isRegularFile).map(file -> run.relativize(file).toString()).sorted().toList();
        }
    }
}
