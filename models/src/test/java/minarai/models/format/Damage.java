package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/// Damages files at random and watches what a reader makes of them. `-Dminarai.fuzz=10000` asks for more trials.
///
/// A damaged file is read, or refused with a sentence that says where it lies; within seconds, and without more memory
/// than a small file can be worth.
final class Damage {

    static final int TRIALS = Integer.getInteger("minarai.fuzz", 500);

    private static final Duration LONGEST = Duration.ofSeconds(10);
    private static final long MOST_MEMORY = 1 << 26;
    private static final int KINDS = 11;
    private static final byte[] JSON = "0123456789{}[]\",:".getBytes(StandardCharsets.US_ASCII);
    private static final long[] ABSURD = {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 62, 1L << 40, Integer.MAX_VALUE,
        1L << 31, 0, 0x2000_0000_0000_0001L, 1 << 20, 1, 2, 3};

    private Damage() {
    }

    /// Reads all of a file.
    @FunctionalInterface
    interface Reader {
        void read(Path path) throws IOException;
    }

    /// Fails unless the file, damaged where it lies, is always read or refused; it is whole again afterwards.
    ///
    /// @param most damage falls on the first `most` bytes half of the time: where lengths and counts are
    static void survives(Path file, int most, long seed, Reader reader) throws IOException {
        byte[] sound = Files.readAllBytes(file);
        survives(file, sound, most, seed, bytes -> bytes, reader);
        Files.write(file, sound);
    }

    /// As above, for a part of a file.
    ///
    /// @param sound  the part that is damaged
    /// @param around puts what belongs around it: what would hide the damage if it did not fit
    static void survives(Path file, byte[] sound, int most, long seed, UnaryOperator<byte[]> around, Reader reader)
            throws IOException {
        var random = new SplittableRandom(seed);
        int read = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            Files.write(file, around.apply(damaged(sound, Math.min(most, sound.length), random, trial)));
            String which = "seed %d trial %d".formatted(seed, trial);
            read += assertTimeoutPreemptively(LONGEST, () -> isRead(file, reader, which), which) ? 1 : 0;
        }
        assertTrue(read > 0 && read < TRIALS, read + " of " + TRIALS + " were read");
    }

    private static boolean isRead(Path file, Reader reader, String which) throws IOException {
        var memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = memory.getCurrentThreadAllocatedBytes();
        try {
            reader.read(file);
            return true;
        } catch (IllegalArgumentException | UncheckedIOException refusal) {
            String sentence = String.valueOf(refusal.getMessage());
            assertTrue(sentence.contains(file.getParent().toString()), () -> which + " names no file: " + sentence);
            return false;
        } catch (RuntimeException | OutOfMemoryError | StackOverflowError other) {
            return fail(which, other);
        } finally {
            long taken = memory.getCurrentThreadAllocatedBytes() - before;
            assertTrue(taken < MOST_MEMORY, () -> which + " took " + taken + " bytes of memory");
        }
    }

    /// One damage of many kinds, those in turn.
    static byte[] damaged(byte[] sound, int most, SplittableRandom random, int trial) {
        byte[] bytes = sound.clone();
        int at = random.nextInt(random.nextBoolean() ? most : bytes.length);
        int length = Math.min(1 + random.nextInt(40), bytes.length - at);
        int other = random.nextInt(bytes.length);
        switch (trial % KINDS) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> bytes = Arrays.copyOf(bytes, at);
            case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(100));
            case 4 -> putNumber(bytes, at, random);
            case 5 -> scatter(bytes, most, random);
            case 6 -> scatterJson(bytes, random);
            case 7 -> bytes = replaced(bytes, other, other, Arrays.copyOfRange(bytes, at, at + length));
            case 8 -> bytes = replaced(bytes, at, at + length, new byte[0]);
            case 9 -> System.arraycopy(sound, at, bytes, other, Math.min(length, bytes.length - other));
            default -> bytes = withDecimal(bytes, at, other, random);
        }
        return bytes;
    }

    private static void scatter(byte[] bytes, int most, SplittableRandom random) {
        for (int i = 0; i < 4; i++) {
            bytes[random.nextInt(most)] = (byte) random.nextInt();
        }
    }

    private static void scatterJson(byte[] bytes, SplittableRandom random) {
        for (int i = 0; i < 3; i++) {
            bytes[random.nextInt(bytes.length)] = JSON[random.nextInt(JSON.length)];
        }
    }

    /// Puts an absurd length of 32 or 64 bits somewhere.
    private static void putNumber(byte[] bytes, int at, SplittableRandom random) {
        long number = ABSURD[random.nextInt(ABSURD.length)];
        int size = random.nextBoolean() ? Long.BYTES : Integer.BYTES;
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (number >>> Byte.SIZE * i);
        }
    }

    /// Puts an absurd decimal, or one that stands elsewhere, where the next one stands.
    private static byte[] withDecimal(byte[] bytes, int at, int other, SplittableRandom random) {
        int from = decimal(bytes, at);
        int to = decimalEnd(bytes, from);
        int copied = decimal(bytes, other);
        byte[] by = switch (random.nextInt(6)) {
            case 0, 1 -> Arrays.copyOfRange(bytes, copied, decimalEnd(bytes, copied));
            case 2 -> "1e400".getBytes(StandardCharsets.US_ASCII);
            case 3 -> "1".repeat(1 + random.nextInt(80)).getBytes(StandardCharsets.US_ASCII);
            default -> Long.toString(ABSURD[random.nextInt(ABSURD.length)]).getBytes(StandardCharsets.US_ASCII);
        };
        return replaced(bytes, from, to, by);
    }

    /// Where the next decimal begins, else where the bytes end.
    private static int decimal(byte[] bytes, int at) {
        int from = at;
        while (from < bytes.length && !isDigit(bytes[from])) {
            from++;
        }
        return from;
    }

    private static int decimalEnd(byte[] bytes, int from) {
        int to = from;
        while (to < bytes.length && isDigit(bytes[to])) {
            to++;
        }
        return to;
    }

    private static boolean isDigit(byte character) {
        return character >= '0' && character <= '9';
    }

    private static byte[] replaced(byte[] bytes, int from, int to, byte[] by) {
        byte[] result = new byte[bytes.length - (to - from) + by.length];
        System.arraycopy(bytes, 0, result, 0, from);
        System.arraycopy(by, 0, result, from, by.length);
        System.arraycopy(bytes, to, result, from + by.length, bytes.length - to);
        return result;
    }
}
