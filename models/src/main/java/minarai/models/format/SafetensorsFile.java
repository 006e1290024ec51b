package minarai.models.format;

import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// One safetensors file, open for reading.
public final class SafetensorsFile implements Checkpoint {

    private final TensorChannel channel;
    private final SafetensorsHeader header;

    private SafetensorsFile(TensorChannel channel, SafetensorsHeader header) {
        this.channel = channel;
        this.header = header;
    }

    /// Opens a file and checks its header against its length; no tensor is read.
    ///
    /// @throws IllegalArgumentException      if it is not a sound safetensors file
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static SafetensorsFile open(Path path) {
        return TensorChannel.open(path, SafetensorsHeader::read, SafetensorsFile::new);
    }

    @Override
    public String source() {
        return channel.path().toString();
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
        channel.readRows(tensor, start(name), first, count, target, offset);
    }

    @Override
    public void readBytes(String name, ByteSink sink) {
        channel.readBytes(start(name), tensor(name).bytes(), sink);
    }

    @Override
    public void close() {
        channel.close();
    }

    private long start(String name) {
        tensor(name);
        return Objects.requireNonNull(header.starts().get(name));
    }
}
