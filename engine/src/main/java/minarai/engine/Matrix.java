package minarai.engine;

/// A weight matrix, outputs x inputs, in one of the layouts that the products read.
public sealed interface Matrix permits Tensor, Panels {

    int rows();

    int columns();

    /// One element; for tests, checks and small work, not for loops that must be fast.
    float at(int row, int column);
}
