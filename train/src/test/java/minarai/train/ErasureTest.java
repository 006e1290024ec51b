package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import minarai.train.data.Dataset;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A run from which a pair was taken out is the run that never had it, bit for bit.
class ErasureTest {

    @TempDir
    private Path folder;

    /// A run without pairs, in a new folder, and how it came about.
    private Erasure erase(TinyRun tiny, Path run, Path erased, Set<String> ids) {
        try (var source = tiny.source()) {
            var dataset = Dataset.read(tiny.data());
            var recorded = Lessons.prepare(source, dataset, tiny.recipe());
            var without = Lessons.prepare(source, dataset, recorded.resolved().forgetting(ids));
            var ledger = Ledger.read(run);
            var erasure = Erasure.of(run, ledger, recorded, without, ids);
            var tuning = new Tuning(source, without, TinyRun.KERNELS);
            String before = tuning.course().parameterHash();
            try (var made = RunFolder.create(erased, record(without))) {
                erasure.begin(made, tuning);
                assertEquals(before, tuning.course().parameterHash(), "what was carried over is only in the folder");
                tuning.run(made, Progress.none());
            }
            erasure.requireAbsent(Ledger.read(erased));
            assertVerified(tiny, without.recipe(), erased);
            return erasure;
        }
    }

    private static RunRecord record(Lessons lessons) {
        return new RunRecord(lessons.resolved().toMap(), lessons.recipe().seed(), Map.of("data", "ab"),
                Map.of("numerics", "1"), lessons.overridden());
    }

    private static void assertVerified(TinyRun tiny, Recipe recipe, Path erased) {
        try (var source = tiny.source()) {
            var ledger = Ledger.read(erased);
            Replay.verifyFiles(erased, ledger);
            var tuning = new Tuning(source, Lessons.prepare(source, Dataset.read(tiny.data()), recipe),
                    TinyRun.KERNELS);
            var course = tuning.course();
            course.validateStart().ifPresent(line -> assertEquals(ledger.validations(0), List.of(line)));
            while (!course.isOver()) {
                var advance = course.next();
                assertEquals(ledger.step(course.done()).orElseThrow(), advance.line());
                advance.validation().ifPresent(line -> assertTrue(ledger.lines().contains(line)));
            }
        }
    }

    /// The same work on a file without some pairs, with all that was worked out from their number.
    private TinyRun onFileWithout(TinyRun tiny, Set<String> ids) throws IOException {
        try (var source = tiny.source()) {
            var dataset = Dataset.read(tiny.data());
            List<String> rows = Files.readAllLines(tiny.data());
            var kept = new ArrayList<String>();
            for (int i = 0; i < rows.size(); i++) {
                if (!ids.contains(dataset.examples().get(i).id())) {
                    kept.add(rows.get(i));
                }
            }
            Path file = Files.write(Files.createTempFile(folder, "less", ".jsonl"), kept);
            return new TinyRun(tiny.model(), file, Lessons.prepare(source, dataset, tiny.recipe()).resolved());
        }
    }

