package minarai.eval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import minarai.eval.metric.ExactMatch;
import minarai.eval.metric.Likelihood;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.McNemar;
import org.junit.jupiter.api.Test;

class ComparisonTest {

    private static final String METRIC = "exact_match";

    @Test
    void winsAndLossesAreCountedByItem() {
        var comparison = Comparison.of("told true", METRIC, results(30, 4, 25, 1), Bootstrap.standard(1));
        assertEquals(new McNemar(22, 1), comparison.test());
        assertEquals(22, comparison.wins().size());
        assertEquals(1, comparison.losses().size());
        assertEquals(5, comparison.wrong().size());
        assertEquals(4 / 30.0, comparison.base().value(), 1e-12);
        assertEquals(25 / 30.0, comparison.tuned().value(), 1e-12);
        assertEquals(21 / 30.0, comparison.difference().value(), 1e-12);
        assertTrue(comparison.isShown());
        assertTrue(comparison.sentence().startsWith("Tuning helped: 83.3 % instead of 13.3 % on 30 items (+70 points"),
                comparison.sentence());
    }

    @Test
    void aSmallDifferenceIsNotCalledOne() {
        var comparison = Comparison.of("told true", METRIC, results(30, 10, 12, 0), Bootstrap.standard(1));
        assertFalse(comparison.isShown());
        assertTrue(comparison.sentence().startsWith("No difference is shown"), comparison.sentence());
    }

    @Test
    void onlySharedItemsAreCompared() {
        var pairing = Pairing.of(List.of(answered("a", "x"), answered("b", "x")),
                List.of(answered("c", "x"), answered("b", "y")));
        assertEquals(List.of("b"), pairing.results().stream().map(result -> result.item().id()).toList());
        assertEquals(List.of("a"), pairing.onlyBase());
        assertEquals(List.of("c"), pairing.onlyTuned());
        assertFalse(pairing.isComplete());
    }

    @Test
    void theSameIdMustBeTheSameQuestion() {
        var other = new Answered(new Item("a", "a", "another?", List.of("x")), answered("a", "x").answer());
        assertThrows(IllegalArgumentException.class, () -> Pairing.of(List.of(answered("a", "x")), List.of(other)));
        assertThrows(IllegalArgumentException.class,
                () -> Pairing.of(List.of(answered("a", "x"), answered("a", "x")), List.of()));
    }

    @Test
    void forgettingListsWhatWasRightAndIsWrong() {
        var forgetting = Forgetting.of("town prose", new Likelihood(-100, 10, 100), new Likelihood(-101, 10, 100),
                METRIC, results(30, 4, 25, 1));
        assertEquals(1, forgetting.lost().size());
        assertEquals(4, forgetting.known());
        assertEquals(0.01, forgetting.growth(), 1e-12);
        assertThrows(IllegalArgumentException.class, () -> new Forgetting("t", new Likelihood(-1, 1, 5),
                new Likelihood(-1, 1, 6), List.of(), 0));
    }

    @Test
    void theGrowthOfBitsHasAnIntervalOverTexts() {
        // Half of the texts cost a tenth more and half as much as before; draws of them lie between.
        var texts = IntStream.range(0, 40).mapToObj(i -> new ItemResult(new Item("t" + i, "t"
                + i, "text", List.of("text")), of(-100), of(i % 2 == 0 ? -110 : -100))).toList();
        var forgetting = Forgetting.ofTexts("prose", texts, Bootstrap.standard(1));
        assertEquals(.05, forgetting.growth(), 1e-12);
        var sure = forgetting.sure().orElseThrow();
        assertEquals(forgetting.growth(), sure.value(), 1e-12);
        // The mean of 40 draws of 0 or 0.1: a standard error of 0.05 / sqrt(40), of which 1.96 to either side.
        assertEquals(.05 - 1.96 * .05 / Math.sqrt(40), sure.interval().low(), .003);
        assertEquals(.05 + 1.96 * .05 / Math.sqrt(40), sure.interval().high(), .003);
        var together = texts.stream().map(text -> new ItemResult(new Item(text.item().id(), "one", "text",
                List.of("text")), text.base(), text.tuned())).toList();
        assertTrue(Forgetting.ofTexts("prose", together, Bootstrap.standard(1)).sure().isEmpty());
        assertThrows(IllegalArgumentException.class, () -> Forgetting.ofTexts("prose", List.of(),
                Bootstrap.standard(1)));
    }

    private static Answer of(double logProbability) {
        return new Answer("", Map.of(), Optional.of(new Likelihood(logProbability, 10, 40)));
    }

    @Test
    void aMetricThatWasNotMeasuredIsRefused() {
        var message = assertThrows(IllegalArgumentException.class,
                () -> answered("a", "x").answer().score("f1")).getMessage();
        assertTrue(message.contains("f1") && message.contains("exact_match"), message);
    }

    /// The first `before` items right before, `after` right after, `lost` of them not the same.
    private static List<ItemResult> results(int items, int before, int after, int lost) {
        return IntStream.range(0, items).mapToObj(i -> {
            var item = new Item("q" + i, "c" + i, "question " + i + "?", List.of("yes"));
            return new ItemResult(item, answer(item, i < before),
                    answer(item, i >= lost && i < after + lost));
        }).toList();
    }

    private static Answer answer(Item item, boolean isRight) {
        return Answer.scored(isRight ? "Yes." : "no", item, List.of(ExactMatch.squad()));
    }

    private static Answered answered(String id, String text) {
        var item = new Item(id, id, "question?", List.of("x"));
        return new Answered(item, Answer.scored(text, item, List.of(ExactMatch.squad())));
    }
}
