package minarai.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import minarai.engine.AdamW;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
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

/// A step of AdamW on four million parameters.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseTransparentHugePages"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AdamWBench {

    /// Threads, the caller's included.
    @Param({"1", "2"})
    int threads = 1;

    private Workers workers = new Workers(1);
    private SimdKernels kernels = new SimdKernels(workers);
    private static final AdamW.Step STEP = new AdamW.Step(0.5f, 0.9f, 0.999f, 1e-8f, 0.99f, 1e-3f, 1.5f);

    private final Tensor value = Agreement.random(1, 1024, 4096);
    private final Tensor gradient = Agreement.random(2, 1024, 4096);
    private final Tensor mean = Tensor.zeros(1024, 4096);
    private final Tensor square = Tensor.zeros(1024, 4096);

    @Setup
    public void prepare() {
        workers = new Workers(threads);
        kernels = new SimdKernels(workers);
        Agreement.require("AdamW", kernels, each -> {
            Tensor values = Agreement.random(1, 1024, 4096);
            Tensor means = Agreement.random(3, 1024, 4096);
            Tensor squares = Tensor.zeros(1024, 4096);
            each.adamW(STEP, values, gradient, means, squares);
            return List.of(values, means, squares);
        });
    }

    @Benchmark
    public Tensor step() {
        kernels.adamW(STEP, value, gradient, mean, square);
        return value;
    }

    @TearDown
    public void close() {
        workers.close();
    }
}
