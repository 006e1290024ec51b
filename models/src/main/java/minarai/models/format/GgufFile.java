package minarai.models.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import minarai.engine.Panels;
import minarai.engine.Storage;
import minarai.engine.StoredBlocks;

/// One GGUF file, open for reading: tensors under the names and in the layout of the file. What it means as a model is
/// [GgufModel]'s to say.
public final class GgufFile implements Checkpoint {

    private final TensorChannel channel;
    private final GgufHeader header;

    private GgufFile(TensorChannel channel, GgufHeader header) {
        this.channel = channel;
        this.header = header;
    }

    /// Opens a file and checks its header against its length; no tensor is read.
    ///
    /// @throws IllegalArgumentException      if it is not a sound GGUF file
    /// @throws java.io.UncheckedIOException if it cannot be read
    public static GgufFile open(Path path) {
        return TensorChannel.open(path, GgufHeader::read, GgufFile::new);
    }

    /// All values beside the tensors, in the order of the file.
    public SequencedMap<String, GgufValue> values() {
        return Collections.unmodifiableSequencedMap(header.metadata());
    }

    @Override
    public String source() {
        return channel.path().toString();
    }

    /// Those values that are texts.
    @Override
    public Map<String, String> metadata() {
        var texts = new HashMap<String, String>();
        header.metadata().forEach((key, value) -> {
            if (value instanceof GgufValue.Text(String text)) {
                texts.put(key, text);
            }
        });
        return texts;
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
        channel.readRows(tensor, start(tensor), first, count, target, offset);
    }

    @Override
    public void readBytes(String name, ByteSink sink) {
        var tensor = tensor(name);
        channel.readBytes(start(tensor), tensor.bytes(), sink);
    }

    /// The bytes of one row, as stored.
    ByteBuffer row(StoredTensor tensor, long row) {
        var buffer = ByteBuffer.allocate(Math.toIntExact(tensor.rowBytes())).order(ByteOrder.LITTLE_ENDIAN);
        channel.fill(buffer, start(tensor) + Objects.checkIndex(row, tensor.shape().rows()) * tensor.rowBytes());
        return buffer.flip();
    }

    /// Where storage and type are the same, blocks are copied as they are.
    @Override
    public Panels readPanels(String name, RowOrder order, int width, Storage storage) {
        var tensor = tensor(name);
        ArrayLimit.check(source(), tensor);
        Storage fitting = storage.forColumns(Math.toIntExact(tensor.shape().columns()));
        if (!tensor.type().isQuantized() || !fitting.name().equals(tensor.type().name())) {
            return Checkpoint.super.readPanels(name, order, width, storage);
        }
        int rows = Math.toIntExact(tensor.shape().rows());
        var panels = Panels.allocate(rows, Math.toIntExact(tensor.shape().columns()), width, fitting);
        for (int row = 0; row < rows; row++) {
            StoredBlocks.setRow(panels, row, fitting, row(tensor, order.stored(row)));
        }
        return panels;
    }

    private long start(StoredTensor tensor) {
        return Objects.requireNonNull(header.starts().get(tensor.name()));
    }

    @Override
    public void close() {
        channel.close();
    }
}
