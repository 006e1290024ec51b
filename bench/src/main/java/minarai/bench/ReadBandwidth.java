package minarai.bench;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// How many bytes a second the machine can read from memory: the sum of an array that no cache holds.
public final class ReadBandwidth implements Ceiling {

    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final int STRIDE = 8 * LANES;
    private static final long LARGE = 128L << 20;
    private static final long SMALL = 32L << 20;
    /// A virtual machine with less memory gets the small array.
    private static final long ROOM = 1L << 30;
    private static final double MILLIS = 10;

    private final int threads;
    private final float[] data;
    private final int repeats;

    /// @param threads how many read at once, each a stretch of its own
    public ReadBandwidth(int threads) {
        this(threads, new float[(int) ((Runtime.getRuntime().maxMemory() < ROOM ? SMALL : LARGE) / Float.BYTES)]);
        Arrays.fill(data, 1);
    }

    private ReadBandwidth(int threads, float[] data) {
        this.threads = threads;
        this.data = data;
        repeats = calibrate();
    }

    /// The same memory read by another number of threads.
    public ReadBandwidth on(int threads) {
        return new ReadBandwidth(threads, data);
    }

    private int calibrate() {
        long once = WarmUp.nanos(() -> Crew.nanos(threads, worker -> read(worker, 1)), 150_000_000, 5_000_000_000L);
        return (int) Math.clamp(MILLIS * 1e6 / once, 1, 1000);
    }

    /// The memory that is read and stays taken, in bytes.
    public long bytes() {
        return (long) data.length * Float.BYTES;
    }

    @Override
    public Kind kind() {
        return Kind.READ;
    }

    @Override
    public double measure() {
        long nanos = Crew.nanos(threads, worker -> read(worker, repeats));
        return (double) bytes() * repeats / nanos;
    }

    private void read(int worker, int repeats) {
        int strides = data.length / STRIDE;
        int from = (int) ((long) strides * worker / threads) * STRIDE;
        int to = (int) ((long) strides * (worker + 1) / threads) * STRIDE;
        float sum = 0;
        for (int i = 0; i < repeats; i++) {
            sum += sum(data, from, to);
        }
        if (Float.isNaN(sum)) {
            throw new IllegalStateException("a sum of ones has left the numbers");
        }
    }

    private static float sum(float[] data, int from, int to) {
        var s0 = FloatVector.zero(SPECIES);
        var s1 = s0;
        var s2 = s0;
        var s3 = s0;
        var s4 = s0;
        var s5 = s0;
        var s6 = s0;
        var s7 = s0;
        for (int i = from; i < to; i += STRIDE) {
            s0 = s0.add(FloatVector.fromArray(SPECIES, data, i));
            s1 = s1.add(FloatVector.fromArray(SPECIES, data, i + LANES));
            s2 = s2.add(FloatVector.fromArray(SPECIES, data, i + 2 * LANES));
            s3 = s3.add(FloatVector.fromArray(SPECIES, data, i + 3 * LANES));
            s4 = s4.add(FloatVector.fromArray(SPECIES, data, i + 4 * LANES));
            s5 = s5.add(FloatVector.fromArray(SPECIES, data, i + 5 * LANES));
            s6 = s6.add(FloatVector.fromArray(SPECIES, data, i + 6 * LANES));
            s7 = s7.add(FloatVector.fromArray(SPECIES, data, i + 7 * LANES));
        }
        return s0.add(s1).add(s2).add(s3).add(s4.add(s5)).add(s6.add(s7)).lane(0);
    }
}
