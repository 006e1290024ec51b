package minarai.models.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import minarai.models.format.SafetensorsWriter.Rows;

/// Writes GGUF files of version 3, aligned to 32 bytes. Equal values and tensors give equal bytes.
public final class GgufWriter {

    private static final int CHUNK_BYTES = 1 << 18;
    private static final Map<DataType, Integer> NUMBERS = Map.of(DataType.F32, 0, DataType.F16, 1, DataType.BF16, 30,
            DataType.Q8_0, 8, DataType.Q4_0, 2);

    private GgufWriter() {
    }

    /// One tensor to write.
    ///
    /// @param type  F32, F16, BF16, Q8_0 or Q4_0; numbers are rounded as the reference does it
    /// @param shape outermost size first
    /// @param rows  asked once for each row, in order
    public record Entry(String name, DataType type, Shape shape, Rows rows) {

        /// @throws IllegalArgumentException if the name or the type cannot be written
        public Entry {
            if (name.isEmpty() || !NUMBERS.containsKey(type)) {
                throw new IllegalArgumentException(("tensor '%s' of type %s: a name is needed, and F32, F16, BF16, "
                        + "Q8_0 or Q4_0").formatted(name, type));
            }
            if (shape.rows() > Integer.MAX_VALUE || shape.columns() > ArrayLimit.ELEMENTS
                    || shape.columns() % type.block() != 0) {
                throw new IllegalArgumentException("tensor %s of shape %s cannot be written as %s".formatted(name,
                        shape, type));
            }
        }

        private StoredTensor stored() {
            return new StoredTensor(name, type, shape);
        }
    }

    /// Writes a file beside `target` and moves it in when it is whole, replacing one that is there.
    ///
    /// @throws IllegalArgumentException      if two tensors have one name, or a number is too large for its type
    /// @throws java.io.UncheckedIOException if it cannot be written, for instance because the disk is full
    public static void write(Path target, SequencedMap<String, GgufValue> values, List<Entry> tensors) {
        byte[] header = header(values, tensors);
        long bytes = header.length;
        for (Entry entry : tensors) {
            bytes = Math.addExact(bytes, aligned(entry.stored().bytes()));
        }
        Beside.writeFile(target, bytes, channel -> {
            Beside.writeFully(channel, ByteBuffer.wrap(header));
            var buffer = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (Entry entry : tensors) {
                writeTensor(channel, buffer, entry);
            }
        });
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, GgufHeader.DEFAULT_ALIGNMENT) * (long) GgufHeader.DEFAULT_ALIGNMENT;
    }

    private static byte[] header(SequencedMap<String, GgufValue> values, List<Entry> tensors) {
        var out = new Output();
        out.u32(GgufHeader.MAGIC);
        out.u32(GgufHeader.VERSION);
        out.u64(tensors.size());
        out.u64(values.size());
        values.forEach((key, value) -> {
            out.text(key);
            out.u32(value.type().number());
            out.value(value);
        });
        var names = new HashSet<String>();
        long begin = 0;
        for (Entry entry : tensors) {
            if (!names.add(entry.name())) {
                throw new IllegalArgumentException("two tensors are named %s".formatted(entry.name()));
            }
            out.text(entry.name());
            var sizes = entry.shape().sizes();
            out.u32(sizes.size());
            sizes.reversed().forEach(out::u64);
            out.u32(NUMBERS.getOrDefault(entry.type(), 0));
            out.u64(begin);
            begin = Math.addExact(begin, aligned(entry.stored().bytes()));
        }
        out.pad();
        return out.bytes.toByteArray();
    }

    private static void writeTensor(FileChannel channel, ByteBuffer buffer, Entry entry) throws IOException {
        var line = new float[(int) entry.shape().columns()];
        var type = entry.type();
        buffer.clear();
        for (int row = 0; row < entry.shape().rows(); row++) {
            entry.rows().copyRow(row, line, 0);
            for (int done = 0; done < line.length;) {
                int part = Math.min(line.length - done, buffer.remaining() / type.bytes() * type.block());
                encode(entry, line, done, part, buffer);
                done += part;
                if (buffer.remaining() < type.bytes()) {
                    Beside.writeFully(channel, buffer.flip());
                    buffer.clear();
                }
            }
        }
        Beside.writeFully(channel, buffer.flip());
        long bytes = entry.stored().bytes();
        Beside.writeFully(channel, ByteBuffer.allocate((int) (aligned(bytes) - bytes)));
    }

    private static void encode(Entry entry, float[] line, int from, int count, ByteBuffer buffer) {
        try {
            FloatCodec.encode(entry.type(), line, from, count, buffer);
        } catch (IllegalArgumentException unsuited) {
            throw new IllegalArgumentException("writing tensor %s: %s".formatted(entry.name(), unsuited.getMessage()),
                    unsuited);
        }
    }

    /// A header in the making.
    private static final class Output {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        void number(long value, int size) {
            for (int i = 0; i < size; i++) {
                bytes.write((int) (value >>> Byte.SIZE * i));
            }
        }

        void u32(int value) {
            number(value, Integer.BYTES);
        }

        void u64(long value) {
            number(value, Long.BYTES);
        }

        void text(String text) {
            byte[] encoded = text.getBytes(UTF_8);
            u64(encoded.length);
            bytes.writeBytes(encoded);
        }

        void value(GgufValue value) {
            switch (value) {
                case GgufValue.Whole(var type, long number) -> number(number, type.leastBytes());
                case GgufValue.Real(var type, double number) -> {
                    if (type == GgufValue.Type.FLOAT32) {
                        u32(Float.floatToRawIntBits((float) number));
                    } else {
                        u64(Double.doubleToRawLongBits(number));
                    }
                }
                case GgufValue.Flag(boolean isSo) -> number(isSo ? 1 : 0, 1);
                case GgufValue.Text(String text) -> text(text);
                case GgufValue.Items(var of, var values) -> {
                    u32(of.number());
                    u64(values.size());
                    values.forEach(this::value);
                }
            }
        }

        void pad() {
            number(0, (int) (aligned(bytes.size()) - bytes.size()));
        }
    }
}
