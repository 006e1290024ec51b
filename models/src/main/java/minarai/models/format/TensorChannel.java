package minarai.models.format;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import minarai.models.format.Checkpoint.ByteSink;

/// A file of tensors whose places are known: reads their rows and bytes with positioned reads into small buffers.
final class TensorChannel implements Closeable {

    private static final int CHUNK_BYTES = 1 << 18;

    private final Path path;
    private final FileChannel channel;

    private TensorChannel(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /// Reads what says where the tensors are.
    @FunctionalInterface
    interface Opening<T> {
        T read(FileChannel channel) throws IOException;
    }

    /// What the opening of a file gives.
    @FunctionalInterface
    interface Opened<H, T> {
        T of(TensorChannel channel, H header);
    }

    /// Opens a file, reads its header and closes it again if the header is unsound.
    ///
    /// @throws IllegalArgumentException      if the header is unsound
    /// @throws java.io.UncheckedIOException if it cannot be read
    static <H, T> T open(Path path, Opening<H> header, Opened<H, T> opened) {
        try {
            var channel = FileChannel.open(path, StandardOpenOption.READ);
            boolean isSound = false;
            try {
                T file = opened.of(new TensorChannel(path, channel), header.read(channel));
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

    Path path() {
        return path;
    }

    /// See [Checkpoint#readRows].
    ///
    /// @param start where the tensor begins in the file
    void readRows(StoredTensor tensor, long start, long first, int count, float[] target, int offset) {
        requireWeight(path.toString(), tensor);
        requireRows(tensor, first, count);
        var shape = tensor.shape();
        if (count == 0 || shape.columns() == 0) {
            return;
        }
        if (shape.columns() > target.length || offset < 0 || count * shape.columns() > (long) target.length - offset) {
            throw new IllegalArgumentException("reading %d rows of %s from %s into an array of %d numbers from %d on"
                    .formatted(count, tensor, path, target.length, offset));
        }
        var type = tensor.type();
        long from = start + first * tensor.rowBytes();
        int elements = (int) (count * shape.columns());
        var buffer = buffer((long) elements / type.block() * type.bytes());
        for (int done = 0; done < elements;) {
            int part = Math.min(elements - done, buffer.capacity() / type.bytes() * type.block());
            int bytes = part / type.block() * type.bytes();
            fill(buffer.clear().limit(bytes), from);
            FloatCodec.decode(type, buffer.flip(), target, offset + done, part);
            from += bytes;
            done += part;
        }
    }

    private void requireRows(StoredTensor tensor, long first, int count) {
        if (first < 0 || count < 0 || first > tensor.shape().rows() - count) {
            throw new IllegalArgumentException("reading rows %d to %d of %s from %s: it has %d rows"
                    .formatted(first, first + count - 1, tensor, path, tensor.shape().rows()));
        }
    }

    /// Hands `bytes` bytes from `from` on to `sink` piece by piece.
    void readBytes(long from, long bytes, ByteSink sink) {
        var buffer = buffer(bytes);
        for (long done = 0; done < bytes;) {
            int part = (int) Math.min(bytes - done, buffer.capacity());
            fill(buffer.clear().limit(part), from + done);
            sink.take(buffer.array(), part);
            done += part;
        }
    }

    /// Fills the buffer from the place `from` on.
    void fill(ByteBuffer buffer, long from) {
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

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException failure) {
            throw Sentences.of("closing", path, failure);
        }
    }

    /// @throws IllegalArgumentException if the tensor is of a type that weights do not have
    static void requireWeight(String source, StoredTensor tensor) {
        if (!tensor.type().isWeight()) {
            throw new IllegalArgumentException("reading %s from %s: %s numbers are not read as weights, only F32, F16 "
                    .formatted(tensor, source, tensor.type()) + "and BF16; convert the file to one of these");
        }
    }

    private static ByteBuffer buffer(long bytes) {
        return ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
