package minarai.cli;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Ctrl-C during long work: the work is left at the next place where nothing is half-done, files are closed, and only
/// then does the process end.
final class Interruption implements AutoCloseable {

    private static final int PATIENCE_SECONDS = 10;

    private final CountDownLatch isOver = new CountDownLatch(1);
    private final Thread hook;
    private volatile boolean isAsked;

    /// Work was left because the user asked for it.
    static final class StoppedException extends RuntimeException {

        private static final long serialVersionUID = 1;

        StoppedException(String message) {
            super(message);
        }
    }

    /// @param farewell said at the very end
    Interruption(Runnable farewell) {
        hook = new Thread(() -> {
            isAsked = true;
            awaitWork();
            farewell.run();
        }, "minarai-interruption");
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void awaitWork() {
        try {
            isOver.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException impatient) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether the user wants the work to end.
    boolean isAsked() {
        return isAsked;
    }

    /// @throws StoppedException if the user wants the work to end
    void check() {
        if (isAsked) {
            throw new StoppedException("stopped");
        }
    }

    /// The work is over, one way or the other.
    @Override
    public void close() {
        isOver.countDown();
        if (!isAsked) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }
}
