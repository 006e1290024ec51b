package minarai.models.format;

import java.io.Closeable;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import minarai.engine.Panels;
import minarai.engine.Storage;
import minarai.engine.Tensor;

/// Stored tensors by name, in one file or in several. Reading is safe from several threads.
///
/// A tensor is seen as a matrix, rows x columns ([Shape#rows()], [Shape#columns()]); a vector is one row.
public sealed interface Checkpoint extends Closeable permits SafetensorsFile, ShardedSafetensors, GgufFile,
        Llama2cFile, Relaid {

    /// Where the tensors come from, for messages.
    String source();

    /// The names of all tensors.
    SortedSet<String> names();

    /// The texts that its files carry beside the tensors (`__metadata__`).
    Map<String, String> metadata();

    /// Type and shape of a tensor, empty where there is none of that name.
    Optional<StoredTensor> find(String name);

    /// Reads rows `first` to `first + count - 1` of a tensor as f32 numbers, exactly.
    ///
    /// @param target overwritten from `offset` on with `count` x columns numbers
    /// @throws IllegalArgumentException if there is no such tensor or row, its type is not one of weights, or
    ///         `target` is too small
    void readRows(String name, long first, int count, float[] target, int offset);

    /// Hands the bytes of a tensor, as stored, to `sink` piece by piece.
    void readBytes(String name, ByteSink sink);

    @Override
    void close();

    /// Takes `length` bytes from `bytes[0]` on; the array is reused after the call.
    @FunctionalInterface
    interface ByteSink {
        void take(byte[] bytes, int length);
    }

    /// Type and shape of a tensor that must be there.
    ///
    /// @throws IllegalArgumentException if it is not
    default StoredTensor tensor(String name) {
        return find(name).orElseThrow(() -> new IllegalArgumentException(
                "%s has no tensor %s; it has %d others".formatted(source(), name, names().size())));
    }

    /// Rows that are whole blocks in every storage.
    int WHOLE = 64;

    /// All numbers of a tensor, row by row.
    ///
    /// @throws IllegalArgumentException as [#readRows], or if there are 2³¹ numbers or more
    default float[] read(String name) {
        var tensor = tensor(name);
        var shape = tensor.shape();
        TensorChannel.requireWeight(source(), tensor);
        var values = new float[ArrayLimit.check(source(), tensor)];
        if (values.length > 0) {
            readRows(name, 0, (int) shape.rows(), values, 0);
        }
        return values;
    }

    /// A tensor as a row-major matrix.
    default Tensor readMatrix(String name) {
        float[] values = read(name);
        var shape = tensor(name).shape();
        return Tensor.of(Math.toIntExact(shape.rows()), Math.toIntExact(shape.columns()), values);
    }

    /// The transpose of a tensor as a row-major matrix, read a few rows at a time.
    default Tensor readTransposed(String name) {
        var tensor = tensor(name);
        TensorChannel.requireWeight(source(), tensor);
        ArrayLimit.check(source(), tensor);
        int rows = Math.toIntExact(tensor.shape().rows());
        int columns = Math.toIntExact(tensor.shape().columns());
        var transposed = Tensor.zeros(columns, rows);
        int block = Math.clamp(columns == 0 ? rows : (1 << 18) / columns, 1, Math.max(rows, 1));
        var lines = new float[block * columns];
        for (int first = 0; first < rows; first += block) {
            int count = Math.min(block, rows - first);
            readRows(name, first, count, lines, 0);
            for (int column = 0; column < columns; column++) {
                for (int row = 0; row < count; row++) {
                    transposed.set(column, first + row, lines[row * columns + column]);
                }
            }
        }
        return transposed;
    }

    /// Which row of a tensor is a row of what is made of it.
    @FunctionalInterface
    interface RowOrder {
        int stored(int row);

        /// Whether `count` rows from `first` on follow each other in the tensor too.
        default boolean isStraight(int first, int count) {
            for (int i = 1; i < count; i++) {
                if (stored(first + i) != stored(first) + i) {
                    return false;
                }
            }
            return true;
        }
    }

    /// A tensor as panels of `width` rows, read row by row, so that it is never in memory twice.
    ///
    /// @throws IllegalArgumentException as [#readRows], or if a number cannot be stored so
    default Panels readPanels(String name, int width, Storage storage) {
        return readPanels(name, row -> row, width, storage);
    }

    /// A tensor as panels, its rows in another order.
    ///
    /// @throws IllegalArgumentException as [#readRows], or if a number cannot be stored so
    default Panels readPanels(String name, RowOrder order, int width, Storage storage) {
        var tensor = tensor(name);
        TensorChannel.requireWeight(source(), tensor);
        ArrayLimit.check(source(), tensor);
        int rows = Math.toIntExact(tensor.shape().rows());
        int columns = Math.toIntExact(tensor.shape().columns());
        var panels = Panels.allocate(rows, columns, width, storage);
        int block = Math.clamp(columns == 0 ? rows : (1 << 18) / columns, 1, Math.max(rows, 1));
        var lines = new float[block * columns];
        for (int first = 0; first < rows; first += block) {
            int count = Math.min(block, rows - first);
            if (order.isStraight(first, count)) {
                readRows(name, order.stored(first), count, lines, 0);
            } else {
                for (int row = 0; row < count; row++) {
                    readRows(name, order.stored(first + row), 1, lines, row * columns);
                }
            }
            for (int row = 0; row < count; row++) {
                panels.setRow(first + row, lines, row * columns);
            }
        }
        return panels;
    }

    /// The transpose of a tensor as panels, read a few rows at a time, so that it is never in memory twice.
    ///
    /// @throws IllegalArgumentException as [#readRows], or if a number cannot be stored so
    default Panels readTransposedPanels(String name, int width, Storage storage) {
        var tensor = tensor(name);
        TensorChannel.requireWeight(source(), tensor);
        ArrayLimit.check(source(), tensor);
        int rows = Math.toIntExact(tensor.shape().rows());
        int columns = Math.toIntExact(tensor.shape().columns());
        var panels = Panels.allocate(columns, rows, width, storage);
        int block = Math.min(rows, Math.max(1, (1 << 18) / Math.max(columns, 1) / WHOLE) * WHOLE);
        var lines = new float[block * columns];
        var part = new float[block];
        for (int first = 0; first < rows; first += block) {
            int count = Math.min(block, rows - first);
            readRows(name, first, count, lines, 0);
            for (int column = 0; column < columns; column++) {
                for (int row = 0; row < count; row++) {
                    part[row] = lines[row * columns + column];
                }
                panels.setPart(column, first, count, part, 0);
            }
        }
        return panels;
    }

    /// SHA-256 of the weights, in hexadecimal; equal for equal tensors however they are spread over files.
    ///
    /// The digest is taken of the ASCII text `minarai weights 1` and a line feed, then for each tensor in the order of
    /// names: length of the name (u32) and name in UTF-8, length of the type (u32) and type, the number of sizes (u32)
    /// and the sizes (u64 each), then the bytes as stored. All numbers are little-endian.
    default String sha256() {
        return WeightsHash.of(this);
    }
}
