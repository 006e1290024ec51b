package minarai.models;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.SafetensorsWriter.Entry;

/// Weights of any model of the Llama family from a seed.
///
/// @param normMiddle what gains lie around: 1, or 0 where they are counted from one
/// @param isTrained  whether they are trained, or frozen and packed
/// @param values     by name, filled when a model asks for them
record TrainedWeights(long seed, float normMiddle, boolean isTrained, SequencedMap<String, Tensor> values,
        SequencedMap<String, Parameter> parameters) implements Weights {

    TrainedWeights(long seed, float normMiddle, boolean isTrained) {
        this(seed, normMiddle, isTrained, new LinkedHashMap<>(), new LinkedHashMap<>());
    }

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        return parameter(name, rows, columns, name.contains("embed") ? 0.8f : (float) (1.3 / Math.sqrt(columns)), 0);
    }

    @Override
    public Parameter vector(String name, int size) {
        return parameter(name, 1, size, 0.3f, name.contains("norm") ? normMiddle : 0);
    }

    private Parameter parameter(String name, int rows, int columns, float deviation, float middle) {
        return parameters.computeIfAbsent(name, _ -> {
            Tensor tensor = Tensor.zeros(rows, columns);
            var crc = new CRC32();
            crc.update(name.getBytes(StandardCharsets.UTF_8));
            new Philox(seed, (int) crc.getValue()).fillNormal(0, deviation, tensor);
            for (int i = 0; i < tensor.size(); i++) {
                tensor.data()[i] += middle;
            }
            values.put(name, tensor);
            boolean isPacked = !isTrained && rows > 1;
            return isTrained ? Parameter.trained(name, tensor)
                    : Parameter.frozen(name, isPacked ? Panels.pack(tensor, Runs.KERNELS.panelWidth()) : tensor);
        });
    }

    /// The numbers in f64.
    Map<String, double[][]> inF64() {
        var copies = new LinkedHashMap<String, double[][]>();
        values.forEach((name, value) -> {
            double[][] copy = new double[value.rows()][value.columns()];
            for (int r = 0; r < copy.length; r++) {
                for (int c = 0; c < copy[r].length; c++) {
                    copy[r][c] = value.at(r, c);
                }
            }
            copies.put(name, copy);
        });
        return copies;
    }

    /// The weights as they go into a file, once a model has asked for them.
    List<Entry> entries() {
        return values.entrySet().stream().map(each -> each.getValue().rows() == 1
                ? Entry.vector(each.getKey(), DataType.F32, each.getValue())
                : Entry.matrix(each.getKey(), DataType.F32, each.getValue())).toList();
    }
}
