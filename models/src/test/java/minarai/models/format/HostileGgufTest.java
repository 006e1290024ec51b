package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import minarai.engine.Tensor;
import minarai.models.format.LlamaConfig.AttentionBias;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import org.junit.jupiter.params.provider.ValueSource;

class HostileGgufTest {

    @TempDir
    Path folder;

    /// The header of a file, built by hand.
    private static final class Header {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        static Header of(long tensors, long keys) {
            return new Header().u32(GgufHeader.MAGIC).u32(3).u64(tensors).u64(keys);
        }

        Header u32(int value) {
            bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
            return this;
        }

        Header u64(long value) {
            bytes.writeBytes(ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array());
            return this;
        }

        Header text(String text) {
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            u64(encoded.length);
            bytes.writeBytes(encoded);
            return this;
        }

        Header zeros(int count) {
            bytes.writeBytes(new byte[count]);
            return this;
        }
    }

    private IllegalArgumentException refusal(Header header) throws IOException {
        Path path = Files.write(folder.resolve("hostile.gguf"), header.bytes.toByteArray());
        var refusal = assertThrows(IllegalArgumentException.class, () -> GgufFile.open(path));
        assertTrue(refusal.getMessage().contains(path.toString()), refusal.getMessage());
        return refusal;
    }

    private void refuses(Header header, String reason) throws IOException {
        var refusal = refusal(header);
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
    }

    private static Header tensor(String name, int rank, long size, int type, long offset) {
        return Header.of(1, 0).text(name).u32(rank).u64(size).u32(type).u64(offset).zeros(256);
    }

