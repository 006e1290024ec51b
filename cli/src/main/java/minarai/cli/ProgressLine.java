package minarai.cli;

import java.time.Duration;
import java.util.OptionalDouble;
import minarai.train.Progress;

/// Shows how far a run has come: one line that changes on a terminal, a line every few steps elsewhere.
final class ProgressLine implements Progress, AutoCloseable {

    private static final long REDRAW_NANOS = 100_000_000;
    private static final long SILENCE_NANOS = 30_000_000_000L;
    private static final int LINES = 10;
    private static final String ERASE = "\r\033[K";

    private final Console console;
    private final Interruption interruption;
    private OptionalDouble validation = OptionalDouble.empty();
    private long shown;
    private boolean isDrawn;

    ProgressLine(Console console, Interruption interruption) {
        this.console = console;
        this.interruption = interruption;
        this.shown = System.nanoTime();
    }

    @Override
    public void validated(int step, double loss) {
        validation = OptionalDouble.of(loss);
        if (!console.isErrTerminal()) {
            console.remark("step %d: loss on held-out pairs %.4f", step, loss);
        }
    }

    @Override
    public boolean isStopping() {
        return interruption.isAsked();
    }

    @Override
    public void reached(Point point) {
        interruption.check();
        long now = System.nanoTime();
        boolean isEnd = point.step() == point.steps();
        if (console.isErrTerminal()) {
            if (isEnd || now - shown > REDRAW_NANOS || !isDrawn) {
                console.err().print(ERASE + text(point));
                console.err().flush();
                isDrawn = true;
                shown = now;
            }
        } else if (isEnd || point.step() == 1 || point.step() % Math.max(1, point.steps() / LINES) == 0
                || now - shown > SILENCE_NANOS) {
            console.remark(text(point));
            shown = now;
        }
    }

    private String text(Point point) {
        String held = validation.isPresent() ? "  held-out %.4f".formatted(validation.getAsDouble()) : "";
        return "step %d/%d  loss %.4f%s  %,.0f tokens/s  %s left".formatted(point.step(), point.steps(), point.loss(),
                held, point.tokensPerSecond(), duration(point.remaining()));
    }

    /// A time as people say it: `45 s`, `3 min 20 s`, `2 h 5 min`.
    static String duration(Duration time) {
        long seconds = Math.round(time.toMillis() / 1000.0);
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600 ? "%d min %d s".formatted(seconds / 60, seconds % 60)
                : "%d h %d min".formatted(seconds / 3600, seconds / 60 % 60);
    }

    /// Takes the live line away.
    @Override
    public void close() {
        if (isDrawn) {
            console.err().print(ERASE);
            console.err().flush();
        }
    }
}
