package minarai.eval.report;

import java.util.OptionalDouble;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.Interval;

/// A score of one arm on one group.
///
/// @param arm      e.g. `Base, zero-shot`
/// @param isTuned  whether this is the outcome of the run, which the page sets off
/// @param value    in 0…1
/// @param p        of the comparison with the tuned model, where there is one
public record Score(String arm, boolean isTuned, int items, int clusters, double value, Interval interval,
        OptionalDouble p) {

    /// @throws IllegalArgumentException if the value lies outside 0…1
    public Score {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException("report: the score of " + arm + " is " + value
                    + "; scores lie in 0…1");
        }
        interval = interval.within(0, 1);
    }

    /// A base arm, with the p-value of the tuned model against it.
    public static Score base(String arm, Estimate estimate, double p) {
        return new Score(arm, false, estimate.items(), estimate.clusters(), estimate.value(), estimate.interval(),
                OptionalDouble.of(p));
    }

    public static Score tuned(String arm, Estimate estimate) {
        return new Score(arm, true, estimate.items(), estimate.clusters(), estimate.value(), estimate.interval(),
                OptionalDouble.empty());
    }
}
