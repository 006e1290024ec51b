package minarai.models.format;

import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/// A checkpoint of llama2.c (`.bin`), open for reading: legacy files, version 1, and version 2 with groups of 8 bits.
/// Tensors have Hugging Face's names, but rotary pairs lie side by side.
///
/// Groups of 8 bits have scales of f32; their numbers, `scale * q` rounded once, count as F32.
///
/// @see <a href="https://github.com/karpathy/llama2.c/blob/master/export.py">export.py</a>
final class Llama2cFile implements Checkpoint {

    private final TensorChannel channel;
    private final Llama2cHeader header;

    private Llama2cFile(TensorChannel channel, Llama2cHeader header) {
        this.channel = channel;
        this.header = header;
    }

    /// Opens a file and checks its header against its length.
    ///
    /// @throws IllegalArgumentException      if it is not a sound file
    /// @throws java.io.UncheckedIOException if it cannot be read
    static Llama2cFile open(Path path) {
        return TensorChannel.open(path, Llama2cHeader::read, Llama2cFile::new);
    }

    /// A file as Hugging Face's folders lay it out.
    Checkpoint relaid() {
        var places = new HashMap<String, Relaid.Place>();
        for (String name : names()) {
            boolean isTurning = name.contains(".q_proj.") || name.contains(".k_proj.");
            places.put(name, new Relaid.Place(name, isTurning ? new Relaid.Layout.Pairs(config().headSize())
                    : new Relaid.Layout.Same()));
        }
        return new Relaid(this, places);
    }

    LlamaConfig config() {
        return header.config();
    }

    @Override
    public String source() {
        return channel.path().toString();
    }

    @Override
    public Map<String, String> metadata() {
        return Map.of();
    }

    @Override
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(new TreeSet<>(header.places().keySet()));
    }

    @Override
    public Optional<StoredTensor> find(String name) {
        return Optional.ofNullable(header.places().get(name)).map(Llama2cHeader.Place::tensor);
    }

    private Llama2cHeader.Place place(String name) {
        return Optional.ofNullable(header.places().get(name)).orElseThrow(() -> new IllegalArgumentException(
                "%s has no tensor %s".formatted(source(), name)));
    }

    @Override
    public void readRows(String name, long first, int count, float[] target, int offset) {
        var place = place(name);
        if (header.group() == 0 || place.scales() < 0) {
            channel.readRows(place.tensor(), place.start(), first, count, target, offset);
            return;
        }
        place.requireRows(first, count, target.length - offset);
        long columns = place.tensor().shape().columns();
        int group = header.group();
        var codes = new byte[(int) columns];
        for (int row = 0; row < count; row++) {
            long from = (first + row) * columns;
            channel.readBytes(place.start() + from, columns, new Filling(codes));
            int firstGroup = Math.toIntExact(from / group);
            int lastGroup = Math.toIntExact((from + columns - 1) / group);
            var scales = new float[lastGroup - firstGroup + 1];
            channel.readRows(new StoredTensor(name, DataType.F32, Shape.of(scales.length)),
                    place.scales() + (long) firstGroup * Float.BYTES, 0, 1, scales, 0);
            for (int i = 0; i < columns; i++) {
                target[offset + row * (int) columns + i] = codes[i] * scales[(int) ((from + i) / group) - firstGroup];
            }
        }
    }

    /// Gathers pieces in an array.
    private static final class Filling implements ByteSink {

        private final byte[] target;
        private int filled;

        Filling(byte[] target) {
            this.target = target;
        }

        @Override
        public void take(byte[] bytes, int length) {
            System.arraycopy(bytes, 0, target, filled, length);
            filled += length;
        }
    }

    @Override
    public void readBytes(String name, ByteSink sink) {
        var place = place(name);
        if (place.scales() < 0) {
            channel.readBytes(place.start(), place.tensor().bytes(), sink);
        } else {
            Relaid.encode(readMatrix(name), false, place.tensor(), sink);
        }
    }

    @Override
    public void close() {
        channel.close();
    }
}
