package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void everyTaskRunsOnce(int threads) {
        try (var workers = new Workers(threads)) {
            assertEquals(threads, workers.threads());
            for (int count : new int[] {0, 1, 2, 5, 1000}) {
                var runs = new AtomicIntegerArray(count);
                workers.run(count, (worker, index) -> {
                    assertTrue(worker >= 0 && worker < threads);
                    runs.incrementAndGet(index);
                });
                for (int i = 0; i < count; i++) {
                    assertEquals(1, runs.get(i), "task " + i + " of " + count);
                }
            }
        }
    }

    /// More threads than processors wait for each other's time slices, so they run fewer rounds.
    @ParameterizedTest
    @CsvSource({"1, 10000", "2, 10000", "5, 300"})
    void manyRoundsOfTinyTasksFinish(int threads, int rounds) {
        try (var workers = new Workers(threads)) {
            var sum = new AtomicLong();
            long expected = 0;
            for (int round = 0; round < rounds; round++) {
                int count = round % 5;
                workers.run(count, (worker, index) -> sum.addAndGet(index + 1));
                expected += count * (count + 1) / 2;
                assertEquals(expected, sum.get(), "round " + round);
            }
        }
    }

    /// What tasks wrote is seen by the caller, and what the caller wrote by tasks, without any further care.
    @Test
    void memoryIsSharedBetweenRounds() {
        try (var workers = new Workers(2)) {
            int[] values = new int[64];
            for (int round = 0; round < 2_000; round++) {
                int before = round;
                workers.run(values.length, (worker, index) -> {
                    assertEquals(before, values[index]);
                    values[index]++;
                });
                assertEquals(round + 1, values[round % values.length]);
            }
        }
    }

    @Test
    void helpersThatParkedWakeAgain() throws InterruptedException {
        try (var workers = new Workers(3)) {
            var sum = new AtomicLong();
            for (int round = 0; round < 5; round++) {
                Thread.sleep(20);
                workers.run(6, (worker, index) -> sum.incrementAndGet());
            }
            assertEquals(30, sum.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void aTasksExceptionReachesTheCallerAndThePoolStillWorks(int threads) {
        try (var workers = new Workers(threads)) {
            for (int failing = 0; failing < 40; failing++) {
                int at = failing;
                var thrown = new IllegalArgumentException("task " + failing);
                var caught = assertThrows(IllegalStateException.class, () -> workers.run(40, (worker, index) -> {
                    if (index == at) {
                        throw thrown;
                    }
                }));
                assertSame(thrown, caught.getCause());
                var sum = new AtomicLong();
                workers.run(40, (worker, index) -> sum.addAndGet(index));
                assertEquals(780, sum.get());
            }
        }
    }

    @Test
    void anErrorOfATaskReachesTheCallerToo() {
        try (var workers = new Workers(2)) {
            var memory = assertThrows(InternalError.class, () -> workers.run(8, (worker, index) -> {
                throw new InternalError("pretended");
            }));
            assertEquals("pretended", memory.getMessage());
            var caught = assertThrows(IllegalStateException.class, () -> workers.run(8, (worker, index) -> {
                throw new AssertionError("pretended");
            }));
            assertTrue(caught.getCause() instanceof AssertionError);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 99, 100, 1001})
    void stretchesCoverAllItemsOnce(int count) {
        try (var workers = new Workers(3)) {
            for (int grain : new int[] {0, 1, 7, 100, Integer.MAX_VALUE}) {
                var seen = new AtomicIntegerArray(count);
                workers.split(count, grain, (worker, from, to) -> {
                    for (int i = from; i < to; i++) {
                        seen.incrementAndGet(i);
                    }
                });
                for (int i = 0; i < count; i++) {
                    assertEquals(1, seen.get(i), "item " + i + ", grain " + grain);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aClosedPoolRefusesWork(int threads) {
        var workers = new Workers(threads);
        workers.close();
        workers.close();
        assertThrows(IllegalStateException.class, () -> workers.run(4, (worker, index) -> { }));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void noThreadsAreRefused(int threads) {
        assertThrows(IllegalArgumentException.class, () -> new Workers(threads));
    }
}
