package minarai.bench;

/// Runs work until Java has compiled it: until it has not become faster for a while.
final class WarmUp {

    private static final double BETTER = 0.97;

    private WarmUp() {
    }

    /// The time of the fastest run, in nanoseconds.
    ///
    /// @param steadyNanos how long without improvement counts as compiled; at least three runs
    /// @param mostNanos   when to give up waiting
    static long nanos(Runnable work, long steadyNanos, long mostNanos) {
        long best = Long.MAX_VALUE;
        long start = System.nanoTime();
        long improved = start;
        long now = start;
        int since = 0;
        while ((now - improved < steadyNanos || since < 3) && now - start < mostNanos) {
            long begun = System.nanoTime();
            work.run();
            now = System.nanoTime();
            since++;
            if (now - begun < BETTER * best) {
                improved = now;
                since = 0;
            }
            best = Math.min(best, now - begun);
        }
        return Math.max(1, best);
    }
}
