package minarai.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import org.jline.utils.Signals;

/// Ctrl-C during long work: the work is left at the next place where nothing is half-done, however long it takes to
/// get there, and files are closed. A second Ctrl-C ends the process at once, as a kill does. The signals to terminate
/// and to hang up count likewise.
final class Interruption implements AutoCloseable {

    private static final List<String> SIGNALS = List.of("INT", "TERM", "HUP");

    private final Console console;
    private final Runnable farewell;
    private final IntConsumer end;
    private final List<Runnable> restorations = new ArrayList<>();
    private volatile boolean isAsked;
    private boolean isLeft;

    /// Work was left because the user asked for it.
    static final class StoppedException extends RuntimeException {

        private static final long serialVersionUID = 1;

        StoppedException(String message) {
            super(message);
        }
    }

    /// @param farewell said when the work was left
    Interruption(Console console, Runnable farewell) {
        this(console, farewell, Runtime.getRuntime()::halt);
        for (String signal : SIGNALS) {
            Object before = Signals.register(signal, this::ask);
            if (before != null) {
                restorations.add(() -> Signals.unregister(signal, before));
            }
        }
    }

    /// One that hears no signals.
    ///
    /// @param end ends the process at once
    Interruption(Console console, Runnable farewell, IntConsumer end) {
        this.console = console;
        this.farewell = farewell;
        this.end = end;
    }

    /// Asks for the end of the work; the second time there is no waiting for it.
    synchronized void ask() {
        if (isAsked) {
            end.accept(Failures.STOPPED);
        } else {
            isAsked = true;
            console.remark("\nFinishing the step; press again to stop at once");
        }
    }

    /// Whether the user wants the work to end.
    boolean isAsked() {
        return isAsked;
    }

    /// @throws StoppedException if the user wants the work to end
    void check() {
        if (isAsked) {
            isLeft = true;
            throw new StoppedException("stopped");
        }
    }

    /// The work is over, one way or the other: whoever asks for its end too late gets its result.
    @Override
    public void close() {
        restorations.forEach(Runnable::run);
        if (isLeft) {
            farewell.run();
        }
    }
}
