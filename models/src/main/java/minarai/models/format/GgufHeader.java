package minarai.models.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The header of a GGUF file of version 2 or 3, checked against the length of the file.
///
/// @param metadata all values by key, in the order of the file
/// @param tensors  all tensors by name, in the order of the file; shapes as elsewhere here, outermost size first
/// @param starts   where in the file the bytes of each tensor start
/// @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">the format</a>
record GgufHeader(SequencedMap<String, GgufValue> metadata, SequencedMap<String, StoredTensor> tensors,
        Map<String, Long> starts) {

    /// `GGUF` in the order of its bytes.
    static final int MAGIC = 0x46554747;
    static final int VERSION = 3;
    static final String ALIGNMENT = "general.alignment";
    static final int DEFAULT_ALIGNMENT = 32;

    /// The types of tensors by their number in files, where they are read.
    static final Map<Integer, DataType> TYPES = Map.ofEntries(Map.entry(0, DataType.F32), Map.entry(1, DataType.F16),
            Map.entry(2, DataType.Q4_0), Map.entry(3, DataType.Q4_1), Map.entry(6, DataType.Q5_0),
            Map.entry(7, DataType.Q5_1), Map.entry(8, DataType.Q8_0), Map.entry(12, DataType.Q4_K),
            Map.entry(13, DataType.Q5_K), Map.entry(14, DataType.Q6_K), Map.entry(30, DataType.BF16));

    private static final int OLDEST_VERSION = 2;
    private static final int MAX_KEYS = 1 << 16;
    private static final int MAX_NAME_BYTES = (1 << 16) - 1;
    private static final int MAX_RANK = 4;
    private static final int MAX_ALIGNMENT = 1 << 20;
    /// A key's length, at least one byte, a type and a value.
    private static final int LEAST_KEY_BYTES = 14;
    /// A name's length, at least one byte, a rank, a size, a type and an offset.
    private static final int LEAST_TENSOR_BYTES = 33;

    /// A tensor and where its bytes are said to lie, relative to the first tensor's.
    private record Extent(StoredTensor tensor, long begin) {
    }

    /// @throws IllegalArgumentException if the file is not a sound GGUF file; the message does not name it
    static GgufHeader read(FileChannel channel) throws IOException {
        var input = new GgufInput(channel);
        requireVersion(input);
        int tensors = input.count("tensors", SafetensorsHeader.MAX_TENSORS, LEAST_TENSOR_BYTES);
        int keys = input.count("keys", MAX_KEYS, LEAST_KEY_BYTES);
        var metadata = new LinkedHashMap<String, GgufValue>();
        for (int i = 0; i < keys; i++) {
            String key = input.text("a key", MAX_NAME_BYTES);
            if (metadata.containsKey(key)) {
                throw new IllegalArgumentException("the key %s is there twice".formatted(key));
            }
            metadata.put(key, input.value(key, input.type(key)));
        }
        var extents = new ArrayList<Extent>();
        for (int i = 0; i < tensors; i++) {
            extents.add(extent(input));
        }
        int alignment = alignment(metadata);
        long dataStart = Math.ceilDiv(input.position(), alignment) * (long) alignment;
        return placed(metadata, extents, dataStart, alignment, input.fileBytes());
    }

    private static void requireVersion(GgufInput input) throws IOException {
        if (input.u32("the first four bytes") != MAGIC) {
            throw new IllegalArgumentException("it does not begin with GGUF");
        }
        int version = input.u32("the version");
        if (version < OLDEST_VERSION || version > VERSION) {
            boolean isReversed = (version & 0xffff) == 0 && version != 0;
            throw new IllegalArgumentException(isReversed ? "it is big-endian, which is not read; convert it"
                    : "its version is %s; %d and %d are read".formatted(Integer.toUnsignedString(version),
                            OLDEST_VERSION, VERSION));
        }
    }

    private static Extent extent(GgufInput input) throws IOException {
        String name = input.text("the name of a tensor", MAX_NAME_BYTES);
        int rank = input.u32("the rank of " + name);
        if (rank < 1 || rank > MAX_RANK) {
            throw new IllegalArgumentException("tensor %s has %s sizes; 1 to %d are possible".formatted(name,
                    Integer.toUnsignedString(rank), MAX_RANK));
        }
        var sizes = new ArrayList<Long>();
        for (int i = 0; i < rank; i++) {
            sizes.addFirst(input.size("a size of " + name));
        }
        int number = input.u32("the type of " + name);
        DataType type = TYPES.get(number);
        if (type == null) {
            throw new IllegalArgumentException(("tensor %s is of the type with the number %s, which is not read; F32, "
                    + "F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K and Q6_K are").formatted(name,
                    Integer.toUnsignedString(number)));
        }
        var tensor = new StoredTensor(name, type, new Shape(sizes));
        if (tensor.shape().sizes().getLast() % type.block() != 0) {
            throw new IllegalArgumentException(("tensor %s has rows of %d numbers, which do not divide into the blocks "
                    + "of ").formatted(tensor, sizes.getLast()) + "%d of %s".formatted(type.block(), type));
        }
        return new Extent(tensor, input.size("the offset of " + name));
    }

    private static int alignment(Map<String, GgufValue> metadata) {
        if (!(metadata.getOrDefault(ALIGNMENT, GgufValue.of(DEFAULT_ALIGNMENT)) instanceof GgufValue.Whole alignment)
                || alignment.value() < Long.BYTES || alignment.value() > MAX_ALIGNMENT
                || Long.bitCount(alignment.value()) != 1) {
            throw new IllegalArgumentException("%s is %s; a power of two from 8 to %d is needed".formatted(ALIGNMENT,
                    metadata.get(ALIGNMENT), MAX_ALIGNMENT));
        }
        return (int) alignment.value();
    }

    /// Tensors follow each other, each at a multiple of the alignment, without overlap or gap, within the file.
    private static GgufHeader placed(SequencedMap<String, GgufValue> metadata, List<Extent> extents, long dataStart,
            int alignment, long fileBytes) {
        var tensors = new LinkedHashMap<String, StoredTensor>();
        var starts = new HashMap<String, Long>();
        long end = 0;
        for (Extent extent : extents.stream().sorted(Comparator.comparingLong(Extent::begin)).toList()) {
            var tensor = extent.tensor();
            long next = Math.ceilDiv(end, alignment) * (long) alignment;
            if (extent.begin() != next) {
                throw new IllegalArgumentException("tensor %s starts at %d of the data; after the one before it, %d is "
                        .formatted(tensor, extent.begin(), next) + "needed");
            }
            if (tensor.bytes() > fileBytes - dataStart - next) {
                throw new IllegalArgumentException(("tensor %s takes %d bytes, but %d are left of the file; is it "
                        + "complete?").formatted(tensor, tensor.bytes(), Math.max(0, fileBytes - dataStart - next)));
            }
            end = next + tensor.bytes();
            if (starts.put(tensor.name(), dataStart + next) != null) {
                throw new IllegalArgumentException("the tensor %s is there twice".formatted(tensor.name()));
            }
        }
        extents.forEach(extent -> tensors.put(extent.tensor().name(), extent.tensor()));
        return new GgufHeader(metadata, tensors, starts);
    }
}
