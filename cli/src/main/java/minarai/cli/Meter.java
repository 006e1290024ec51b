package minarai.cli;

import java.time.Duration;

/// Shows how far asking has come: requests answered, tokens a second and the time left.
final class Meter {

    private static final long SILENCE_NANOS = 5_000_000_000L;
    private static final long REDRAW_NANOS = 200_000_000L;

    private final Console console;
    private long tokens;
    private long nanos;
    private long begun;
    private long shown;
    private long tokensHere;
    private int requests;
    private int done;

    Meter(Console console) {
        this.console = console;
    }

    /// Begins a number of requests.
    void begin(int count) {
        requests = count;
        done = 0;
        tokensHere = 0;
        begun = System.nanoTime();
        shown = begun;
    }

    /// Some were answered.
    ///
    /// @param computed tokens that went through the model for them; what several share counts once
    void add(int answered, long computed) {
        done += answered;
        tokens += computed;
        tokensHere += computed;
        long now = System.nanoTime();
        if (done >= requests) {
            nanos += now - begun;
        }
        if (now - shown > (console.isErrTerminal() ? REDRAW_NANOS : SILENCE_NANOS) || done >= requests) {
            show(now);
            shown = now;
        }
    }

    private void show(long now) {
        double seconds = Math.max(1e-9, (now - begun) / 1e9);
        var left = Duration.ofMillis((long) (1000 * seconds * (requests - done) / Math.max(1, done)));
        String text = "%,d of %,d requests  %,.0f tokens/s%s".formatted(done, requests, tokensHere / seconds,
                done < requests ? "  " + ProgressLine.duration(left) + " left" : "");
        if (console.isErrTerminal()) {
            console.err().print("\r\033[K" + text + (done < requests ? "" : "\n"));
            console.err().flush();
        } else {
            console.remark(text);
        }
    }

    /// Over all requests; 0 before the first.
    double tokensPerSecond() {
        return nanos == 0 ? 0 : tokens / (nanos / 1e9);
    }
}
