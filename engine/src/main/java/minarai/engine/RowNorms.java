package minarai.engine;

import static minarai.engine.VectorFunctions.LANES;
import static minarai.engine.VectorFunctions.PARTIALS;
import static minarai.engine.VectorFunctions.SPECIES;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The lengths of the rows of a weight with a correction of low rank, see [Kernels#rowNorms].
public final class RowNorms {

    private RowNorms() {
    }

    /// The lengths of the rows of a weight by itself, with the bits of [Kernels#rowNorms].
    ///
    /// @param w outputs x inputs
    /// @return 1 x outputs
    public static Tensor of(Matrix w) {
        return of(w, Tensor.zeros(0, w.columns()), Tensor.zeros(w.rows(), 0), 1);
    }

    /// The lengths of the rows of `w + scale * up · down`, with the bits of [Kernels#rowNorms].
    ///
    /// @return 1 x outputs
    public static Tensor of(Matrix w, Tensor down, Tensor up, float scale) {
        Tensor norms = Tensor.zeros(1, w.rows());
        rows(w, down, up, scale, norms, 0, w.rows());
        return norms;
    }

    /// Rows `from` to `to - 1`.
    static void rows(Matrix w, Tensor down, Tensor up, float scale, Tensor norms, int from, int to) {
        int inputs = w.columns();
        float[] partial = new float[PARTIALS];
        float[] row = new float[inputs];
        float[] product = new float[inputs];
        for (int o = from; o < to; o++) {
            switch (w) {
                case Panels panels -> panels.copyRow(o, row, 0);
                case Tensor rows -> System.arraycopy(rows.data(), rows.offset() + o * inputs, row, 0, inputs);
            }
            if (down.rows() > 0) {
                Arrays.fill(product, 0);
                for (int r = 0; r < down.rows(); r++) {
                    add(up.at(o, r), down.data(), down.offset() + r * inputs, product);
                }
                add(scale, product, 0, row);
            }
            norms.set(0, o, (float) Math.sqrt(SimdNorm.sumOfSquares(row, 0, inputs, partial)));
        }
    }

    /// `y += factor * x`, fused.
    private static void add(float factor, float[] x, int xi, float[] y) {
        int i = 0;
        for (; i + LANES <= y.length; i += LANES) {
            FloatVector.fromArray(SPECIES, x, xi + i).fma(FloatVector.broadcast(SPECIES, factor),
                    FloatVector.fromArray(SPECIES, y, i)).intoArray(y, i);
        }
        for (; i < y.length; i++) {
            y[i] = Math.fma(factor, x[xi + i], y[i]);
        }
    }
}
