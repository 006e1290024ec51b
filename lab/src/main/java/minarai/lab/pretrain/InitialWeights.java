package minarai.lab.pretrain;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.Weights;

/// Weights for a model that has learned nothing yet: normal numbers, keyed by the name of the parameter.
///
/// Matrices have the deviation .7 / sqrt(inputs); the projections that write to the stream of features
/// .04 / sqrt(2 layers), so that depth does not blow it up; embeddings .04; gains are 1.
final class InitialWeights implements Weights {

    private final int layers;
    private final long seed;

    InitialWeights(int layers, long seed) {
        this.layers = layers;
        this.seed = seed;
    }

    @Override
    public Parameter matrix(String name, int rows, int columns) {
        double deviation = 0.7 / Math.sqrt(columns);
        if (name.contains("embed_tokens")) {
            deviation = 0.04;
        } else if (name.endsWith("o_proj.weight") || name.endsWith("down_proj.weight")) {
            deviation = 0.04 / Math.sqrt(2 * layers);
        }
        Tensor value = Tensor.zeros(rows, columns);
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        new Philox(seed, (int) crc.getValue()).fillNormal(0, (float) deviation, value);
        return Parameter.trained(name, value);
    }

    @Override
    public Parameter vector(String name, int size) {
        Tensor value = Tensor.zeros(1, size);
        value.fill(1);
        return Parameter.trained(name, value);
    }
}
