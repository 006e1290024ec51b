package minarai.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
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

/// The norm of Qwen2.5-0.5B, forward and backward, on 1,024 tokens.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseTransparentHugePages"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class NormBench {

    /// Threads, the caller's included.
    @Param({"1", "2"})
    int threads = 1;

    private Workers workers = new Workers(1);
    private SimdKernels kernels = new SimdKernels(workers);
    private final Tensor x = Agreement.random(1, 1024, 896);
    private final Tensor gain = Agreement.random(2, 1, 896);
    private final Tensor dy = Agreement.random(3, 1024, 896);
    private final Tensor y = Tensor.zeros(1024, 896);
    private final Tensor scale = Tensor.zeros(1024, 1);
    private final Tensor dx = Tensor.zeros(1024, 896);
    private final Tensor dgain = Tensor.zeros(1, 896);

    @Setup
    public void prepare() {
        workers = new Workers(threads);
        kernels = new SimdKernels(workers);
        Agreement.require("rms norm", kernels, each -> {
            Tensor out = Tensor.zeros(1024, 896);
            Tensor inverse = Tensor.zeros(1024, 1);
            Tensor back = Tensor.zeros(1024, 896);
            Tensor gains = Tensor.zeros(1, 896);
            each.rmsNorm(x, gain, 1e-6f, out, inverse);
            each.addRmsNormGradient(dy, x, gain, inverse, back);
            each.addRmsNormGainGradient(dy, x, inverse, gains);
            return List.of(out, inverse, back, gains);
        });
        kernels.rmsNorm(x, gain, 1e-6f, y, scale);
    }

    @Benchmark
    public Tensor forward() {
        kernels.rmsNorm(x, gain, 1e-6f, y, scale);
        return y;
    }

    @Benchmark
    public Tensor inputGradient() {
        kernels.addRmsNormGradient(dy, x, gain, scale, dx);
        return dx;
    }

    @Benchmark
    public Tensor gainGradient() {
        kernels.addRmsNormGainGradient(dy, x, scale, dgain);
        return dgain;
    }

    @TearDown
    public void close() {
        workers.close();
    }
}
