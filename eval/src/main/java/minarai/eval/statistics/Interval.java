package minarai.eval.statistics;

import org.apache.commons.math3.stat.interval.WilsonScoreInterval;

/// A range that covers the true value in `level` of all repetitions. Either end may be infinite: nothing is known.
///
/// @param level confidence, e.g. 0.95
public record Interval(double low, double high, double level) {

    /// @throws IllegalArgumentException if low exceeds high or the level is not between 0 and 1
    public Interval {
        if (!(low <= high) || !(level > 0 && level < 1)) {
            throw new IllegalArgumentException("interval from " + low + " to " + high + " at level " + level
                    + "; needed: low at most high, a level between 0 and 1");
        }
    }

    /// Wilson's score interval of a proportion, which keeps its level at few items and near 0 and 1.
    ///
    /// @throws IllegalArgumentException unless 0 ≤ successes ≤ trials and trials ≥ 1
    /// @see <a href="https://doi.org/10.1080/01621459.1927.10502953">Wilson 1927</a>
    public static Interval wilson(int successes, int trials, double level) {
        if (trials < 1 || successes < 0 || successes > trials) {
            throw new IllegalArgumentException("Wilson interval of " + successes + " of " + trials
                    + "; needed: at least one trial and between none and all of them successful");
        }
        var interval = new WilsonScoreInterval().createInterval(trials, successes, level);
        double low = successes == 0 ? 0 : Math.max(0, interval.getLowerBound());
        double high = successes == trials ? 1 : Math.min(1, interval.getUpperBound());
        return new Interval(low, high, level);
    }

    /// This interval cut to what is possible; all of it where nothing is known.
    public Interval within(double least, double most) {
        return new Interval(Math.clamp(low, least, most), Math.clamp(high, least, most), level);
    }

    public boolean contains(double value) {
        return low <= value && value <= high;
    }
}
