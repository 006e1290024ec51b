package minarai.models;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.Gpt2Config;
import minarai.models.format.ModelFolder;
import minarai.models.format.SafetensorsWriter.Entry;

/// A small GPT-2 whose weights come from a seed, with sizes that no lane count divides.
///
/// @param values outputs x inputs or 1 x features, by name, filled when a model asks for them
record SmallGpt2(Gpt2Config config, long seed, boolean isTrained, SequencedMap<String, Parameter> values)
        implements Weights {

    static final String PREFIX = "transformer.";

    static SmallGpt2 of(boolean isTied, boolean isTrained) {
        var config = new Gpt2Config(37, 20, 27, 2, 4, 1e-5, isTied, 160, OptionalInt.of(1), List.of(2));
        return new SmallGpt2(config, 6, isTrained, new LinkedHashMap<>());
    }

    /// Small enough to differentiate by every one of its numbers.
    static SmallGpt2 tiny() {
        var config = new Gpt2Config(7, 6, 5, 2, 2, 1e-5, true, 9, OptionalInt.empty(), List.of(2));
        return new SmallGpt2(config, 8, true, new LinkedHashMap<>());
    }

    Gpt2 model() {
        return new Gpt2(config, this, config.maxPositions());
    }

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        return values.computeIfAbsent(name, _ -> {
            float deviation = config.lookUps().contains(name) ? 0.7f : (float) (1.3 / Math.sqrt(columns));
            Tensor matrix = random(name, rows, columns, deviation);
            return isTrained ? Parameter.trained(name, matrix)
                    : Parameter.frozen(name, Panels.pack(matrix, Runs.KERNELS.panelWidth()));
        });
    }

    @Override
    public Parameter vector(String name, int size) {
        return values.computeIfAbsent(name, _ -> {
            Tensor vector = random(name, 1, size, 0.3f);
            if (name.contains(".ln_") && name.endsWith(".weight")) {
                for (int i = 0; i < size; i++) {
                    vector.set(0, i, 1 + vector.at(0, i));
                }
            }
            return isTrained ? Parameter.trained(name, vector) : Parameter.frozen(name, vector);
        });
    }

    private Tensor random(String name, int rows, int columns, float deviation) {
        Tensor tensor = Tensor.zeros(rows, columns);
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        new Philox(seed, (int) crc.getValue()).fillNormal(0, deviation, tensor);
        return tensor;
    }

    /// The weights as a checkpoint holds them, once a model has asked for them: linear layers as inputs x outputs.
    ///
    /// @param hasPrefix whether names begin with `transformer.`
    List<Entry> entries(boolean hasPrefix) {
        return values.entrySet().stream().map(each -> {
            String name = each.getKey();
            String stored = hasPrefix || !name.startsWith(PREFIX) ? name : name.substring(PREFIX.length());
            Tensor value = each.getValue().value() instanceof Panels panels ? panels.unpack()
                    : each.getValue().tensor();
            boolean isLinear = name.contains(".c_") && name.endsWith(".weight");
            return isLinear ? Entry.transposed(stored, DataType.F32, value)
                    : value.rows() == 1 ? Entry.vector(stored, DataType.F32, value)
                    : Entry.matrix(stored, DataType.F32, value);
        }).toList();
    }

    /// Writes the model as a folder.
    Path write(Path target, boolean hasPrefix) {
        model();
        ModelFolder.write(target, config, DataType.F32, entries(hasPrefix), List.of());
        return target;
    }
}
