package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A run that was stopped anywhere and taken up again is the run that was not, bit for bit.
class ResumeTest {

    @TempDir
    private Path folder;

    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /// Leaves the run at the end of a step, as Ctrl-C does, or as anything else that fails.
    private static Progress leavingAt(int step, boolean isStopping) {
        return new Progress() {
            private boolean isHere;

            @Override
            public boolean isStopping() {
                return isHere && isStopping;
            }

            @Override
            public void reached(Point point) {
                if (point.step() == step) {
                    throw new Stopped();
                }
                isHere = point.step() == step - 1;
            }
        };
    }

    private static Map<String, Object> recipe(String text) {
        return Arrays.stream(text.split(" ")).map(pair -> pair.split("="))
                .collect(Collectors.toMap(pair -> pair[0], pair -> pair[1]));
    }

    private static void assertSame(Path whole, Path broken) throws IOException {
        for (String file : List.of("ledger.jsonl", "run.json")) {
            assertEquals(Files.readString(whole.resolve(file)), Files.readString(broken.resolve(file)), file);
        }
        for (String part : List.of("adapter", "model", "checkpoints")) {
            assertEquals(names(whole.resolve(part)), names(broken.resolve(part)), part);
            for (String name : names(whole.resolve(part))) {
                assertArrayEquals(Files.readAllBytes(whole.resolve(part).resolve(name)),
                        Files.readAllBytes(broken.resolve(part).resolve(name)), part + "/" + name);
            }
        }
        assertEquals(curves(whole), curves(broken));
    }

