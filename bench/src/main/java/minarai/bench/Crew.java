package minarai.bench;

import java.util.ArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Runs one piece of work on several threads at once and tells how long it took, the threads' own start left out: they
/// are kept busy for a moment first, until the system has given each a core of its own.
final class Crew {

    private static final long SETTLING_NANOS = 6_000_000;

    private Crew() {
    }

    /// A share of the work.
    @FunctionalInterface
    interface Share {
        /// @param worker number of the thread, from 0
        void run(int worker);
    }

    /// Nanoseconds from the moment all threads are there until the last has finished.
    static long nanos(int threads, Share share) {
        var there = new AtomicInteger();
        var begun = new AtomicLong(Long.MAX_VALUE);
        var ended = new AtomicLong(Long.MIN_VALUE);
        var helpers = new ArrayList<Thread>();
        long origin = System.nanoTime();
        Share timed = worker -> {
            while (System.nanoTime() - origin < SETTLING_NANOS) {
                Thread.onSpinWait();
            }
            there.incrementAndGet();
            while (there.get() < threads) {
                Thread.yield();
            }
            begun.accumulateAndGet(System.nanoTime() - origin, Math::min);
            share.run(worker);
            ended.accumulateAndGet(System.nanoTime() - origin, Math::max);
        };
        for (int worker = 1; worker < threads; worker++) {
            int number = worker;
            helpers.add(Thread.ofPlatform().daemon().name("minarai-probe-" + worker).start(() -> timed.run(number)));
        }
        timed.run(0);
        helpers.forEach(Crew::join);
        return Math.max(1, ended.get() - begun.get());
    }

    private static void join(Thread helper) {
        try {
            helper.join();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted during a probe", interrupted);
        }
    }
}
