package minarai.eval.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import minarai.eval.statistics.PredictionPowered.Rated;
import org.junit.jupiter.api.Test;

/// Golden values computed with NumPy from the formulas of the paper.
class PredictionPoweredTest {

    private static final List<Double> HUMAN = List.of(1., 0., 1., 1., 0., 1., 0., 1.);
    private static final List<Double> MACHINE = List.of(.9, .2, .7, .8, .4, .6, .3, .9);
    private static final List<Double> OTHERS = List.of(.8, .7, .9, .1, .6, .5, .95, .2, .3, .75, .85, .4);

    @Test
    void singleItemsEqualTheGoldens() {
        var rated = rated(1, i -> "rated " + i);
        var others = others(1, i -> "other " + i);
        var plain = PredictionPowered.with(1, rated, others, .95);
        assertEquals(.6125, plain.mean(), 5e-5);
        assertEquals(.124565, plain.standardError(), 5e-7);
        assertEquals(.905481, PredictionPowered.lambda(rated, others), 5e-7);
        var tuned = PredictionPowered.tuned(rated, others, .95, 1);
        assertEquals(.613681, tuned.mean(), 5e-7);
        assertEquals(.124865, tuned.standardError(), 5e-7);
        assertEquals(.171163, PredictionPowered.with(0, rated, others, .95).standardError(), 5e-7);
    }

    @Test
    void sayingEachItemThreeTimesInItsClusterAddsNothing() {
        var rated = rated(3, i -> "rated " + i / 3);
        var others = others(3, i -> "other " + i / 3);
        var tuned = PredictionPowered.with(.905481, rated, others, .95);
        assertEquals(.613681, tuned.mean(), 5e-7);
        assertEquals(.124865, tuned.standardError(), 5e-7);
        var alone = PredictionPowered.with(.905481, rated(3, i -> "rated " + i), others(3, i -> "other " + i), .95);
        assertEquals(.124865 / Math.sqrt(3), alone.standardError(), 5e-7);
    }

    /// By hand. Where the prediction never varies, a cluster moves the estimate by (y - mean y) / 8 alone.
    @Test
    void ratedAndOtherItemsOfAClusterAreTakenTogether() {
        var flat = PredictionPowered.with(1,
                IntStream.range(0, 8).mapToObj(i -> new Rated("c" + i, i % 2, .5)).toList(),
                IntStream.range(0, 8).mapToObj(i -> new Observation("c" + i, .5)).toList(), .95);
        assertEquals(Math.sqrt(8 * .25) / 8, flat.standardError(), 1e-12);
        // y 1 and f 0 where rated, f 1 where not, and the reverse: both parts move the estimate the same way.
        var rated = IntStream.range(0, 8).mapToObj(i -> new Rated("c" + i, i % 2, 1 - i % 2)).toList();
        var together = PredictionPowered.with(1, rated, IntStream.range(0, 8)
                .mapToObj(i -> new Observation("c" + i, i % 2)).toList(), .95);
        var apart = PredictionPowered.with(1, rated, IntStream.range(0, 8)
                .mapToObj(i -> new Observation("d" + i, i % 2)).toList(), .95);
        assertEquals(Math.sqrt(8 * 1.5 * 1.5) / 8, together.standardError(), 1e-12);
        assertEquals(Math.sqrt(8 * (1 + .25)) / 8, apart.standardError(), 1e-12);
    }

    @Test
    void theIntervalCoversTheTruthOfSingleItems() {
        for (int labels : new int[] {20, 60}) {
            var random = new SplitMix(labels);
            long index = 0;
            int covered = 0;
            for (int draw = 0; draw < 1000; draw++) {
                List<Rated> rated = new ArrayList<>();
                List<Observation> others = new ArrayList<>();
                for (int item = 0; item < labels + 120; item++) {
                    double y = uniform(random, index++) < .6 ? 1 : 0;
                    // A judge that is right in four of five cases and says one too often.
                    double f = uniform(random, index++) < .8 ? y : 1;
                    if (item < labels) {
                        rated.add(new Rated("i" + item, y, f));
                    } else {
                        others.add(new Observation("i" + item, f));
                    }
                }
                covered += PredictionPowered.tuned(rated, others, .95, draw).interval().contains(.6) ? 1 : 0;
            }
            assertTrue(covered >= 930, covered + " of 1000 at " + labels + " labels");
        }
    }

