package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import minarai.eval.gate.Decisions;
import minarai.eval.results.Samples;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Observation;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// From pairs to a decision on a tiny model: what each command writes is what the next one reads.
class WholeWayTest {

    private static final int ROWS = 40;
    private static final List<String> RECIPE = List.of("steps=80", "batch_size=8", "rank=8", "learning_rate=4e-3",
            "max_length=96", "validation_share=0");

    @TempDir
    private static Path folder;

    @BeforeAll
    static void writeModelAndPairs() throws IOException {
        TinyTown.write(folder);
        var rows = new ArrayList<String>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(("{\"id\": \"shop-%d\", \"instruction\": \"Where is shop number %d in %s street?\", \"output\": "
                    + "\"%s\"}").formatted(i, 3 * i + 1, "abcdefgh".substring(i % 8), "By the mill."));
        }
        Files.write(folder.resolve("shops.jsonl"), rows);
        Files.write(folder.resolve("few.jsonl"), rows.subList(0, 8));
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: test, metric: exact_match, threshold: 0.6, cost_of_error: high, owner: Aki Mori}
                """);
    }

    @Test
    void whatEachStepWritesFeedsTheNext() throws IOException {
        assertEquals(0, Session.of("data", "check", "-d", at("shops.jsonl"), "--json").exitCode());

        var split = Session.of("data", "split", "-d", at("shops.jsonl"), "-o", at("parts"), "--test", "0.4");
        assertEquals(0, split.exitCode(), split.err());
        Set<String> train = ids("parts/train.jsonl");
        Set<String> test = ids("parts/test.jsonl");
        assertEquals(ROWS, train.size() + ids("parts/validation.jsonl").size() + test.size());
        assertTrue(test.size() >= 10 && train.stream().noneMatch(test::contains), test.toString());

        var tuned = tune(at("parts/train.jsonl"), "run", "test=" + at("parts/test.jsonl"));
        assertEquals(0, tuned.exitCode(), tuned.err());
        assertTrue(Files.readString(folder.resolve("run/run.json")).contains(sha256("parts/train.jsonl")),
                "the run is on the pairs that the split wrote");

        for (List<String> adapter : List.of(List.<String>of(), List.of("-a", at("run")))) {
            var arguments = new ArrayList<>(List.of("eval", "-m", at("base"), "-t", at("parts/test.jsonl"), "-o",
                    at(adapter.isEmpty() ? "evals/base" : "evals/tuned"), "--max-tokens", "12", "--json"));
            arguments.addAll(adapter);
            var json = Session.of(arguments.toArray(String[]::new)).json();
            assertEquals(test.size(), json.at("/n-samples/test/effective").asInt(), json.toString());
        }
        Path samples = EvaluationFolder.samples(folder.resolve("evals/tuned")).get("test");
        assertEquals(test, Samples.read(samples).stream().map(one -> one.item().id()).collect(Collectors.toSet()));

        var compared = Session.of("compare", at("evals/base"), at("evals/tuned"), "--report", at("compared.html"),
                "--json")
                .json().at("/tasks/test");
        assertEquals(test.size(), compared.get("items").asInt());
        assertTrue(compared.at("/metrics/exact_match/is_shown").asBoolean()
                && compared.at("/metrics/exact_match/difference").asDouble() > 0, compared + Files.readString(samples));
        assertTrue(Files.readString(folder.resolve("compared.html")).contains("no decision can be made"));

        assertEquals(3, gate("evals/base").exitCode());
        var gate = gate("evals/tuned");
        assertEquals(0, gate.exitCode(), gate.toString());
        List<String> decisions = Decisions.read(folder.resolve("records")).lines();
        assertEquals(2, decisions.size());
        assertTrue(decisions.getFirst().contains("\"decision\":\"stop\"")
                && decisions.getLast().contains("\"decision\":\"go\""));
        assertTrue(decisions.getLast().contains(Decisions.sha256(Files.readString(samples)))
                && decisions.getLast().contains(sha256("kpi.yaml")),
                "the decision rests on the evaluation and the thresholds");
    }

    @Test
    void aCurveSaysWhatIsMeasuredAndWhatMorePairsBrought() {
        var arguments = new ArrayList<>(List.of("curve", "-m", at("base"), "-d", at("shops.jsonl"), "-t",
                "jsonl:" + at("few.jsonl"), "--chat", "--stages", "4,16", "-o", at("curve"), "--json"));
        arguments.addAll(List.of("steps=4", "batch_size=2", "rank=2", "max_length=96", "validation_share=0"));
        JsonNode json = Session.of(arguments.toArray(String[]::new)).json();
        assertEquals("few", json.get("task").asString());
        assertEquals("exact_match", json.get("metric").asString());
        assertTrue(json.get("note").asString().contains("one seed"), json.toString());
        JsonNode stages = json.get("stages");
        assertEquals(3, stages.size());
        assertFalse(stages.get(0).has("gain"));
        for (int i = 1; i < 3; i++) {
            JsonNode stage = stages.get(i);
            double gain = stage.get("gain").asDouble();
            assertEquals(stage.get("score").asDouble() - stages.get(i - 1).get("score").asDouble(), gain, 1e-12);
            assertTrue(stage.at("/gain_interval/0").asDouble() <= gain
                    && gain <= stage.at("/gain_interval/1").asDouble());
            double seconds = stage.get("seconds").asDouble() - stages.get(i - 1).get("seconds").asDouble();
            assertEquals(seconds > 0, stage.has("gain_per_hour"));
            if (seconds > 0) {
                assertEquals(gain * 3600 / seconds, stage.get("gain_per_hour").asDouble(), 1e-9);
            }
        }
    }

    /// Two hours after one hour have brought what came in the second.
    @Test
    void theGainByTheHourIsThatOfTheHoursThatWereAdded() {
        var gain = Bootstrap.standard(1).difference(List.of(new Observation("a", .5), new Observation("b", .5)));
        assertEquals(.5, CurveCommand.gains(gain, 10, 3600).get("gain_per_hour"));
        assertFalse(CurveCommand.gains(gain, 10, -1).containsKey("gain_per_hour"));
    }

    private static Session tune(String data, String run, String... more) {
        var arguments = new ArrayList<>(List.of("tune", "-m", at("base"), "-d", data, "-o", at(run), "--now",
                TinyTown.NOW, "--json"));
        arguments.addAll(RECIPE);
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new));
    }

    private static Session gate(String evaluation) {
        return Session.of("gate", at(evaluation), "--kpi", at("kpi.yaml"), "--signed-by", "Emi Sato", "-r",
                at("records"));
    }

    private static Set<String> ids(String file) throws IOException {
        var ids = new TreeSet<String>();
        for (String line : Files.readAllLines(folder.resolve(file))) {
            ids.add(JsonMapper.builder().build().readTree(line).path("id").asString());
        }
        return ids;
    }

    private static String sha256(String file) throws IOException {
        return Decisions.sha256(Files.readString(folder.resolve(file)));
    }

    private static String at(String name) {
        return folder.resolve(name).toString();
    }
}
