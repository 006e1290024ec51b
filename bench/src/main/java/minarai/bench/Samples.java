package minarai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Times of one contender with the probes around each, and what is left of them without the disturbed ones.
final class Samples {

    /// Others that had more than this part of all cores' time were in the way.
    private static final double TAKEN = 0.04;

    private final Ceiling.Kind kind;
    private final List<Sample> samples = new ArrayList<>();

    /// @param kind of the ceiling that is probed
    Samples(Ceiling.Kind kind) {
        this.kind = kind;
    }

    /// One time.
    ///
    /// @param seconds of one call
    /// @param before  the ceiling right before, in 10⁹ a second
    /// @param after   the ceiling right after
    /// @param taken   part of all cores' time that others had meanwhile; 0 where it is too short to tell
    record Sample(double seconds, double before, double after, double taken) {

        boolean isUndisturbed(Ceiling.Kind kind, double best) {
            double low = Math.min(before, after);
            double high = Math.max(before, after);
            return low >= kind.fallen() * best && high - low <= kind.changed() * high && taken <= TAKEN;
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

    void add(double seconds, double before, double after, double taken) {
        samples.add(new Sample(seconds, before, after, taken));
    }

    int size() {
        return samples.size();
    }

    /// The samples that count against the best probe of the run.
    int kept(double best) {
        return (int) samples.stream().filter(sample -> sample.isUndisturbed(kind, best)).count();
    }

    /// @param units floating-point operations or bytes of a call, in 10⁹
    /// @param best  the best probe of the run
    Summary summary(double units, double best) {
        if (samples.isEmpty()) {
            throw new IllegalStateException("no sample was taken");
        }
        int kept = kept(best);
        var counted = kept == 0 ? samples : samples.stream()
                .filter(sample -> sample.isUndisturbed(kind, best)).toList();
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
