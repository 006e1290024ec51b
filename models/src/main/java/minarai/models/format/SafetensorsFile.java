package minarai.models.format;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// One safetensors file, open for reading.
public final class SafetensorsFile implements Checkpoint {

    private static final int CHUNK_BYTES = 1 << 18;

    private final Path path;
    private final FileChannel channel;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path path, FileChannel channel, SafetensorsHeader header) {
        this.path = path;
        this.channel = channel;
        this.header = header;
    }

    /// Opens a file and checks its header against its length; no tensor is read.
    ///
    /// @throws IllegalArgumentException if it is not a sound safetensors file
    /// @throws UncheckedIOException     if it cannot be read
    public static SafetensorsFile open(Path path) {
        try {
            var channel = FileChannel.open(path, StandardOpenOption.READ);
            boolean isSound = false;
            try {
                var file = new SafetensorsFile(path, channel, SafetensorsHeader.read(channel));
                isSound = true;
                return file;
            } finally {
                if (!isSound) {
                    channel.close();
                }
            }
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("reading %s: %s".formatted(path, unsound.getMessage()), unsound);
        } catch (IOException failure) {
            throw Sentences.of("reading", path, failure);
        }
    }

    @Override
    public String source() {
        return path.toString();
    }

    @Override
    public Map<String, String> metadata() {
        return header.metadata();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(header.tensors().keySet()));
    }

    @Override
    public Optional<StoredTensor> find(String name) {
        return Optional.ofNullable(header.tensors().get(name));
    }

    @Override
    public void readRows(String name, long first, int count, float[] target, int offset) {
        var tensor = tensor(name);
        requireWeight(source(), tensor);
        var shape = tensor.shape();
        if (first < 0 || count < 0 || first > shape.rows() - count) {
            throw new IllegalArgumentException("reading rows %d to %d of %s from %s: it has %d rows"
                    .formatted(first, first + count - 1, tensor, path, shape.rows()));
        }
        if (count == 0 || shape.columns() == 0) {
            return;
        }
        if (shape.columns() > target.length || offset < 0 || count * shape.columns() > (long) target.length - offset) {
            throw new IllegalArgumentException("reading %d rows of %s from %s into an array of %d numbers from %d on"
                    .formatted(count, tensor, path, target.length, offset));
        }
        int size = tensor.type().bytes();
        long from = start(name) + first * shape.columns() * size;
        int elements = (int) (count * shape.columns());
        var buffer = buffer((long) elements * size);
        for (int done = 0; done < elements;) {
            int part = Math.min(elements - done, buffer.capacity() / size);
            fill(buffer.clear().limit(part * size), from + (long) done * size);
            FloatCodec.decode(tensor.type(), buffer.flip(), target, offset + done, part);
            done += part;
        }
    }

    @Override
    public void readBytes(String name, ByteSink sink) {
        long bytes = tensor(name).bytes();
        long from = start(name);
        var buffer = buffer(bytes);
        for (long done = 0; done < bytes;) {
            int part = (int) Math.min(bytes - done, buffer.capacity());
            fill(buffer.clear().limit(part), from + done);
            sink.take(buffer.array(), part);
            done += part;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw Sentences.of("closing", path, failure);
        }
    }

    static void requireWeight(String source, StoredTensor tensor) {
        if (!tensor.type().isWeight()) {
            throw new IllegalArgumentException("reading %s from %s: %s numbers are not read as weights, only F32, F16 "
                    .formatted(tensor, source, tensor.type()) + "and BF16; convert the file to one of these");
        }
    }

    private long start(String name) {
        return Objects.requireNonNull(header.starts().get(name));
    }

    private static ByteBuffer buffer(long bytes) {
        return ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void fill(ByteBuffer buffer, long from) {
        try {
            while (buffer.hasRemaining()) {
                if (channel.read(buffer, from + buffer.position()) < 0) {
                    throw new EOFException("the file became shorter while it was open");
                }
            }
        } catch (IOException failure) {
            throw Sentences.of("reading", path, failure);
        }
    }
}
