package minarai.bench.peers;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.JniUtils;
import minarai.bench.Peer;
import minarai.engine.Tensor;

/// libtorch's product of two tensors, which is MKL's. Its tensors come from its own allocator, on the pages it chooses,
/// and each call makes the tensor of its result, as in any program that uses it.
public final class Libtorch implements Peer {

    @Override
    public String name() {
        return "libtorch";
    }

    @Override
    public Product product(int threads, Tensor x, Tensor w) {
        System.setProperty("ai.djl.offline", "true");
        Engine.getEngine("PyTorch");
        JniUtils.setNumThreads(threads);
        return new MatMul(threads, x, w);
    }

    private static final class MatMul implements Product {

        private final int threads;
        private final NDManager manager = NDManager.newBaseManager("PyTorch");
        private final NDArray x;
        private final NDArray transposed;
        private float[] line = {};
        private int lineNumber = -1;

        MatMul(int threads, Tensor x, Tensor w) {
            this.threads = threads;
            this.x = manager.create(x.toArray(), new Shape(x.rows(), x.columns()));
            transposed = manager.create(w.toArray(), new Shape(w.rows(), w.columns())).transpose();
        }

        @Override
        public void run() {
            JniUtils.setNumThreads(threads);
            x.matMul(transposed).close();
        }

        @Override
        public float at(int row, int column) {
            if (row != lineNumber) {
                try (NDArray few = x.get(row + ":" + (row + 1)); NDArray y = few.matMul(transposed)) {
                    line = y.toFloatArray();
                    lineNumber = row;
                }
            }
            return line[column];
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
