package minarai.models.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import minarai.engine.Matrix;
import minarai.engine.Panels;
import minarai.engine.Tensor;

/// Writes safetensors files.
///
/// Equal tensors and texts give equal bytes: `__metadata__` first, its keys in order, then the tensors, widest type
/// first and by name within a type, as the reference writer does; the header is filled up with blanks to a multiple of
/// 8 bytes.
public final class SafetensorsWriter {

    private static final int CHUNK_BYTES = 1 << 18;

    private SafetensorsWriter() {
    }

    /// The numbers of a tensor, a row at a time.
    @FunctionalInterface
    public interface Rows {
        /// Writes one row to `target[offset]` and the places after it.
        void copyRow(int row, float[] target, int offset);
    }

    /// One tensor to write.
    ///
    /// @param type F32, F16 or BF16; numbers are rounded to nearest, ties to even
    /// @param rows asked once for each row, in order
    public record Entry(String name, DataType type, Shape shape, Rows rows) {

        /// @throws IllegalArgumentException if the name or the type cannot be written
        public Entry {
            if (name.equals(SafetensorsHeader.METADATA) || name.isEmpty()) {
                throw new IllegalArgumentException("a tensor cannot be named '%s'".formatted(name));
            }
            if (!type.isFloat()) {
                throw new IllegalArgumentException("tensor %s: weights are written as F32, F16 or BF16, not as %s"
                        .formatted(name, type));
            }
            if (shape.rows() > Integer.MAX_VALUE || shape.columns() > ArrayLimit.ELEMENTS) {
                throw new IllegalArgumentException("tensor %s of shape %s is too large to write"
                        .formatted(name, shape));
            }
        }

        /// A matrix, rows x columns.
        public static Entry matrix(String name, DataType type, Matrix matrix) {
            return new Entry(name, type, Shape.of(matrix.rows(), matrix.columns()), rows(matrix));
        }

        /// The transpose of a matrix: its columns are the rows that are written.
        public static Entry transposed(String name, DataType type, Tensor matrix) {
            return new Entry(name, type, Shape.of(matrix.columns(), matrix.rows()), (row, target, offset) -> {
                for (int column = 0; column < matrix.rows(); column++) {
                    target[offset + column] = matrix.at(column, row);
                }
            });
        }

        /// A tensor of one row as a vector.
        public static Entry vector(String name, DataType type, Tensor vector) {
            if (vector.rows() != 1) {
                throw new IllegalArgumentException("tensor %s is %s, not a vector".formatted(name, vector));
            }
            return new Entry(name, type, Shape.of(vector.columns()), rows(vector));
        }

        private static Rows rows(Matrix matrix) {
            return switch (matrix) {
                case Panels panels -> panels::copyRow;
                case Tensor tensor -> (row, target, offset) -> System.arraycopy(tensor.data(),
                        tensor.offset() + row * tensor.columns(), target, offset, tensor.columns());
            };
        }

        StoredTensor stored() {
            return new StoredTensor(name, type, shape);
        }
    }

    /// Writes a file beside `target` and moves it in when it is whole, replacing one that is there.
    ///
    /// @throws IllegalArgumentException      if two tensors have one name, or a number is too large for its type
    /// @throws java.io.UncheckedIOException if it cannot be written, for instance because the disk is full
    public static void write(Path target, List<Entry> tensors, Map<String, String> metadata) {
        List<Entry> entries = ordered(tensors);
        byte[] header = header(entries, metadata);
        long bytes = Long.BYTES + header.length;
        for (Entry entry : entries) {
            bytes = Math.addExact(bytes, entry.stored().bytes());
        }
        Beside.writeFile(target, bytes, channel -> write(channel, header, entries));
    }

    /// Writes the same bytes into a channel.
    ///
    /// @throws IllegalArgumentException if two tensors have one name, or a number is too large for its type
    public static void write(WritableByteChannel channel, List<Entry> tensors, Map<String, String> metadata)
            throws IOException {
        List<Entry> entries = ordered(tensors);
        write(channel, header(entries, metadata), entries);
    }

    private static List<Entry> ordered(List<Entry> tensors) {
        return tensors.stream().sorted(Comparator.comparing(Entry::type).reversed().thenComparing(Entry::name))
                .toList();
    }

    private static void write(WritableByteChannel channel, byte[] header, List<Entry> entries) throws IOException {
        Beside.writeFully(channel, ByteBuffer.allocate(Long.BYTES + header.length).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length).put(header).flip());
        var buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (Entry entry : entries) {
            writeTensor(channel, buffer, entry);
        }
    }

    private static byte[] header(List<Entry> entries, Map<String, String> metadata) {
        var names = new HashSet<String>();
        var json = JsonFile.object();
        if (!metadata.isEmpty()) {
            var texts = json.putObject(SafetensorsHeader.METADATA);
            new TreeMap<>(metadata).forEach(texts::put);
        }
        long begin = 0;
        for (Entry entry : entries) {
            if (!names.add(entry.name())) {
                throw new IllegalArgumentException("two tensors are named %s".formatted(entry.name()));
            }
            long end = Math.addExact(begin, entry.stored().bytes());
            var fields = json.putObject(entry.name()).put("dtype", entry.type().name());
            var shape = fields.putArray("shape");
            entry.shape().sizes().forEach(shape::add);
            fields.putArray("data_offsets").add(begin).add(end);
            begin = end;
        }
        byte[] text = JsonFile.compactBytes(json);
        byte[] padded = Arrays.copyOf(text, Math.ceilDiv(text.length, Long.BYTES) * Long.BYTES);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        if (padded.length > SafetensorsHeader.MAX_BYTES || entries.size() > SafetensorsHeader.MAX_TENSORS) {
            throw new IllegalArgumentException("%d tensors with a header of %d bytes are more than a reader takes"
                    .formatted(entries.size(), padded.length));
        }
        return padded;
    }

    private static void writeTensor(WritableByteChannel channel, ByteBuffer buffer, Entry entry) throws IOException {
        int rows = entry.shape().elements() == 0 ? 0 : (int) entry.shape().rows();
        var line = new float[rows == 0 ? 0 : (int) entry.shape().columns()];
        int size = entry.type().bytes();
        buffer.clear();
        for (int row = 0; row < rows; row++) {
            entry.rows().copyRow(row, line, 0);
            for (int done = 0; done < line.length;) {
                int part = Math.min(line.length - done, buffer.remaining() / size);
                FloatCodec.encode(entry.type(), line, done, part, buffer);
                done += part;
                if (buffer.remaining() < size) {
                    Beside.writeFully(channel, buffer.flip());
                    buffer.clear();
                }
            }
        }
        Beside.writeFully(channel, buffer.flip());
    }
}
