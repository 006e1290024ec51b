package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import minarai.engine.Panels;
import minarai.engine.Storage;
import minarai.engine.StoredBlocks;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Quantized blocks against what GGUF's reference library makes of them; blocks.json says how it was made.
class BlockCodecTest {

    private static final int WIDTH = 16;

    private static JsonNode goldens() throws IOException {
        try (var resource = BlockCodecTest.class.getResourceAsStream("blocks.json")) {
            return new ObjectMapper().readTree(resource);
        }
    }

    private static float[] numbers(JsonNode bits) {
        var numbers = new float[bits.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = Float.intBitsToFloat(bits.get(i).intValue());
        }
        return numbers;
    }

    private static ByteBuffer blocks(JsonNode golden) {
        return ByteBuffer.wrap(HexFormat.of().parseHex(golden.get("blocks").stringValue()))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    @Test
    void blocksGiveTheReferencesNumbersBitForBit() throws IOException {
        int types = 0;
        for (JsonNode golden : goldens().get("decoded")) {
            var type = DataType.valueOf(golden.get("type").stringValue());
            float[] expected = numbers(golden.get("values"));
            var found = new float[expected.length + 3];
            var buffer = blocks(golden);
            FloatCodec.decode(type, buffer, found, 3, expected.length);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i] + 0f, found[3 + i] + 0f, type + " number " + i);
            }
            assertEquals(0, buffer.remaining(), type.name());
            types++;
        }
        assertEquals(8, types);
    }

    @Test
    void numbersGiveTheReferencesBlocksByteForByte() throws IOException {
        for (JsonNode golden : goldens().get("encoded")) {
            var type = DataType.valueOf(golden.get("type").stringValue());
            float[] numbers = numbers(golden.get("numbers"));
            var expected = blocks(golden);
            var found = ByteBuffer.allocate(expected.remaining()).order(ByteOrder.LITTLE_ENDIAN);
            FloatCodec.encode(type, numbers, 0, numbers.length, found);
            byte[] bytes = expected.array();
            if (type == DataType.Q4_0) {
                withoutNegativeZero(bytes);
            }
            assertArrayEquals(bytes, found.array(), type.name());
        }
    }

    /// The scale of a block of zeros is 0 / -8 there, and 0 here.
    private static void withoutNegativeZero(byte[] bytes) {
        for (int at = 0; at < bytes.length; at += DataType.Q4_0.bytes()) {
            if (bytes[at] == 0 && bytes[at + 1] == (byte) 0x80) {
                bytes[at + 1] = 0;
            }
        }
    }

    /// Random codes are not those that our own rounding would choose, so only a copy of the codes gives these numbers.
    @Test
    void foreignBlocksMeanTheSameInPanels() throws IOException {
        for (JsonNode golden : goldens().get("decoded")) {
            var type = DataType.valueOf(golden.get("type").stringValue());
            if (type != DataType.Q8_0 && type != DataType.Q4_0) {
                continue;
            }
            var storage = Storage.valueOf(type.name());
            float[] expected = numbers(golden.get("values"));
            Panels panels = Panels.allocate(WIDTH + 3, expected.length, WIDTH, storage);
            for (int row = 0; row < panels.rows(); row++) {
                StoredBlocks.setRow(panels, row, storage, blocks(golden));
            }
            var found = new float[expected.length];
            for (int row = 0; row < panels.rows(); row++) {
                panels.copyRow(row, found, 0);
                for (int i = 0; i < found.length; i++) {
                    assertEquals(expected[i] + 0f, found[i] + 0f, type + " number " + i);
                }
            }
        }
    }
}
