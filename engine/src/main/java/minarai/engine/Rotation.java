package minarai.engine;

/// Cosines and sines of rotary position embeddings: positions x half a head.
///
/// Feature `i` of a head is paired with feature `i + size / 2`, as in the Hugging Face layout, not with `i + 1`.
///
/// @param cosines positions x size / 2
/// @param sines   positions x size / 2
/// @see <a href="https://arxiv.org/abs/2104.09864">Su et al. 2021, section 3.2</a>
public record Rotation(Tensor cosines, Tensor sines) {

    public Rotation {
        Shapes.same("rotation", cosines, sines);
        if (cosines.columns() == 0) {
            throw new IllegalArgumentException("a rotation needs heads of at least two features");
        }
    }

    /// @param positions       how many positions the table covers
    /// @param frequencies     radians a position for each pair of features
    /// @throws IllegalArgumentException if an angle is beyond those whose sines are exact
    public static Rotation of(int positions, double[] frequencies) {
        for (double frequency : frequencies) {
            if (!(Math.abs(positions * frequency) <= Functions.MOST_RADIANS)) {
                throw new IllegalArgumentException(("a rotation of %d positions at %s radians each; the angles must stay "
                        + "below %.0f. Prepare for fewer positions.").formatted(positions, frequency,
                        Functions.MOST_RADIANS));
            }
        }
        var cosines = Tensor.zeros(positions, frequencies.length);
        var sines = Tensor.zeros(positions, frequencies.length);
        for (int position = 0; position < positions; position++) {
            for (int i = 0; i < frequencies.length; i++) {
                double angle = position * frequencies[i];
                cosines.set(position, i, (float) Functions.cos(angle));
                sines.set(position, i, (float) Functions.sin(angle));
            }
        }
        return new Rotation(cosines, sines);
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
