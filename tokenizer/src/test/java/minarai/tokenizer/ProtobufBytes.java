package minarai.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// Writes messages in Protocol Buffers' binary form, for tests.
final class ProtobufBytes {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    ProtobufBytes integer(int field, long value) {
        varint((long) field << 3);
        varint(value);
        return this;
    }

    ProtobufBytes float32(int field, float value) {
        varint((long) field << 3 | 5);
        bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
        return this;
    }

    ProtobufBytes text(int field, String value) {
        return message(field, value.getBytes(StandardCharsets.UTF_8));
    }

    ProtobufBytes message(int field, byte[] value) {
        varint((long) field << 3 | 2);
        varint(value.length);
        bytes.writeBytes(value);
        return this;
    }

    ProtobufBytes piece(String text, double score, int kind) {
        return message(1, new ProtobufBytes().text(1, text).float32(2, (float) score).integer(3, kind).toArray());
    }

    byte[] toArray() {
        return bytes.toByteArray();
    }

    private void varint(long value) {
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            bytes.write((int) rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        bytes.write((int) rest);
    }

    /// A small model with every kind of piece but unused ones.
    ///
    /// @param kind 1 unigram, 2 BPE
    static byte[] model(int kind) {
        var model = new ProtobufBytes().piece("<unk>", 0, 2).piece("<s>", 0, 3).piece("</s>", 0, 3);
        for (int b = 0; b < 256; b++) {
            model.piece(Model.byteName(b), 0, 6);
        }
        model.piece("<sep>", 0, 4).piece("ab", -1, 1).piece("▁the", -2, 1).piece("th", -2.5, 1).piece("he", -2.5, 1)
                .piece("▁", -3, 1).piece("a", -4, 1).piece("b", -4, 1).piece("t", -4.5, 1).piece("h", -5, 1)
                .piece("e", -5, 1).piece("猫", -6, 1);
        model.message(2, new ProtobufBytes().integer(3, kind).integer(35, 1).integer(43, -1).toArray());
        model.message(3, new ProtobufBytes().text(1, "identity").integer(4, 0).toArray());
        return model.toArray();
    }

    static PipelineTokenizer tokenizer(int kind) {
        return SentencePieceFile.of("small.model", ByteBuffer.wrap(model(kind)));
    }
}
