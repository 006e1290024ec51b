package minarai.engine;

import java.util.Objects;

/// A frozen weight matrix in the layout that the product kernel reads: packed once at load, then shared by training,
/// prefill and decode.
///
/// The rows of the matrix (its outputs) are cut into panels of [#width()] rows. A panel holds, for one input after the
/// other, the weights of its rows side by side: element (row, column) lies at
/// `(row / width * columns + column) * width + row % width`. The last panel is filled up with zeros.
public final class Panels implements Matrix {

    private final float[] data;
    private final int rows;
    private final int columns;
    private final int width;

    private Panels(float[] data, int rows, int columns, int width) {
        this.data = data;
        this.rows = rows;
        this.columns = columns;
        this.width = width;
    }

    /// Packs a row-major matrix for kernels that read panels of `width` rows.
    public static Panels pack(Tensor matrix, int width) {
        var panels = allocate(matrix.rows(), matrix.columns(), width);
        for (int row = 0; row < matrix.rows(); row++) {
            panels.setRow(row, matrix.data(), matrix.offset() + row * matrix.columns());
        }
        return panels;
    }

    /// Panels of zeros, to be filled row by row.
    ///
    /// @throws IllegalArgumentException if a dimension is negative or the width is not positive
    /// @throws ArithmeticException if they would hold 2³¹ numbers or more
    public static Panels allocate(int rows, int columns, int width) {
        Shapes.positive(rows, columns);
        if (width < 1) {
            throw new IllegalArgumentException("a panel needs at least one row, not " + width);
        }
        int panels = Math.ceilDiv(rows, width);
        return new Panels(new float[Math.multiplyExact(Math.multiplyExact(panels, width), columns)],
                rows, columns, width);
    }

    /// Takes `columns` numbers from `source[offset]` on as one row.
    public void setRow(int row, float[] source, int offset) {
        int to = index(Objects.checkIndex(row, rows), 0);
        for (int column = 0; column < columns; column++, to += width) {
            data[to] = source[offset + column];
        }
    }

    /// Writes one row to `target[offset]` and the places after it.
    public void copyRow(int row, float[] target, int offset) {
        int from = index(Objects.checkIndex(row, rows), 0);
        for (int column = 0; column < columns; column++, from += width) {
            target[offset + column] = data[from];
        }
    }

    /// The same matrix row-major, a copy.
    public Tensor unpack() {
        var matrix = Tensor.zeros(rows, columns);
        for (int row = 0; row < rows; row++) {
            copyRow(row, matrix.data(), row * columns);
        }
        return matrix;
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    /// How many rows a panel holds.
    public int width() {
        return width;
    }

    public float[] data() {
        return data;
    }

    @Override
    public float at(int row, int column) {
        return data[index(row, column)];
    }

    private int index(int row, int column) {
        return (row / width * columns + column) * width + row % width;
    }
}
