package minarai.engine;

/// A frozen weight matrix in the layout that the product kernel reads: packed once at load, then shared by training,
/// prefill and decode.
///
/// The rows of the matrix (its outputs) are cut into panels of [#width()] rows. A panel holds, for one input after the
/// other, the weights of its rows side by side. The last panel is filled up with zeros.
public sealed interface Panels extends Matrix permits FloatPanels, CodedPanels {

    /// Packs a row-major matrix as f32 for kernels that read panels of `width` rows.
    static FloatPanels pack(Tensor matrix, int width) {
        var panels = FloatPanels.allocate(matrix.rows(), matrix.columns(), width);
        setRows(panels, matrix);
        return panels;
    }

    /// Packs a row-major matrix in the given storage, or as f32 where its rows do not divide into the storage's blocks.
    ///
    /// @throws IllegalArgumentException if a number cannot be stored so
    static Panels pack(Tensor matrix, int width, Storage storage) {
        Panels panels = allocate(matrix.rows(), matrix.columns(), width, storage);
        setRows(panels, matrix);
        return panels;
    }

    /// Panels to be filled row by row, as f32 where rows do not divide into the storage's blocks.
    ///
    /// @throws IllegalArgumentException if a dimension is negative or the width is not a positive number, or for other
    ///         storages than f32 not an even one
    /// @throws ArithmeticException if they would hold 2³¹ words or more
    static Panels allocate(int rows, int columns, int width, Storage storage) {
        Storage fitting = storage.forColumns(columns);
        return fitting == Storage.F32 ? FloatPanels.allocate(rows, columns, width)
                : CodedPanels.allocate(rows, columns, width, fitting);
    }

    private static void setRows(Panels panels, Tensor matrix) {
        for (int row = 0; row < matrix.rows(); row++) {
            panels.setRow(row, matrix.data(), matrix.offset() + row * matrix.columns());
        }
    }

    /// How many rows a panel holds.
    int width();

    Storage storage();

    /// The memory held, in bytes.
    long bytes();

    /// Takes `columns` numbers from `source[offset]` on as one row, rounded as the storage needs.
    ///
    /// @throws IllegalArgumentException if one of them cannot be stored
    default void setRow(int row, float[] source, int offset) {
        setPart(row, 0, columns(), source, offset);
    }

    /// Takes `count` numbers from `source[offset]` on as the columns of a row from `first` on, rounded as the storage
    /// needs.
    ///
    /// @throws IllegalArgumentException if one of them cannot be stored
    /// @throws IndexOutOfBoundsException if the row has no such columns, or they are not whole blocks of the storage
    void setPart(int row, int first, int count, float[] source, int offset);

    /// Writes one row to `target[offset]` and the places after it.
    void copyRow(int row, float[] target, int offset);

    /// The same matrix row-major, a copy.
    default Tensor unpack() {
        var matrix = Tensor.zeros(rows(), columns());
        for (int row = 0; row < rows(); row++) {
            copyRow(row, matrix.data(), row * columns());
        }
        return matrix;
    }

    /// Words of all panels together.
    ///
    /// @param perPanel words of one panel for one column
    static int words(int rows, int columns, int width, int perPanel) {
        Shapes.positive(rows, columns);
        if (width < 1) {
            throw new IllegalArgumentException("a panel needs at least one row, not " + width);
        }
        return Math.multiplyExact(Math.multiplyExact(Math.ceilDiv(rows, width), perPanel), columns);
    }
}
