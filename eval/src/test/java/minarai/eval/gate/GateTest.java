package minarai.eval.gate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.eval.gate.Gate.Figure;
import minarai.eval.gate.Gate.Outcome;
import minarai.eval.statistics.Interval;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

class GateTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @TempDir
    Path folder;

    @Test
    void aThresholdIsMetOnlyByTheWholeInterval() {
        assertEquals(Outcome.GO, outcome("high", .9, .82, .95));
        assertEquals(Outcome.EXTEND, outcome("high", .85, .7, .95));
        assertEquals(Outcome.EXTEND, outcome("low", .75, .6, .85));
        assertEquals(Outcome.STOP, outcome("high", .75, .6, .85));
        assertEquals(Outcome.STOP, outcome("low", .5, .4, .6));
    }

    @Test
    void whatWasNotMeasuredAndAnUncalibratedJudgeDecideNothing() {
        var kpis = List.of(kpi("low"));
        assertEquals(Outcome.EXTEND, Gate.of(kpis, Map.of()).outcome());
        var judged = Gate.of(kpis, Map.of("town/exact_match", Figure.of(.99, new Interval(.97, 1, .95), 400)
                .doubted("the judge was not calibrated")));
        assertEquals(Outcome.EXTEND, judged.outcome());
        assertTrue(judged.findings().getFirst().reason().contains("calibrated"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Gate.of(List.of(), Map.of())).getMessage()
                .contains("no decision can be made"));
    }

    @Test
    void aMeanWithoutAnIntervalDecidesNothingAndATextDoes() {
        for (double value : new double[] {.1, .99}) {
            for (String cost : List.of("low", "high")) {
                var gate = Gate.of(List.of(kpi(cost)), Map.of("town/exact_match", Figure.ofUnknownSpread(value)));
                assertEquals(Outcome.EXTEND, gate.outcome());
                assertTrue(gate.findings().getFirst().reason().contains("interval is not known"), gate.toString());
            }
        }
        assertEquals(Outcome.GO, Gate.of(List.of(kpi("low")), Map.of("town/exact_match", Figure.ofText(.9))).outcome());
        assertEquals(Outcome.STOP, Gate.of(List.of(kpi("low")), Map.of("town/exact_match", Figure.ofText(.7)))
                .outcome());
    }

    @Test
    void thresholdsAreReadStrictly() {
        var kpis = Kpi.list(JSON.readTree("""
                {"kpis": [{"task": "t", "metric": "bits_per_byte", "at_most": 1.5, "cost_of_error": "low",
                           "owner": "Aki"}]}"""));
        assertFalse(kpis.getFirst().isHigherBetter());
        String kpi = "{\"kpis\": [{\"task\":\"t\",\"metric\":\"m\",%s,\"cost_of_error\":\"%s\",\"owner\":\"%s\"}]}";
        for (String bad : List.of("{}", "{\"kpis\": [{\"metric\": \"m\"}]}",
                kpi.formatted("\"threshold\":\"high\"", "low", "A"), kpi.formatted("\"threshold\":1", "some", "A"),
                kpi.formatted("\"threshold\":1", "low", " "), kpi.formatted("\"limit\":1", "low", "A"))) {
            assertThrows(IllegalArgumentException.class, () -> Kpi.list(JSON.readTree(bad)), bad);
        }
    }

    @Test
    void decisionsAreAChainThatBreaksWhereALineIsAltered() throws IOException {
        var gate = Gate.of(List.of(kpi("low")), Map.of());
        for (int i = 0; i < 3; i++) {
            Decisions.read(folder).decide(folder, gate, Outcome.EXTEND, "Aki Mori",
                    JsonNodeFactory.instance.objectNode()
                    .put("kpi_sha256", "ab"), Instant.EPOCH, i == 2 ? Optional.of("secret") : Optional.empty());
        }
        var lines = Decisions.read(folder).lines();
        assertEquals(3, lines.size());
        assertEquals(Decisions.sha256(lines.get(0)), JSON.readTree(lines.get(1)).get("previous").asString());
        assertTrue(Decisions.isSignedWith(lines.get(2), "secret"));
        assertFalse(Decisions.isSignedWith(lines.get(2), "guess"));
        assertFalse(Decisions.isSignedWith(lines.get(1), "secret"));
        Path file = folder.resolve(Decisions.FILE);
        Files.writeString(file, Files.readString(file).replaceFirst("Aki", "Emi"));
        String message = assertThrows(IllegalArgumentException.class, () -> Decisions.read(folder)).getMessage();
        assertTrue(message.contains("line 2"), message);
        assertThrows(IllegalArgumentException.class, () -> new Decisions(List.of())
                .decide(folder, gate, Outcome.GO, " ",
                JsonNodeFactory.instance.objectNode(), Instant.EPOCH, Optional.empty()));
    }

    private static Kpi kpi(String cost) {
        return new Kpi("town", "exact_match", .8, true, cost.equals("high") ? Kpi.Cost.HIGH : Kpi.Cost.LOW, "Aki");
    }

    private static Outcome outcome(String cost, double value, double low, double high) {
        return Gate.of(List.of(kpi(cost)), Map.of("town/exact_match",
                Figure.of(value, new Interval(low, high, .95), 50)))
                .outcome();
    }
}
