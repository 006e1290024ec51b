package minarai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Times of one contender with the probes around each, and what is left of them without the disturbed ones.
final class Samples {

    /// A probe below this part of the best one of the run says that the machine was busy.
    private static final double FALLEN = 0.93;
    /// Two probes that differ by more than this part say that something changed in between.
    private static final double CHANGED = 0.05;

    private final List<Sample> samples = new ArrayList<>();

    /// One time.
    ///
    /// @param seconds of one call
    /// @param before  the ceiling right before, in 10⁹ a second
    /// @param after   the ceiling right after
    record Sample(double seconds, double before, double after) {

        boolean isUndisturbed(double best) {
            double low = Math.min(before, after);
            double high = Math.max(before, after);
            return low >= FALLEN * best && high - low <= CHANGED * high;
        }

        /// The part of the ceiling that `units` (10⁹) a call make.
        double fraction(double units) {
            return units / seconds / ((before + after) / 2);
        }
    }

    /// What the samples say.
    ///
    /// @param seconds  median of one call
    /// @param fraction median part of the ceiling
    /// @param kept     undisturbed samples; if there is none, all samples were used
    /// @param dropped  disturbed ones
    record Summary(double seconds, double fraction, int kept, int dropped) {
    }

    void add(double seconds, double before, double after) {
        samples.add(new Sample(seconds, before, after));
    }

    int size() {
        return samples.size();
    }

    /// The samples that count against the best probe of the run.
    int kept(double best) {
        return (int) samples.stream().filter(sample -> sample.isUndisturbed(best)).count();
    }

    /// @param units floating-point operations or bytes of a call, in 10⁹
    /// @param best  the best probe of the run
    Summary summary(double units, double best) {
        if (samples.isEmpty()) {
            throw new IllegalStateException("no sample was taken");
        }
        int kept = kept(best);
        var counted = kept == 0 ? samples : samples.stream().filter(sample -> sample.isUndisturbed(best)).toList();
        return new Summary(median(counted.stream().mapToDouble(Sample::seconds).toArray()),
                median(counted.stream().mapToDouble(sample -> sample.fraction(units)).toArray()), kept,
                samples.size() - kept);
    }

    static double median(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