    private static List<String> names(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return List.of();
        }
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    /// The curves without the speed.
    private static List<String> curves(Path run) throws IOException {
        return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
                .map(line -> line.replaceAll(",\"(tokens_per|record)_seconds?\":[^,}]*", "")).toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "steps=9",
        "epochs=2 gradient_accumulation=2 batch_size=2",
        "epochs=3 batch_size=3 packing=false checkpoint_steps=2 keep_checkpoints=latest",
        "epochs=4 batch_size=5 validation_share=0.3 patience=2 learning_rate=0.5 checkpoint_steps=2 "
        + "keep_checkpoints=all", "method=full epochs=1 batch_size=4 checkpoint_steps=2 keep_checkpoints=1"})
    void aRunThatWasStoppedAfterAnyStepEndsTheSame(String text) throws IOException {
        var tiny = TinyRun.in(folder, recipe(text));
        Path whole = folder.resolve("whole");
        tiny.tune(whole);
        int steps = Ledger.read(whole).steps();
        assertTrue(steps > 2, "steps " + steps);
        for (int step = 1; step <= steps; step++) {
            Path broken = folder.resolve("broken-" + step);
            int at = step;
            assertThrows(Stopped.class, () -> tiny.tune(broken, leavingAt(at, at % 2 == 0)));
            tiny.tune(broken);
            assertSame(whole, broken);
        }
    }

    @Test
    void aRunThatWasStoppedTwiceEndsTheSame() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 8));
        tiny.tune(folder.resolve("whole"));
        Path broken = folder.resolve("broken");
        assertThrows(Stopped.class, () -> tiny.tune(broken, leavingAt(5, false)));
        assertThrows(Stopped.class, () -> tiny.tune(broken, leavingAt(4, true)));
        assertThrows(Stopped.class, () -> tiny.tune(broken, leavingAt(7, false)));
        tiny.tune(broken);
        assertSame(folder.resolve("whole"), broken);
    }

    @Test
    void aRunThatIsToStopLeavesACheckpointOfItsLastStep() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 8));
        Path run = folder.resolve("run");
        assertThrows(Stopped.class, () -> tiny.tune(run, leavingAt(5, true)));
        assertEquals(List.of("step-000003.safetensors", "step-000005.safetensors", "step-000005.safetensors.sha256"),
                names(run.resolve("checkpoints")));
        Path file = run.resolve("checkpoints/step-000005.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        for (int i = 0; i < bytes.length; i += 997) {
            byte[] flipped = bytes.clone();
            flipped[i] ^= (byte) (1 << i % 8);
            Files.write(file, flipped);
            String message = assertThrows(LedgerDamage.class, () -> tiny.tune(run)).getMessage();
            assertTrue(message.contains("step-000005.safetensors: it was written with the hash"), message);
        }
        Files.delete(file);
        tiny.tune(run);
        tiny.tune(folder.resolve("whole"));
        assertSame(folder.resolve("whole"), run);
    }

    /// As a kill leaves it: the ledger written up to some byte, files unfinished, the result there without a closing.
    @Test
    void aRunWhoseFilesAreCutAnywhereEndsTheSame() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 5, "checkpoint_steps", 2, "validation_share", 0.2));
        Path whole = folder.resolve("whole");
        tiny.tune(whole);
        byte[] ledger = Files.readAllBytes(whole.resolve("ledger.jsonl"));
        int[] ends = IntStream.range(0, ledger.length).filter(i -> ledger[i] == '\n').map(i -> i + 1).toArray();
        for (int first = 0; first < ends.length; first++) {
            for (int cut : new int[] {ends[first], ends[first] - (first % 2 == 0 ? 1 : 40)}) {
                Path broken = folder.resolve("broken-" + cut);
                assertThrows(Stopped.class, () -> tiny.tune(broken, leavingAt(5, false)));
                Files.write(broken.resolve("ledger.jsonl"), Arrays.copyOf(ledger, cut));
                int lines = (int) IntStream.of(ends).filter(end -> end <= cut).count();
                keepOnly(broken.resolve("checkpoints"), lines);
                Files.writeString(broken.resolve("checkpoints/.step-000002.safetensors.part"), "unfinished");
                Files.writeString(broken.resolve("checkpoints/.best.safetensors.1-2.part"), "unfinished");
                Files.writeString(Files.createDirectory(broken.resolve(".adapter.1-2.part")).resolve("x"), "x");
                Files.createDirectory(broken.resolve("adapter"));
                Files.writeString(broken.resolve("adapter/adapter_config.json"), "from before the kill");
                if (lines == ends.length) {
                    Files.copy(whole.resolve("adapter/adapter_model.safetensors"),
                            broken.resolve("adapter/adapter_model.safetensors"));
                    Files.write(broken.resolve("adapter/adapter_config.json"),
                            Files.readAllBytes(whole.resolve("adapter/adapter_config.json")));
                }
                tiny.tune(broken);
                assertSame(whole, broken);
                assertFalse(names(broken).stream().anyMatch(name -> name.endsWith(".part")), names(broken).toString());
            }
        }
    }

    /// A checkpoint is in its place only when its line is on the disk.
    private static void keepOnly(Path checkpoints, int lines) throws IOException {
        int[] lineOfCheckpoint = {0, 0, 5, 0, 8, 11};
        for (int step = 2; step <= 5; step++) {
            if (lines < lineOfCheckpoint[step]) {
                Files.deleteIfExists(checkpoints.resolve("step-%06d.safetensors".formatted(step)));
            }
        }
    }

    @Test
    void stepsThatComeOutOtherwiseThanOnRecordStopTheRun() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 8));
        Path run = folder.resolve("run");
        assertThrows(Stopped.class, () -> tiny.tune(run, leavingAt(5, false)));
        byte[] before = Files.readAllBytes(run.resolve("ledger.jsonl"));
        var other = TinyRun.in(folder, Map.of("steps", 8, "learning_rate", 0.011));
        var damage = assertThrows(LedgerDamage.class, () -> other.tune(run));
        assertTrue(damage.getMessage()
                .contains("step 4 was taken again from the last checkpoint, and it differs in the "
                + "learning rate: recorded as"), damage.getMessage());
        assertEquals(4, damage.step());
        assertArrayEquals(before, Files.readAllBytes(run.resolve("ledger.jsonl")));
    }

    @Test
    void checkpointsAreThinnedEvenly() {
        assertEquals(List.of(1, 2, 3), kept("all", 3));
        assertEquals(List.of(3), kept("latest", 3));
        assertEquals(List.of(1, 2, 3, 4), kept("4", 4));
        assertEquals(List.of(2, 4, 5), kept("4", 5));
        assertEquals(List.of(8, 16, 24, 31), kept("4", 31));
        for (int made = 2; made < 200; made++) {
            var before = kept("7", made - 1);
            int last = made;
            assertTrue(kept("7", made).stream().allMatch(number -> number == last || before.contains(number)),
                    "what was removed is not needed later: " + made);
        }
        for (String wrong : List.of("-1", "some", "1.5")) {
            assertThrows(IllegalArgumentException.class, () -> KeptCheckpoints.of(wrong), wrong);
        }
        for (String text : List.of("all", "latest", "12")) {
            assertEquals(text, KeptCheckpoints.of(text).toString());
        }
    }

    private static List<Integer> kept(String text, int made) {
        var keeping = KeptCheckpoints.of(text);
        return IntStream.rangeClosed(1, made).filter(number -> keeping.keeps(number, made)).boxed().toList();
    }
}
