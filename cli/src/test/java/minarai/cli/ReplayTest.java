package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import minarai.engine.Philox;
import minarai.train.data.Sha256;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `minarai replay` as a user and as a program sees it, and that no bit of what went into a run changes unseen.
class ReplayTest {

    private static final int STEPS = 6;
    private static final int FLIPS = 12;
    private static final int SEED = 1;

    @TempDir
    private static Path folder;
    private static Path run = Path.of("");

    @BeforeAll
    static void tune() throws IOException {
        TinyTown.write(folder);
        Path template = Files.writeString(folder.resolve("own.jinja"),
                Files.readString(folder.resolve("base/chat_template.jinja")));
        run = folder.resolve("run");
        var session = Session.of("tune", "-m", folder.resolve("base").toString(), "-d",
                folder.resolve("pairs.jsonl").toString(), "-o", run.toString(), "--template", template.toString(),
                "--now", TinyTown.NOW, "steps=" + STEPS, "batch_size=2", "checkpoint_steps=2", "keep_checkpoints=all",
                "rank=2", "max_length=256");
        assertEquals(0, session.exitCode(), session.toString());
    }

    private static JsonNode parsed(Session session) {
        return JsonMapper.builder().build().readTree(session.out());
    }

    private static Session replay(Path run, String... more) {
        var arguments = new ArrayList<>(List.of("replay", run.toString()));
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new));
    }

    @Test
    void aSoundRunIsVerifiedWithExitCodeZero() {
        var session = replay(run, "--json");
        assertEquals(0, session.exitCode(), session.toString());
        var json = parsed(session);
        assertEquals(Set.of("verified", "steps", "closed", "missing_checkpoints"), new HashSet<>(json.propertyNames()));
        assertTrue(json.get("verified").asBoolean());
        assertEquals(STEPS, json.get("steps").asInt());
        assertTrue(json.get("closed").asBoolean());
        assertEquals(0, json.get("missing_checkpoints").size());
        assertTrue(replay(run).out().startsWith("Verified: 6 steps taken again from the start, and every bit"));
    }

    @Test
    void someStepsAreTakenFromTheNearestCheckpoint() {
        assertEquals(1, parsed(replay(run, "--steps", "3..3", "--json")).get("steps").asInt());
        assertEquals(2, parsed(replay(run, "--steps", "4", "--json")).get("steps").asInt());
        assertTrue(replay(run, "--steps", "5..6").out().contains("2 steps taken again from the checkpoint of step 4"));
        for (String wrong : List.of("0..2", "3..2", "5..7", "2-3", "..", "9999999999")) {
            var session = replay(run, "--steps", wrong);
            assertEquals(Failures.USAGE, session.exitCode(), session.toString());
            assertTrue(session.err().contains("--steps " + wrong), session.err());
        }
    }

    @Test
    void aForgedLineIsFoundByTakingItsStepAgain() throws IOException {
        Path forged = copy(run, folder.resolve("forged"));
        chainAnew(forged, line -> line.contains("\"kind\":\"step\",\"step\":5,")
                ? line.replaceFirst("\"labels\":\\d+", "\"labels\":1") : line);
        var session = replay(forged, "--json");
        assertEquals(1, session.exitCode(), session.toString());
        var difference = parsed(session).get("first_difference");
        assertFalse(parsed(session).get("verified").asBoolean());
        assertEquals(Set.of("step", "what"), new HashSet<>(difference.propertyNames()));
        assertEquals(5, difference.get("step").asInt());
        assertTrue(difference.get("what").asString().contains("labels"), difference.toString());
        assertTrue(replay(forged).out().startsWith("Not verified. The first difference is at step 5"));
    }

    /// Changes lines and makes the chain good again, from `run.json` on.
    private static void chainAnew(Path forged, UnaryOperator<String> change) throws IOException {
        Path ledger = forged.resolve("ledger.jsonl");
        var lines = new ArrayList<>(Files.readAllLines(ledger));
        String previous = Sha256.of(forged.resolve("run.json"));
        for (int i = 0; i < lines.size(); i++) {
            String chained = change.apply(lines.get(i)).replaceFirst("\"previous\":\"[0-9a-f]*",
                    "\"previous\":\"" + previous);
            String unsigned = chained.replaceFirst(",\"hash\":\"[0-9a-f]*\"}$", "}");
            previous = Sha256.of(unsigned + "\n");
            lines.set(i, unsigned.substring(0, unsigned.length() - 1) + ",\"hash\":\"" + previous + "\"}");
        }
        Files.writeString(ledger, String.join("\n", lines) + "\n");
    }

    @Test
    void whatFollowsFromRecipeAndPairsIsNotBelieved() throws IOException {
        Path forged = copy(run, folder.resolve("invented"));
        Path record = forged.resolve("run.json");
        String sound = Files.readString(record);
        Files.writeString(record, sound.replaceFirst("\n  \"seed\" : \\d+", "\n  \"seed\" : 7"));
        chainAnew(forged, line -> line);
        assertTrue(replay(forged).out().contains("run.json: its seed is 7"), replay(forged).toString());
        Files.writeString(record, sound.replaceFirst("\"overrides\" : \\[ *]", """
                "overrides" : [{"override": "leak", "example": "oak", "place": "a:1", "reason": "b", "remedy": "c"}]"""));
        chainAnew(forged, line -> line);
        var invented = replay(forged, "--json");
        assertTrue(invented.out().contains("its overrides concern [leak oak]"), invented.toString());
        assertEquals(Set.of("verified", "first_difference"), new HashSet<>(parsed(invented).propertyNames()).stream()
                .filter(key -> !key.equals("steps")).collect(Collectors.toSet()));
    }

    @Test
    void aCheckpointThatIsGoneIsTold() throws IOException {
        Path bare = copy(run, folder.resolve("bare"));
        Files.delete(bare.resolve("checkpoints/step-000004.safetensors"));
        var session = replay(bare, "--steps", "1");
        assertEquals(0, session.exitCode(), session.toString());
        assertTrue(session.out().startsWith("Not compared: by its recipe the run keeps the checkpoints of these steps, "
                + "but their files are not there: 4"), session.out());
        assertEquals(4, parsed(replay(bare, "--steps", "1", "--json")).get("missing_checkpoints").get(0).asInt());
    }

    /// A record whose hashes say less, or more, than what goes in now is not that of the run.
    @Test
    void aHashThatIsMissingOnEitherSideIsADifference() {
        var whole = Map.of("base", "b", "file config.json", "c", "data", "d", "test 1 items.jsonl", "t");
        assertEquals(Optional.empty(), Provenance.firstDifference(whole, whole));
        for (String what : whole.keySet()) {
            var less = new HashMap<>(whole);
            less.remove(what);
            assertEquals(Optional.of(what), Provenance.firstDifference(whole, less));
            assertEquals(Optional.of(what), Provenance.firstDifference(less, whole));
        }
        var forgetting = Map.of("data", "d", "forgotten anna", "a", "pairs", "p");
        assertEquals(Optional.empty(), Provenance.firstDifference(forgetting, Map.of("data", "without", "pairs", "p")));
        assertEquals(Optional.of("pairs"), Provenance.firstDifference(forgetting, Map.of("data", "d", "forgotten anna",
                "a")));
    }

    @Test
    void aTestFileOnRecordHasToBeNamedAgain() throws IOException {
        Path items = Files.createDirectories(folder.resolve("items"));
        String question = "{\"instruction\": \"Who sells %s?\", \"output\": \"Nobody.\"}";
        String one = Files.writeString(items.resolve("one.jsonl"), question.formatted("hats")).toString();
        String two = Files.writeString(items.resolve("two.jsonl"), question.formatted("nails")).toString();
        Path tested = folder.resolve("tested");
        var tuned = Session.of("tune", "-m", folder.resolve("base").toString(), "-d",
                folder.resolve("pairs.jsonl").toString(), "-o", tested.toString(), "--now", TinyTown.NOW, "steps=1",
                "rank=1", "test=" + one + "," + two);
        assertEquals(0, tuned.exitCode(), tuned.toString());
        assertEquals(0, replay(tested, "--test", one, "--test", two).exitCode());
        var less = replay(tested, "--test", one);
        assertEquals(1, less.exitCode(), less.toString());
        assertTrue(less.out().contains("the test 2 two.jsonl is not the one the run was begun with"), less.toString());
    }

    @Test
    void aRunAndItsInputsCanBeCarriedElsewhere() throws IOException {
        Path away = Files.createDirectories(folder.resolve("away"));
        Path carried = copy(run, away.resolve("run"));
        var moves = Map.of("base", "model", "pairs.jsonl", "data.jsonl", "own.jinja", "chat.jinja");
        for (var move : moves.entrySet()) {
            Files.move(folder.resolve(move.getKey()), away.resolve(move.getValue()));
        }
        try {
            var named = new String[] {"-m", away.resolve("model").toString(), "-d",
                    away.resolve("data.jsonl").toString(),
                "--template", away.resolve("chat.jinja").toString(), "--json"};
            var session = replay(carried, named);
            assertEquals(0, session.exitCode(), session.toString());
            var lost = replay(carried);
            assertEquals(1, lost.exitCode(), lost.toString());
            assertTrue(lost.out().contains("now it is nothing (" + folder.resolve("base"))
                    && lost.out().contains("-m, -d"), lost.toString());
        } finally {
            for (var move : moves.entrySet()) {
                Files.move(away.resolve(move.getValue()), folder.resolve(move.getKey()));
            }
        }
    }

    @Test
    void aFlippedBitOfWhatWentInIsFoundAndItsFileNamed() throws IOException {
        Path base = folder.resolve("base");
        Path stopped = copy(run, folder.resolve("stopped"));
        Files.delete(stopped.resolve("report.html"));
        var inputs = new ArrayList<>(List.of(folder.resolve("pairs.jsonl"), folder.resolve("own.jinja")));
        try (var files = Files.list(base)) {
            files.filter(file -> !file.getFileName().toString().equals("making.json")).sorted().forEach(inputs::add);
        }
        for (Path input : inputs) {
            byte[] sound = Files.readAllBytes(input);
            var random = new Philox(SEED, input.getFileName().hashCode());
            try {
                for (int flip = 0; flip < FLIPS; flip++) {
                    // Half of them in the first 200 bytes: the header of a safetensors file.
                    int range = flip % 2 == 0 ? Math.min(200, sound.length) : sound.length;
                    int place = (int) (random.uniform(0, flip) * range);
                    byte[] flipped = sound.clone();
                    flipped[place] ^= (byte) (1 << flip % 8);
                    Files.write(input, flipped);
                    String which = "%s, bit %d of byte %d".formatted(input.getFileName(), flip % 8, place);
                    assertNamed(input, which, stopped);
                }
            } finally {
                Files.write(input, sound);
            }
        }
        assertEquals(0, replay(run, "--steps", "1").exitCode());
    }

    private static void assertNamed(Path input, String which, Path stopped) {
        var replayed = replay(run, "--json", "--steps", "1");
        assertEquals(1, replayed.exitCode(), which + replayed);
        String what = parsed(replayed).get("first_difference").get("what").asString();
        String name = switch (input.getFileName().toString()) {
            case "pairs.jsonl" -> "the data is not the one the run was begun with";
            case "own.jinja" -> "the template is not the one the run was begun with";
            case String file -> "the file " + file + " is not the one the run was begun with";
        };
        assertTrue(what.startsWith(name), which + ": " + what);
        var resumed = Session.of("tune", "--resume", stopped.toString());
        assertEquals(1, resumed.exitCode(), which + resumed);
        assertTrue(resumed.err().contains(name), which + ": " + resumed.err());
    }

    private static Path copy(Path from, Path to) throws IOException {
        try (var walk = Files.walk(from)) {
            for (Path file : walk.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        }
        return to;
    }
}
