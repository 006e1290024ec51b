package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;

/// Damages files at random and watches what a reader makes of them. `-Dminarai.fuzz=10000` asks for more trials.
final class Damage {

    static final int TRIALS = Integer.getInteger("minarai.fuzz", 500);

    private Damage() {
    }

    /// Reads all of a file.
    @FunctionalInterface
    interface Reader {
        void read(Path path) throws IOException;
    }

    /// Fails unless every damaged file is read, or refused with a sentence.
    ///
    /// @param most flips fall on the first `most` bytes half of the time: where lengths and counts are
    /// @return how many were read
    static int survives(Path sound, int most, long seed, Reader reader) throws IOException {
        byte[] bytes = Files.readAllBytes(sound);
        var random = new SplittableRandom(seed);
        Path path = sound.resolveSibling("damaged-" + sound.getFileName());
        int read = 0;
        for (int trial = 0; trial < TRIALS; trial++) {
            Files.write(path, damaged(bytes, Math.min(most, bytes.length), random, trial));
            try {
                reader.read(path);
                read++;
            } catch (IllegalArgumentException | UncheckedIOException refusal) {
                assertFalse(refusal.getMessage().isBlank(), "seed %d trial %d".formatted(seed, trial));
            } catch (RuntimeException | OutOfMemoryError | StackOverflowError other) {
                fail("seed %d trial %d".formatted(seed, trial), other);
            }
        }
        assertTrue(read < TRIALS, "nothing was refused");
        return read;
    }

    private static byte[] damaged(byte[] sound, int most, SplittableRandom random, int trial) {
        byte[] bytes = sound.clone();
        int at = random.nextInt(random.nextBoolean() ? most : bytes.length);
        switch (trial % 6) {
            case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> bytes[at] = (byte) random.nextInt();
            case 2 -> bytes = Arrays.copyOf(bytes, at);
            case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(100));
            case 4 -> number(bytes, at, random);
            default -> {
                for (int flips = 0; flips < 4; flips++) {
                    bytes[random.nextInt(most)] = (byte) random.nextInt();
                }
            }
        }
        return bytes;
    }

    /// Puts an absurd length of 32 or 64 bits somewhere.
    private static void number(byte[] bytes, int at, SplittableRandom random) {
        long[] absurd = {-1, Long.MAX_VALUE, Long.MIN_VALUE, 1L << 62, 1L << 40, Integer.MAX_VALUE, 1L << 31, 0,
            0x2000_0000_0000_0001L};
        long number = absurd[random.nextInt(absurd.length)];
        int size = random.nextBoolean() ? Long.BYTES : Integer.BYTES;
        for (int i = 0; i < size && at + i < bytes.length; i++) {
            bytes[at + i] = (byte) (number >>> Byte.SIZE * i);
        }
    }
}
