package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import minarai.engine.Panels;
import minarai.engine.Philox;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.models.SharedData;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {

    @TempDir
    Path folder;

    @Test
    void filesOfAnotherWriterAreReadAsTheyWereMeant() {
        try (var file = SafetensorsFile.open(SharedData.path("goldens/safetensors/tensor-3d-float32.safetensors"))) {
            assertEquals("2 x 2 x 3", file.tensor("embedding").shape().toString());
            assertArrayEquals(new float[] {22, 23, 24, 11, 12, 13, 2, 3, 4, 1, 2, 3}, file.read("embedding"));
        }
        try (var file = SafetensorsFile.open(SharedData.path("goldens/safetensors/tensor-4d-float32.safetensors"))) {
            assertArrayEquals(new float[] {11, 12, 13, 1, 2, 3, 4, 5, 6, 22, 23, 24, 15, 16, 17, 17, 18, 19},
                    file.read("embedding"));
        }
    }

    @ParameterizedTest
    @CsvSource({"tensor-1d-int32, I32", "tensor-2d-float64, F64"})
    void numbersThatAreNoWeightsAreListedButNotRead(String name, DataType type) {
        try (var file = SafetensorsFile.open(SharedData.path("goldens/safetensors/" + name + ".safetensors"))) {
            assertEquals(type, file.tensor("embedding").type());
            var refusal = assertThrows(IllegalArgumentException.class, () -> file.read("embedding"));
            assertTrue(refusal.getMessage().contains(type + " numbers are not read as weights"), refusal.getMessage());
        }
    }

    /// First tensor by name, its numbers summed one after the other in f64, and the content hash, computed from the
    /// documented layout by a Python script with `struct` and `hashlib`.
    @ParameterizedTest
    @CsvSource({
        "models/TinyStories-656K-hf, 2512.834466814995, "
            + "6b5877296ca92bc839f3968cca2d05f4a8bba07899289f6e05f61f39f1efd549",
        "goldens/hf/models/llama-tiny, -5.542987296589217, "
            + "e2baa7eabce68428cd9cb849b7922ab02364c45a650e4720f7b6bc6b2137bd63",
        "goldens/hf/models/llama-tiny-bf16, -12.723946988582611, "
            + "fb28425e55c05a54dfd36e2e7e8d4ab861d45a1e2f29ee52fbd6c9d8bd602bd4",
        "goldens/hf/models/mistral-tiny, 21.15098778666652, "
            + "ea9802165c4a8dd01f60d7ff431d79ca6bec13041812d9edd779ad5733c22efd",
        "goldens/hf/models/qwen2-tiny, 24.96246863170836, "
            + "8cc28bf8fb18e7762a2192a0068006c08773b54dff0429efe1060bc60c89491d"})
    void valuesAndHashEqualThoseOfAnIndependentReader(String model, double sum, String hash) {
        try (var opened = ModelFolder.open(SharedData.path(model))) {
            double total = 0;
            for (float value : opened.weights().read(opened.weights().names().first())) {
                total += value;
            }
            assertEquals(sum, total);
            assertEquals(hash, opened.sha256());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/TinyStories-656K-hf/model", "goldens/hf/models/llama-tiny/model",
        "goldens/hf/models/llama-tiny-bf16/model", "goldens/hf/models/mistral-tiny/model",
        "goldens/hf/lora/qwen2-all-r8-rslora/adapter_final/adapter_model",
        "goldens/safetensors/tensor-3d-float32", "goldens/safetensors/tensor-4d-float32"})
    void aFileOfTheReferenceWriterIsWrittenAgainByteForByte(String name) throws IOException {
        Path golden = SharedData.path(name + ".safetensors");
        Path copy = folder.resolve("copy.safetensors");
        try (var file = SafetensorsFile.open(golden)) {
            SafetensorsWriter.write(copy, entries(file), file.metadata());
        }
        assertEquals(-1, Files.mismatch(golden, copy));
    }

    @Test
    void whatIsWrittenIsReadBack() {
        var random = new SplittableRandom(7);
        var matrix = Tensor.zeros(37, 2000);
        for (int i = 0; i < matrix.size(); i++) {
            matrix.data()[i] = Float.intBitsToFloat(FloatCodec.toBfloat16((float) random.nextGaussian()) << 16);
        }
        var panels = Panels.pack(matrix, 16);
        var vector = Tensor.of(1, 3, 1, -0f, Float.MIN_VALUE);
        Path path = folder.resolve("some.safetensors");
        SafetensorsWriter.write(path, List.of(Entry.vector("vector", DataType.F32, vector),
                Entry.matrix("panels", DataType.BF16, panels), Entry.matrix("名 \"q\"\n", DataType.F32, matrix),
                new Entry("empty", DataType.F16, Shape.of(0, 5), (row, target, offset) -> { })),
                Map.of("b", "2", "a", "出力"));
        try (var file = SafetensorsFile.open(path)) {
            assertEquals(Map.of("a", "出力", "b", "2"), file.metadata());
            assertArrayEquals(matrix.data(), file.read("名 \"q\"\n"));
            assertArrayEquals(matrix.data(), file.read("panels"));
            assertArrayEquals(panels.unpack().toArray(),
                    file.readPanels("panels", 16, Storage.F32).unpack().toArray());
            assertArrayEquals(vector.data(), file.readMatrix("vector").data());
            assertEquals(0, file.read("empty").length);
            var rows = new float[2 * 2000 + 5];
            file.readRows("panels", 35, 2, rows, 5);
            assertEquals(matrix.at(36, 1999), rows[rows.length - 1]);
            assertEquals(matrix.at(35, 0), rows[5]);
            assertThrows(IllegalArgumentException.class, () -> file.readRows("panels", 36, 2, rows, 0));
            assertThrows(IllegalArgumentException.class, () -> file.readRows("panels", 35, 2, rows, 6));
            assertThrows(IllegalArgumentException.class, () -> file.readRows("panels", -1, 1, rows, 0));
            assertThrows(IllegalArgumentException.class, () -> file.readRows("panels", 0, 1, rows, -1));
            assertThrows(IllegalArgumentException.class, () -> file.read("absent"));
        }
    }

    /// 3000 columns are read in parts of 64 rows, 7 in one.
    @ParameterizedTest
    @CsvSource({"200, 3000, F32", "200, 3000, BF16", "160, 3000, Q8_0", "160, 3000, Q4_0", "200, 7, Q8_0",
            "1, 1, BF16"})
    void aTransposeReadInPartsIsTheWholeOneTransposed(int rows, int columns, Storage storage) {
        var matrix = Tensor.zeros(rows, columns);
        new Philox(5, 6).fillUniform(-1, 1, matrix);
        Path path = folder.resolve("some.safetensors");
        SafetensorsWriter.write(path, List.of(Entry.matrix("weight", DataType.F32, matrix)), Map.of());
        try (var file = SafetensorsFile.open(path)) {
            var panels = file.readTransposedPanels("weight", 16, storage);
            assertEquals(storage.forColumns(rows), panels.storage());
            assertArrayEquals(Panels.pack(file.readTransposed("weight"), 16, storage).unpack().toArray(),
                    panels.unpack().toArray());
        }
    }

    @Test
    void tensorsBeyondTwoGigabytesAreFound() throws IOException {
        long rows = (1L << 31) / 4096 + 3;
        Path path = folder.resolve("large.safetensors");
        byte[] header = "{\"a\":{\"dtype\":\"BF16\",\"shape\":[%d,4096],\"data_offsets\":[0,%d]}}"
                .formatted(rows, rows * 8192).getBytes(StandardCharsets.UTF_8);
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.writeLong(Long.reverseBytes(header.length));
            file.write(header);
            file.setLength(8 + header.length + rows * 8192);
            file.seek(8 + header.length + (rows - 1) * 8192 + 8190);
            file.write(new byte[] {(byte) 0x80, 0x3f});
        }
        try (var file = SafetensorsFile.open(path)) {
            var row = new float[4096];
            file.readRows("a", rows - 1, 1, row, 0);
            assertEquals(1f, row[4095]);
            assertThrows(IllegalArgumentException.class, () -> file.read("a"));
        }
    }

    @Test
    void aFailedWriteLeavesThePlaceAsItWas() throws IOException {
        Path path = folder.resolve("kept.safetensors");
        Files.writeString(path, "before");
        var failing = new Entry("a", DataType.F32, Shape.of(2, 1 << 17), (row, target, offset) -> {
            if (row == 1) {
                throw new IllegalStateException("the source failed");
            }
        });
        assertThrows(IllegalStateException.class, () -> SafetensorsWriter.write(path, List.of(failing), Map.of()));
        var huge = new Entry("a", DataType.F32, Shape.of(Integer.MAX_VALUE, 1 << 30), (row, target, offset) -> { });
        var full = assertThrows(UncheckedIOException.class,
                () -> SafetensorsWriter.write(path, List.of(huge), Map.of()));
        assertTrue(full.getMessage().contains("the disk has"), full.getMessage());
        assertEquals("before", Files.readString(path));
        try (var inside = Files.list(folder)) {
            assertEquals(List.of(path), inside.toList());
        }
        var nowhere = assertThrows(UncheckedIOException.class,
                () -> SafetensorsWriter.write(folder.resolve("no/a.safetensors"), List.of(), Map.of()));
        assertTrue(nowhere.getMessage().contains("there is no"), nowhere.getMessage());
    }

    @Test
    void twoTensorsOfOneNameAreNotWritten() {
        var entry = Entry.vector("a", DataType.F32, Tensor.of(1, 1, 1));
        assertThrows(IllegalArgumentException.class,
                () -> SafetensorsWriter.write(folder.resolve("a"), List.of(entry, entry), Map.of()));
        assertThrows(IllegalArgumentException.class,
                () -> Entry.vector("__metadata__", DataType.F32, Tensor.zeros(1, 1)));
    }

    @Test
    void aFileCutShortWhileItIsOpenGivesASentence() throws IOException {
        Path path = folder.resolve("a.safetensors");
        SafetensorsWriter.write(path, List.of(Entry.matrix("a", DataType.F32, Tensor.zeros(8, 8))), Map.of());
        try (var file = SafetensorsFile.open(path)) {
            try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                channel.truncate(100);
            }
            var failure = assertThrows(UncheckedIOException.class, () -> file.read("a"));
            assertTrue(failure.getMessage().contains("became shorter"), failure.getMessage());
        }
    }

    static List<Entry> entries(Checkpoint checkpoint) {
        var entries = new ArrayList<Entry>();
        for (String name : checkpoint.names()) {
            var tensor = checkpoint.tensor(name);
            entries.add(new Entry(name, tensor.type(), tensor.shape(),
                    (row, target, offset) -> checkpoint.readRows(name, row, 1, target, offset)));
        }
        return entries;
    }

    @Test
    void whatDoesNotFitOneFileIsWrittenAsSeveral() throws IOException {
        var tensors = new ArrayList<Entry>();
        for (int i = 0; i < 5; i++) {
            tensors.add(Entry.vector("tensor." + i, DataType.F32, Tensor.of(1, 3, i, 10 + i, 20 + i)));
        }
        for (int shards : new int[] {1, 3}) {
            Path target = Files.createDirectory(folder.resolve("in-" + shards));
            ShardedSafetensors.write(target, tensors, Map.of("format", "pt"), shards == 1 ? 60 : 24);
            Path index = target.resolve("model.safetensors.index.json");
            assertEquals(shards > 1, Files.exists(index));
            try (Checkpoint read = shards > 1 ? ShardedSafetensors.open(index)
                    : SafetensorsFile.open(target.resolve("model.safetensors"));
                    var files = Files.list(target)) {
                assertEquals(shards == 1 ? 1 : shards + 1, files.count());
                assertEquals(5, read.names().size());
                assertEquals("pt", read.metadata().get("format"));
                for (int i = 0; i < 5; i++) {
                    assertArrayEquals(new float[] {i, 10 + i, 20 + i}, read.read("tensor." + i));
                }
            }
        }
    }
}
