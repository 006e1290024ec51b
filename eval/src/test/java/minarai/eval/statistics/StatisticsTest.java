package minarai.eval.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Golden values without a source beside them were computed with SciPy and statsmodels.
class StatisticsTest {

    @Test
    void mcNemarEqualsTheExactTest() {
        assertEquals(0.143463, new McNemar(12, 5).p(), 5e-7);
        assertEquals(new McNemar(5, 12).p(), new McNemar(12, 5).p());
        assertEquals(1, new McNemar(0, 0).p());
        assertEquals(1, new McNemar(7, 7).p());
        assertEquals(2.0 / 1024, new McNemar(10, 0).p(), 1e-15);
        assertThrows(IllegalArgumentException.class, () -> new McNemar(-1, 3));
    }

    @Test
    void wilsonEqualsItsGolden() {
        var interval = Interval.wilson(24, 30, 0.95);
        assertEquals(0.6269, interval.low(), 5e-5);
        assertEquals(0.9049, interval.high(), 5e-5);
    }

    @Test
    void wilsonStaysWithinZeroAndOne() {
        assertEquals(0, Interval.wilson(0, 30, 0.95).low());
        assertEquals(1, Interval.wilson(30, 30, 0.95).high());
        assertTrue(Interval.wilson(30, 30, 0.95).low() < 0.9);
        assertThrows(IllegalArgumentException.class, () -> Interval.wilson(1, 0, 0.95));
    }

    @Test
    void splitMixEqualsThePublishedSequence() {
        // The reference implementation (Vigna, splitmix64.c) from seed 1234567.
        var random = new SplitMix(1234567);
        assertEquals(6457827717110365317L, random.bits(0));
        assertEquals(3203168211198807973L, random.bits(1));
        assertEquals(Long.parseUnsignedLong("9817491932198370423"), random.bits(2));
    }

    @Test
    void theBootstrapIsTheSameEveryTime() {
        var scores = scores(20, 3);
        assertEquals(Bootstrap.standard(7).score(scores), Bootstrap.standard(7).score(scores));
        assertFalse(Bootstrap.standard(7).score(scores).equals(Bootstrap.standard(8).score(scores)));
    }

    @Test
    void theBootstrapAgreesWithTheNormalIntervalWhereThatHolds() {
        var values = IntStream.range(0, 400).mapToObj(i -> new Observation("c" + i, i % 5 / 4.0)).toList();
        var estimate = Bootstrap.standard(1).score(values);
        // Standard deviation of 0, .25 … 1 is sqrt(.125); over sqrt(400). 10,000 draws leave some 2 % of error.
        double error = Math.sqrt(0.125) / 20;
        assertEquals(error, estimate.standardError(), 0.03 * error);
        assertEquals(0.5 - 1.96 * error, estimate.interval().low(), 0.003);
        assertEquals(0.5 + 1.96 * error, estimate.interval().high(), 0.003);
    }

    @Test
    void fewClustersWidenTheInterval() {
        var alone = Bootstrap.standard(1).score(scores(60, 1)).interval();
        var together = Bootstrap.standard(1).score(IntStream.range(0, 60)
                .mapToObj(i -> new Observation("c" + i / 10, i / 10 % 3 == 0 ? 0 : 1)).toList()).interval();
        assertTrue(together.high() - together.low() > 1.5 * (alone.high() - alone.low()));
    }

    @Test
    void singleRightOrWrongItemsGetWilsonsInterval() {
        var estimate = Bootstrap.standard(1).score(IntStream.range(0, 30)
                .mapToObj(i -> new Observation("c" + i, i < 24 ? 1 : 0)).toList());
        assertEquals(Interval.wilson(24, 30, 0.95), estimate.interval());
        assertEquals("wilson|version:1", estimate.method());
    }

    @Test
    void clustersThatAllAgreeDoNotMakeCertainty() {
        var all = IntStream.range(0, 40).mapToObj(i -> new Observation("c" + i / 2, 1)).toList();
        assertEquals(Interval.wilson(20, 20, 0.95).low(), Bootstrap.standard(1).score(all).interval().low(), 1e-12);
        var same = IntStream.range(0, 20).mapToObj(i -> new Observation("c" + i, 0)).toList();
        var interval = Bootstrap.standard(1).difference(same).interval();
        assertEquals(Interval.wilson(0, 20, 0.95).high(), interval.high(), 1e-12);
        assertEquals(-interval.high(), interval.low(), 1e-12);
    }

    @Test
    void oneClusterSaysNothing() {
        var one = List.of(new Observation("c", 1), new Observation("c", 0));
        assertEquals(new Interval(0, 1, 0.95), Bootstrap.standard(1).score(one).interval());
        assertEquals(new Interval(-1, 1, 0.95), Bootstrap.standard(1).difference(one).interval());
    }

    @Test
    void impossibleObservationsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new Observation("c", Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> Bootstrap.standard(1).score(List.of()));
        assertThrows(IllegalArgumentException.class,
                () -> Bootstrap.standard(1).score(List.of(new Observation("c", 1.5))));
    }

    @Test
    void powerEqualsItsGoldens() {
        var power = Power.standard();
        assertEquals(0.18, power.smallestDifference(50).orElseThrow(), 0.005);
        assertEquals(0.11, power.smallestDifference(150).orElseThrow(), 0.005);
        assertEquals(0.075, power.smallestDifference(300).orElseThrow(), 0.0025);
        assertTrue(power.smallestDifference(30).isEmpty());
        assertTrue(power.statement(90, 30).startsWith("With 90 items in 30 clusters, each of which counts as one, "
                + "nothing under 20 points can show"), power.statement(90, 30));
        assertEquals(0.0125, Power.standard(4).level());
        assertTrue(Power.standard(4).smallestDifference(300).orElseThrow()
                > power.smallestDifference(300).orElseThrow());
        assertTrue(power.statement(30).startsWith("With 30 items, nothing under 20 points can show"));
    }

    @Test
    void powerIsTheChanceCountedOutByHand() {
        // Three items, all discordance in one direction: McNemar cannot reject below six discordant items.
        assertEquals(0, Power.standard().chance(3, 0.2));
        // Six items at discordance d all for one side: rejects only when all six differ, 2 / 64 <= .05.
        assertEquals(Math.pow(0.2, 6), Power.standard().chance(6, 0.2), 1e-15);
        assertEquals(2 * Math.pow(0.1, 6), Power.standard().chance(6, 0), 1e-15);
    }

    @Test
    void holmEqualsItsGolden() {
        assertEquals(List.of(0.03, 0.06, 0.06, 0.02),
                Holm.adjust(List.of(0.01, 0.04, 0.03, 0.005)).stream().map(p -> Math.round(p * 1e9) / 1e9).toList());
        assertEquals(List.of(1.0, 1.0), Holm.adjust(List.of(0.9, 0.8)));
        assertEquals(List.of(), Holm.adjust(List.of()));
        assertThrows(IllegalArgumentException.class, () -> Holm.adjust(List.of(1.1)));
    }

    private static List<Observation> scores(int items, int perCluster) {
        return IntStream.range(0, items)
                .mapToObj(i -> new Observation("c" + i / perCluster, i % 3 == 0 ? 0 : 1)).toList();
    }
}
