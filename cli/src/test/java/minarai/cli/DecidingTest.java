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
import minarai.eval.task.Kind;
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
            return ("{\"doc_id\":%d,\"doc\":{\"id\":\"q%d\",\"cluster\":\"c%d\",\"prompt\":\"Question %d?\","
                    + "\"expected\":[\"x\"]},\"target\":\"x\",\"filtered_resps\":[\"%s\"],"
                    + "\"metrics\":[\"exact_match\"],"
                    + "\"exact_match\":%s}")
                    .formatted(i, i, i / 2, i, isRight ? "x" : "y".repeat(1 + i % 5), isRight ? "1.0" : "0.0");
        }).collect(Collectors.joining("\n"));
        Files.createDirectories(folder.resolve(name));
        Files.writeString(folder.resolve(name).resolve("samples_town_2026-02-03T04-05-06.789000.jsonl"), lines + "\n");
    }

    @Test
    void aComparisonSaysItsPowerFirstAndItsReportHasEveryLoss() throws IOException {
        var session = Session.of("compare", path("a"), path("b"), "--report", path("report.html"));
        assertEquals(0, session.exitCode(), session.err());
        assertTrue(session.out().contains("With 36 items in 18 clusters, each of which counts as one, nothing under 20 "
                + "points can show"), session.out());
        assertTrue(session.out().indexOf("With 36 items") < session.out().indexOf("exact_match"), session.out());
        String page = Files.readString(folder.resolve("report.html"));
        assertTrue(page.contains("B is better"), page);
        assertTrue(page.contains("no decision can be made"), page);
        assertTrue(page.contains("p against B") && page.contains(">Score<"), page);
        var json = Session.of("compare", path("a"), path("b"), "--json").json().at("/tasks/town/metrics/exact_match");
        assertTrue(json.get("p_holm").asDouble() >= json.get("p").asDouble() && json.get("is_shown").asBoolean());
        for (int i = 1; i < ITEMS; i += 6) {
            assertTrue(page.contains("Question " + i + "?"), "item " + i + " is wrong and not in the report");
        }
    }

    @Test
    void metricsAreComparedWithPeopleWhoRatedTheSameAnswers() throws IOException {
        // The metric goes with people, the length of an answer against them.
        Path rated = Files.writeString(folder.resolve("rated.csv"), "answer,reference,human_good,metric_other\n"
                + IntStream.range(0, 20).mapToObj(i -> "%s,w w w,%d,%d\n".formatted("w ".repeat(23 - i).strip(), i,
                i * i))
                .collect(Collectors.joining()));
        var json = Session.of("judge", "metrics", rated.toString(), "--metrics", "rouge1", "-o", path("metrics.json"),
                "--json").json();
        assertEquals(List.of("rouge1", "other", "answer_length"), json.get("rows").valueStream()
                .map(row -> row.get("metric").asString()).toList());
        assertEquals(List.of(1.0, 1.0, -1.0), json.get("rows").valueStream()
                .map(row -> Math.rint(1e9 * row.get("spearman").asDouble()) / 1e9).toList());
        assertTrue(json.at("/signatures/rouge1").asString().startsWith("rouge1|tok:rouge"), json.toString());
        assertTrue(Files.exists(folder.resolve("metrics.json")));
        String text = Session.of("judge", "metrics", rated.toString()).out();
        assertTrue(text.contains("good: shown to go together with people:") && text.contains("answer_length"), text);
        assertEquals(1, Session.of("judge", "metrics", rated.toString(), "--rated", "bad").exitCode());
    }

    @Test
    void whatPeopleMadeAndWhatIsComparedIsNotWrittenOver() throws IOException {
        try (var files = Files.list(folder.resolve("b"))) {
            for (Path file : files.toList()) {
                String before = Files.readString(file);
                var compared = Session.of("compare", path("a"), path("b"), "--report", file.toString());
                assertEquals(1, compared.exitCode(), compared.toString());
                assertTrue(compared.err().contains("would be lost; write under another name"), compared.err());
                assertEquals(before, Files.readString(file));
            }
        }
        for (int time = 0; time < 2; time++) {
            assertEquals(0, Session.of("compare", path("a"), path("b"), "--report", path("b/page.html")).exitCode());
            var sheet = Session.of("judge", "sheet", path("a"), path("b"), "-o", path("sheet"));
            assertEquals(time, sheet.exitCode(), sheet.toString());
            assertEquals(time == 1, sheet.err().contains("exists already"), sheet.err());
        }
        Files.writeString(folder.resolve("people.jsonl"), "precious");
        for (String output : List.of("people.jsonl", "none.jsonl")) {
            var unfilled = Session.of("judge", "import", path("sheet/town.csv"), "--key", path("sheet/town.key.csv"),
                    "-o", path(output));
            assertEquals(1, unfilled.exitCode(), unfilled.toString());
            assertTrue(unfilled.err().contains(output.startsWith("people") ? "exists already"
                    : "has no verdict in any row"), unfilled.err());
        }
        assertEquals("precious", Files.readString(folder.resolve("people.jsonl")));
        assertFalse(Files.exists(folder.resolve("none.jsonl")));
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
        Session.of("judge", "import", path("filled.csv"), "--key", path("labels/town.key.csv"), "-o",
                path("labels.jsonl"), "--json").json();
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

    /// The judge goes by length alone; people prefer the longer answer, too, though not as often.
    @Test
    void aJudgeWithAFlagDecidesNothingHoweverWellItAgrees() throws IOException {
        var verdicts = new StringBuilder("task,id,verdict\n");
        for (int i = 0; i < ITEMS; i++) {
            int ofA = i % 3 == 0 ? 1 : 1 + i % 5;
            int ofB = i % 6 != 1 ? 1 : 1 + i % 5;
            verdicts.append("town,q%d,%s\n".formatted(i, ofA == ofB ? "tie" : ofA > ofB ? "base" : "tuned"));
        }
        Files.writeString(folder.resolve("verdicts.csv"), verdicts);
        List<String> alike = verdicts.toString().lines().limit(35).toList();
        Files.write(folder.resolve("labels.csv"), IntStream.range(0, alike.size()).mapToObj(line ->
                line > 0 && line < 19 ? alike.get(line).replace("base", "tie") : alike.get(line)).toList());
        var judged = judged("labels.csv").json();
        assertTrue(judged.at("/tasks/town/is_calibrated").asBoolean(), judged.toString());
        assertEquals("length", judged.at("/tasks/town/flags/0/name").asString());
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: judge, at_most: 0.9, cost_of_error: low, owner: Aki Mori}
                """);
        var gate = gate("judged").json();
        assertEquals("extend", gate.get("recommended").asString());
        assertTrue(gate.at("/findings/0/reason").asString().contains("longer answer"), gate.toString());
        Files.write(folder.resolve("labels.csv"), alike);
        assertTrue(judged("labels.csv").json().at("/tasks/town/flags").isEmpty(),
                "people are for the longer one as often");
        assertEquals("go", gate("judged").json().get("recommended").asString());
    }

    @Test
    void peopleWhoLabelledEveryItemDecideWhateverTheJudgeIsLike() throws IOException {
        Files.writeString(folder.resolve("verdicts.csv"), verdicts(ITEMS, "base"));
        Files.writeString(folder.resolve("labels.csv"), verdicts(ITEMS, "tuned"));
        var judged = judged("labels.csv").json();
        assertFalse(judged.at("/tasks/town/is_calibrated").asBoolean(), judged.toString());
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: judge, threshold: 0.7, cost_of_error: low, owner: Aki Mori}
                """);
        assertEquals("go", gate("judged").json().get("recommended").asString());
        // Eight items of four clusters, of which people and the judge say the same.
        for (String name : List.of("a", "b")) {
            Path samples = folder.resolve(name).resolve("samples_town_2026-02-03T04-05-06.789000.jsonl");
            Files.write(samples, Files.readAllLines(samples).subList(0, 8));
        }
        Files.writeString(folder.resolve("verdicts.csv"), verdicts(8, "tuned"));
        Files.writeString(folder.resolve("labels.csv"), verdicts(8, "tuned"));
        judged("labels.csv").json();
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: judge, threshold: 0.1, cost_of_error: low, owner: Aki Mori}
                """);
        var gate = gate("judged").json();
        assertEquals("extend", gate.get("recommended").asString());
        assertTrue(gate.at("/findings/0/reason").asString().contains("4 clusters"), gate.toString());
    }

    private static String verdicts(int items, String verdict) {
        return "id,verdict\n" + IntStream.range(0, items).mapToObj(i -> "q%d,%s\n".formatted(i, verdict))
                .collect(Collectors.joining());
    }

    @Test
    void labelsOfOneTaskSayNothingOfAnotherAndWhatPeopleWouldSayDecides() throws IOException {
        for (String name : List.of("a", "b")) {
            Files.copy(folder.resolve(name).resolve("samples_town_2026-02-03T04-05-06.789000.jsonl"),
                    folder.resolve(name).resolve("samples_prose_2026-02-03T04-05-06.789000.jsonl"));
        }
        var verdicts = new StringBuilder("task,id,verdict\n");
        var labels = new StringBuilder("task,id,verdict\n");
        for (int i = 0; i < ITEMS; i++) {
            String machine = i % 3 == 0 ? "base" : "tuned";
            verdicts.append("town,q%d,%s\nprose,q%d,base\n".formatted(i, machine, i));
            if (i < 32) {
                labels.append("town,q%d,%s\n".formatted(i, i % 8 == 0 ? "base" : machine));
            }
        }
        Files.writeString(folder.resolve("verdicts.csv"), verdicts);
        Files.writeString(folder.resolve("labels.csv"), labels);
        Files.writeString(folder.resolve("unclear.csv"), labels.toString().replace("town,", "").replace("task,", ""));
        var judged = judged("labels.csv").json();
        assertTrue(judged.at("/tasks/town/is_calibrated").asBoolean(), judged.toString());
        assertFalse(judged.at("/tasks/prose/is_calibrated").asBoolean() || judged.get("is_calibrated").asBoolean());
        assertEquals(0, judged.at("/tasks/prose/win_rate").asDouble());
        assertFalse(judged.get("tasks").get("prose").has("people"), judged.toString());
        double said = judged.at("/tasks/town/prediction_powered/win_rate").asDouble();
        assertTrue(said < judged.at("/tasks/town/win_rate").asDouble() - .02, judged.toString());
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: judge, threshold: 0.1, cost_of_error: low, owner: Aki Mori}
                  - {task: prose, metric: judge, at_most: 0.9, cost_of_error: low, owner: Aki Mori}
                """);
        var gate = gate("judged").json();
        assertEquals("go", gate.at("/findings/0/outcome").asString(), gate.toString());
        assertTrue(gate.at("/findings/0/reason").asString().contains("%.4f".formatted(said)), gate.toString());
        assertEquals("extend", gate.at("/findings/1/outcome").asString());
        var unclear = judged("unclear.csv");
        assertEquals(1, unclear.exitCode());
        assertTrue(unclear.err().contains("name no task"), unclear.err());
    }

    @Test
    void theWorldHasATaskAndThresholdsThatCanBeUsedAsTheyAre() throws IOException {
        assertEquals(0, Session.of("lab", "world", "-o", path("world"), "--json").exitCode());
        var task = TaskSource.find(path("world/town")).orElseThrow();
        var items = task.format().read(task.items());
        assertEquals(150, items.size());
        assertTrue(items.stream().allMatch(item -> item.fields().containsKey("entity")));
        var texts = TaskSource.find(path("world/held-out")).orElseThrow();
        assertEquals(Kind.ROLLING, texts.kind());
        assertTrue(texts.format().read(texts.items()).size() > 100);

        var gate = Session.of("gate", path("a"), "--kpi", path("world/kpi.yaml"), "--json");
        assertEquals(3, gate.exitCode(), gate.err());
        assertTrue(gate.out().contains("\"recommended\":\"stop\""), gate.out());
    }

    private Session judged(String labels) {
        return Session.of("judge", "ask", path("a"), path("b"), "--verdicts", path("verdicts.csv"), "--labels",
                path(labels), "-o", path("judged"), "--json");
    }

    @Test
    void onlyATextHasAFigureWithoutAnInterval() throws IOException {
        Files.createDirectories(folder.resolve("c"));
        Files.writeString(folder.resolve("c/results_2026-02-03T04-05-06.789000.json"), """
                {"results": {"town": {"inst_level_strict_acc,none": 0.99}, "prose": {"bits_per_byte,none": 1.2}}}
                """);
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: inst_level_strict_acc, threshold: 0.5, cost_of_error: high, owner: Aki Mori}
                  - {task: prose, metric: bits_per_byte, at_most: 1.6, cost_of_error: high, owner: Aki Mori}
                """);
        var session = Session.of("gate", path("c"), "--kpi", path("kpi.yaml"), "--json");
        assertEquals(3, session.exitCode(), session.err());
        var findings = new Session(0, session.out(), "").json().get("findings");
        assertEquals("extend", findings.get(0).get("outcome").asString(), findings.toString());
        assertEquals("go", findings.get(1).get("outcome").asString(), findings.toString());
    }

    @Test
    void aTaskWithoutScoresIsNamedAndTheOthersAreCompared() throws IOException {
        for (String name : List.of("a", "b")) {
            Files.writeString(folder.resolve(name).resolve("samples_talk_2026-02-03T04-05-06.789000.jsonl"),
                    "{\"doc_id\":0,\"doc\":{\"id\":\"t\",\"cluster\":\"t\",\"prompt\":\"Hello?\",\"expected\":[\"x\"]},"
                            + "\"target\":\"x\",\"filtered_resps\":[\"" + name + "\"],\"metrics\":[]}\n");
        }
        var shown = Session.of("compare", path("a"), path("b"), "--report", path("report.html"));
        assertEquals(0, shown.exitCode(), shown.err());
        assertTrue(shown.out().contains("talk") && shown.out().contains("has no scores")
                && shown.out().contains("By exact_match, B is better"), shown.out());
        var json = Session.of("compare", path("a"), path("b"), "--json").json();
        assertTrue(json.at("/tasks/talk/note").asString().contains("has no scores"), json.toString());
        assertTrue(json.at("/tasks/town/metrics/exact_match/is_shown").asBoolean());
    }

    private Session gate(String judgement) {
        var session = Session.of("gate", path("b"), "--kpi", path("kpi.yaml"), "--judgement", path(judgement),
                "--json");
        return new Session(0, session.out(), session.err());
    }

    @Test
    void aDecisionIsRecordedWithAName() throws IOException {
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: exact_match, threshold: 0.6, cost_of_error: high, owner: Aki Mori}
                """);
        var session = Session.of("gate", path("b"), "--kpi", path("kpi.yaml"), "--signed-by", "Emi Sato", "-r",
                path("run"));
        assertEquals(0, session.exitCode(), session.toString());
        assertTrue(session.out().contains("GO"), session.out());
        Session.of("gate", path("a"), "--kpi", path("kpi.yaml"), "--signed-by", "Emi Sato", "-r", path("run"));
        var lines = Decisions.read(folder.resolve("run")).lines();
        assertEquals(2, lines.size());
        assertTrue(lines.getFirst().contains("Emi Sato") && lines.getFirst().contains("kpi_sha256"), lines.getFirst());
        assertTrue(lines.getLast().contains("\"decision\":\"stop\""), lines.getLast());
    }

    @Test
    void aDecisionOtherThanTheThresholdsSayNeedsAName() throws IOException {
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: exact_match, threshold: 0.9, cost_of_error: high, owner: Aki Mori}
                """);
        var unsigned = Session.of("gate", path("b"), "--kpi", path("kpi.yaml"), "--decision", "go");
        assertEquals(2, unsigned.exitCode(), unsigned.toString());
        assertTrue(unsigned.err().contains("--signed-by"), unsigned.err());
        var signed = Session.of("gate", path("b"), "--kpi", path("kpi.yaml"), "--decision", "go", "--signed-by",
                "Emi Sato");
        assertEquals(0, signed.exitCode(), signed.toString());
    }

    @Test
    void aJudgeIsNotAskedWhereTheLabelsOrTheFolderAreWrong() throws IOException {
        Files.writeString(folder.resolve("empty.csv"), "");
        Files.writeString(folder.resolve("others.csv"), verdicts(2, "base").replace("q", "x"));
        Files.writeString(folder.resolve("labels.csv"), verdicts(2, "base"));
        for (String[] wrong : new String[][] {{"empty.csv", "judged"}, {"others.csv", "judged"},
            {"labels.csv", "empty.csv/judged"}}) {
            var session = Session.of("judge", "ask", path("a"), path("b"), "-m", "machi", "--labels", path(wrong[0]),
                    "-o", path(wrong[1]));
            assertEquals(1, session.exitCode(), session.out());
            assertTrue(session.err().contains(path(wrong[0].equals("labels.csv") ? "empty.csv" : wrong[0]))
                    && !session.err().contains("requests"), session.err());
        }
    }

    @Test
    void theGainOnOneTaskIsSetAgainstTheMeanOfTheOthers() throws IOException {
        for (String name : List.of("a", "b")) {
            String town = Files.readString(folder.resolve(name)
                    .resolve("samples_town_2026-02-03T04-05-06.789000.jsonl"));
            Files.writeString(folder.resolve(name).resolve("samples_prose_2026-02-03T04-05-06.789000.jsonl"),
                    name.equals("a") ? town : Files.readString(folder.resolve("a")
                            .resolve("samples_town_2026-02-03T04-05-06.789000.jsonl")));
        }
        var json = Session.of("specialise", path("a"), path("b"), "--task", "town", "--json").json();
        assertEquals(.5, json.get("gain").asDouble(), 1e-12);
        assertEquals(0, json.at("/others/gain").asDouble());
        assertTrue(json.at("/others/interval/1").asDouble() - json.at("/others/interval/0").asDouble() > .1,
                "that no item changed says nothing of all the items there could be: " + json);
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
