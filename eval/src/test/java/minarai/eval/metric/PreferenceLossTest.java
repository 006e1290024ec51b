package minarai.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import minarai.eval.metric.PreferenceLoss.Answered;
import org.junit.jupiter.api.Test;

/// Golden values computed from the formulas of the papers by another program.
class PreferenceLossTest {

    private static final Answered CHOSEN = new Answered(-12, -13, 10);
    private static final Answered REJECTED = new Answered(-15, -14, 12);

    @Test
    void lossesEqualTheirGoldens() {
        assertEquals(.598139, new PreferenceLoss.Direct(.1).of(CHOSEN, REJECTED), 5e-7);
        assertEquals(.658372, new PreferenceLoss.OddsRatio().of(CHOSEN, REJECTED), 5e-7);
        assertEquals(.913015, new PreferenceLoss.Simple(2, .5).of(CHOSEN, REJECTED), 5e-7);
        assertEquals(.480011, new PreferenceLoss.Prospect(.1, .2).of(CHOSEN, true), 5e-7);
        assertEquals(.470036, new PreferenceLoss.Prospect(.1, .2).of(REJECTED, false), 5e-7);
    }

    @Test
    void beforeAnyUpdateTheDirectLossIsLnTwo() {
        for (double beta : new double[] {.01, .1, 5}) {
            assertEquals(Math.log(2), new PreferenceLoss.Direct(beta).of(new Answered(-12, -12, 10),
                    new Answered(-90, -90, 2)), 1e-15);
        }
    }

    @Test
    void theDirectLossCountsSumsAndTheSimpleOneMeans() {
        var twice = new Answered(2 * CHOSEN.policy(), 2 * CHOSEN.reference(), 2 * CHOSEN.tokens());
        var simple = new PreferenceLoss.Simple(2, .5);
        assertEquals(simple.of(CHOSEN, REJECTED), simple.of(twice, REJECTED), 1e-15);
        var direct = new PreferenceLoss.Direct(.1);
        assertTrue(direct.of(twice, REJECTED) < direct.of(CHOSEN, REJECTED));
    }

    @Test
    void extremeAnswersOverflowNothing() {
        var surely = new Answered(-1e-9, -5000, 1);
        var never = new Answered(-5000, -1e-9, 1);
        assertEquals(0, new PreferenceLoss.Direct(1).of(surely, never), 1e-12);
        assertEquals(10_000, new PreferenceLoss.Direct(1).of(never, surely), 1e-3);
        assertTrue(Double.isFinite(new PreferenceLoss.OddsRatio().of(never, surely)));
        assertThrows(IllegalArgumentException.class, () -> new Answered(1, -1, 1));
        assertThrows(IllegalArgumentException.class, () -> new Answered(-1, -1, 0));
        assertThrows(IllegalArgumentException.class, () -> new PreferenceLoss.Direct(0));
    }
}
