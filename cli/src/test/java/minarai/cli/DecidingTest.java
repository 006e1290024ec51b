package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.eval.gate.Decisions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// From two evaluations to a decision: compare, label, judge, gate.
class DecidingTest {

    private static final int ITEMS = 36;

    @TempDir
    Path folder;

    /// Samples of two models, the second of which is right on all but every sixth item.
    @BeforeEach
    void writeEvaluations() throws IOException {
        write("a", 3);
        write("b", 6);
    }

    private void write(String name, int wrongEvery) throws IOException {
        String lines = IntStream.range(0, ITEMS).mapToObj(i -> {
            boolean isRight = wrongEvery == 3 ? i % 3 == 0 : i % 6 != 1;
            return ("{\"doc_id\":%d,\"doc\":{\"id\":\"q%d\",\"cluster\":\"c%d\",\"prompt\":\"Question %d?\",\"expected\":[\"x\"]},"
                    + "\"target\":\"x\",\"filtered_resps\":[\"%s\"],\"metrics\":[\"exact_match\"],\"exact_match\":%s}").formatted(i, i,
                    i / 2, i, isRight ? "x" : "y".repeat(1 + i % 5), isRight ? "1.0" : "0.0");
        }).collect(Collectors.joining("\n"));
        Files.createDirectories(folder.resolve(name));
        Files.writeString(folder.resolve(name).resolve("samples_town_2026-02-03T04-05-06.789000.jsonl"), lines + "\n");
    }

    @Test
    void aComparisonSaysItsPowerFirstAndItsReportHasEveryLoss() throws IOException {
        var session = Session.of("compare", path("a"), path("b"), "--report", path("report.html"));
        assertEquals(0, session.exitCode(), session.err());
        assertTrue(session.out().indexOf("With 36 items") < session.out().indexOf("exact_match"), session.out());
        String page = Files.readString(folder.resolve("report.html"));
        assertTrue(page.contains("B is better"), page);
        var json = Session.of("compare", path("a"), path("b"), "--json").json().at("/tasks/town/metrics/exact_match");
        assertTrue(json.get("p_holm").asDouble() >= json.get("p").asDouble() && json.get("is_shown").asBoolean());
        for (int i = 1; i < ITEMS; i += 6) {
            assertTrue(page.contains("Question " + i + "?"), "item " + i + " is wrong and not in the report");
        }
    }

    @Test
    void labelsCalibrateAJudgeAndACalibratedJudgeDecidesAGate() throws IOException {
        assertEquals(ITEMS, Session.of("judge", "sheet", path("a"), path("b"), "-o", path("labels"), "--json").json()
                .at("/sheets/town/items").asInt());
        String key = Files.readString(folder.resolve("labels/town.key.csv"));
        // People who know: the right answer is better.
        var filled = new StringBuilder("id,verdict\n");
        var verdicts = new StringBuilder();
        key.lines().skip(1).forEach(line -> {
            int item = Integer.parseInt(line.replaceAll("[^0-9]", ""));
            boolean isA = item % 3 == 0;
            boolean isB = item % 6 != 1;
            boolean isTunedFirst = line.endsWith("tuned");
            String choice = isA == isB ? "tie" : isB == isTunedFirst ? "a" : "b";
            filled.append("q%d,%s\n".formatted(item, choice));
            String verdict = item % 9 == 5 ? "tie" : isA == isB ? "tie" : isB ? "tuned" : "base";
            verdicts.append("{\"id\":\"q%d\",\"verdict\":\"%s\"}\n".formatted(item, verdict));
        });
        Files.writeString(folder.resolve("filled.csv"), filled);
        Files.writeString(folder.resolve("verdicts.jsonl"), verdicts);
        Session.of("judge", "import", path("filled.csv"), "--key", path("labels/town.key.csv"), "-o", path("labels.jsonl"),
                "--json").json();
        var uncalibrated = Session.of("judge", "ask", path("a"), path("b"), "--verdicts", path("verdicts.jsonl"), "-o",
                path("judged0"), "--json").json();
        assertFalse(uncalibrated.get("is_calibrated").asBoolean());
        var judged = Session.of("judge", "ask", path("a"), path("b"), "--verdicts", path("verdicts.jsonl"), "--labels",
                path("labels.jsonl"), "-o", path("judged"), "--json").json();
        assertTrue(judged.get("is_calibrated").asBoolean(), judged.toString());
        assertTrue(judged.at("/tasks/town/win_rate").asDouble() > .6);
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: judge, threshold: 0.55, cost_of_error: low, owner: Aki Mori}
                """);
        assertEquals("extend", gate("judged0").json().get("recommended").asString());
        assertEquals("go", gate("judged").json().get("recommended").asString());
    }

    private Session gate(String judgement) {
        var session = Session.of("gate", path("b"), "--kpi", path("kpi.yaml"), "--judgement", path(judgement), "--json");
        return new Session(0, session.out(), session.err());
    }

    @Test
    void aDecisionIsRecordedWithAName() throws IOException {
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: exact_match, threshold: 0.6, cost_of_error: high, owner: Aki Mori}
                """);
        var session = Session.of("gate", path("b"), "--kpi", path("kpi.yaml"), "--signed-by", "Emi Sato", "-r", path("run"));
        assertEquals(0, session.exitCode(), session.toString());
        assertTrue(session.out().contains("GO"), session.out());
        Session.of("gate", path("a"), "--kpi", path("kpi.yaml"), "--signed-by", "Emi Sato", "-r", path("run"));
        var lines = Decisions.read(folder.resolve("run")).lines();
        assertEquals(2, lines.size());
        assertTrue(lines.getFirst().contains("Emi Sato") && lines.getFirst().contains("kpi_sha256"), lines.getFirst());
        assertTrue(lines.getLast().contains("\"decision\":\"stop\""), lines.getLast());
    }

    @Test
    void theGainOnOneTaskIsSetAgainstTheMeanOfTheOthers() throws IOException {
        for (String name : List.of("a", "b")) {
            String town = Files.readString(folder.resolve(name).resolve("samples_town_2026-02-03T04-05-06.789000.jsonl"));
            Files.writeString(folder.resolve(name).resolve("samples_prose_2026-02-03T04-05-06.789000.jsonl"),
                    name.equals("a") ? town : Files.readString(folder.resolve("a")
                            .resolve("samples_town_2026-02-03T04-05-06.789000.jsonl")));
        }
        var json = Session.of("specialise", path("a"), path("b"), "--task", "town", "--json").json();
        assertEquals(.5, json.get("gain").asDouble(), 1e-12);
        assertEquals(0, json.at("/others/gain").asDouble());
        assertEquals(1, Session.of("specialise", path("a"), path("b"), "--task", "none").exitCode());
    }

    @Test
    void withoutThresholdsNoDecisionCanBeMade() {
        var session = Session.of("gate", path("b"), "--signed-by", "Emi Sato");
        assertEquals(3, session.exitCode());
        assertTrue(session.out().contains("No decision can be made"), session.out());
        assertFalse(Files.exists(folder.resolve("b").resolve(Decisions.FILE)));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }
}