    /// Clusters of four items of which all or few are won, and on which the judge errs or does not: what a cluster says
    /// once it says again. Labelled are whole clusters, or every third item wherever it lies.
    @Test
    void theIntervalCoversTheTruthOfClustersAndWouldNotWithoutThem() {
        for (boolean isWhole : new boolean[] {true, false}) {
            for (int clusters : new int[] {40, 180}) {
                int covered = 0;
                int ignoring = 0;
                for (int draw = 0; draw < 1000; draw++) {
                    List<Rated> rated = new ArrayList<>();
                    List<Observation> others = new ArrayList<>();
                    draw(clusters, isWhole, new SplitMix(1000L * clusters + draw), rated, others);
                    var known = PredictionPowered.tuned(rated, others, .95, draw);
                    var single = PredictionPowered.with(known.lambda(), apart(rated),
                            IntStream.range(0, others.size()).mapToObj(i -> new Observation("o" + i,
                            others.get(i).value())).toList(), .95);
                    covered += known.interval().contains(.6) ? 1 : 0;
                    ignoring += single.interval().contains(.6) ? 1 : 0;
                }
                String seen = covered + " of 1000, " + ignoring + " without clusters, at " + clusters
                        + (isWhole ? " clusters, whole" : " clusters, single items");
                assertTrue(covered >= 930, seen);
                assertTrue(ignoring < (isWhole ? 800 : 930), seen);
            }
        }
    }

    private static void draw(int clusters, boolean isWhole, SplitMix random, List<Rated> rated,
            List<Observation> others) {
        long index = 0;
        for (int cluster = 0; cluster < clusters; cluster++) {
            double chance = uniform(random, index++) < .5 ? .25 : .95;
            boolean isErring = uniform(random, index++) < .3;
            for (int item = 0; item < 4; item++) {
                double y = uniform(random, index++) < chance ? 1 : 0;
                double f = isErring ? 1 : y;
                if (isWhole ? cluster % 3 == 0 : (4 * cluster + item) % 3 == 0) {
                    rated.add(new Rated("c" + cluster, y, f));
                } else {
                    others.add(new Observation("c" + cluster, f));
                }
            }
        }
    }

    private static List<Rated> apart(List<Rated> rated) {
        return IntStream.range(0, rated.size()).mapToObj(i -> new Rated("r" + i, rated.get(i).human(),
                rated.get(i).machine())).toList();
    }

    @Test
    void tooFewClustersAreRefused() {
        var others = others(1, i -> "other " + i);
        String message = assertThrows(IllegalArgumentException.class, () -> PredictionPowered.tuned(
                rated(1, i -> "rated " + i % 4), others, .95, 1)).getMessage();
        assertTrue(message.contains("8 rated items in 4 clusters"), message);
        assertThrows(IllegalArgumentException.class, () -> PredictionPowered.tuned(rated(1, i -> "rated " + i),
                others.subList(0, 1), .95, 1));
        assertThrows(IllegalArgumentException.class, () -> new Rated("c", Double.NaN, 1));
    }

    private static List<Rated> rated(int times, IntFunction<String> cluster) {
        return IntStream.range(0, times * HUMAN.size()).mapToObj(i -> new Rated(cluster.apply(i), HUMAN.get(i / times),
                MACHINE.get(i / times))).toList();
    }

    private static List<Observation> others(int times, IntFunction<String> cluster) {
        return IntStream.range(0, times * OTHERS.size()).mapToObj(i -> new Observation(cluster.apply(i),
                OTHERS.get(i / times))).toList();
    }

    private static double uniform(SplitMix random, long index) {
        return (random.bits(index) >>> 11) * 0x1p-53;
    }
}
