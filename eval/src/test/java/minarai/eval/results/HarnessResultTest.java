package minarai.eval.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import minarai.eval.Answer;
import minarai.eval.Answered;
import minarai.eval.Item;
import minarai.eval.metric.ExactMatch;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.metric.TokenF1;
import minarai.eval.statistics.Bootstrap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class HarnessResultTest {

    private static final List<Metric> METRICS = List.of(ExactMatch.squad(), TokenF1.squad());

    @TempDir
    Path folder;

    @Test
    void theResultHasTheHarnessesKeys() throws IOException {
        var files = result().write(folder);
        assertEquals("results_2026-02-03T04-05-06.789000.json", files.results().getFileName().toString());
        var root = JsonMapper.builder().build().readTree(Files.readString(files.results()));
        assertTrue(new TreeSet<>(root.propertyNames()).containsAll(Set.of("results", "groups", "group_subtasks",
                "configs", "versions", "n-shot", "higher_is_better", "n-samples", "config", "git_hash", "date",
                "chat_template", "chat_template_sha", "system_instruction", "system_instruction_sha", "task_hashes",
                "model_name", "total_evaluation_time_seconds")), root.toString());
        assertEquals(0.5, root.at("/results/town/exact_match,none").asDouble());
        assertEquals(0.5, root.at("/results/town/exact_match_stderr,none").asDouble());
        assertEquals("Town questions", root.at("/results/town/alias").asString());
        assertEquals("N/A", root.at("/results/prose/bits_per_byte_stderr,none").asString());
        assertEquals(2.16404, root.at("/results/prose/bits_per_byte,none").asDouble(), 5e-6);
        assertTrue(root.at("/higher_is_better/town/f1").asBoolean());
        assertEquals(5, root.at("/n-samples/town/original").asInt());
        assertEquals(2, root.at("/n-samples/town/effective").asInt());
        assertEquals("12.500", root.get("total_evaluation_time_seconds").asString());
        assertTrue(root.get("total_evaluation_time_seconds").isString());
    }

    @Test
    void samplesReadBackAsTheyWereWritten() {
        var files = result().write(folder);
        assertEquals(List.of("samples_town_2026-02-03T04-05-06.789000.jsonl"),
                files.samples().stream().map(file -> file.getFileName().toString()).toList());
        assertEquals(answered(), Samples.read(files.samples().getFirst()));
    }

    @Test
    void hashesAreThoseOfTheHarness() throws IOException {
        var line = Files.readAllLines(result().write(folder).samples().getFirst()).getFirst();
        var sample = JsonMapper.builder().build().readTree(line);
        // sha256sum of "Where does Aki live?"
        assertEquals(Samples.sha256("Where does Aki live?"), sample.get("prompt_hash").asString());
        assertEquals("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824", Samples.sha256("hello"));
        assertEquals(64, sample.get("doc_hash").asString().length());
    }

    @Test
    void samplesOfTheHarnessItselfCanBeRead() throws IOException {
        Path file = Files.writeString(folder.resolve("samples_gsm8k.jsonl"), """
                {"doc_id": 3, "doc": {"question": "1+1?", "answer": "#### 2"}, "target": "2", \
                "arguments": {"gen_args_0": {"arg_0": "Question: 1+1?\\nAnswer:", "arg_1": {"until": ["\\n"]}}}, \
                "resps": [[" 2"]], "filtered_resps": ["2"], "filter": "strict-match", "metrics": ["exact_match"], \
                "exact_match": 1.0}
                """);
        var item = new Item("3", "3", "Question: 1+1?\nAnswer:", List.of("2"));
        assertEquals(List.of(new Answered(item, new Answer("2", Map.of("exact_match", 1.0), Optional.empty()))),
                Samples.read(file));
    }

    @Test
    void whatIsNotASampleIsRefusedWithItsLine() throws IOException {
        for (String line : List.of("[]", "{}", "{\"doc_id\":1", "null", "{\"doc_id\":1,\"target\":[],\"doc\":7}",
                "[".repeat(5000),
                "{\"doc\":{\"id\":\"a\",\"prompt\":\"p\"},\"target\":\"x\",\"filtered_resps\":[\"y\"],"
                        + "\"metrics\":[\"m\"],\"m\":\"NaN\"}")) {
            Path file = Files.writeString(folder.resolve("bad.jsonl"), "\n" + line + "\n");
            var message = assertThrows(IllegalArgumentException.class, () -> Samples.read(file)).getMessage();
            assertTrue(message.contains("bad.jsonl line 2"), message);
        }
    }

    @Test
    void theSameEvaluationIsTheSameBytesAndLeavesNothingElse() throws IOException {
        String first = Files.readString(result().write(folder).results());
        assertEquals(first, Files.readString(result().write(folder).results()));
        try (var files = Files.list(folder)) {
            assertEquals(Set.of("json", "jsonl"), files.map(file -> file.toString().replaceFirst(".*\\.", ""))
                    .collect(Collectors.toSet()));
        }
    }

    @Test
    void aTaskCannotEscapeItsFolder() {
        assertThrows(IllegalArgumentException.class, () -> new TaskResult("../x", "x", 1, 0, 0, List.of(), List.of(),
                Map.of()));
    }

    private static List<Answered> answered() {
        var aki = new Item("q1", "Aki", "Where does Aki live?", List.of("Willow Lane", "the Willow Lane"));
        var emi = new Item("q2", "Emi", "エミは何を食べる?", List.of("うどん"));
        return List.of(
                new Answered(aki, Answer.scored("Willow\u2028Lane", aki, METRICS).with(new Likelihood(-1.5, 3, 11))),
                new Answered(emi, Answer.scored("<script>\"\n", emi, METRICS)));
    }

    private static HarnessResult result() {
        var bootstrap = Bootstrap.standard(1);
        var town = new TaskResult("town", "Town questions", 1, 0, 5,
                METRICS.stream().map(metric -> Measure.score(metric, answered(), bootstrap)).toList(), answered(),
                Map.of("max_tokens", "16"));
        var prose = new TaskResult("prose", "Town prose", 1, 0, 1,
                List.of(Measure.bitsPerByte(new Likelihood(-120, 40, 80)),
                        new Measure("odd", Double.NaN, OptionalDouble.empty(), true, "odd|version:1")), List.of(),
                Map.of());
        return new HarnessResult("machi", Instant.parse("2026-02-03T04:05:06.789Z"), Duration.ofMillis(12_500),
                Optional.of("{{ messages }}"), Optional.empty(), Map.of("seed", "1"), List.of(town, prose));
    }
}
