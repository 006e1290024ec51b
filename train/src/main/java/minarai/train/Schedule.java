package minarai.train;

/// The learning rate of each step: a linear warm-up to the peak, then a decay to a share of it.
///
/// Two conventions place the steps. By [Origin#PEAK] the warm-up's last step, or the first step where there is none,
/// has the peak, no step has rate 0 for being first, and the last step has exactly the final rate:
/// `step <= warmup ? peak * step / warmup : decay((step - w) / (steps - w))` with `w = max(1, warmup)`. By
/// [Origin#ZERO], with `s = step - 1`: `s < warmup ? peak * s / max(1, warmup) : decay((s - warmup) / max(1, steps -
/// warmup))`, which starts a warm-up at rate 0 and never reaches the final rate; it is that of
/// `get_cosine_schedule_with_warmup` in transformers. `decay(p)` is `peak * (final + (1 - final) * shape(p))`.
///
/// The same arguments give the same bits on every machine: the cosine is that of [StrictMath].
///
/// @param decay         after the warm-up
/// @param peak          above 0
/// @param warmupSteps   0 to `steps`
/// @param steps         of the whole run, at least 1
/// @param finalFraction of the peak, 0 to 1
/// @param origin        which convention places the steps
public record Schedule(Decay decay, double peak, int warmupSteps, int steps, double finalFraction, Origin origin) {

    /// The shape of the way from 1 to 0.
    public enum Decay {
        /// No decay: the final fraction plays no part.
        CONSTANT,
        /// `1 - p`.
        LINEAR,
        /// `(1 + cos(pi p)) / 2`.
        COSINE
    }

    /// Which step is placed where on the curve.
    public enum Origin { PEAK, ZERO }

    public Schedule {
        if (!(peak > 0 && Double.isFinite(peak)) || !(finalFraction >= 0 && finalFraction <= 1)) {
            throw new IllegalArgumentException(("a schedule with peak %s and final fraction %s; the peak must be "
                    + "above 0, the fraction 0 to 1")
                    .formatted(peak, finalFraction));
        }
        if (steps < 1 || warmupSteps < 0 || warmupSteps > steps) {
            throw new IllegalArgumentException(("a schedule of %d steps with %d of warm-up; there must be a step "
                    + "at least, and no more warm-up than steps: set warmup_steps to %d or less")
                    .formatted(steps, warmupSteps, Math.max(0, steps)));
        }
    }

    /// The learning rate of a step.
    ///
    /// @param step from 1 to `steps`
    public double rate(int step) {
        if (step < 1 || step > steps) {
            throw new IllegalArgumentException("step %d of a schedule of %d".formatted(step, steps));
        }
        return switch (origin) {
            case PEAK -> {
                int top = Math.max(1, warmupSteps);
                yield step <= top ? peak * step / top : decayed((double) (step - top) / (steps - top));
            }
            case ZERO -> {
                int s = step - 1;
                yield s < warmupSteps ? peak * s / Math.max(1, warmupSteps)
                        : decayed((double) (s - warmupSteps) / Math.max(1, steps - warmupSteps));
            }
        };
    }

    private double decayed(double progress) {
        return switch (decay) {
            case CONSTANT -> peak;
            case LINEAR -> peak * (finalFraction + (1 - finalFraction) * (1 - progress));
            case COSINE -> peak * (finalFraction
                    + (1 - finalFraction) * Math.max(0, 0.5 * (1 + StrictMath.cos(Math.PI * progress))));
        };
    }
}
