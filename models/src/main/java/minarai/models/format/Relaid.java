package minarai.models.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import minarai.engine.Panels;
import minarai.engine.Storage;
import minarai.engine.Tensor;

/// A checkpoint of another format under the names and in the layout of Hugging Face's folders.
final class Relaid implements Checkpoint {

    private final Checkpoint stored;
    private final SortedMap<String, Place> places;

    /// How a stored tensor lies, compared with the one it stands for.
    sealed interface Layout {

        /// In the same way.
        record Same() implements Layout {
        }

        /// Rotary pairs side by side, see [RotaryRows]; of a vector its numbers are what rows are of a matrix.
        record Pairs(int headSize) implements Layout {
        }

        /// Outputs x inputs where the folder has inputs x outputs.
        record Transposed() implements Layout {
        }

        /// Every number one more than in the folder.
        record OneMore() implements Layout {
        }
    }

    /// @param name   under which the tensor is stored
    /// @param layout in which it is stored
    record Place(String name, Layout layout) {
    }

    /// @param places where the tensors are, by the names they shall have; those not stored are left out
    Relaid(Checkpoint stored, Map<String, Place> places) {
        this.stored = stored;
        this.places = new TreeMap<>(places);
        this.places.values().removeIf(place -> stored.find(place.name()).isEmpty());
    }

    @Override
    public String source() {
        return stored.source();
    }

    @Override
    public Map<String, String> metadata() {
        return stored.metadata();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(places.keySet()));
    }

    @Override
    public Optional<StoredTensor> find(String name) {
        return Optional.ofNullable(places.get(name)).map(place -> {
            var tensor = stored.tensor(place.name());
            var shape = tensor.shape();
            return new StoredTensor(name, tensor.type(), place.layout() instanceof Layout.Transposed
                    ? Shape.of(shape.columns(), shape.rows()) : shape);
        });
    }

    private Place place(String name) {
        return Optional.ofNullable(places.get(name)).orElseThrow(() -> new IllegalArgumentException(
                "%s has no tensor for %s".formatted(source(), name)));
    }

    @Override
    public void readRows(String name, long first, int count, float[] target, int offset) {
        var place = place(name);
        switch (place.layout()) {
            case Layout.Same() -> stored.readRows(place.name(), first, count, target, offset);
            case Layout.Pairs(int headSize) -> readPairs(place.name(), headSize, first, count, target, offset);
            case Layout.Transposed() -> readColumns(place.name(), first, count, target, offset);
            case Layout.OneMore() -> {
                stored.readRows(place.name(), first, count, target, offset);
                for (int i = offset; i < offset + count * tensor(name).shape().columns(); i++) {
                    target[i] -= 1;
                }
            }
        }
    }

    private void readPairs(String name, int headSize, long first, int count, float[] target, int offset) {
        var shape = stored.tensor(name).shape();
        if (shape.rows() > 1) {
            for (int row = 0; row < count; row++) {
                stored.readRows(name, RotaryRows.side(Math.toIntExact(first + row), headSize), 1, target,
                        offset + row * (int) shape.columns());
            }
            return;
        }
        float[] numbers = stored.read(name);
        for (int i = 0; count > 0 && i < numbers.length; i++) {
            target[offset + i] = numbers[RotaryRows.side(i, headSize)];
        }
    }

    /// Passes over the whole tensor; whoever needs all of it asks for the transpose instead.
    private void readColumns(String name, long first, int count, float[] target, int offset) {
        var shape = stored.tensor(name).shape();
        if (first < 0 || count < 0 || first > shape.columns() - count) {
            throw new IllegalArgumentException("reading columns %d to %d of %s from %s: it has %d".formatted(first,
                    first + count - 1, name, source(), shape.columns()));
        }
        var line = new float[Math.toIntExact(shape.columns())];
        int rows = Math.toIntExact(shape.rows());
        for (int row = 0; row < rows; row++) {
            stored.readRows(name, row, 1, line, 0);
            for (int i = 0; i < count; i++) {
                target[offset + i * rows + row] = line[(int) first + i];
            }
        }
    }

    @Override
    public Tensor readTransposed(String name) {
        var place = place(name);
        return place.layout() instanceof Layout.Transposed ? stored.readMatrix(place.name())
                : Checkpoint.super.readTransposed(name);
    }

    @Override
    public Panels readPanels(String name, RowOrder order, int width, Storage storage) {
        var place = place(name);
        return switch (place.layout()) {
            case Layout.Same() -> stored.readPanels(place.name(), order, width, storage);
            case Layout.Pairs(int headSize) -> stored.readPanels(place.name(),
                    row -> RotaryRows.side(order.stored(row), headSize), width, storage);
            case Layout.Transposed(), Layout.OneMore() -> Checkpoint.super.readPanels(name, order, width, storage);
        };
    }

    @Override
    public Panels readTransposedPanels(String name, int width, Storage storage) {
        var place = place(name);
        return place.layout() instanceof Layout.Transposed ? stored.readPanels(place.name(), width, storage)
                : Checkpoint.super.readTransposedPanels(name, width, storage);
    }

    /// The bytes that a folder would hold: of tensors laid out differently its numbers are put in order and encoded
    /// again, which is exact. Quantized tensors that cannot be reordered by rows are handed on as they are.
    @Override
    public void readBytes(String name, ByteSink sink) {
        var place = place(name);
        var tensor = tensor(name);
        boolean isReordered = !(place.layout() instanceof Layout.Same);
        if (!isReordered || tensor.type().isQuantized() && !(place.layout() instanceof Layout.Pairs)) {
            stored.readBytes(place.name(), sink);
        } else if (tensor.type().isQuantized() && stored instanceof GgufFile file
                && place.layout() instanceof Layout.Pairs(int headSize)) {
            var raw = file.tensor(place.name());
            for (int row = 0; row < raw.shape().rows(); row++) {
                byte[] bytes = file.row(raw, RotaryRows.side(row, headSize)).array();
                sink.take(bytes, bytes.length);
            }
        } else {
            boolean isTurned = place.layout() instanceof Layout.Transposed;
            encode(isTurned ? readTransposed(name) : readMatrix(name), isTurned, tensor, sink);
        }
    }

    /// Hands on numbers as the bytes of a tensor.
    ///
    /// @param isTurned whether they are the transpose
    static void encode(Tensor numbers, boolean isTurned, StoredTensor tensor, ByteSink sink) {
        var line = new float[Math.toIntExact(tensor.shape().columns())];
        var buffer = ByteBuffer.allocate(Math.multiplyExact(line.length, tensor.type().bytes()))
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int row = 0; row < tensor.shape().rows(); row++) {
            for (int column = 0; column < line.length; column++) {
                line[column] = isTurned ? numbers.at(column, row) : numbers.at(row, column);
            }
            FloatCodec.encode(tensor.type(), line, 0, line.length, buffer.clear());
            sink.take(buffer.array(), buffer.capacity());
        }
    }

    @Override
    public void close() {
        stored.close();
    }
}
