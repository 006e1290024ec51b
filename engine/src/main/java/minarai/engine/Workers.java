package minarai.engine;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/// A fixed pool of threads that shares out numbered tasks. The caller works too; helpers spin briefly between calls,
/// because the next call follows within microseconds during a training step, and then park.
///
/// Which thread takes which task is left to chance, so a task must own all it writes. One caller at a time.
public final class Workers implements AutoCloseable {

    /// A piece of work.
    @FunctionalInterface
    interface Task {
        /// @param worker number of the thread, from 0, for scratch memory of its own
        /// @param index  number of the task
        void run(int worker, int index);
    }

    private static final int SPINS = 20_000;

    private final Thread[] helpers;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile int round;
    private volatile boolean isClosed;
    private Task task = (worker, index) -> { };
    private int tasks;

    /// @param threads how many threads work, the caller's included
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, not " + threads);
        }
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            int worker = i + 1;
            helpers[i] = Thread.ofPlatform().daemon().name("minarai-worker-" + worker).start(() -> help(worker));
        }
    }

    /// As many threads as the machine has processors.
    public static Workers ofMachine() {
        return new Workers(Runtime.getRuntime().availableProcessors());
    }

    public int threads() {
        return helpers.length + 1;
    }

    /// Runs tasks 0 to `count - 1`; which thread takes which is left to chance.
    public void share(int count, IntConsumer task) {
        run(count, (worker, index) -> task.accept(index));
    }

    /// Runs tasks 0 to `count - 1` and returns when all are done.
    ///
    /// @throws IllegalStateException if a task failed, with its exception as the cause, or if the pool is closed
    /// @throws VirtualMachineError   that of a task: memory that was not enough is nobody's mistake
    void run(int count, Task work) {
        if (isClosed) {
            throw new IllegalStateException("these workers are closed");
        }
        task = work;
        tasks = count;
        next.set(0);
        if (count > 1 && helpers.length > 0) {
            share();
        } else {
            take(0);
        }
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof VirtualMachineError error) {
            throw error;
        }
        if (thrown != null) {
            throw new IllegalStateException("a parallel task failed", thrown);
        }
    }

    private void share() {
        busy.set(helpers.length);
        round++;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        take(0);
        for (int spin = 0; busy.get() > 0; spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
    }

    /// Cuts `count` items into stretches of at least `grain` and runs them in parallel.
    void split(int count, int grain, Stretch stretch) {
        int pieces = Math.min(threads() * 4, Math.max(1, count / Math.max(1, grain)));
        if (pieces <= 1) {
            stretch.run(0, 0, count);
            return;
        }
        run(pieces, (worker, i) ->
                stretch.run(worker, (int) ((long) count * i / pieces), (int) ((long) count * (i + 1) / pieces)));
    }

    /// Items `from` to `to - 1`, by a thread with a number.
    @FunctionalInterface
    interface Stretch {
        void run(int worker, int from, int to);
    }

    private void take(int worker) {
        try {
            for (int i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                task.run(worker, i);
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            next.set(tasks);
        }
    }

    private void help(int worker) {
        int seen = 0;
        while (true) {
            for (int spin = 0; round == seen && !isClosed; spin++) {
                if (spin < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            if (isClosed) {
                return;
            }
            seen = round;
            take(worker);
            busy.decrementAndGet();
        }
    }

    @Override
    public void close() {
        isClosed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