    @Test
    void anUnsoundHeaderIsRefusedWithTheReason() throws IOException {
        refuses(new Header().u32(0x46554746).zeros(20), "does not begin with GGUF");
        refuses(new Header().u32(GgufHeader.MAGIC).u32(1).zeros(16), "version is 1");
        refuses(new Header().u32(GgufHeader.MAGIC).u32(3 << 24).zeros(16), "big-endian");
        refuses(new Header().u32(GgufHeader.MAGIC), "is it complete");
        refuses(Header.of(0, 1).text("a").u32(13).zeros(64), "unknown type of values 13");
        refuses(Header.of(0, 1).text("a").u32(7).u32(2), "0 or 1 is needed");
        refuses(Header.of(0, 2).text("a").u32(4).u32(1).text("a").u32(4).u32(1).zeros(64), "there twice");
        refuses(Header.of(0, 1).text("general.alignment").u32(4).u32(24), "a power of two");
        refuses(Header.of(0, 1).text("general.alignment").u32(8).text("32"), "a power of two");
        refuses(tensor("a", 0, 1, 0, 0), "has 0 sizes");
        refuses(tensor("a", 5, 1, 0, 0), "has 5 sizes");
        refuses(tensor("a", 1, -1, 0, 0), "larger than any file");
        refuses(tensor("a", 1, 1, 99, 0), "number 99");
        refuses(tensor("a", 1, 33, 8, 0), "do not divide into the blocks");
        refuses(tensor("a", 1, 1, 0, 32), "0 is needed");
        refuses(tensor("a", 1, 1L << 40, 0, 0), "is it complete");
        refuses(tensor("a", 1, Long.MAX_VALUE, 0, 0), "larger than any file");
        refuses(Header.of(2, 0).text("a").u32(1).u64(1).u32(0).u64(0).text("a").u32(1).u64(1).u32(0).u64(32).zeros(128),
                "there twice");
        refuses(Header.of(2, 0).text("a").u32(1).u64(1).u32(0).u64(0).text("b").u32(1).u64(1).u32(0).u64(0).zeros(128),
                "after the one before it, 32 is needed");
        refuses(Header.of(1, 0).text("a").u32(2).u64(1L << 33).u64(1L << 33).u32(0).u64(0).zeros(64),
                "larger than any");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, Long.MAX_VALUE, 1L << 62, 1L << 32, 1 << 17})
    void anAbsurdCountIsRefusedBeforeAnythingIsAllocated(long count) throws IOException {
        refuses(Header.of(count, 0).zeros(64), "tensors");
        refuses(Header.of(0, count).zeros(64), "keys");
        refuses(Header.of(0, 1).u64(count).zeros(64), "bytes of a key");
        refuses(Header.of(0, 1).text("a").u32(8).u64(count).zeros(64), "bytes of a");
        refuses(Header.of(0, 1).text("a").u32(9).u32(8).u64(count).zeros(64), "values of a");
        refuses(Header.of(0, 1).text("a").u32(9).u32(0).u64(count).zeros(64), "values of a");
    }

    @Test
    void deepListsAndTextsThatAreNotUtf8AreRefused() throws IOException {
        var deep = Header.of(0, 1).text("a").u32(9);
        for (int i = 0; i < 10_000; i++) {
            deep.u32(9).u64(1);
        }
        refuses(deep, "nests arrays");
        refuses(Header.of(0, 1).text("a").u32(8).u64(2).u32(0xffffffff), "not UTF-8");
    }

    private static LinkedHashMap<String, GgufValue> values() {
        var values = new LinkedHashMap<String, GgufValue>();
        values.put("general.architecture", GgufValue.of("llama"));
        for (var type : GgufValue.Type.values()) {
            switch (type) {
                case UINT8, UINT16, UINT32, UINT64 -> values.put("a." + type, new GgufValue.Whole(type, 200));
                case INT8, INT16, INT32, INT64 -> values.put("a." + type, new GgufValue.Whole(type, -100));
                case FLOAT32, FLOAT64 -> values.put("a." + type, new GgufValue.Real(type, 0.625));
                case BOOL -> values.put("a." + type, GgufValue.of(true));
                case STRING -> values.put("a." + type, GgufValue.of("見習い\n"));
                case ARRAY -> {
                    values.put("a.texts", GgufValue.ofTexts(List.of("a", "", "🙂")));
                    values.put("a.lists", new GgufValue.Items(type, List.of(GgufValue.ofIntegers(List.of(1, -2)),
                            GgufValue.ofNumbers(List.of(1.5f)), GgufValue.ofTexts(List.of()))));
                }
            }
        }
        return values;
    }

    private Path written() {
        var random = new SplittableRandom(8);
        var tensors = new ArrayList<GgufWriter.Entry>();
        for (var type : List.of(DataType.F32, DataType.F16, DataType.BF16, DataType.Q8_0, DataType.Q4_0)) {
            tensors.add(entry("tensor." + type, type, random));
        }
        Path path = folder.resolve("sound.gguf");
        GgufWriter.write(path, values(), tensors);
        return path;
    }

    private static GgufWriter.Entry entry(String name, DataType type, SplittableRandom random) {
        var matrix = Tensor.zeros(3, 64);
        for (int i = 0; i < matrix.size(); i++) {
            matrix.data()[i] = (float) random.nextDouble(-1, 1);
        }
        return new GgufWriter.Entry(name, type, Shape.of(3, 64), (row, target, offset) ->
                System.arraycopy(matrix.data(), row * 64, target, offset, 64));
    }

    @Test
    void whatIsWrittenIsReadAndWrittenAgainByteForByte() throws IOException {
        Path path = written();
        try (var file = GgufFile.open(path)) {
            assertEquals(values(), file.values());
            assertEquals(5, file.names().size());
            var again = new ArrayList<GgufWriter.Entry>();
            for (var type : List.of(DataType.F32, DataType.F16, DataType.BF16, DataType.Q8_0, DataType.Q4_0)) {
                var tensor = file.tensor("tensor." + type);
                assertEquals(type, tensor.type());
                again.add(new GgufWriter.Entry(tensor.name(), type, tensor.shape(), (row, target, offset) ->
                        file.readRows(tensor.name(), row, 1, target, offset)));
            }
            Path copy = folder.resolve("copy.gguf");
            GgufWriter.write(copy, file.values(), again);
            assertArrayEquals(Files.readAllBytes(path), Files.readAllBytes(copy));
        }
    }

    private static void readAll(Path path) {
        try (var file = GgufFile.open(path)) {
            for (String name : file.names()) {
                if (file.tensor(name).shape().elements() < 1 << 20) {
                    file.read(name);
                    file.readBytes(name, (bytes, length) -> { });
                }
            }
            StoredVocabulary.of(file);
        }
    }

    @Test
    void aDamagedFileIsReadOrRefused() throws IOException {
        Damage.survives(written(), 1200, 21, HostileGgufTest::readAll);
    }

    /// A model with all that is read otherwise than it lies there: turned rows, factors of rotary frequencies, a
    /// vocabulary.
    private Path model() {
        var config = new LlamaConfig(ModelType.LLAMA, 8, 8, 12, 2, 2, 1, 4, 1e-5, 10_000,
                new RopeScaling.Llama3(8, 1, 4, 32), false, AttentionBias.QKVO, OptionalInt.empty(), 64,
                OptionalInt.of(1), List.of(2));
        var tokens = List.of("<unk>", "<s>", "</s>", "a", "b", "ab", "▁", "▁a");
        var vocabulary = new StoredVocabulary("llama", Optional.of("default"), tokens,
                List.of(0f, 0f, 0f, -1f, -2f, -3f, -4f, -5f), List.of(2, 3, 3, 1, 1, 1, 1, 1), List.of(),
                Map.of("bos_token_id", 1, "eos_token_id", 2), Map.of("add_bos_token", true), List.of(),
                Optional.of("{{ messages }}"));
        Path path = folder.resolve("model.gguf");
        new GgufExport(config, name -> (row, target, offset) -> target[offset] = row, DataType.F32, "small",
                Optional.of(vocabulary), Map.of()).write(path);
        return path;
    }

    @Test
    void aDamagedModelIsReadOrRefused() throws IOException {
        Damage.survives(model(), 3000, 22, damaged -> {
            try (var model = ModelFolder.open(damaged)) {
                model.sha256();
            }
        });
    }

    /// The settings behind the factors are searched for: not with lists as long as a header claims.
    @ParameterizedTest
    @ValueSource(ints = {6, 1 << 20, Integer.MAX_VALUE})
    void factorsForHeadsOfAnotherSizeAreRefusedAtOnce(int headSize) {
        String message = assertThrows(IllegalArgumentException.class,
                () -> RotaryFactors.scaling(new float[] {1, 8}, headSize, 10_000)).getMessage();
        assertTrue(message.contains("has 2 numbers for heads of " + headSize), message);
    }

    @Test
    void aMillionFactorsAreRefusedAtOnce() {
        var factors = new float[1 << 20];
        Arrays.fill(factors, 1);
        factors[factors.length - 1] = 3;
        assertTimeoutPreemptively(Duration.ofSeconds(5), () -> assertThrows(IllegalArgumentException.class,
                () -> RotaryFactors.scaling(factors, 1 << 21, 1.0000001)));
    }

    @ParameterizedTest
    @EnumSource(value = DataType.class, mode = Mode.INCLUDE, names = {"Q4_1", "Q5_0", "Q4_K", "Q6_K", "I32"})
    void whatIsNotWrittenIsRefused(DataType type) {
        assertThrows(IllegalArgumentException.class, () -> entry("a", type, new SplittableRandom(1)));
    }
}
