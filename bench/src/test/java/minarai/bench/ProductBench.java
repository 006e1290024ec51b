package minarai.bench;

import java.util.concurrent.TimeUnit;
import minarai.engine.Panels;
import minarai.engine.Philox;
import minarai.engine.ReferenceKernels;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// The products of a linear layer, tokens x inputs x outputs, in floating-point operations a second.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseTransparentHugePages"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class ProductBench {

    /// Tokens x inputs x outputs.
    @Param({"2048x192x192", "2048x192x512", "1024x896x896", "1024x896x4864", "1024x8x896", "1024x896x8"})
    private String shape = "";

    /// Threads, the caller's included.
    @Param({"1", "2"})
    private int threads;

    private SimdKernels kernels = new SimdKernels(new Workers(1));
    private Workers workers = new Workers(1);
    private Tensor x = Tensor.zeros(0, 0);
    private Tensor weight = x;
    private Tensor y = x;
    private Tensor dx = x;
    private Tensor dw = x;
    private Panels packed = Panels.pack(x, 1);
    private double operations;

    /// Counts operations beside calls.
    @State(Scope.Thread)
    @AuxCounters(AuxCounters.Type.OPERATIONS)
    public static class Rate {
        public double gflops;
    }

    @Setup
    public void prepare() {
        String[] sizes = shape.split("x");
        int tokens = Integer.parseInt(sizes[0]);
        int inputs = Integer.parseInt(sizes[1]);
        int outputs = Integer.parseInt(sizes[2]);
        workers = new Workers(threads);
        kernels = new SimdKernels(workers);
        x = random(1, tokens, inputs);
        weight = random(2, outputs, inputs);
        packed = Panels.pack(weight, kernels.panelWidth());
        y = Tensor.zeros(tokens, outputs);
        dx = Tensor.zeros(tokens, inputs);
        dw = Tensor.zeros(outputs, inputs);
        operations = 2e-9 * tokens * inputs * outputs;
        requireAgreement();
    }

    private static Tensor random(int purpose, int rows, int columns) {
        Tensor tensor = Tensor.zeros(rows, columns);
        new Philox(1, purpose).fillUniform(0, 1, tensor);
        return tensor;
    }

    /// The first rows are compared with the reference, bit for bit, before anything is timed.
    private void requireAgreement() {
        kernels.multiplyTransposed(x, packed, y);
        Tensor few = x.slice(0, 3);
        Tensor expected = Tensor.zeros(3, weight.rows());
        new ReferenceKernels().multiplyTransposed(few, weight, expected);
        for (int row = 0; row < 3; row++) {
            for (int column = 0; column < weight.rows(); column++) {
                if (expected.at(row, column) != y.at(row, column)) {
                    throw new IllegalStateException("the product differs from the reference; nothing is timed");
                }
            }
        }
    }

    /// `y = x · wᵀ`, the weight packed at load.
    @Benchmark
    public Tensor forward(Rate rate) {
        kernels.multiplyTransposed(x, packed, y);
        rate.gflops += operations;
        return y;
    }

    /// `dx += dy · w`, from the same packed weight.
    @Benchmark
    public Tensor inputGradient(Rate rate) {
        kernels.addProduct(y, packed, dx);
        rate.gflops += operations;
        return dx;
    }

    /// `dw += dyᵀ · x`.
    @Benchmark
    public Tensor weightGradient(Rate rate) {
        kernels.addTransposedProduct(y, x, dw);
        rate.gflops += operations;
        return dw;
    }

    @TearDown
    public void close() {
        workers.close();
    }
}
