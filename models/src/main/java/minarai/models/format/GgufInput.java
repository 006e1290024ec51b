package minarai.models.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The header of a GGUF file, read from its beginning. Every length and count is compared with what is left of the file
/// before anything is read or allocated by it.
final class GgufInput {

    private static final int BUFFER_BYTES = 1 << 16;
    /// A chat template of this length would be a hundred times the longest known.
    private static final int MAX_TEXT_BYTES = 1 << 24;
    /// All values of all arrays: several vocabularies of a quarter of a million tokens with scores, types and merges.
    private static final int MAX_ITEMS = 1 << 22;
    private static final int MAX_DEPTH = 4;

    private final FileChannel channel;
    private final long fileBytes;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long position;
    private int items;

    GgufInput(FileChannel channel) throws IOException {
        this.channel = channel;
        fileBytes = channel.size();
    }

    /// Bytes read so far.
    long position() {
        return position;
    }

    long fileBytes() {
        return fileBytes;
    }

    private void require(int bytes, String what) throws IOException {
        if (bytes > fileBytes - position) {
            throw new IllegalArgumentException(("the file ends in the middle of %s, at byte %d; is it complete?")
                    .formatted(what, fileBytes));
        }
        if (buffer.remaining() < bytes) {
            buffer.compact();
            while (buffer.position() < bytes) {
                if (channel.read(buffer, position + buffer.position()) < 0) {
                    throw new IllegalArgumentException("the file became shorter while it was read");
                }
            }
            buffer.flip();
        }
        position += bytes;
    }

    int u32(String what) throws IOException {
        require(Integer.BYTES, what);
        return buffer.getInt();
    }

    private long u64(String what) throws IOException {
        require(Long.BYTES, what);
        return buffer.getLong();
    }

    /// A number of things that take at least `leastBytes` bytes each and therefore must fit what is left of the file.
    int count(String what, int most, int leastBytes) throws IOException {
        long count = u64(what);
        if (count < 0 || count > most || count > (fileBytes - position) / leastBytes) {
            throw new IllegalArgumentException("it claims %s %s, but at most %d fit what is left of the file"
                    .formatted(Long.toUnsignedString(count), what,
                            Math.min(most, (fileBytes - position) / leastBytes)));
        }
        return (int) count;
    }

    /// A size that must not be negative.
    long size(String what) throws IOException {
        long size = u64(what);
        if (size < 0) {
            throw new IllegalArgumentException("%s is %s, larger than any file".formatted(what,
                    Long.toUnsignedString(size)));
        }
        return size;
    }

    String text(String what, int mostBytes) throws IOException {
        byte[] bytes = new byte[count("bytes of " + what, mostBytes, 1)];
        for (int done = 0; done < bytes.length;) {
            int part = Math.min(bytes.length - done, BUFFER_BYTES);
            require(part, what);
            buffer.get(bytes, done, part);
            done += part;
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException malformed) {
            throw new IllegalArgumentException("%s is not UTF-8".formatted(what), malformed);
        }
    }

    GgufValue.Type type(String what) throws IOException {
        int number = u32("the type of " + what);
        return GgufValue.Type.of(number).orElseThrow(() -> new IllegalArgumentException(
                "%s has the unknown type of values %d".formatted(what, number)));
    }

    GgufValue value(String what, GgufValue.Type type) throws IOException {
        return value(what, type, 0);
    }

    private GgufValue value(String what, GgufValue.Type type, int depth) throws IOException {
        return switch (type) {
            case UINT8 -> new GgufValue.Whole(type, u8(what) & 0xff);
            case INT8 -> new GgufValue.Whole(type, u8(what));
            case UINT16 -> new GgufValue.Whole(type, u16(what) & 0xffff);
            case INT16 -> new GgufValue.Whole(type, u16(what));
            case UINT32 -> new GgufValue.Whole(type, Integer.toUnsignedLong(u32(what)));
            case INT32 -> new GgufValue.Whole(type, u32(what));
            case UINT64, INT64 -> new GgufValue.Whole(type, u64(what));
            case FLOAT32 -> new GgufValue.Real(type, Float.intBitsToFloat(u32(what)));
            case FLOAT64 -> new GgufValue.Real(type, Double.longBitsToDouble(u64(what)));
            case BOOL -> flag(what);
            case STRING -> new GgufValue.Text(text(what, MAX_TEXT_BYTES));
            case ARRAY -> items(what, depth + 1);
        };
    }

    private byte u8(String what) throws IOException {
        require(1, what);
        return buffer.get();
    }

    private short u16(String what) throws IOException {
        require(Short.BYTES, what);
        return buffer.getShort();
    }

    private GgufValue flag(String what) throws IOException {
        byte value = u8(what);
        if (value != 0 && value != 1) {
            throw new IllegalArgumentException("%s is the byte %d where 0 or 1 is needed".formatted(what, value));
        }
        return new GgufValue.Flag(value == 1);
    }

    private GgufValue items(String what, int depth) throws IOException {
        if (depth > MAX_DEPTH) {
            throw new IllegalArgumentException("%s nests arrays more than %d deep".formatted(what, MAX_DEPTH));
        }
        var type = type(what);
        int count = count("values of " + what, MAX_ITEMS - items, type.leastBytes());
        items += count;
        List<GgufValue> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(value(what, type, depth));
        }
        return new GgufValue.Items(type, values);
    }
}
