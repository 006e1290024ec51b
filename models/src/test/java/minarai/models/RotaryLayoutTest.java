package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.function.IntUnaryOperator;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelFolder;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Rotary positions turn feature `i` with `i + size / 2`; weights made for the pairs `2i`, `2i + 1` are another model.
class RotaryLayoutTest {

    /// Weights whose query and key projections have their rows rearranged within each head.
    private record Rearranged(Weights base, int headSize, IntUnaryOperator from) implements Weights {
        @Override
        public Parameter matrix(String name, int rows, int columns) {
            Parameter parameter = base.matrix(name, rows, columns);
            if (!name.contains("q_proj") && !name.contains("k_proj")) {
                return parameter;
            }
            Tensor moved = Tensor.zeros(rows, columns);
            for (int row = 0; row < rows; row++) {
                int source = row / headSize * headSize + from.applyAsInt(row % headSize);
                for (int column = 0; column < columns; column++) {
                    moved.set(row, column, parameter.value().at(source, column));
                }
            }
            return Parameter.frozen(name, Panels.pack(moved, Runs.KERNELS.panelWidth()));
        }

        @Override
        public Parameter vector(String name, int size) {
            return base.vector(name, size);
        }
    }

    @Test
    void interleavedWeightsFailTheGoldenAndArePermutedBack() {
        JsonNode each = SharedData.json("goldens/hf/models/llama-tiny/golden.json").get("sequences").get(2);
        int[] ids = SharedData.ints(each.get("ids"));
        int last = ids.length - 1;
        double[] expected = SharedData.doubles(each.get("f64").get("logits").get(2));
        try (var folder = ModelFolder.open(SharedData.path("goldens/hf/models/llama-tiny"))) {
            var config = (LlamaConfig) folder.config();
            int size = config.headSize();
            int half = size / 2;
            Weights plain = CheckpointWeights.frozen(folder, Runs.KERNELS);
            Weights interleaved = new Rearranged(plain, size, i -> i % 2 * half + i / 2);
            Weights back = new Rearranged(interleaved, size, i -> i < half ? 2 * i : 2 * (i - half) + 1);
            float[] right = Runs.logits(new Llama(config, plain, 512), ids);
            float[] wrong = Runs.logits(new Llama(config, interleaved, 512), ids);
            double most = 0;
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], right[last * expected.length + i], 1e-4);
                most = Math.max(most, Math.abs(expected[i] - wrong[last * expected.length + i]));
            }
            assertTrue(most > 0.1, "interleaved weights differ by " + most);
            assertArrayEquals(right, Runs.logits(new Llama(config, back, 512), ids));
        }
    }
}
