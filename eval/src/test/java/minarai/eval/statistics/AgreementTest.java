package minarai.eval.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.eval.statistics.Agreement.Scale;
import minarai.eval.statistics.Agreement.Weights;
import org.junit.jupiter.api.Test;

/// Golden values computed with SciPy, statsmodels and the reference implementation of Krippendorff's alpha.
class AgreementTest {

    @Test
    void cohenEqualsItsGoldens() {
        List<Integer> a = digits("0011222012");
        List<Integer> b = digits("0111220012");
        assertEquals(.70149, Agreement.cohen(a, b, Weights.NONE), 5e-6);
        assertEquals(.61538, Agreement.cohen(a, b, Weights.QUADRATIC), 5e-6);
        assertEquals(1, Agreement.cohen(a, a, Weights.LINEAR));
    }

    @Test
    void fleissEqualsTheTableOfTheEncyclopedia() {
        var table = List.of(List.of(0, 0, 0, 0, 14), List.of(0, 2, 6, 4, 2), List.of(0, 0, 3, 5, 6),
                List.of(0, 3, 9, 2, 0), List.of(2, 2, 8, 1, 1), List.of(7, 7, 0, 0, 0), List.of(3, 2, 6, 3, 0),
                List.of(2, 5, 3, 2, 2), List.of(6, 5, 2, 1, 0), List.of(0, 2, 2, 3, 7));
        assertEquals(.20993, Agreement.fleiss(table), 5e-6);
        assertThrows(IllegalArgumentException.class, () -> Agreement.fleiss(List.of(List.of(1, 0))));
    }

    @Test
    void ratersWhoAlwaysSayTheSameHaveNoAgreementBeyondChance() {
        List<Double> same = List.of(1., 1., 1., 1.);
        assertEquals(Double.NaN, Agreement.cohen(same, same, Weights.NONE));
        assertEquals(Double.NaN, Agreement.krippendorff(same.stream().map(one -> List.of(one, one)).toList(),
                Scale.INTERVAL));
        assertEquals(Double.NaN, Agreement.fleiss(List.of(List.of(3, 0), List.of(3, 0))));
        assertEquals(0, Agreement.cohen(same, List.of(1., 0., 1., 0.), Weights.NONE), 1e-12);
    }

    @Test
    void krippendorffEqualsItsGoldens() {
        List<List<Double>> items = items(READERS);
        assertEquals(.69136, Agreement.krippendorff(items, Scale.NOMINAL), 5e-6);
        assertEquals(.81084, Agreement.krippendorff(items, Scale.INTERVAL), 5e-6);
    }

    /// The table of fast-krippendorff's README.
    private static final List<String> READERS = List.of("*    *    *    *    *    3    4    1    2    1    1    3   "
            + " 3    *    3", "1    *    2    1    3    3    4    3    *    *    *    *    *    *    *",
            "*    *    2    1    3    4    4    *    2    1    1    3    3    *    4");

    private static List<List<Double>> items(List<String> raters) {
        var rows = raters.stream().map(row -> row.split("\\s+")).toList();
        return IntStream.range(0, rows.getFirst().length).mapToObj(item -> rows.stream().map(row -> row[item])
                .filter(rating -> !rating.equals("*")).map(Double::valueOf).toList()).toList();
    }

    @Test
    void ordinalAlphaAgreesWithIntervalAlphaOnEvenRanks() {
        // Two values: every scale says the same.
        List<List<Double>> items = List.of(List.of(1., 1.), List.of(1., 2.), List.of(2., 2.), List.of(2., 1.),
                List.of(1., 1.));
        double nominal = Agreement.krippendorff(items, Scale.NOMINAL);
        assertEquals(nominal, Agreement.krippendorff(items, Scale.ORDINAL), 1e-12);
        assertEquals(nominal, Agreement.krippendorff(items, Scale.INTERVAL), 1e-12);
    }

    @Test
    void rankCorrelationsEqualTheirGoldens() {
        var x = digits("1223445").stream().map(Integer::doubleValue).toList();
        var y = digits("1322544").stream().map(Integer::doubleValue).toList();
        assertEquals(.684211, Correlation.of(x, y).kendall(), 5e-7);
        assertEquals(.833333, Correlation.of(x, y).spearman(), 5e-7);
        assertEquals(-1, Correlation.of(List.of(1., 2., 3.), List.of(5., 3., 1.)).pearson(), 1e-12);
    }

    @Test
    void controlForLengthTakesAwayWhatLengthGave() {
        var random = new SplitMix(5);
        List<LengthControlled.Judged> pairs = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int length = 300 + (int) (400 * uniform(random, 3L * i));
            int other = 300 + (int) (200 * uniform(random, 3L * i + 1));
            pairs.add(new LengthControlled.Judged(length > other ? 1 : 0, length, other));
        }
        var byLength = LengthControlled.of(pairs);
        assertTrue(byLength.raw() > .65, byLength.toString());
        assertTrue(byLength.controlled() < byLength.raw() - .1, byLength.toString());
        assertEquals(1, byLength.longerPreferred());
        var fair = LengthControlled.of(IntStream.range(0, 100).mapToObj(i -> new LengthControlled.Judged(
                i % 4 == 0 ? 0 : 1, 500 + (i * 37 % 11 - 5) * 10, 500)).toList());
        assertEquals(.75, fair.raw(), 1e-12);
        assertEquals(.75, fair.controlled(), .03);
        assertTrue(LengthControlled.signature().contains("difficulty:none"), "the term of the source is not estimated");
    }

    private static double uniform(SplitMix random, long index) {
        return (random.bits(index) >>> 11) * 0x1p-53;
    }

    private static List<Integer> digits(String digits) {
        return Stream.of(digits.split("")).map(Integer::valueOf).toList();
    }
}
