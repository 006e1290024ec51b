package minarai.models.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/// The header of a llama2.c checkpoint and the places of the tensors that follow from it, checked against the length of
/// the file.
///
/// @param group  numbers that share a scale, 0 where all are stored as f32
/// @param places the tensors by Hugging Face's names
record Llama2cHeader(LlamaConfig config, int group, Map<String, Place> places) {

    private static final int MAGIC = 0x616b3432;
    private static final int LEGACY_BYTES = 28;
    private static final int HEADER_BYTES = 256;
    /// What the program has built in.
    private static final double EPSILON = 1e-5;
    private static final double THETA = 10_000;
    private static final int BOS = 1;
    private static final int EOS = 2;

    /// Where a tensor lies.
    ///
    /// @param start  of its numbers, or of its codes
    /// @param scales where the scales of its groups start, -1 where it has none
    record Place(StoredTensor tensor, long start, long scales) {

        void requireRows(long first, int count, long room) {
            var shape = tensor.shape();
            if (first < 0 || count < 0 || first > shape.rows() - count || count * shape.columns() > room) {
                throw new IllegalArgumentException("reading rows %d to %d of %s into an array with room for %d numbers"
                        .formatted(first, first + count - 1, tensor, room));
            }
        }
    }

    /// @throws IllegalArgumentException if the file is not a sound checkpoint; the message does not name it
    static Llama2cHeader read(FileChannel channel) throws IOException {
        long bytes = channel.size();
        var header = ByteBuffer.allocate((int) Math.min(HEADER_BYTES, bytes)).order(ByteOrder.LITTLE_ENDIAN);
        while (header.hasRemaining()) {
            if (channel.read(header, header.position()) < 0) {
                throw new IllegalArgumentException("it became shorter while it was read");
            }
        }
        header.flip();
        boolean isVersioned = bytes >= HEADER_BYTES && header.getInt(0) == MAGIC;
        if (bytes < LEGACY_BYTES) {
            throw new IllegalArgumentException("it has %d bytes, too few for a header; is it complete?"
                    .formatted(bytes));
        }
        int version = isVersioned ? header.position(Integer.BYTES).getInt() : 0;
        if (version < 0 || version > 2 || isVersioned && version == 0) {
            throw new IllegalArgumentException(("it is of version %d of llama2.c's files; the legacy one, 1 and 2 are "
                    + "read").formatted(version));
        }
        int[] sizes = new int[7];
        header.asIntBuffer().get(sizes);
        header.position(header.position() + sizes.length * Integer.BYTES);
        boolean isTied = isVersioned ? header.get() != 0 : sizes[5] > 0;
        sizes[5] = isVersioned ? sizes[5] : Math.abs(sizes[5]);
        int group = version == 2 ? header.getInt() : 0;
        if (version == 2 && group < 1) {
            throw new IllegalArgumentException("its groups have %d numbers; at least 1 is needed".formatted(group));
        }
        var layout = new Layout(config(sizes, isTied), group, isVersioned ? HEADER_BYTES : LEGACY_BYTES);
        if (isVersioned) {
            layout.versioned();
        } else {
            layout.legacy();
        }
        layout.requireEnd(bytes);
        return new Llama2cHeader(layout.config, group, layout.places);
    }

    /// @param sizes features, inner features, layers, heads, key and value heads, tokens, positions
    private static LlamaConfig config(int[] sizes, boolean isTied) {
        if (sizes[0] < 1 || sizes[3] < 1 || sizes[0] % sizes[3] != 0) {
            throw new IllegalArgumentException(("its header has %d features for %d heads; is it a checkpoint of "
                    + "llama2.c?")
                    .formatted(sizes[0], sizes[3]));
        }
        return new LlamaConfig(ModelType.LLAMA, sizes[5], sizes[0], sizes[1], sizes[2], sizes[3], sizes[4],
                sizes[0] / sizes[3], EPSILON, THETA, new RopeScaling.None(), isTied, LlamaConfig.AttentionBias.NONE,
                OptionalInt.empty(), sizes[6], OptionalInt.of(BOS), List.of(EOS));
    }

    /// Lays one tensor behind the other.
    private static final class Layout {

        private final LlamaConfig config;
        private final Map<String, Shape> shapes;
        private final int group;
        private final Map<String, Place> places = new LinkedHashMap<>();
        private long end;

        Layout(LlamaConfig config, int group, long start) {
            this.config = config;
            this.group = group;
            shapes = LlamaTensors.of(config);
            end = start;
        }

        void legacy() {
            add(LlamaTensors.EMBEDDING);
            addLayers("input_layernorm");
            addLayers("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj");
            addLayers("post_attention_layernorm");
            addLayers("mlp.gate_proj", "mlp.down_proj", "mlp.up_proj");
            add("model.norm.weight");
            // Tables of cosines and sines, which are computed here.
            end = Math.addExact(end, Math.multiplyExact((long) config.maxPositions(),
                    (long) config.headSize() * Float.BYTES));
            addHead();
        }

        void versioned() {
            addLayers("input_layernorm");
            addLayers("post_attention_layernorm");
            add("model.norm.weight");
            add(LlamaTensors.EMBEDDING);
            addLayers("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj");
            addLayers("mlp.gate_proj", "mlp.down_proj", "mlp.up_proj");
            addHead();
        }

        private void addHead() {
            if (!config.tieWordEmbeddings()) {
                add(LlamaTensors.HEAD);
            }
        }

        /// One weight of all layers, then the next.
        private void addLayers(String... modules) {
            for (String module : modules) {
                for (int layer = 0; layer < config.layers(); layer++) {
                    add("model.layers.%d.%s.weight".formatted(layer, module));
                }
            }
        }

        private void add(String name) {
            var tensor = new StoredTensor(name, DataType.F32, shapes.getOrDefault(name, Shape.of()));
            long elements = tensor.shape().elements();
            if (group == 0 || tensor.shape().rows() == 1) {
                places.put(name, new Place(tensor, end, -1));
                end = Math.addExact(end, tensor.bytes());
                return;
            }
            if (elements % group != 0) {
                throw new IllegalArgumentException("tensor %s does not divide into groups of %d".formatted(tensor,
                        group));
            }
            places.put(name, new Place(tensor, end, end + elements));
            end = Math.addExact(end, elements + elements / group * Float.BYTES);
        }

        void requireEnd(long bytes) {
            if (end != bytes) {
                throw new IllegalArgumentException(("a checkpoint of llama2.c with its header has %d bytes, but the "
                        + "file has %d. Is it one, and complete?").formatted(end, bytes));
            }
        }
    }
}
