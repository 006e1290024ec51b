package minarai.bench;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// How many floating-point operations a second the machine can do at best: independent chains of fused multiply-adds in
/// registers, at the vector width that Java prefers, with nothing read from memory.
public final class FmaPeak implements Ceiling {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    /// More than latency times ports everywhere; with 256 bits there may be 16 registers only.
    private static final int CHAINS = LANES == 8 ? 12 : 24;
    private static final int ROUNDS = 10_000;
    private static final double MILLIS = 5;
    /// The system may put two threads on one core for a while; of so many tries the best counts.
    private static final int TRIES = 3;
    private static final float[] START = {0.25f, 0.5f, 0.75f};

    private final int threads;
    private final int repeats;

    /// @param threads how many multiply at once
    public FmaPeak(int threads) {
        this.threads = threads;
        repeats = calibrate();
    }

    /// Runs until the loop is compiled, then tells how often it fits into a probe.
    private static int calibrate() {
        long once = WarmUp.nanos(() -> work(1), 300_000_000, 5_000_000_000L);
        return (int) Math.clamp(MILLIS * 1e6 / once, 1, 1_000_000);
    }

    @Override
    public Kind kind() {
        return Kind.COMPUTE;
    }

    @Override
    public double measure() {
        long nanos = Long.MAX_VALUE;
        for (int i = 0; i < TRIES; i++) {
            nanos = Math.min(nanos, Crew.nanos(threads, worker -> work(repeats)));
        }
        return 2.0 * CHAINS * LANES * ROUNDS * repeats * threads / nanos;
    }

    private static void work(int repeats) {
        float sum = 0;
        for (int i = 0; i < repeats; i++) {
            sum += CHAINS == 12 ? twelve(START[0], START[1]) : twentyFour(START[0], START[1]);
        }
        if (Float.isNaN(sum)) {
            throw new IllegalStateException("chains that tend to one half have left the numbers");
        }
    }

    /// `x = x * a + b`, twelve times side by side.
    private static float twelve(float a, float b) {
        var scale = FloatVector.broadcast(SPECIES, a);
        var shift = FloatVector.broadcast(SPECIES, b);
        var x0 = shift;
        var x1 = scale;
        var x2 = shift.add(1);
        var x3 = shift.add(2);
        var x4 = shift.add(3);
        var x5 = shift.add(4);
        var x6 = shift.add(5);
        var x7 = shift.add(6);
        var x8 = shift.add(7);
        var x9 = shift.add(8);
        var x10 = shift.add(9);
        var x11 = shift.add(10);
        for (int i = 0; i < ROUNDS; i++) {
            x0 = x0.fma(scale, shift);
            x1 = x1.fma(scale, shift);
            x2 = x2.fma(scale, shift);
            x3 = x3.fma(scale, shift);
            x4 = x4.fma(scale, shift);
            x5 = x5.fma(scale, shift);
            x6 = x6.fma(scale, shift);
            x7 = x7.fma(scale, shift);
            x8 = x8.fma(scale, shift);
            x9 = x9.fma(scale, shift);
            x10 = x10.fma(scale, shift);
            x11 = x11.fma(scale, shift);
        }
        return x0.add(x1).add(x2).add(x3).add(x4).add(x5).add(x6).add(x7).add(x8).add(x9).add(x10).add(x11).lane(0);
    }

    /// The same, twenty-four times side by side.
    private static float twentyFour(float a, float b) {
        var scale = FloatVector.broadcast(SPECIES, a);
        var shift = FloatVector.broadcast(SPECIES, b);
        var x0 = shift;
        var x1 = scale;
        var x2 = shift.add(1);
        var x3 = shift.add(2);
        var x4 = shift.add(3);
        var x5 = shift.add(4);
        var x6 = shift.add(5);
        var x7 = shift.add(6);
        var x8 = shift.add(7);
        var x9 = shift.add(8);
        var x10 = shift.add(9);
        var x11 = shift.add(10);
        var x12 = shift.add(11);
        var x13 = shift.add(12);
        var x14 = shift.add(13);
        var x15 = shift.add(14);
        var x16 = shift.add(15);
        var x17 = shift.add(16);
        var x18 = shift.add(17);
        var x19 = shift.add(18);
        var x20 = shift.add(19);
        var x21 = shift.add(20);
        var x22 = shift.add(21);
        var x23 = shift.add(22);
        for (int i = 0; i < ROUNDS; i++) {
            x0 = x0.fma(scale, shift);
            x1 = x1.fma(scale, shift);
            x2 = x2.fma(scale, shift);
            x3 = x3.fma(scale, shift);
            x4 = x4.fma(scale, shift);
            x5 = x5.fma(scale, shift);
            x6 = x6.fma(scale, shift);
            x7 = x7.fma(scale, shift);
            x8 = x8.fma(scale, shift);
            x9 = x9.fma(scale, shift);
            x10 = x10.fma(scale, shift);
            x11 = x11.fma(scale, shift);
            x12 = x12.fma(scale, shift);
            x13 = x13.fma(scale, shift);
            x14 = x14.fma(scale, shift);
            x15 = x15.fma(scale, shift);
            x16 = x16.fma(scale, shift);
            x17 = x17.fma(scale, shift);
            x18 = x18.fma(scale, shift);
            x19 = x19.fma(scale, shift);
            x20 = x20.fma(scale, shift);
            x21 = x21.fma(scale, shift);
            x22 = x22.fma(scale, shift);
            x23 = x23.fma(scale, shift);
        }
        var low = x0.add(x1).add(x2).add(x3).add(x4).add(x5).add(x6).add(x7).add(x8).add(x9).add(x10).add(x11);
        var high = x12.add(x13).add(x14).add(x15).add(x16).add(x17).add(x18).add(x19).add(x20).add(x21).add(x22);
        return low.add(high).add(x23).lane(0);
    }
}
