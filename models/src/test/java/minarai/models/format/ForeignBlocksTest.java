package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.SplittableRandom;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.Adapter;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Models in blocks that are read and not written: a file of random blocks is a model that answers and is trained on.
class ForeignBlocksTest {

    private static final int SIZE = 256;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(names = {"Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void aModelOfTheseBlocksIsLoadedAndTrainedOn(DataType type) throws IOException {
        Path plain = folder.resolve("plain.gguf");
        write(plain);
        var blocks = new LinkedHashMap<String, byte[]>();
        Path file = inBlocks(plain, type, blocks);
        assertEquals(15, blocks.size());
        try (var model = ModelFolder.open(file)) {
            assertRead(model, type, "blk.0.ffn_down.weight", "model.layers.0.mlp.down_proj.weight", blocks);
            assertRead(model, type, "token_embd.weight", "model.embed_tokens.weight", blocks);
            Path copy = folder.resolve("copy");
            ModelFolder.write(copy, model.config(), DataType.F32,
                    model.config().tensors().entrySet().stream().map(each ->
                    new Entry(model.writtenName(each.getKey()), DataType.F32, each.getValue(),
                            model.rows(each.getKey())))
                    .toList(), model, Map.of());
            float[] logits = FormatTableTest.logits(model);
            try (var exact = ModelFolder.open(copy)) {
                assertArrayEquals(FormatTableTest.logits(exact), logits);
            }
            for (float logit : logits) {
                assertTrue(Float.isFinite(logit), type.name());
            }
            FormatTableTest.assertTrained(model, Adapter.fresh(FormatTableTest.lora(model.config()), 5));
        }
    }

    /// A weight whose rows are in the order of the file holds what its blocks mean.
    private static void assertRead(ModelFolder model, DataType type, String inFile, String weight,
            Map<String, byte[]> blocks) {
        assertEquals(type, model.weights().tensor(model.storedName(weight)).type());
        float[] found = model.weights().read(model.storedName(weight));
        var expected = new float[found.length];
        FloatCodec.decode(type, ByteBuffer.wrap(blocks.getOrDefault(inFile, new byte[0]))
                .order(ByteOrder.LITTLE_ENDIAN), expected, 0, expected.length);
        assertArrayEquals(expected, found);
    }

    private static void write(Path plain) {
        var config = new LlamaConfig(ModelType.LLAMA, 90, SIZE, SIZE, 2, 2, 1, SIZE / 2, 1e-5, 10_000,
                new RopeScaling.None(), true, LlamaConfig.AttentionBias.NONE, OptionalInt.empty(), 64,
                OptionalInt.of(1), List.of(2));
        new GgufExport(config, name -> (row, target, offset) -> {
            var line = Tensor.zeros(1, SIZE);
            new Philox(4, name.hashCode() + row).fillNormal(name.contains("norm") ? 1 : 0, 0.1f, line);
            System.arraycopy(line.data(), 0, target, offset, SIZE);
        }, DataType.F32, "random", Optional.empty(), Map.of()).write(plain);
    }

    /// The same file with random blocks in place of its matrices, written from GGUF's definition: what stands before
    /// the list of tensors stays, the list and the numbers are new.
    private Path inBlocks(Path plain, DataType type, Map<String, byte[]> blocks) throws IOException {
        int number = GgufHeader.TYPES.entrySet().stream().filter(each -> each.getValue() == type).findFirst()
                .orElseThrow()
                .getKey();
        byte[] bytes = Files.readAllBytes(plain);
        SequencedMap<String, ByteBuffer> data = new LinkedHashMap<>();
        var list = ByteBuffer.allocate(1 << 14).order(ByteOrder.LITTLE_ENDIAN);
        var random = new SplittableRandom(number);
        long begin = 0;
        try (var file = GgufFile.open(plain)) {
            for (String name : file.names()) {
                var tensor = file.tensor(name);
                boolean isMatrix = tensor.shape().sizes().size() > 1;
                var stored = isMatrix ? random(type, Math.toIntExact(tensor.shape().rows()),
                        random) : numbers(file.read(name));
                if (isMatrix) {
                    blocks.put(name, stored);
                }
                data.put(name, ByteBuffer.wrap(stored));
                list.putLong(name.length()).put(name.getBytes(StandardCharsets.US_ASCII));
                list.putInt(tensor.shape().sizes().size());
                tensor.shape().sizes().reversed().forEach(list::putLong);
                list.putInt(isMatrix ? number : 0).putLong(begin);
                begin += aligned(stored.length);
            }
            int head = listStart(bytes, file);
            int start = aligned(head + list.position());
            var whole = ByteBuffer.allocate(Math.toIntExact(start + begin));
            whole.put(bytes, 0, head).put(list.flip()).position(start);
            for (ByteBuffer each : data.values()) {
                int size = each.remaining();
                int at = whole.position();
                whole.put(each).position(at + aligned(size));
            }
            return Files.write(folder.resolve("blocks.gguf"), whole.array());
        }
    }

    /// Where the first of the tensors' names begins with its length.
    private static int listStart(byte[] bytes, GgufFile file) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        return file.names().stream().mapToInt(text::indexOf).min().orElseThrow() - Long.BYTES;
    }

    private static int aligned(int bytes) {
        return Math.ceilDiv(bytes, GgufHeader.DEFAULT_ALIGNMENT) * GgufHeader.DEFAULT_ALIGNMENT;
    }

    private static byte[] numbers(float[] values) {
        var bytes = ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    /// Every code and every scale of 4, 6 or 8 bits; the scales in f16 are such that weights are below 1.
    private static byte[] random(DataType type, int rows, SplittableRandom random) {
        var bytes = new byte[rows * SIZE / type.block() * type.bytes()];
        random.nextBytes(bytes);
        var blocks = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < bytes.length; at += type.bytes()) {
            switch (type) {
                case Q6_K -> blocks.putShort(at + type.bytes() - Short.BYTES, Float.floatToFloat16(0x1p-14f));
                case Q4_K, Q5_K -> blocks.putShort(at, Float.floatToFloat16(0x1p-12f))
                        .putShort(at + Short.BYTES, Float.floatToFloat16(0x1p-9f));
                case Q5_0 -> blocks.putShort(at, Float.floatToFloat16(0x1p-7f));
                default -> blocks.putShort(at, Float.floatToFloat16(0x1p-6f))
                        .putShort(at + Short.BYTES, Float.floatToFloat16(-0x1p-3f));
            }
        }
        return bytes;
    }
}
