package minarai.models;

import java.util.function.Function;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.format.Encoding;
import minarai.models.format.ModelConfig;
import minarai.models.format.SafetensorsWriter.Rows;

/// The weights that a sound file of a model gives back, made from what it was written from: each row goes through the
/// same rounding, but through no file, no order of tensors and no layout. A model over these weights and one over the
/// file compute the same bits, whatever the type.
///
/// @param rows       the weights by their names in [ModelConfig#tensors()], in the layout of a model folder
/// @param encodings  what the file's type makes of each
/// @param panelWidth of the kernels that will compute with them
public record WrittenWeights(ModelConfig config, Function<String, Rows> rows, Function<String, Encoding> encodings,
        int panelWidth) implements Weights {

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        Encoding encoding = encodings.apply(name);
        Rows source = config.isTransposed(name) ? transposed(name, rows, columns) : this.rows.apply(name);
        var panels = Panels.allocate(rows, columns, panelWidth, CheckpointWeights.exact(encoding.type()));
        var line = new float[columns];
        for (int row = 0; row < rows; row++) {
            source.copyRow(row, line, 0);
            encoding.round(line);
            panels.setRow(row, line, 0);
        }
        return Parameter.frozen(name, panels);
    }

    /// A weight that folders hold as inputs x outputs; blocks run along the inputs.
    private Rows transposed(String name, int outputs, int inputs) {
        Rows stored = rows.apply(name);
        var numbers = Tensor.zeros(inputs, outputs);
        for (int input = 0; input < inputs; input++) {
            stored.copyRow(input, numbers.data(), numbers.offset() + input * outputs);
        }
        return (output, target, offset) -> {
            for (int input = 0; input < inputs; input++) {
                target[offset + input] = numbers.at(input, output);
            }
        };
    }

    @Override
    public Parameter vector(String name, int size) {
        var line = new float[size];
        rows.apply(name).copyRow(0, line, 0);
        encodings.apply(name).round(line);
        return Parameter.frozen(name, Tensor.of(1, size, line));
    }
}
