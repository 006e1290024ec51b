package minarai.bench.peers;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import minarai.bench.Peer;
import minarai.engine.Tensor;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.openblas.global.openblas;

/// OpenBLAS's `cblas_sgemm` on native memory with huge pages.
public final class OpenBlas implements Peer {

    @Override
    public String name() {
        return "openblas";
    }

    @Override
    public Product product(int threads, Tensor x, Tensor w) {
        openblas.blas_set_num_threads(threads);
        return new Sgemm(threads, x, w, 1, 0);
    }

    @Override
    public Product addedProduct(int threads, Tensor x, Tensor w, float scale) {
        openblas.blas_set_num_threads(threads);
        return new Sgemm(threads, x, w, scale, 1);
    }

    /// A view of native memory that others own.
    private static final class View extends Pointer {
        View(MemorySegment segment) {
            address = segment.address();
        }
    }

    private static final class Sgemm implements Product {

        private final HugeMemory memory = new HugeMemory();
        private final int threads;
        private final int tokens;
        private final int outputs;
        private final int inputs;
        private final float alpha;
        private final float beta;
        private final MemorySegment result;
        private final FloatPointer x;
        private final FloatPointer w;
        private final FloatPointer y;

        /// `y = alpha * (x · wᵀ) + beta * y`.
        Sgemm(int threads, Tensor x, Tensor w, float alpha, float beta) {
            this.threads = threads;
            this.alpha = alpha;
            this.beta = beta;
            tokens = x.rows();
            outputs = w.rows();
            inputs = x.columns();
            result = memory.floats((long) tokens * outputs);
            this.x = new FloatPointer(new View(memory.copy(x)));
            this.w = new FloatPointer(new View(memory.copy(w)));
            y = new FloatPointer(new View(result));
        }

        @Override
        public void run() {
            openblas.blas_set_num_threads(threads);
            openblas.cblas_sgemm(openblas.CblasRowMajor, openblas.CblasNoTrans, openblas.CblasTrans, tokens, outputs,
                    inputs, alpha, x, inputs, w, inputs, beta, y, outputs);
        }

        @Override
        public float at(int row, int column) {
            return result.getAtIndex(ValueLayout.JAVA_FLOAT, (long) row * outputs + column);
        }

        @Override
        public void close() {
            memory.close();
        }
    }
}
