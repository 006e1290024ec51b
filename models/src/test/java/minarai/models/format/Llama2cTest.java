package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Checkpoints of llama2.c in its three versions, laid out here by hand as its `export.py` documents them.
class Llama2cTest {

    private static final int[] SIZES = {8, 12, 2, 2, 1, 16, 32};
    private static final int GROUP = 4;
    private static final String[] LAYERED = {"input_layernorm", "post_attention_layernorm", "self_attn.q_proj",
        "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj"};

    @TempDir
    Path folder;

    /// Bytes, little-endian.
    private static final class File {

        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

        File integers(int... values) {
            for (int value : values) {
                bytes.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
            }
            return this;
        }

        File floats(float... values) {
            for (float value : values) {
                integers(Float.floatToRawIntBits(value));
            }
            return this;
        }

        File padTo(int length) {
            bytes.writeBytes(new byte[length - bytes.size()]);
            return this;
        }
    }

    /// Weights by Hugging Face's names, a layer's index first; multiples of 1/64 that groups of four round to nothing
    /// else than the scale of their greatest.
    private static Map<String, float[]> weights(boolean isTied) {
        int keyRows = SIZES[0] / SIZES[3] * SIZES[4];
        var rows = Map.of("self_attn.k_proj", keyRows, "self_attn.v_proj", keyRows, "mlp.gate_proj", 12, "mlp.up_proj",
                12, "self_attn.q_proj", 8, "self_attn.o_proj", 8, "mlp.down_proj", 8, "input_layernorm", 1,
                "post_attention_layernorm", 1);
        var weights = new TreeMap<String, float[]>();
        for (int layer = 0; layer < 2; layer++) {
            for (String name : LAYERED) {
                int columns = name.equals("mlp.down_proj") ? 12 : 8;
                weights.put(layer + "." + name, random(rows.get(name) * columns, name.hashCode() + layer));
            }
        }
        weights.put("embedding", random(16 * 8, 1));
        weights.put("norm", random(8, 2));
        weights.put("head", isTied ? new float[0] : random(16 * 8, 3));
        return weights;
    }

    private static float[] random(int count, long seed) {
        var random = new SplittableRandom(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (random.nextInt(255) - 127) / 64f;
        }
        return values;
    }

    private static void layered(File file, Map<String, float[]> weights, int group, String... names) {
        for (String name : names) {
            for (int layer = 0; layer < 2; layer++) {
                put(file, weights.get(layer + "." + name), group);
            }
        }
    }

    /// As it is, or as codes of 8 bits and the scales behind them.
    private static void put(File file, float[] values, int group) {
        if (group == 0) {
            file.floats(values);
            return;
        }
        float[] scales = new float[values.length / group];
        for (int i = 0; i < values.length; i++) {
            scales[i / group] = Math.max(scales[i / group], Math.abs(values[i]) / 127);
        }
        for (int i = 0; i < values.length; i++) {
            float scale = scales[i / group];
            file.bytes.write(scale == 0 ? 0 : Math.round(values[i] / scale));
        }
        file.floats(scales);
    }

    private Path write(int version, boolean isTied) throws IOException {
        var weights = weights(isTied);
        var file = new File();
        int group = version == 2 ? GROUP : 0;
        if (version == 0) {
            file.integers(SIZES[0], SIZES[1], SIZES[2], SIZES[3], SIZES[4], isTied ? SIZES[5] : -SIZES[5], SIZES[6]);
            file.floats(weights.get("embedding"));
            layered(file, weights, 0, "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                    "self_attn.o_proj", "post_attention_layernorm", "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj");
            file.floats(weights.get("norm")).floats(new float[32 * 4]).floats(weights.get("head"));
        } else {
            file.integers(0x616b3432, version).integers(SIZES);
            file.bytes.write(isTied ? 1 : 0);
            if (version == 2) {
                file.integers(GROUP);
            }
            file.padTo(256);
            layered(file, weights, 0, "input_layernorm", "post_attention_layernorm");
            file.floats(weights.get("norm"));
            put(file, weights.get("embedding"), group);
            layered(file, weights, group, "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                    "self_attn.o_proj", "mlp.gate_proj", "mlp.down_proj", "mlp.up_proj");
            put(file, weights.get("head"), isTied ? 0 : group);
        }
        return Files.write(folder.resolve("model-v" + version + (isTied ? "-tied" : "") + ".bin"),
                file.bytes.toByteArray());
    }

    @ParameterizedTest
    @CsvSource({"1,true", "1,false", "2,true", "2,false"})
    void everyVersionHoldsTheSameModel(int version, boolean isTied) throws IOException {
        try (var legacy = ModelFolder.open(write(0, isTied)); var later = ModelFolder.open(write(version, isTied))) {
            assertEquals(legacy.config(), later.config());
            int tensors = 0;
            for (String name : legacy.config().tensors().keySet()) {
                float[] expected = legacy.weights().read(name);
                // Half a step of a group's greatest, 127 / 64, in 127 steps.
                float tolerance = version == 1 || name.contains("norm") ? 0 : 0.5f / 64 + 1e-6f;
                assertArrayEquals(expected, later.weights().read(name), tolerance, name);
                tensors++;
            }
            assertEquals(2 * 9 + (isTied ? 2 : 3), tensors);
        }
    }

    /// Rows may begin within a group: three rows of the inner features, twelve, are nine groups of four.
    @Test
    void rowsOfGroupsAreReadFromAnywhere() throws IOException {
        try (var model = ModelFolder.open(write(2, true))) {
            String name = "model.layers.1.mlp.down_proj.weight";
            float[] all = model.weights().read(name);
            float[] some = new float[3 * 12];
            model.weights().readRows(name, 4, 3, some, 0);
            for (int i = 0; i < some.length; i++) {
                assertEquals(all[4 * 12 + i], some[i]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0,true", "1,false", "2,true", "2,false"})
    void aDamagedFileIsReadOrRefused(int version, boolean isTied) throws IOException {
        Damage.survives(write(version, isTied), 64, 40 + version, damaged -> {
            try (var model = ModelFolder.open(damaged)) {
                model.weights().names().forEach(model.weights()::read);
            }
        });
    }

    @Test
    void anUnknownVersionIsRefused() throws IOException {
        Path path = write(1, true);
        byte[] bytes = Files.readAllBytes(path);
        bytes[4] = 3;
        Files.write(path, bytes);
        String message = assertThrows(IllegalArgumentException.class, () -> ModelFolder.open(path)).getMessage();
        assertTrue(message.contains("version 3"), message);
    }
}
