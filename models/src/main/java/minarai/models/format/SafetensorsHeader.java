package minarai.models.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// The header of a safetensors file, checked against the length of the file.
///
/// @param tensors  all tensors by name
/// @param starts   where in the file the bytes of each tensor start
/// @param metadata the texts of `__metadata__`
/// @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
record SafetensorsHeader(SortedMap<String, StoredTensor> tensors, Map<String, Long> starts,
        Map<String, String> metadata) {

    /// The largest header, in bytes, as in the reference.
    static final long MAX_BYTES = 100_000_000;
    /// More tensors than any published model has in one file.
    static final int MAX_TENSORS = 1 << 18;
    static final String METADATA = "__metadata__";

    private static final int LENGTH_BYTES = Long.BYTES;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(3)
                    .maxNumberLength(20)
                    .maxNameLength(4096)
                    .maxStringLength(1 << 20)
                    .build())
            .build();

    /// Where a tensor's bytes lie, relative to the end of the header.
    private record Extent(StoredTensor tensor, long begin, long end) {
    }

    /// @throws IllegalArgumentException if the file is not a sound safetensors file; the message does not name it
    static SafetensorsHeader read(FileChannel channel) throws IOException {
        long fileBytes = channel.size();
        long headerBytes = headerBytes(channel, fileBytes);
        var reader = new InputStreamReader(new ChannelWindow(channel, LENGTH_BYTES, headerBytes), UTF_8.newDecoder());
        var metadata = new LinkedHashMap<String, String>();
        var extents = new LinkedHashMap<String, Extent>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), reader)) {
            parse(parser, extents, metadata);
        } catch (JacksonException unreadable) {
            throw new IllegalArgumentException("its header is not the JSON it should be: " + Sentences.of(unreadable),
                    unreadable);
        }
        long dataStart = LENGTH_BYTES + headerBytes;
        var inOrder = extents.values().stream()
                .sorted(Comparator.comparingLong(Extent::begin).thenComparingLong(Extent::end))
                .toList();
        requireGapless(inOrder, fileBytes - dataStart);
        var tensors = new TreeMap<String, StoredTensor>();
        var starts = new HashMap<String, Long>();
        extents.forEach((name, extent) -> {
            tensors.put(name, extent.tensor());
            starts.put(name, dataStart + extent.begin());
        });
        return new SafetensorsHeader(tensors, starts, Map.copyOf(metadata));
    }

    private static long headerBytes(FileChannel channel, long fileBytes) throws IOException {
        if (fileBytes < LENGTH_BYTES + 2) {
            throw new IllegalArgumentException("it has %d bytes, too few for a header; is it complete?"
                    .formatted(fileBytes));
        }
        var start = ByteBuffer.allocate(LENGTH_BYTES + 1).order(ByteOrder.LITTLE_ENDIAN);
        while (start.hasRemaining()) {
            if (channel.read(start, start.position()) < 0) {
                throw new IllegalArgumentException("it ended while its header was read");
            }
        }
        long bytes = start.getLong(0);
        if (bytes < 2 || bytes > MAX_BYTES) {
            throw new IllegalArgumentException("its header claims %s bytes; 2 to %d are possible. Is it safetensors?"
                    .formatted(Long.toUnsignedString(bytes), MAX_BYTES));
        }
        if (bytes > fileBytes - LENGTH_BYTES) {
            throw new IllegalArgumentException("its header claims %d bytes, but the file has only %d; is it complete?"
                    .formatted(bytes, fileBytes));
        }
        if (start.get(LENGTH_BYTES) != '{') {
            throw new IllegalArgumentException("its header starts with byte 0x%02x instead of '{'"
                    .formatted(start.get(LENGTH_BYTES)));
        }
        return bytes;
    }

    private static void parse(JsonParser parser, Map<String, Extent> extents, Map<String, String> metadata) {
        require(parser, parser.nextToken(), JsonToken.START_OBJECT, "the header");
        boolean hasMetadata = false;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (name.equals(METADATA)) {
                if (hasMetadata) {
                    throw new IllegalArgumentException("its header names __metadata__ twice");
                }
                hasMetadata = true;
                parseMetadata(parser, metadata);
            } else if (extents.put(name, parseTensor(parser, name)) != null) {
                throw new IllegalArgumentException("its header names the tensor %s twice".formatted(name));
            }
            if (extents.size() > MAX_TENSORS) {
                throw new IllegalArgumentException("its header names more than %d tensors".formatted(MAX_TENSORS));
            }
        }
        require(parser, parser.currentToken(), JsonToken.END_OBJECT, "the header");
        if (parser.nextToken() != null) {
            throw new IllegalArgumentException("something follows the JSON object of its header");
        }
    }

    private static void parseMetadata(JsonParser parser, Map<String, String> metadata) {
        require(parser, parser.nextToken(), JsonToken.START_OBJECT, METADATA);
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            require(parser, parser.nextToken(), JsonToken.VALUE_STRING, METADATA + " " + key);
            if (metadata.put(key, parser.getString()) != null) {
                throw new IllegalArgumentException("its __metadata__ names %s twice".formatted(key));
            }
        }
    }

    private static Extent parseTensor(JsonParser parser, String name) {
        String what = "tensor " + name;
        require(parser, parser.nextToken(), JsonToken.START_OBJECT, what);
        Optional<DataType> type = Optional.empty();
        Optional<List<Long>> shape = Optional.empty();
        Optional<List<Long>> offsets = Optional.empty();
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            boolean isRepeated = switch (key) {
                case "dtype" -> type.isPresent();
                case "shape" -> shape.isPresent();
                case "data_offsets" -> offsets.isPresent();
                default -> throw new IllegalArgumentException("%s has the unknown field %s".formatted(what, key));
            };
            if (isRepeated) {
                throw new IllegalArgumentException("%s has the field %s twice".formatted(what, key));
            }
            switch (key) {
                case "dtype" -> type = Optional.of(parseType(parser, what));
                case "shape" -> shape = Optional.of(parseSizes(parser, what + " shape", 16));
                default -> offsets = Optional.of(parseSizes(parser, what + " data_offsets", 2));
            }
        }
        if (type.isEmpty() || shape.isEmpty() || offsets.isEmpty() || offsets.get().size() != 2) {
            throw new IllegalArgumentException("%s needs dtype, shape and two data_offsets".formatted(what));
        }
        var tensor = new StoredTensor(name, type.get(), new Shape(shape.get()));
        return new Extent(tensor, offsets.get().getFirst(), offsets.get().getLast());
    }

    private static DataType parseType(JsonParser parser, String what) {
        require(parser, parser.nextToken(), JsonToken.VALUE_STRING, what + " dtype");
        String name = parser.getString();
        return DataType.named(name).orElseThrow(() -> new IllegalArgumentException(
                "%s has the unknown dtype %s".formatted(what, name)));
    }

    private static List<Long> parseSizes(JsonParser parser, String what, int limit) {
        require(parser, parser.nextToken(), JsonToken.START_ARRAY, what);
        var sizes = new ArrayList<Long>(2);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            require(parser, parser.currentToken(), JsonToken.VALUE_NUMBER_INT, what);
            sizes.add(parser.getLongValue());
            if (sizes.getLast() < 0 || sizes.size() > limit) {
                throw new IllegalArgumentException("%s must be at most %d numbers, none negative"
                        .formatted(what, limit));
            }
        }
        return sizes;
    }

    private static void requireGapless(List<Extent> extents, long dataBytes) {
        long end = 0;
        for (Extent extent : extents) {
            var tensor = extent.tensor();
            if (extent.begin() != end) {
                throw new IllegalArgumentException("tensor %s starts at %d, but the one before it ends at %d"
                        .formatted(tensor.name(), extent.begin(), end));
            }
            if (extent.end() < extent.begin() || extent.end() - extent.begin() != tensor.bytes()) {
                throw new IllegalArgumentException("tensor %s needs %d bytes but has data_offsets [%d, %d]"
                        .formatted(tensor, tensor.bytes(), extent.begin(), extent.end()));
            }
            end = extent.end();
        }
        if (end != dataBytes) {
            throw new IllegalArgumentException("its tensors take %d bytes, but %d follow the header; is it complete?"
                    .formatted(end, dataBytes));
        }
    }

    private static void require(JsonParser parser, JsonToken found, JsonToken needed, String what) {
        if (found != needed) {
            throw new IllegalArgumentException("%s needs %s at character %d, not %s".formatted(what, needed,
                    parser.currentTokenLocation().getCharOffset(),
                    found == null ? "the end" : found));
        }
    }
}
