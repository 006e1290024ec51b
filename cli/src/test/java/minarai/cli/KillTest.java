package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import minarai.engine.Philox;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.pretrain.Pretraining;
import minarai.lab.pretrain.PretrainingRecipe;
import minarai.lab.town.TownSettings;
import minarai.train.Progress;
import minarai.train.run.RunFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Processes of `minarai tune` that are killed at random instants, each taken up again: every run ends in the bytes of
/// the run that nobody killed, and nothing has to be cleaned by hand.
///
/// Twenty are killed; `-Dminarai.kills=200` asks for more, `-Dminarai.kills.seed=2` for other instants.
class KillTest {

    private static final int KILLS = Integer.getInteger("minarai.kills", 20);
    private static final int SEED = Integer.getInteger("minarai.kills.seed", 1);
    /// Far smaller than the embedded model, by the same code.
    private static final PretrainingRecipe TINY = new PretrainingRecipe(
            TownSettings.defaults().withEntities(10, 6).withExposures(2, 1).withDeskPairs(4), 320, 16, 24, 1, 2, 512, 1,
            2048, 5e-3, 5, 0.3, 0.02, 0.1, 1);

    @TempDir
    private Path folder;

    private Process start(List<String> arguments) throws IOException {
        var command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC",
                "-Xmx600m", "-cp", System.getProperty("java.class.path"),
                "minarai.cli.Main"));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(folder.resolve("out.txt").toFile()).start();
    }

    private void toItsEnd(List<String> arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        assertTrue(process.waitFor(120, TimeUnit.SECONDS), "still at work after two minutes");
        assertEquals(0, process.exitValue(), arguments + ": " + Files.readString(folder.resolve("out.txt")));
    }

    private List<String> tune(Path run) {
        return List.of("tune", "-m", folder.resolve("base").toString(), "-d", folder.resolve("pairs.jsonl").toString(),
                "-o", run.toString(), "--now", "2026-01-31T09:00:00", "steps=12", "batch_size=2",
                "gradient_accumulation=2", "checkpoint_steps=3", "keep_checkpoints=2", "rank=2", "threads=2",
                "max_length=256");
    }

    private static List<String> resume(Path run) {
        return Files.exists(run.resolve("report.html")) ? List.of("--version")
                : List.of("tune", "--resume", run.toString());
    }

    @Test
    void aRunThatIsKilledAtAnyInstantEndsInTheSameBytes() throws IOException, InterruptedException {
        try (var workers = new Workers(2)) {
            var pretraining = new Pretraining(TINY, 0, new SimdKernels(workers));
            try (var base = RunFolder.create(folder.resolve("base"), pretraining.record(Map.of()))) {
                pretraining.make(base, "", Progress.none());
            }
        }
        Files.write(folder.resolve("pairs.jsonl"), List.of("oak", "ash", "elm", "fir", "yew", "box", "bay", "fig", "may",
                "sloe").stream().map(tree -> "{\"instruction\": \"Where is the %s?\", \"output\": \"%s\"}".formatted(
                tree, tree.indexOf('e') < 0 ? "By the mill." : "Behind the church.")).toList());
        Path whole = folder.resolve("whole");
        long begun = System.nanoTime();
        toItsEnd(tune(whole));
        long nanos = System.nanoTime() - begun;
        var random = new Philox(SEED, 1);
        int died = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Path run = folder.resolve("run-" + kill);
            long wait = (long) (random.uniform(0, kill) * nanos);
            died += killedAfter(wait, tune(run)) ? 1 : 0;
            if (kill % 4 == 3) {
                killedAfter((long) (random.uniform(1, kill) * nanos), Files.exists(run.resolve("run.json"))
                        ? resume(run) : tune(run));
            }
            toItsEnd(Files.exists(run.resolve("run.json")) ? resume(run) : tune(run));
            assertSame(whole, run, "kill %d of seed %d, after %d ms".formatted(kill, SEED, wait / 1_000_000));
        }
        assertTrue(died >= KILLS / 2, "only %d of %d were killed before their end".formatted(died, KILLS));
    }

    private boolean killedAfter(long nanos, List<String> arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        boolean isOver = process.waitFor(nanos, TimeUnit.NANOSECONDS);
        process.destroyForcibly().waitFor();
        return !isOver;
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
