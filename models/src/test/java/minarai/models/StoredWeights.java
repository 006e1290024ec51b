package minarai.models;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Storage;
import minarai.engine.Tensor;

/// Frozen weights from a seed, in whatever storage, for any architecture.
///
/// @param panelWidth of the kernels that they are packed for
record StoredWeights(long seed, Storage storage, int panelWidth) implements Weights {

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        Tensor matrix = Tensor.zeros(rows, columns);
        random(name).fillNormal(0, (float) (1.5 / Math.sqrt(columns)), matrix);
        return Parameter.frozen(name, Panels.pack(matrix, panelWidth, storage));
    }

    @Override
    public Parameter vector(String name, int size) {
        Tensor vector = Tensor.zeros(1, size);
        random(name).fillUniform(0, 0.3f, vector);
        float middle = name.contains("norm") || name.contains("ln_") ? 1 : 0;
        for (int i = 0; i < size; i++) {
            vector.set(0, i, middle + vector.at(0, i));
        }
        return Parameter.frozen(name, vector);
    }

    /// The same numbers, as f32.
    Weights expanded() {
        return new Weights() {
            @Override
            public Parameter matrix(String name, int rows, int columns) {
                var panels = (Panels) StoredWeights.this.matrix(name, rows, columns).value();
                return Parameter.frozen(name, Panels.pack(panels.unpack(), panelWidth));
            }

            @Override
            public Parameter vector(String name, int size) {
                return StoredWeights.this.vector(name, size);
            }
        };
    }

    private Philox random(String name) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return new Philox(seed, (int) crc.getValue());
    }
}
