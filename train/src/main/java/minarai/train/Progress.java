package minarai.train;

import java.time.Duration;

/// Hears how long work goes on; prints nothing itself.
@FunctionalInterface
public interface Progress {

    void reached(Point point);

    /// Hears the loss on the held-out pairs after a step; step 0 is before the first.
    default void validated(int step, double loss) {
    }

    /// Whether the work is to be left soon: what is needed to go on is then put away after the present step.
    default boolean isStopping() {
        return false;
    }

    /// Hears nothing.
    static Progress none() {
        return point -> { };
    }

    /// Where the work is after a step.
    ///
    /// @param step            the step just done, from 1
    /// @param steps           of the whole work
    /// @param loss            mean over the targets of the step, in nats
    /// @param learningRate    of the step
    /// @param tokensPerSecond over the last steps
    /// @param elapsed         since the work was begun or taken up again
    /// @param remaining       at the pace so far
    record Point(int step, int steps, double loss, double learningRate, double tokensPerSecond, Duration elapsed,
            Duration remaining) {
    }
}
