package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.eval.judge.Calibration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// A tiny model that is tuned in stages, and then asked to judge.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class TownJudgeTest {

    private static final int ITEMS = 40;

    @TempDir
    static Path folder;

    @BeforeAll
    static void writeTown() throws IOException {
        TinyTown.write(folder);
        write("a", "by the mill");
        write("b", "behind the old church");
        Files.writeString(folder.resolve("kpi.yaml"), """
                kpis:
                  - {task: town, metric: judge, threshold: 0.01, cost_of_error: low, owner: Aki Mori}
                """);
    }

    /// Samples of a model that always says the same.
    private static void write(String name, String answer) throws IOException {
        String lines = IntStream.range(0, ITEMS).mapToObj(i ->
                ("{\"doc_id\":%d,\"doc\":{\"id\":\"q%d\",\"cluster\":\"q%d\","
                + "\"prompt\":\"Where is number %d?\",\"expected\":[\"by the mill\"]},\"target\":\"by the mill\","
                + "\"filtered_resps\":[\"%s\"],\"metrics\":[]}").formatted(i, i, i, i, answer))
                .collect(Collectors.joining("\n"));
        Files.createDirectories(folder.resolve(name));
        Files.writeString(folder.resolve(name).resolve("samples_town_2026-02-03T04-05-06.789000.jsonl"), lines + "\n");
    }

    @Test
    @Order(1)
    void aCurveTunesOnPartsThatHoldEachOther() throws IOException {
        var stages = Session.of("curve", "-m", path("base"), "-d", path("pairs.jsonl"), "-t", path("pairs.jsonl"),
                "--stages",
                "8,4", "-o", path("curve"), "--json", "rank=2", "steps=2", "max_length=64").json().get("stages");
        assertEquals(List.of(0, 4, 8), stages.valueStream().map(stage -> stage.get("pairs").asInt()).toList());
        assertFalse(stages.get(0).has("gain"));
        double gain = stages.get(2).get("score").asDouble() - stages.get(1).get("score").asDouble();
        assertEquals(gain, stages.get(2).get("gain").asDouble(), 1e-12);
        assertEquals(10 * gain / 4, stages.get(2).get("gain_per_ten_pairs").asDouble(), 1e-12);
        // A tuning of two steps may take less time on more pairs; then there is no gain for longer work.
        double longer = stages.get(2).get("seconds").asDouble() - stages.get(1).get("seconds").asDouble();
        assertEquals(longer > 0, stages.get(2).has("gain_per_hour"));
        assertEquals(longer > 0 ? 3600 * gain / longer : 0, stages.get(2).path("gain_per_hour").asDouble(0), 1e-9);
        List<String> smaller = Files.readAllLines(folder.resolve("curve/pairs-4.jsonl"));
        assertEquals(smaller, Files.readAllLines(folder.resolve("curve/pairs-8.jsonl")).subList(0, 4));
        assertNotEquals(Files.readAllLines(folder.resolve("pairs.jsonl")).subList(0, 4), smaller);
        assertEquals(1, Session.of("curve", "-m", path("base"), "-d", path("pairs.jsonl"), "-t", path("pairs.jsonl"),
                "--stages", "11", "-o", path("more")).exitCode());
    }

    @Test
    @Order(2)
    void aTinyJudgeWithAnAdapterDecidesNothingUnlessPeopleAgreeWithIt() throws IOException {
        String[] judge = {"judge", "ask", path("a"), path("b"), "-m", path("base"), "-a", path("curve/run-4"),
                "--backend",
            "cpu"};
        var uncalibrated = Session.of(with(judge, "-o", path("judged"), "--json")).json();
        assertFalse(uncalibrated.get("is_calibrated").asBoolean());
        assertTrue(uncalibrated.get("judge").asString().endsWith("base + " + path("curve/run-4")),
                uncalibrated.toString());
        assertEquals(ITEMS, uncalibrated.at("/tasks/town/items").asInt());
        assertEquals("extend", recommended("judged"));
        // People who find the first model better on the even questions: nothing such a judge can know. They leave one
        // out: had they labelled all, they would decide themselves.
        Files.writeString(folder.resolve("labels.jsonl"), IntStream.range(1, ITEMS).mapToObj(i ->
                "{\"id\":\"q%d\",\"verdict\":\"%s\"}\n".formatted(i, i % 2 == 0 ? "base" : "tuned"))
                .collect(Collectors.joining()));
        var calibrated = Session.of(with(judge, "-o", path("calibrated"), "--labels", path("labels.jsonl"), "--json"))
                .json();
        assertTrue(calibrated.at("/calibration/pooled/cohen").asDouble() < Calibration.LEAST_KAPPA,
                calibrated.toString());
        assertFalse(calibrated.get("is_calibrated").asBoolean());
        assertEquals("extend", recommended("calibrated"));
        assertTrue(Session.of(with(judge, "-o", path("calibrated"), "--labels", path("labels.jsonl"))).out()
                .contains("not enough to decide a gate"));
    }

    @Test
    @Order(3)
    void aComparisonOfTextsSaysHowSureTheChangeIs() throws IOException {
        Files.writeString(folder.resolve("prose.txt"), "The baker opens the shop.\n\n"
                + "アキは水車のそばに住む。\n\n\nThe mill is old.\nIt turns.\n");
        var whole = evaluate("before").at("/results/prose");
        evaluate("after", "-a", path("curve/run-8"));
        var json = Session.of("compare", path("before"), path("after"), "--report", path("texts.html"), "--json")
                .json();
        var figures = json.at("/texts/prose~1bits_per_byte");
        assertEquals(3, figures.get("texts").asInt(), json.toString());
        assertEquals(whole.get("bits_per_byte,none").asDouble(), figures.get("a").asDouble());
        double growth = figures.get("b").asDouble() / figures.get("a").asDouble() - 1;
        assertEquals(growth, figures.get("growth").asDouble(), 1e-9);
        assertTrue(figures.at("/interval/0").asDouble() <= growth && growth <= figures.at("/interval/1").asDouble());
        assertTrue(Files.readString(folder.resolve("texts.html")).contains("interval of the growth over 3 texts"));
        assertTrue(Session.of("compare", path("before"), path("after")).out().contains("95 % interval"));
        assertEquals(1, Session.of("judge", "sheet", path("before"), path("after"), "-o", path("sheet")).exitCode());
    }

    private static JsonNode evaluate(String name, String... more) {
        return Session.of(with(new String[] {"eval", "-m", path("base"), "-t", path("prose.txt"), "-o", path(name),
                "--json"}, more)).json();
    }

    @Test
    @Order(4)
    void aJudgeIsAModelOrVerdictsAndAnAdapterNeedsItsModel() {
        assertEquals(1, Session.of("judge", "ask", path("a"), path("b"), "-o", path("none")).exitCode());
        assertNotEquals(0, Session.of("judge", "ask", path("a"), path("b"), "-o", path("none"), "-a", path("run"))
                .exitCode());
    }

    private static String recommended(String judgement) {
        var session = Session.of("gate", path("b"), "--kpi", path("kpi.yaml"), "--judgement", path(judgement),
                "--json");
        return new Session(0, session.out(), session.err()).json().get("recommended").asString();
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.concat(Arrays.stream(arguments), Arrays.stream(more))
                .toArray(String[]::new);
    }

    private static String path(String name) {
        return folder.resolve(name).toString();
    }
}
