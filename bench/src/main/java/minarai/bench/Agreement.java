package minarai.bench;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import minarai.engine.Kernels;
import minarai.engine.Philox;
import minarai.engine.ReferenceKernels;
import minarai.engine.Tensor;

/// What every bench asks before it times: are the bits those of the reference?
final class Agreement {

    private Agreement() {
    }

    /// @param run computes into tensors of its own and returns them
    static void require(String what, Kernels kernels, Function<Kernels, List<Tensor>> run) {
        List<Tensor> expected = run.apply(new ReferenceKernels());
        List<Tensor> computed = run.apply(kernels);
        for (int i = 0; i < expected.size(); i++) {
            if (!Arrays.equals(expected.get(i).toArray(), computed.get(i).toArray())) {
                throw new IllegalStateException("%s: output %d differs from the reference; nothing is timed"
                        .formatted(what, i));
            }
        }
    }

    static Tensor random(int purpose, int rows, int columns) {
        Tensor tensor = Tensor.zeros(rows, columns);
        new Philox(1, purpose).fillUniform(0, 1, tensor);
        return tensor;
    }
}
