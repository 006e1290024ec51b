package minarai.tokenizer;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// The fields of one message in Protocol Buffers' binary form, one after another. Every length is checked against what
/// is left of the message; every error names the file and the message.
///
/// @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers, encoding</a>
final class Protobuf {

    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int LENGTH = 2;
    private static final int FIXED_32 = 5;

    private final String name;
    private final ByteBuffer rest;
    private int field;
    private int wireType;

    /// @param name  what errors call the message, e.g. `tokenizer.model: pieces[3]`
    /// @param bytes from the position to the limit
    Protobuf(String name, ByteBuffer bytes) {
        this.name = name;
        rest = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /// Goes to the next field, whose value must then be taken or skipped; false at the end of the message.
    boolean next() {
        if (!rest.hasRemaining()) {
            return false;
        }
        long tag = varint();
        if (tag >>> 3 == 0 || tag >>> 3 > 0x1FFF_FFFF) {
            throw error("has a field with the number %d".formatted(tag >>> 3));
        }
        field = (int) (tag >>> 3);
        wireType = (int) tag & 7;
        return true;
    }

    /// The number of the field.
    int field() {
        return field;
    }

    long integer() {
        require(VARINT, "a whole number");
        return varint();
    }

    boolean flag() {
        return integer() != 0;
    }

    float float32() {
        require(FIXED_32, "a float");
        return need(Float.BYTES).getFloat();
    }

    /// A message or bytes; shares the memory.
    ByteBuffer bytes() {
        require(LENGTH, "bytes");
        long length = varint();
        if (length < 0 || length > rest.remaining()) {
            throw error("has a field %d of %s bytes, but only %d are left".formatted(field,
                    Long.toUnsignedString(length), rest.remaining()));
        }
        ByteBuffer value = rest.slice(rest.position(), (int) length);
        rest.position(rest.position() + (int) length);
        return value;
    }

    String text() {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes()).toString();
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("%s: field %d is not UTF-8".formatted(name, field), e);
        }
    }

    /// Leaves the value out.
    void skip() {
        switch (wireType) {
            case VARINT -> varint();
            case FIXED_64 -> need(Long.BYTES).getLong();
            case LENGTH -> bytes();
            case FIXED_32 -> need(Float.BYTES).getInt();
            default -> throw error("has a field %d of wire type %d, which is not supported".formatted(field, wireType));
        }
    }

    private void require(int expected, String kind) {
        if (wireType != expected) {
            throw error("has a field %d of wire type %d but needs %s there".formatted(field, wireType, kind));
        }
    }

    private ByteBuffer need(int bytes) {
        if (rest.remaining() < bytes) {
            throw error("ends within field %d".formatted(field));
        }
        return rest;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            byte b = need(1).get();
            value |= (long) (b & 0x7F) << shift;
            if (b >= 0) {
                return value;
            }
        }
        throw error("has a number of more than ten bytes after field %d".formatted(field));
    }

    /// An error about this message.
    IllegalArgumentException error(String problem) {
        return new IllegalArgumentException("%s %s".formatted(name, problem));
    }
}
