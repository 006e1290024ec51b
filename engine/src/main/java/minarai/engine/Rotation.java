package minarai.engine;

/// Cosines and sines of rotary position embeddings: positions x pairs of features.
///
/// The first `2 * pairs` features of a head turn, the others stay. Feature `i` is paired with feature `i + pairs`, as
/// in the Hugging Face layout, not with `i + 1`.
///
/// @param cosines  positions x pairs
/// @param sines    positions x pairs
/// @param headSize features of a head, at least `2 * pairs`
/// @see <a href="https://arxiv.org/abs/2104.09864">Su et al. 2021, section 3.2</a>
public record Rotation(Tensor cosines, Tensor sines, int headSize) {

    public Rotation {
        Shapes.same("rotation", cosines, sines);
        if (cosines.columns() == 0) {
            throw new IllegalArgumentException("a rotation needs heads of at least two features");
        }
        if (headSize / 2 < cosines.columns()) {
            throw new IllegalArgumentException("a rotation of %d pairs of features needs heads larger than %d"
                    .formatted(cosines.columns(), headSize));
        }
    }

    /// A rotation of all features of a head.
    ///
    /// @param positions       how many positions the table covers
    /// @param frequencies     radians a position for each pair of features
    /// @throws IllegalArgumentException if an angle is beyond those whose sines are exact
    public static Rotation of(int positions, double[] frequencies) {
        return of(positions, frequencies, 2 * frequencies.length, 1);
    }

    /// @param positions   how many positions the table covers
    /// @param frequencies radians a position for each pair of features that turns
    /// @param headSize    features of a head
    /// @param length      what turned pairs are multiplied by, 1 to keep their length
    /// @throws IllegalArgumentException if an angle is beyond those whose sines are exact
    public static Rotation of(int positions, double[] frequencies, int headSize, double length) {
        for (double frequency : frequencies) {
            if (!(Math.abs(positions * frequency) <= Functions.MOST_RADIANS)) {
                throw new IllegalArgumentException(("a rotation of %d positions at %s radians each; the angles must "
                        + "stay below %.0f. Prepare for fewer positions.").formatted(positions, frequency,
                        Functions.MOST_RADIANS));
            }
        }
        var cosines = Tensor.zeros(positions, frequencies.length);
        var sines = Tensor.zeros(positions, frequencies.length);
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < frequencies.length; i++) {
                double angle = position * frequencies[i];
                cosines.set(position, i, (float) (length * Functions.cos(angle)));
                sines.set(position, i, (float) (length * Functions.sin(angle)));
            }
        }
        return new Rotation(cosines, sines, headSize);
    }

    /// Frequencies `base^(-2i / size)` for `i` from 0 to `size / 2 - 1`.
    public static double[] frequencies(int size, double base) {
        double[] frequencies = new double[size / 2];
        for (int i = 0; i < frequencies.length; i++) {
            frequencies[i] = 1 / StrictMath.pow(base, 2.0 * i / size);
        }
        return frequencies;
    }

    public int positions() {
        return cosines.rows();
    }
}
