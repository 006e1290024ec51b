package minarai.engine;

/// Which definition of the arithmetic this engine computes; the package documentation states it.
public final class Numerics {

    /// Raised whenever any result may have other bits than before. Every run records it.
    public static final int VERSION = 1;

    private Numerics() {
    }
}
