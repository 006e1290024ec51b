package minarai.train;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/// Tells speed and time left from a clock.
public final class Pace {

    /// The speed shown is that of so many last steps: steady, and soon aware of a change.
    private static final int WINDOW = 16;

    private final int firstStep;
    private final int steps;
    private final LongSupplier nanoTime;
    private final long start;
    private final Deque<Mark> marks = new ArrayDeque<>();
    private long tokens;

    private record Mark(long nanos, long tokens) {
    }

    /// Starts the clock.
    ///
    /// @param stepsDone before the work was taken up again; 0 at its start
    /// @param steps     of the whole work
    /// @param nanoTime  e.g. `System::nanoTime`
    public Pace(int stepsDone, int steps, LongSupplier nanoTime) {
        this.firstStep = stepsDone + 1;
        this.steps = steps;
        this.nanoTime = nanoTime;
        this.start = nanoTime.getAsLong();
        marks.add(new Mark(start, 0));
    }

    /// The point reached with a step.
    ///
    /// @param step       just done
    /// @param stepTokens that it took in
    public Progress.Point after(int step, long stepTokens, double loss, double learningRate) {
        long now = nanoTime.getAsLong();
        tokens += stepTokens;
        marks.addLast(new Mark(now, tokens));
        if (marks.size() > WINDOW + 1) {
            marks.removeFirst();
        }
        Mark oldest = marks.getFirst();
        double seconds = Math.max(1, now - oldest.nanos()) / 1e9;
        long nanosPerStep = (now - start) / Math.max(1, step - firstStep + 1);
        return new Progress.Point(step, steps, loss, learningRate, (tokens - oldest.tokens()) / seconds,
                Duration.ofNanos(now - start), Duration.ofNanos(nanosPerStep * Math.max(0, steps - step)));
    }
}
