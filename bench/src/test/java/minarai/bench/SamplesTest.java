package minarai.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SamplesTest {

    @Test
    void aSampleBesideAFallenProbeIsDropped() {
        assertTrue(new Samples.Sample(1, 94, 94, 0).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
        assertFalse(new Samples.Sample(1, 92, 92, 0).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
        assertFalse(new Samples.Sample(1, 99, 92, 0).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
    }

    @Test
    void aSampleBetweenDifferentProbesIsDropped() {
        assertTrue(new Samples.Sample(1, 100, 95.5, 0).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
        assertFalse(new Samples.Sample(1, 100, 94, 0).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
        assertFalse(new Samples.Sample(1, 94, 100, 0).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
    }

    @Test
    void memoryMayHaveAnotherPeriodButNotChangeWithinASample() {
        assertTrue(new Samples.Sample(1, 34, 36, 0).isUndisturbed(Ceiling.Kind.READ, 54));
        assertFalse(new Samples.Sample(1, 34, 54, 0).isUndisturbed(Ceiling.Kind.READ, 54));
        assertFalse(new Samples.Sample(1, 20, 20, 0).isUndisturbed(Ceiling.Kind.READ, 54));
    }

    @Test
    void aSampleDuringWhichOthersWorkedIsDropped() {
        assertTrue(new Samples.Sample(1, 100, 100, 0.03).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
        assertFalse(new Samples.Sample(1, 100, 100, 0.05).isUndisturbed(Ceiling.Kind.COMPUTE, 100));
    }

    @Test
    void figuresAreMediansOfWhatIsLeft() {
        var samples = new Samples(Ceiling.Kind.COMPUTE);
        samples.add(2.0, 100, 100, 0);
        samples.add(1.0, 100, 100, 0);
        samples.add(4.0, 100, 98, 0);
        samples.add(9.0, 50, 50, 0);
        samples.add(0.1, 100, 60, 0);
        var summary = samples.summary(100, 100);
        assertEquals(2.0, summary.seconds());
        assertEquals(0.5, summary.fraction(), 1e-12);
        assertEquals(3, summary.kept());
        assertEquals(2, summary.dropped());
    }

    /// A fraction is of the ceiling of its moment: half the speed on half the machine is the same fraction.
    @Test
    void aFractionIsOfTheCeilingAroundIt() {
        assertEquals(0.9, new Samples.Sample(1, 100, 100, 0).fraction(90), 1e-12);
        assertEquals(0.9, new Samples.Sample(2, 50, 50, 0).fraction(90), 1e-12);
    }

    @Test
    void whereAllIsDisturbedAllCountsAndNothingIsKept() {
        var samples = new Samples(Ceiling.Kind.COMPUTE);
        samples.add(2.0, 60, 60, 0);
        samples.add(4.0, 70, 50, 0);
        var summary = samples.summary(60, 100);
        assertEquals(3.0, summary.seconds());
        assertEquals(0, summary.kept());
        assertEquals(2, summary.dropped());
    }

    @Test
    void theMedianOfAnEvenNumberIsTheMiddle() {
        assertEquals(2.5, Samples.median(4, 1, 3, 2));
        assertEquals(3, Samples.median(5, 1, 3));
    }
}
