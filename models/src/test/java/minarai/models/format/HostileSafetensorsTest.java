package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import minarai.engine.Tensor;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostileSafetensorsTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "[]                                                                       | starts with byte",
        "' {}'                                                                    | starts with byte",
        "{} x                                                                     | JSON",
        "{}{}                                                                     | follows",
        "{\"a\":1}                                                                | tensor a needs START_OBJECT",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}                                | two data_offsets",
        "{\"a\":{\"dtype\":\"F33\",\"shape\":[1],\"data_offsets\":[0,4]}}         | unknown dtype F33",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"x\":1}} | unknown field x",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"shape\":[1],\"data_offsets\":[0,4]}} | twice",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}         | needs 8 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}         | starts at 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,8]}}         | starts at 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}        | none negative",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1.0],\"data_offsets\":[0,4]}}       | VALUE_NUMBER_FLOAT",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[[1]],\"data_offsets\":[0,4]}}       | depth",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}} | larger than any file",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[4611686018427387904],\"data_offsets\":[0,4]}} | larger than any file",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[9999999999999999999],\"data_offsets\":[0,4]}} | range",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[1],"
            + "\"data_offsets\":[0,4]}} | twice",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],"
            + "\"data_offsets\":[2,4]}} | the one before it ends at 3",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},\"b\":{\"dtype\":\"U8\",\"shape\":[2],"
            + "\"data_offsets\":[2,4]}} | the one before it ends at 1",
        "{\"__metadata__\":{\"a\":1}}                                             | VALUE_STRING",
        "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}                             | twice",
        "{\"__metadata__\":{},\"__metadata__\":{}}                                | twice",
        "{}                                                                       | take 0 bytes"})
    void anUnsoundHeaderIsRefusedWithTheReason(String header, String reason) throws IOException {
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        Path path = write(file(text.length, text, 4));
        var refusal = assertThrows(IllegalArgumentException.class, () -> SafetensorsFile.open(path));
        assertTrue(refusal.getMessage().contains(reason), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(path.toString()), refusal.getMessage());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 3, 100_000_000, 100_000_001, 1L << 40, Long.MAX_VALUE, -1, Long.MIN_VALUE})
    void anAbsurdHeaderLengthIsRefused(long length) throws IOException {
        Path path = write(file(length, "{}".getBytes(StandardCharsets.UTF_8), 0));
        assertThrows(IllegalArgumentException.class, () -> SafetensorsFile.open(path));
    }

    @Test
    void aDeepOrEndlessHeaderIsRefused() throws IOException {
        for (String header : List.of("{\"a\":".repeat(100_000), "{\"a\":{\"shape\":[" + "1,".repeat(500_000),
                "{\"a\":{\"shape\":[" + "1".repeat(500_000), "{\"" + "a".repeat(5_000_000),
                "{\"a\":{\"dtype\":\"" + "F".repeat(5_000_000), "{\"\u0000", "{\"\ud800\"")) {
            byte[] text = header.getBytes(StandardCharsets.UTF_8);
            Path path = write(file(text.length, text, 0));
            assertThrows(IllegalArgumentException.class, () -> SafetensorsFile.open(path));
        }
        byte[] notUtf8 = "{\"_\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}}"
                .getBytes(StandardCharsets.UTF_8);
        notUtf8[2] = (byte) 0xff;
        Path path = write(file(notUtf8.length, notUtf8, 0));
        assertThrows(IllegalArgumentException.class, () -> SafetensorsFile.open(path));
    }

    @Test
    void damageIsRefusedOrChangesOnlyTheValuesItHits() throws IOException {
        Path sound = folder.resolve("sound.safetensors");
        var matrix = Tensor.of(3, 4, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
        SafetensorsWriter.write(sound, List.of(Entry.matrix("layer.weight", DataType.F32, matrix),
                Entry.matrix("half.weight", DataType.BF16, matrix), Entry.vector("bias", DataType.F16,
                        Tensor.of(1, 2, 1, 2))), Map.of("format", "pt"));
        byte[] bytes = Files.readAllBytes(sound);
        int headerEnd = 8 + (int) ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
        var values = values(sound);
        var random = new SplittableRandom(20);
        int accepted = 0;
        int trials = Math.max(1500, Damage.TRIALS);
        for (int trial = 0; trial < trials; trial++) {
            byte[] damaged = Damage.damaged(bytes, headerEnd, random, trial);
            Path path = write(damaged);
            try {
                var found = values(path);
                accepted++;
                boolean isDataSound = Arrays.equals(damaged, headerEnd, damaged.length, bytes, headerEnd, bytes.length);
                for (var entry : found.entrySet()) {
                    if (isDataSound && values.containsKey(entry.getKey())) {
                        assertArrayEquals(values.get(entry.getKey()), entry.getValue(), "trial " + trial);
                    }
                }
            } catch (IllegalArgumentException | UncheckedIOException refusal) {
                assertFalse(refusal.getMessage().isBlank(), "trial " + trial);
            } catch (RuntimeException other) {
                fail("trial " + trial, other);
            }
        }
        assertTrue(accepted > trials / 15 && accepted < trials * 14 / 15, accepted + " accepted");
    }

    /// The length before the header is that of the damaged header, and the tensors follow it.
    @Test
    void aDamagedHeaderOfTheRightLengthIsReadOrRefused() throws IOException {
        byte[] header = ("{\"__metadata__\":{\"format\":\"pt\"},"
                + "\"a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
                + "\"b\":{\"dtype\":\"BF16\",\"shape\":[3,2],\"data_offsets\":[24,36]},"
                + "\"c\":{\"dtype\":\"U8\",\"shape\":[12],\"data_offsets\":[36,48]}}").getBytes(StandardCharsets.UTF_8);
        Path path = write(file(header.length, header, 48));
        Damage.survives(path, header, header.length, 24, text -> file(text.length, text, 48),
                HostileSafetensorsTest::readAll);
    }

    private static void readAll(Path path) {
        try (var file = SafetensorsFile.open(path)) {
            for (String name : file.names()) {
                if (file.tensor(name).type().isWeight()) {
                    file.readMatrix(name);
                    file.readTransposed(name);
                }
                file.readBytes(name, (bytes, length) -> { });
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors.index.json", "model-00001-of-00002.safetensors"})
    void aDamagedIndexOrFileOfSeveralIsReadOrRefused(String file) throws IOException {
        var matrix = Tensor.of(2, 3, 1, 2, 3, 4, 5, 6);
        ShardedSafetensors.write(folder, List.of(Entry.matrix("a.weight", DataType.F32, matrix),
                Entry.matrix("b.weight", DataType.F16, matrix), Entry.matrix("c.weight", DataType.BF16, matrix)),
                Map.of("format", "pt"), 30);
        Damage.survives(folder.resolve(file), 400, 25, _ -> {
            try (var model = ShardedSafetensors.open(folder.resolve("model.safetensors.index.json"))) {
                model.names().forEach(model::readMatrix);
            }
        });
    }

    /// The values of all tensors by name and shape.
    private static Map<StoredTensor, float[]> values(Path path) {
        var values = new TreeMap<StoredTensor, float[]>(Comparator.comparing(StoredTensor::toString));
        try (var file = SafetensorsFile.open(path)) {
            for (String name : file.names()) {
                values.put(file.tensor(name), file.read(name));
            }
        }
        return values;
    }

    private static byte[] file(long length, byte[] header, int data) {
        return ByteBuffer.allocate(8 + header.length + data).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(length).put(header).array();
    }

    private Path write(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("hostile.safetensors"), bytes);
    }

    @Test
    void anIndexAndItsFilesMustAgree() throws IOException {
        SafetensorsWriter.write(folder.resolve("one.safetensors"),
                List.of(Entry.vector("a", DataType.F32, Tensor.of(1, 1, 5)),
                        Entry.vector("b", DataType.F32, Tensor.of(1, 1, 6))), Map.of());
        var cases = new ArrayList<List<String>>(List.of(
                List.of("{\"weight_map\":{\"a\":\"one.safetensors\"}}", "has the tensor b"),
                List.of("{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\","
                        + "\"c\":\"one.safetensors\"}}", "tensor c is in"),
                List.of("{\"weight_map\":{\"a\":\"two.safetensors\"}}", "two.safetensors, which it lists, is missing"),
                List.of("{\"weight_map\":{\"a\":\"../one.safetensors\"}}", "not a file name"),
                List.of("{\"weight_map\":{\"a\":\"/etc/one.safetensors\"}}", "not a file name"),
                List.of("{\"weight_map\":{\"a\":1}}", "not a file name"),
                List.of("{\"weight_map\":{\"a\":\"one.safetensors\",\"a\":\"one.safetensors\"}}", "uplicate"),
                List.of("{\"weight_map\":[]}", "no object weight_map"),
                List.of("[]", "not a JSON object"),
                List.of("", "holds nothing")));
        for (var each : cases) {
            Path index = Files.writeString(folder.resolve("model.safetensors.index.json"), each.getFirst());
            var refusal = assertThrows(IllegalArgumentException.class, () -> ShardedSafetensors.open(index));
            assertTrue(refusal.getMessage().contains(each.getLast()), refusal.getMessage());
        }
        Path index = Files.writeString(folder.resolve("model.safetensors.index.json"),
                "{\"weight_map\":{\"a\":\"one.safetensors\",\"b\":\"one.safetensors\"}}");
        try (var sharded = ShardedSafetensors.open(index)) {
            assertArrayEquals(new float[] {6}, sharded.read("b"));
        }
    }
}
