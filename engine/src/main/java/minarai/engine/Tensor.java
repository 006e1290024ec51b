package minarai.engine;

import java.util.Arrays;

/// A matrix of f32 numbers, row-major and contiguous, in a stretch of a heap array.
///
/// Kernels see rows x columns and nothing else: activations are tokens x features, weights outputs x inputs, a vector
/// is 1 x n. Two tensors are the same only if they are the same object.
public final class Tensor implements Matrix {

    private final float[] data;
    private final int offset;
    private final int rows;
    private final int columns;

    private Tensor(float[] data, int offset, int rows, int columns) {
        this.data = data;
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
    }

    /// A tensor over `data[offset]` and the `rows * columns - 1` numbers after it, shared, not copied.
    ///
    /// @throws IllegalArgumentException if that stretch does not lie within the array
    public static Tensor over(float[] data, int offset, int rows, int columns) {
        if (rows < 0 || columns < 0 || offset < 0 || offset + (long) rows * columns > data.length) {
            throw new IllegalArgumentException("a tensor of %d x %d at %d does not fit an array of %d numbers"
                    .formatted(rows, columns, offset, data.length));
        }
        return new Tensor(data, offset, rows, columns);
    }

    /// A tensor of its own, filled with zeros.
    ///
    /// @throws IllegalArgumentException if a dimension is negative
    /// @throws ArithmeticException if it would hold 2³¹ numbers or more
    public static Tensor zeros(int rows, int columns) {
        Shapes.positive(rows, columns);
        return new Tensor(new float[Math.multiplyExact(rows, columns)], 0, rows, columns);
    }

    /// A tensor that has a shape and a place, but maybe no numbers on the heap: in rehearsals, and on a device.
    static Tensor absent(float[] block, int offset, int rows, int columns) {
        return new Tensor(block, offset, rows, columns);
    }

    /// A tensor over all of `values`, shared, not copied.
    ///
    /// @throws IllegalArgumentException if the number of values is not `rows * columns`
    public static Tensor of(int rows, int columns, float... values) {
        Shapes.positive(rows, columns);
        if ((long) rows * columns != values.length) {
            throw new IllegalArgumentException("%d x %d needs %d values, not %d"
                    .formatted(rows, columns, (long) rows * columns, values.length));
        }
        return new Tensor(values, 0, rows, columns);
    }

    /// Rows `first` to `first + count - 1` of this tensor, shared, not copied.
    ///
    /// @throws IllegalArgumentException if the tensor does not have these rows
    public Tensor slice(int first, int count) {
        if (first < 0 || count < 0 || first > rows - count) {
            throw new IllegalArgumentException("%d rows from row %d of a tensor of %d rows"
                    .formatted(count, first, rows));
        }
        return new Tensor(data, offset + first * columns, count, columns);
    }

    /// The same numbers in rows of another length, shared, not copied.
    ///
    /// @throws IllegalArgumentException if the rows do not divide into rows of that length
    Tensor reshaped(int newColumns) {
        if (newColumns < 1 || columns % newColumns != 0) {
            throw new IllegalArgumentException("rows of %d numbers do not divide into rows of %d"
                    .formatted(columns, newColumns));
        }
        return new Tensor(data, offset, rows * (columns / newColumns), newColumns);
    }

    @Override
    public int rows() {
        return rows;
    }

    @Override
    public int columns() {
        return columns;
    }

    /// The array that holds the numbers, from [#offset()] on.
    public float[] data() {
        return data;
    }

    public int offset() {
        return offset;
    }

    /// The count of numbers, `rows * columns`.
    public int size() {
        return rows * columns;
    }

    @Override
    public float at(int row, int column) {
        return data[offset + row * columns + column];
    }

    public void set(int row, int column, float value) {
        data[offset + row * columns + column] = value;
    }

    public void fill(float value) {
        Arrays.fill(data, offset, offset + size(), value);
    }

    /// A copy of the numbers, row by row.
    public float[] toArray() {
        return Arrays.copyOfRange(data, offset, offset + size());
    }

    @Override
    public String toString() {
        return rows + " x " + columns;
    }
}
