package minarai.train.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import minarai.train.Recipe;
import minarai.train.check.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunFolderTest {

    private static final RunRecord RECORD = new RunRecord(Recipe.defaults().toMap(), 1, Map.of("data", "ab12"),
            Map.of("minarai", "0.1.0"), List.of(new Refusal("leak", "e", "a.jsonl:1", "in there", "Remove it")));

    @TempDir
    private Path folder;

    private List<String> names() throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        }
    }

    private static void refuses(String what, Runnable action, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, action::run, what).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), message);
        }
    }

    @Test
    void aFileThatCannotBeFinishedLeavesTheOldOne() throws IOException {
        Path file = folder.resolve("a.txt");
        AtomicFiles.writeText(file, "old");
        var failure = assertThrows(UncheckedIOException.class, () -> AtomicFiles.write(file, out -> {
            out.write(new byte[1 << 20]);
            throw new IOException("No space left on device");
        }));
        assertTrue(failure.getMessage().contains("a.txt") && failure.getMessage().contains("No space left")
                && failure.getMessage().contains("disk full"), failure.getMessage());
        assertThrows(IllegalStateException.class, () -> AtomicFiles.write(file, out -> {
            throw new IllegalStateException("a mistake");
        }));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a.txt"), names());
        AtomicFiles.writeText(file, "new");
        assertEquals("new", Files.readString(file));
    }

    @Test
    void aFolderIsThereWholeOrNotAtAll() throws IOException {
        Path target = folder.resolve("adapter");
        assertThrows(UncheckedIOException.class, () -> AtomicFiles.writeFolder(target, part -> {
            Files.writeString(Files.createDirectory(part.resolve("deep")).resolve("x"), "x");
            throw new IOException("stop");
        }));
        assertEquals(List.of(), names());
        AtomicFiles.writeFolder(target, part -> Files.writeString(part.resolve("x"), "x"));
        assertEquals("x", Files.readString(target.resolve("x")));
        refuses("twice", () -> AtomicFiles.writeFolder(target, part -> { }), "exists already", "choose another name");
    }

    @Test
    void aRunIsCreatedAndOpenedAgainWithTheSameRecord() {
        Path path = folder.resolve("runs/one");
        try (var run = RunFolder.create(path, RECORD)) {
            assertTrue(Files.isDirectory(run.checkpoints()));
        }
        try (var run = RunFolder.open(path)) {
            assertEquals(RECORD.toJson(), run.record().toJson());
            assertEquals(Recipe.defaults(), Recipe.of(run.record().recipe()));
            assertEquals(RECORD.overrides(), run.record().overrides());
        }
    }

    @Test
    void aRunIsNeverOverwritten() {
        RunFolder.create(folder, RECORD).close();
        refuses("existing", () -> RunFolder.create(folder, RECORD), "holds a run already", "--resume");
    }

    @Test
    void foldersOfOthersAreRefused() throws IOException {
        Files.writeString(folder.resolve("thesis.tex"), "precious");
        refuses("not ours", () -> RunFolder.create(folder, RECORD), "not empty", "thesis.tex", "name a new or "
                + "an empty folder");
        refuses("a file", () -> RunFolder.create(folder.resolve("thesis.tex"), RECORD), "is a file");
        refuses("no run", () -> RunFolder.open(folder), "not the folder of a run", "run.json");
        assertEquals(List.of("thesis.tex"), names());
        Files.writeString(folder.resolve("run.json"), "{\"minarai_run\":1,\"seed\":1,\"recipee\":{}}");
        refuses("damaged", () -> RunFolder.open(folder), "run.json", "recipee",
                "(did you mean recipe?). The record");
        Files.writeString(folder.resolve("run.json"), "{\"minarai_run\": 1");
        refuses("cut short", () -> RunFolder.open(folder), "not JSON: Unexpected end-of-input: expected close marker"
                + " for Object. The record");
    }

    @Test
    void twoRunsCannotShareAFolderButAKilledOneLeavesItFree() throws IOException {
        try (var run = RunFolder.create(folder, RECORD)) {
            refuses("held", () -> RunFolder.open(run.path()), "in use by another run (process "
                    + ProcessHandle.current().pid() + ")", "wait for it");
        }
        Files.delete(folder.resolve("run.json"));
        Files.writeString(folder.resolve(".run.json.1.part"), "{");
        RunFolder.create(folder, RECORD).close();
    }

    @Test
    void metricsAreOnTheDiskAtOnceAndGoOnAfterAKill() throws IOException {
        Path file = folder.resolve("metrics.jsonl");
        try (var run = RunFolder.create(folder, RECORD); var metrics = run.metrics(0)) {
            for (int step = 1; step <= 4; step++) {
                metrics.append(step, Map.of("loss", 1.0 / step));
                assertEquals(step, Files.readAllLines(file).size());
            }
        }
        Files.writeString(file, Files.readString(file) + "{\"step\":5,\"lo");
        try (var run = RunFolder.open(folder); var metrics = run.metrics(2)) {
            metrics.append(3, Map.of("loss", 0.25));
        }
        assertEquals("{\"step\":1,\"loss\":1.0}\n{\"step\":2,\"loss\":0.5}\n{\"step\":3,\"loss\":0.25}\n",
                Files.readString(file));
        Files.writeString(file, "oops\n{\"step\":1}\n");
        try (var run = RunFolder.open(folder)) {
            refuses("damaged", () -> run.metrics(2), "metrics.jsonl:1", "move the file away");
        }
    }
}
