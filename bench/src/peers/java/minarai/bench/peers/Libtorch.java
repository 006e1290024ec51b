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
        start(threads);
        return new MatMul(threads, x, w);
    }

    @Override
    public Product addedProduct(int threads, Tensor x, Tensor w, float scale) {
        start(threads);
        return new AddedMatMul(threads, x, w, scale);
    }

    private static void start(int threads) {
        System.setProperty("ai.djl.offline", "true");
        Engine.getEngine("PyTorch");
        JniUtils.setNumThreads(threads);
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

    /// As PEFT's layer does it: the product, times the scale, added to what the layer gave.
    private static final class AddedMatMul implements Product {

        private final int threads;
        private final float scale;
        private final NDManager manager = NDManager.newBaseManager("PyTorch");
        private final NDArray x;
        private final NDArray transposed;
        private final NDArray y;
        private float[] values = {};

        AddedMatMul(int threads, Tensor x, Tensor w, float scale) {
            this.threads = threads;
            this.scale = scale;
            this.x = manager.create(x.toArray(), new Shape(x.rows(), x.columns()));
            transposed = manager.create(w.toArray(), new Shape(w.rows(), w.columns())).transpose();
            y = manager.zeros(new Shape(x.rows(), w.rows()));
        }

        @Override
        public void run() {
            JniUtils.setNumThreads(threads);
            try (NDArray product = x.matMul(transposed)) {
                y.addi(product.muli(scale));
            }
        }

        @Override
        public float at(int row, int column) {
            if (values.length == 0) {
                values = y.toFloatArray();
            }
            return values[row * (int) y.getShape().get(1) + column];
        }

        @Override
        public void close() {
            manager.close();
        }
    }
}
