package minarai.models;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import minarai.engine.Kernels;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;
import minarai.models.format.SafetensorsWriter.Entry;

/// Weights of a small model from a seed: no file, and sizes that no lane count divides.
final class RandomWeights implements Weights {

    private final long seed;
    private final int panelWidth;
    private final SequencedMap<String, Tensor> values = new LinkedHashMap<>();

    /// @param kernels what the weights are packed for
    RandomWeights(long seed, Kernels kernels) {
        this.seed = seed;
        panelWidth = kernels.panelWidth();
    }

    /// Two layers, three query heads to a key-value head, heads x head size not the hidden size.
    static LlamaConfig config(boolean isTied, OptionalInt window) {
        return new LlamaConfig(ModelType.LLAMA, 37, 20, 27, 2, 6, 2, 6, 1e-5, 10_000, new RopeScaling.None(), isTied,
                LlamaConfig.AttentionBias.NONE, window, 256, OptionalInt.of(1), List.of(2));
    }

    static LlamaConfig config() {
        return config(false, OptionalInt.empty());
    }

    static Llama model(long seed, Kernels kernels) {
        return new Llama(config(), new RandomWeights(seed, kernels), 256);
    }

    /// Ids that look random and never end a text.
    static int[] ids(int count, int seed) {
        var random = new Philox(seed, 7);
        int[] ids = new int[count];
        for (int i = 0; i < count; i++) {
            ids[i] = 3 + (int) (random.uniform(0, i) * 34);
        }
        return ids;
    }

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        Tensor value = values.computeIfAbsent(name, _ -> {
            Tensor matrix = Tensor.zeros(rows, columns);
            float deviation = name.contains("embed") ? 1 : (float) (1.5 / Math.sqrt(columns));
            new Philox(seed, purpose(name)).fillNormal(0, deviation, matrix);
            return matrix;
        });
        return Parameter.frozen(name, Panels.pack(value, panelWidth));
    }

    @Override
    public Parameter vector(String name, int size) {
        return Parameter.frozen(name, values.computeIfAbsent(name, _ -> {
            Tensor vector = Tensor.zeros(1, size);
            new Philox(seed, purpose(name)).fillUniform(0, 0.3f, vector);
            for (int i = 0; i < size; i++) {
                vector.set(0, i, 1 + vector.at(0, i));
            }
            return vector;
        }));
    }

    /// The weights as they go into a file, once a model has asked for them.
    List<Entry> entries() {
        return values.entrySet().stream().map(each -> each.getKey().contains("norm")
                ? Entry.vector(each.getKey(), DataType.F32, each.getValue())
                : Entry.matrix(each.getKey(), DataType.F32, each.getValue())).toList();
    }

    private static int purpose(String name) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }
}