    private static void assertSame(Path scratch, Path erased, String what) throws IOException {
        assertEquals(Ledger.read(scratch).lines(), Ledger.read(erased).lines(), what);
        for (String part : List.of("adapter", "model", "checkpoints")) {
            assertEquals(names(scratch.resolve(part)), names(erased.resolve(part)), what);
            for (String name : names(scratch.resolve(part))) {
                assertArrayEquals(Files.readAllBytes(scratch.resolve(part).resolve(name)),
                        Files.readAllBytes(erased.resolve(part).resolve(name)), what + ": " + name);
            }
        }
        assertEquals(Files.readAllLines(scratch.resolve("metrics.jsonl")).size(),
                Files.readAllLines(erased.resolve("metrics.jsonl")).size(), what);
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static List<String> ids(TinyRun tiny) {
        return List.copyOf(Dataset.read(tiny.data()).ids());
    }

    @Test
    void anyOfTenPairsIsTakenOutAsIfItHadNeverBeenThere() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("epochs", 3, "gradient_accumulation", 2, "keep_checkpoints", "all",
                "checkpoint_steps", 1));
        Path run = folder.resolve("run");
        tiny.tune(run);
        byte[] before = Files.readAllBytes(run.resolve("ledger.jsonl"));
        int saved = 0;
        for (String id : ids(tiny).subList(0, 10)) {
            Path scratch = folder.resolve("scratch " + id.charAt(6));
            Path erased = folder.resolve("erased " + id.charAt(6));
            onFileWithout(tiny, Set.of(id)).tune(scratch);
            Erasure erasure = erase(tiny, run, erased, Set.of(id));
            assertSame(scratch, erased, id);
            assertEquals(erasure.firstSeen().getAsInt() - 1, erasure.start().alike(), id);
            assertEquals(erasure.start().alike(), erasure.start().step(), id);
            assertFalse(Files.readString(erased.resolve("ledger.jsonl")).contains(id.replace("\"", "\\\"")), id);
            saved += erasure.start().step();
        }
        assertTrue(saved > 0, "some steps were not taken again");
        assertArrayEquals(before, Files.readAllBytes(run.resolve("ledger.jsonl")));
    }

    @Test
    void whateverTheRecipeTheErasedRunIsTheOneWithoutThePairs() throws IOException {
        long seed = 20260131;
        var random = new Random(seed);
        for (int round = 0; round < 40; round++) {
            boolean isFull = random.nextInt(4) == 0;
            boolean isValidated = random.nextBoolean();
            var settings = new TreeMap<String, Object>(Map.of(
                    "epochs", 1 + random.nextInt(3),
                    "batch_size", 1 + random.nextInt(4),
                    "gradient_accumulation", 1 + random.nextInt(3),
                    "packing", random.nextBoolean(),
                    "method", isFull ? "full" : "lora",
                    "seed", random.nextInt(1000),
                    "checkpoint_steps", random.nextInt(4),
                    "keep_checkpoints", List.of("all", "latest", "2", "3").get(random.nextInt(4)),
                    "validation_share", isValidated ? 0.4 : 0,
                    "learning_rate", List.of(0.001, 0.02, 0.4).get(random.nextInt(3))));
            if (isValidated && random.nextBoolean()) {
                settings.put("patience", 1 + random.nextInt(2));
            }
            String what = "seed %d, round %d, %s".formatted(seed, round, settings);
            var tiny = TinyRun.in(folder, settings);
            var ids = new TreeSet<String>();
            for (int i = 1 + random.nextInt(3) / 2; i > 0; i--) {
                ids.add(ids(tiny).get(random.nextInt(14)));
            }
            Path run = folder.resolve("run" + round);
            Path scratch = folder.resolve("scratch" + round);
            Path erased = folder.resolve("erased" + round);
            tiny.tune(run);
            onFileWithout(tiny, ids).tune(scratch);
            erase(tiny, run, erased, ids);
            if (settings.containsKey("patience")) {
                assertEquals(Ledger.read(scratch).lines(), Ledger.read(erased).lines(), what);
            } else {
                assertSame(scratch, erased, what);
            }
        }
    }

    @Test
    void anErasureThatIsCutOffAnywhereIsTakenUpToTheSameEnd() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("epochs", 2, "checkpoint_steps", 1, "validation_share", 0.2, "patience", 9,
                "keep_checkpoints", "all"));
        Path run = folder.resolve("run");
        tiny.tune(run);
        String last = "";
        var ledger = Ledger.read(run);
        for (String id : ids(tiny)) {
            last = ledger.firstStepWith(id).orElse(0) == 5 ? id : last;
        }
        Path whole = folder.resolve("whole");
        var erasure = erase(tiny, run, whole, Set.of(last));
        assertEquals(4, erasure.start().step());
        for (int parts = 0; parts < 8; parts++) {
            Path broken = folder.resolve("broken" + parts);
            try (var source = tiny.source()) {
                var lessons = Lessons.prepare(source, Dataset.read(tiny.data()),
                        tiny.recipe().with(Lessons.prepare(source, Dataset.read(tiny.data()), tiny.recipe()).resolved()
                                .toMap()).forgetting(Set.of(last)));
                try (var made = RunFolder.create(broken, record(lessons))) {
                    erasure.begin(made, new Tuning(source, lessons, TinyRun.KERNELS));
                }
                for (int step = 4; step > 4 - parts && step > 0; step--) {
                    Files.delete(broken.resolve("checkpoints/step-%06d.safetensors".formatted(step)));
                }
                if (parts >= 5) {
                    Files.delete(broken.resolve("metrics.jsonl"));
                    Files.delete(broken.resolve("checkpoints/best.safetensors"));
                    byte[] lines = Files.readAllBytes(broken.resolve("ledger.jsonl"));
                    Files.write(broken.resolve("ledger.jsonl"), Arrays.copyOf(lines,
                            lines.length * (7 - parts) / 3));
                }
                try (var taken = RunFolder.open(broken)) {
                    new Tuning(source, lessons, TinyRun.KERNELS).run(taken, Progress.none());
                }
            }
            assertSame(whole, broken, "parts " + parts);
            assertEquals(Files.readString(whole.resolve("ledger.jsonl")),
                    Files.readString(broken.resolve("ledger.jsonl")));
        }
    }

    @Test
    void aHeldOutPairThatWasSetAsideBecauseOfThePairComesBack() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("epochs", 2, "checkpoint_steps", 1, "validation_share", 0.4,
                "keep_checkpoints", "all"));
        var rows = new ArrayList<>(Files.readAllLines(tiny.data()));
        for (int i = 0; i < 8; i++) {
            for (String who : List.of("I", "you")) {
                rows.add("{\"id\": \"%d %s\", \"instruction\": \"%s%d?\", \"output\": \"%s\"}".formatted(i, who, who, i,
                        ("%d a b c d e f g h j k l m n o".formatted(i))));
            }
        }
        Path data = Files.write(folder.resolve("twins.jsonl"), rows);
        var twins = new TinyRun(tiny.model(), data, tiny.recipe());
        String twin;
        try (var source = twins.source()) {
            var lessons = Lessons.prepare(source, Dataset.read(data), twins.recipe());
            assertFalse(lessons.setAside().isEmpty());
            String aside = lessons.setAside().getFirst().exampleId();
            twin = aside.charAt(0) + (aside.endsWith("I") ? " you" : " I");
        }
        Path run = folder.resolve("run");
        twins.tune(run);
        onFileWithout(twins, Set.of(twin)).tune(folder.resolve("scratch"));
        var erasure = erase(twins, run, folder.resolve("erased"), Set.of(twin));
        assertEquals(-1, erasure.start().alike());
        assertSame(folder.resolve("scratch"), folder.resolve("erased"), twin);
        assertFalse(Ledger.read(run).validations(0).equals(Ledger.read(folder.resolve("erased")).validations(0)));
    }

    @Test
    void aPairIsTakenOutOfARunThatForgotAnother() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("epochs", 2, "checkpoint_steps", 2));
        List<String> ids = ids(tiny);
        tiny.tune(folder.resolve("run"));
        erase(tiny, folder.resolve("run"), folder.resolve("first"), Set.of(ids.get(3)));
        Recipe recipe;
        try (var source = tiny.source()) {
            recipe = Lessons.prepare(source, Dataset.read(tiny.data()), tiny.recipe()).resolved()
                    .forgetting(Set.of(ids.get(3)));
        }
        var less = new TinyRun(tiny.model(), tiny.data(), recipe);
        erase(less, folder.resolve("first"), folder.resolve("second"), Set.of(ids.get(8)));
        onFileWithout(tiny, Set.of(ids.get(3), ids.get(8))).tune(folder.resolve("scratch"));
        assertSame(folder.resolve("scratch"), folder.resolve("second"), "both");
        erase(tiny, folder.resolve("run"), folder.resolve("at once"), Set.of(ids.get(3), ids.get(8)));
        assertEquals(Files.readString(folder.resolve("second/ledger.jsonl")),
                Files.readString(folder.resolve("at once/ledger.jsonl")));
        assertEquals(Files.readString(folder.resolve("second/run.json")),
                Files.readString(folder.resolve("at once/run.json")));
    }

    @Test
    void aCheckpointThatWasChangedIsNotCarriedOver() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("epochs", 1, "checkpoint_steps", 1));
        Path run = folder.resolve("run");
        tiny.tune(run);
        String last = ((LedgerLine.Step) Ledger.read(run).about(7).getFirst()).samples().getFirst();
        Path file = run.resolve("checkpoints/step-000002.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 4;
        Files.write(file, bytes);
        var damage = assertThrows(LedgerDamage.class, () -> erase(tiny, run, folder.resolve("erased"), Set.of(last)));
        assertTrue(damage.getMessage().contains("step-000002.safetensors"), damage.getMessage());
    }
}
