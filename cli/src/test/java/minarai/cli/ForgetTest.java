package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import minarai.train.data.Sha256;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A pair is taken out of a run of the embedded model, and its influence told.
class ForgetTest {

    private static final String NOW = "2026-01-31T09:00:00";

    @TempDir
    private Path folder;

    private Path pairs(String name, int without) throws IOException {
        var lines = new ArrayList<String>();
        for (int i = 0; i < 12; i++) {
            if (i != without) {
                lines.add("{\"id\": \"pair-%d\", \"instruction\": \"Who lives in house %d?\", \"output\": \"%s does.\"}"
                        .formatted(i, i, "Anna Bert Carl Dora Emil Fritz Gerd Hans Ida Jan Karl Lea".split(" ")[i]));
            }
        }
        return Files.write(folder.resolve(name), lines);
    }

    private static Session tune(Path data, Path run, String... more) {
        var arguments = new ArrayList<>(List.of("tune", "-m", "machi", "-d", data.toString(), "-o", run.toString(),
                "--now", NOW, "--json", "batch_size=2", "gradient_accumulation=2", "checkpoint_steps=1",
                "keep_checkpoints=all", "validation_share=0", "rank=2", "max_length=64"));
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new));
    }

    @Test
    void whatIsForgottenWasNeverThere() throws IOException {
        Path data = pairs("pairs.jsonl", -1);
        Path run = folder.resolve("run");
        tune(data, run, "epochs=2").json();
        JsonNode listed = Session.of("forget", run.toString(), "--list", "--json").json().get("samples");
        assertEquals(12, listed.size());
        String id = listed.valueStream().filter(pair -> pair.get("first_seen").asInt() == 3).findFirst().orElseThrow()
                .get("id").asString();

        Path made = folder.resolve("made");
        var forgotten = Session.of("forget", run.toString(), "--sample", id, "-o", made.toString(), "--json").json();
        assertEquals(3, forgotten.get("forgotten").get("first_seen").asInt());
        assertEquals(2, forgotten.get("forgotten").get("restarted_from").asInt());
        assertEquals(4, forgotten.get("forgotten").get("steps_executed").asInt());
        String hash = forgotten.get("parameter_hash").asString();

        Path less = pairs("less.jsonl", Integer.parseInt(id.substring(5)));
        assertEquals(hash, tune(less, folder.resolve("scratch"), "steps=6", "warmup_steps=0").json()
                .get("parameter_hash")
                .asString());
        tune(data, folder.resolve("left out"), "steps=6", "epochs=2", "warmup_steps=0", "forget=" + id).json();
        for (String file : List.of("run.json", "ledger.jsonl")) {
            assertEquals(Files.readString(folder.resolve("left out").resolve(file)),
                    Files.readString(made.resolve(file)));
        }
        assertTrue(Session.of("replay", made.toString(), "--json").json().get("verified").asBoolean());
        assertRowMayGo(made, data, less, id);
        assertInfluence(run, id);
    }

    /// Only the record of the run names the pair, and none has its words; its row may be deleted.
    private void assertRowMayGo(Path made, Path data, Path less, String id) throws IOException {
        assertFalse(Files.readString(made.resolve("ledger.jsonl")).contains(id + "\""));
        assertTrue(Files.readString(made.resolve("run.json")).contains("forgotten " + id));
        for (String file : List.of("run.json", "ledger.jsonl", "report.html", "metrics.jsonl")) {
            assertFalse(Files.readString(made.resolve(file)).contains("house " + id.substring(5) + "?"), file);
        }
        assertTrue(Session.of("replay", made.toString(), "-d", less.toString(), "--json").json().get("verified")
                .asBoolean());
        var other = Session.of("replay", made.toString(), "-d", Files.writeString(folder.resolve("other.jsonl"),
                Files.readString(data).replace("does", "did")).toString());
        assertTrue(other.exitCode() == 1 && other.toString().contains("data is not the one the run was begun with"),
                other.toString());
    }

    private void assertInfluence(Path run, String id) {
        var told = Session.of("influence", run.toString(), "--samples", id + ",pair-1", "--prompt",
                "Who lives in house 3?", "--answer", "Dora does.", "--json").json();
        JsonNode first = told.get("samples").get(0);
        double sum = first.get("changes").get(0).valueStream().mapToDouble(JsonNode::asDouble).sum();
        int tokens = told.get("answers").get(0).get("tokens").size();
        assertEquals(first.get("total").asDouble(), sum, 1e-12);
        assertEquals(first.get("mean").asDouble(), sum / tokens, 1e-12);
        assertEquals(tokens, first.get("changes").get(0).size());
        assertTrue(sum != 0);
    }

    @Test
    void aCopyOfTheSameWordsThatStaysIsNamed() throws IOException {
        Path data = folder.resolve("twice.jsonl");
        Path pairs = pairs("pairs.jsonl", -1);
        Files.writeString(data, Files.readString(pairs)
                + Files.readAllLines(pairs).get(3).replace("pair-3", "another-3") + "\n");
        Path run = folder.resolve("run");
        tune(data, run, "steps=1").json();
        Path made = folder.resolve("made");
        var told = Session.of("forget", run.toString(), "--sample", "pair-3", "-o", made.toString());
        assertTrue(told.out().contains("The same words stay under other ids: another-3."), told.toString());
        var both = Session.of("forget", run.toString(), "--sample", "pair-3", "--sample", "another-3", "-o",
                folder.resolve("both").toString(), "--json").json();
        assertEquals(0, both.get("forgotten").get("copies").size());
        var late = Session.of("forget", run.toString(), "--sample", "pair-3", "-o", made.toString());
        assertTrue(late.exitCode() == 1 && !late.err().contains("Planned"), late.toString());
    }

    @Test
    void whatIsThereIsShownAndWhatIsWrongIsExplained() throws IOException {
        Path run = folder.resolve("run");
        tune(pairs("pairs.jsonl", -1), run, "steps=1").json();
        var unknown = Session.of("forget", run.toString(), "--sample", "pair-77", "-o",
                folder.resolve("made").toString());
        assertEquals(1, unknown.exitCode());
        assertTrue(unknown.err().contains("no pair with the id pair-77; the nearest: pair-7"), unknown.err());
        assertTrue(unknown.err().contains("--list"), unknown.err());
        assertFalse(Files.exists(folder.resolve("made")));
        var listed = Session.of("forget", run.toString(), "--list");
        assertTrue(listed.exitCode() == 0 && listed.out().contains("Who lives in house 3?"), listed.toString());
        var table = Session.of("influence", run.toString(), "--samples", "pair-0,pair-1", "--on",
                pairs("asked.jsonl", -1).toString());
        assertTrue(table.exitCode() == 0 && table.out().contains("│") && table.out().contains("nats"),
                table.toString());
        assertEquals(2, Session.of("forget", run.toString()).exitCode());
        assertEquals(2, Session.of("influence", run.toString(), "--samples", "all", "--prompt", "x").exitCode());
        assertEquals(1, tune(pairs("more.jsonl", -1), folder.resolve("new"), "steps=1", "forget=pair-99").exitCode());
    }

    /// A run that was made on a device is made anew on it, not silently on the CPU: one that nobody has is asked for.
    @Test
    void theDeviceOfTheRunComputes() throws IOException {
        Path run = folder.resolve("run");
        tune(pairs("pairs.jsonl", -1), run, "steps=1").json();
        Path record = run.resolve("run.json");
        Files.writeString(record, Files.readString(record).replace("\"backend\" : \"cpu\"",
                "\"backend\" : \"opencl:99\""));
        seal(run);
        var forget = Session.of("forget", run.toString(), "--sample", "pair-0", "-o",
                folder.resolve("made").toString());
        var influence = Session.of("influence", run.toString(), "--samples", "pair-0", "--prompt", "x", "--answer",
                "y");
        for (var session : List.of(forget, influence)) {
            assertTrue(session.exitCode() == 1 && session.err().contains("backend opencl:99: "), session.toString());
        }
        assertFalse(Files.exists(folder.resolve("made")));
    }

    /// Makes the chain of a ledger good again after a change to the record.
    private static void seal(Path run) throws IOException {
        String previous = Sha256.of(run.resolve("run.json"));
        var sealed = new StringBuilder();
        for (String line : Files.readAllLines(run.resolve("ledger.jsonl"))) {
            String said = line.replaceFirst("[0-9a-f]{64}", previous).replaceFirst(",\"hash\":\"[0-9a-f]*\"}$", "");
            previous = Sha256.of((said + "}\n").getBytes(StandardCharsets.UTF_8));
            sealed.append(said).append(",\"hash\":\"").append(previous).append("\"}\n");
        }
        Files.writeString(run.resolve("ledger.jsonl"), sealed);
    }

    @Test
    void aBarHasItsLengthAndItsSide() {
        assertEquals("     ▇▇▇▇▇│", InfluenceCommand.bar(-1, 2));
        assertEquals("          │▇▇▇▇▇▇▇▇▇▇", InfluenceCommand.bar(2, 2));
        assertEquals("          │", InfluenceCommand.bar(0, 0));
    }
}
