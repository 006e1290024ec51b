package minarai.models.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the rotary frequencies of a Llama 3 are divided by, a number for each: GGUF stores these numbers in place of
/// the settings that they follow from.
final class RotaryFactors {

    /// The factors in files are worked out in f32, whose error grows with the frequencies' wave lengths.
    private static final double TOLERANCE = 2e-5;
    private static final List<Double> LOW = List.of(1.0, 2.0, 4.0);
    private static final List<Double> HIGH = List.of(4.0, 2.0, 8.0, 16.0, 32.0);
    private static final int USUAL_POSITIONS = 8192;
    /// Many times the largest known; the settings are searched for, so that a list as long as a file would take its
    /// time.
    private static final int LARGEST_HEAD = 8192;

    private RotaryFactors() {
    }

    static float[] of(RopeScaling.Llama3 scaling, int headSize, double theta) {
        var factors = new float[headSize / 2];
        for (int i = 0; i < factors.length; i++) {
            factors[i] = factor(scaling, i, headSize, theta);
        }
        return factors;
    }

    private static float factor(RopeScaling.Llama3 scaling, int pair, int headSize, double theta) {
        return (float) factor(scaling, StrictMath.pow(theta, -2.0 * pair / headSize));
    }

    private static double factor(RopeScaling.Llama3 scaling, double frequency) {
        double turns = scaling.originalMaxPositions() * frequency / (2 * Math.PI);
        double low = scaling.lowFrequencyFactor();
        double high = scaling.highFrequencyFactor();
        if (turns < low) {
            return scaling.factor();
        }
        double smooth = (turns - low) / (high - low);
        return turns > high ? 1 : 1 / ((1 - smooth) / scaling.factor() + smooth);
    }

    /// The settings that give these factors, those of the published models first; empty where all factors are 1.
    ///
    /// @throws IllegalArgumentException if no usual settings give them
    static Optional<RopeScaling.Llama3> scaling(float[] factors, int headSize, double theta) {
        double greatest = 1;
        for (float factor : factors) {
            greatest = Math.max(greatest, factor);
        }
        if (greatest == 1) {
            return Optional.empty();
        }
        if (factors.length != headSize / 2 || headSize > LARGEST_HEAD) {
            throw new IllegalArgumentException(("the tensor %s has %d numbers for heads of %d features; one for two is "
                    + "needed, and heads of at most %d are read").formatted(GgufNames.ROTARY_FACTORS, factors.length,
                    headSize, LARGEST_HEAD));
        }
        for (double low : LOW) {
            for (double high : HIGH) {
                for (int positions : positions()) {
                    if (high > low && isSame(factors, new RopeScaling.Llama3(greatest, low, high, positions), theta)) {
                        return Optional.of(new RopeScaling.Llama3(greatest, low, high, positions));
                    }
                }
            }
        }
        throw new IllegalArgumentException(("the tensor %s divides the rotary frequencies by factors that no rope "
                + "scaling of the type llama3 with usual settings gives; they are not supported")
                .formatted(GgufNames.ROTARY_FACTORS));
    }

    /// What a model may first have been trained on: 8192 positions, else a power of two.
    private static List<Integer> positions() {
        var positions = new ArrayList<>(List.of(USUAL_POSITIONS));
        for (int power = 3; power <= 20; power++) {
            positions.add(1 << power);
        }
        return positions;
    }

    private static boolean isSame(float[] found, RopeScaling.Llama3 scaling, double theta) {
        for (int i = 0; i < found.length; i++) {
            float needed = factor(scaling, i, 2 * found.length, theta);
            if (!(Math.abs(found[i] - needed) <= TOLERANCE * needed)) {
                return false;
            }
        }
        return true;
    }
}
