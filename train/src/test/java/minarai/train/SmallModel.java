package minarai.train;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import minarai.models.Adapter;
import minarai.models.Llama;
import minarai.models.Weights;
import minarai.models.WithAdapters;
import minarai.models.format.DataType;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelType;
import minarai.models.format.PeftConfig;
import minarai.models.format.RopeScaling;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.models.format.TargetModules;

/// A small model under training whose weights come from a seed; its sizes are divided by no lane count.
///
/// @param model   with or without an adapter
/// @param base    its own parameters, without an adapter's
/// @param trained what an optimizer changes
/// @param adapter the adapter, without a layer where all weights are trained
record SmallModel(Llama model, List<Parameter> base, List<Parameter> trained, Adapter adapter) {

    static final Kernels KERNELS = new SimdKernels(new Workers(2));
    static final AdamW.Settings ADAM = new AdamW.Settings(0.9f, 0.999f, 1e-8f, 0.01f);
    static final int EOS = 2;

    /// Weights from a seed: packed and frozen, or all trained.
    private record Seeded(long seed, boolean isTrained, int panelWidth, SequencedMap<String, Parameter> parameters)
            implements Weights {

        @Override
        public Parameter matrix(String name, int rows, int columns) {
            Tensor matrix = Tensor.zeros(rows, columns);
            float deviation = name.contains("embed") ? 1 : (float) (1 / Math.sqrt(columns));
            new Philox(seed, purpose(name)).fillNormal(0, deviation, matrix);
            return noted(isTrained ? Parameter.trained(name, matrix)
                    : Parameter.frozen(name, Panels.pack(matrix, panelWidth)));
        }

        @Override
        public Parameter vector(String name, int size) {
            Tensor vector = Tensor.zeros(1, size);
            new Philox(seed, purpose(name)).fillUniform(0, 0.3f, vector);
            for (int i = 0; i < size; i++) {
                vector.set(0, i, 1 + vector.at(0, i));
            }
            return noted(isTrained ? Parameter.trained(name, vector) : Parameter.frozen(name, vector));
        }

        private Parameter noted(Parameter parameter) {
            parameters.put(parameter.name(), parameter);
            return parameter;
        }

        private static int purpose(String name) {
            var crc = new CRC32();
            crc.update(name.getBytes(StandardCharsets.UTF_8));
            return (int) crc.getValue();
        }
    }

    private static LlamaConfig config(boolean isTied) {
        return new LlamaConfig(ModelType.LLAMA, 37, 20, 27, 2, 6, 2, 6, 1e-5, 10_000, new RopeScaling.None(), isTied,
                LlamaConfig.AttentionBias.NONE, OptionalInt.empty(), 128, OptionalInt.of(1), List.of(EOS));
    }

    /// A frozen base with a fresh adapter on all linear layers.
    static SmallModel adapted(Kernels kernels) {
        return with(Adapter.fresh(PeftConfig.lora(4, 8, 0, new TargetModules.AllLinear(), ""), 77), kernels);
    }

    /// A frozen base, always the same, with this adapter.
    static SmallModel with(Adapter adapter, Kernels kernels) {
        var weights = new Seeded(5, false, kernels.panelWidth(), new LinkedHashMap<>());
        var model = new Llama(config(false), new WithAdapters(weights, adapter), 128);
        return new SmallModel(model, List.copyOf(weights.parameters.values()), adapter.parameters(), adapter);
    }

    /// All weights trained, packed nowhere.
    static SmallModel full(boolean isTied) {
        var weights = new Seeded(5, true, 1, new LinkedHashMap<>());
        var model = new Llama(config(isTied), weights, 128);
        var parameters = List.copyOf(weights.parameters.values());
        var none = Adapter.fresh(PeftConfig.lora(1, 1, 0, new TargetModules.AllLinear(), ""), 0);
        return new SmallModel(model, parameters, parameters, none);
    }

    Trainer trainer(Kernels kernels, Workspace workspace) {
        var optimizer = new AdamW(kernels, ADAM, trained, parameter -> parameter.value().rows() > 1);
        return new Trainer(model, kernels, optimizer, 1, workspace, false);
    }

    Trainer recomputing(Workspace workspace) {
        var optimizer = new AdamW(KERNELS, ADAM, trained, parameter -> parameter.value().rows() > 1);
        return new Trainer(model, KERNELS, optimizer, 1, workspace, true);
    }

    Trainer trainer() {
        return trainer(KERNELS, Workspace.growing());
    }

    /// Values of the trained parameters by name, copied.
    SequencedMap<String, float[]> values() {
        return copies(trained.stream().map(Parameter::tensor).toList());
    }

    /// Gradients of the trained parameters by name, copied.
    SequencedMap<String, float[]> gradients() {
        return copies(trained.stream().map(each -> each.gradient().orElseThrow()).toList());
    }

    private SequencedMap<String, float[]> copies(List<Tensor> tensors) {
        var copies = new LinkedHashMap<String, float[]>();
        for (int i = 0; i < tensors.size(); i++) {
            copies.put(trained.get(i).name(), tensors.get(i).toArray());
        }
        return copies;
    }

    /// A hash over every bit of the base, in whatever layout it lies.
    long baseHash() {
        var crc = new CRC32();
        for (Parameter parameter : base) {
            for (int row = 0; row < parameter.value().rows(); row++) {
                for (int column = 0; column < parameter.value().columns(); column++) {
                    int bits = Float.floatToRawIntBits(parameter.value().at(row, column));
                    crc.update(new byte[] {(byte) bits, (byte) (bits >> 8), (byte) (bits >> 16), (byte) (bits >> 24)});
                }
            }
        }
        return crc.getValue();
    }

    /// The base as it goes into a file.
    List<Entry> entries() {
        return base.stream().map(each -> each.name().contains("norm")
                ? Entry.vector(each.name(), DataType.F32, each.tensor())
                : Entry.matrix(each.name(), DataType.F32, each.value())).toList();
    }

    /// Samples of uneven lengths, the shortest with a single target; each ends with the end token.
    static List<Sample> samples(int count) {
        var samples = new ArrayList<Sample>();
        var random = new Philox(9, 9);
        for (int s = 0; s < count; s++) {
            int length = 3 + (s * 7) % 19;
            int[] ids = new int[length];
            boolean[] isTarget = new boolean[length];
            for (int i = 0; i < length; i++) {
                ids[i] = 3 + (int) (random.uniform(s, i) * 34);
                isTarget[i] = i >= 2 + s % 3 || i == length - 1;
            }
            ids[0] = 1;
            ids[length - 1] = EOS;
            samples.add(new Sample("sample " + s, ids, isTarget));
        }
        return samples;
    }
}
