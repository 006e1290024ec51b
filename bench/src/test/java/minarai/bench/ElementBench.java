package minarai.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import minarai.engine.Rotation;
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

/// What goes element by element: the gated unit of Qwen2.5-0.5B forward and backward, and rotation, on 512 tokens.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseTransparentHugePages"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ElementBench {

    /// Threads, the caller's included.
    @Param({"1", "2"})
    int threads = 1;

    private Workers workers = new Workers(1);
    private SimdKernels kernels = new SimdKernels(workers);
    private static final int TOKENS = 512;

    private final Tensor gate = Agreement.random(1, TOKENS, 4864);
    private final Tensor up = Agreement.random(2, TOKENS, 4864);
    private final Tensor dy = Agreement.random(3, TOKENS, 4864);
    private final Tensor y = Tensor.zeros(TOKENS, 4864);
    private final Tensor dgate = Tensor.zeros(TOKENS, 4864);
    private final Tensor dup = Tensor.zeros(TOKENS, 4864);
    private final Tensor q = Agreement.random(4, TOKENS, 896);
    private final Tensor turned = Tensor.zeros(TOKENS, 896);
    private final Rotation rotation = Rotation.of(TOKENS, Rotation.frequencies(64, 1e6));
    private final int[] positions = IntStream.range(0, TOKENS).toArray();

    @Setup
    public void prepare() {
        workers = new Workers(threads);
        kernels = new SimdKernels(workers);
        Agreement.require("gated unit", kernels, each -> {
            Tensor out = Tensor.zeros(TOKENS, 4864);
            Tensor gates = Tensor.zeros(TOKENS, 4864);
            Tensor ups = Tensor.zeros(TOKENS, 4864);
            each.gatedUnit(gate, up, out);
            each.addGatedUnitGradient(dy, gate, up, gates, ups);
            return List.of(out, gates, ups);
        });
        Agreement.require("rotation", kernels, each -> {
            Tensor out = Tensor.zeros(TOKENS, 896);
            Tensor back = Tensor.zeros(TOKENS, 896);
            each.rotate(q, rotation, positions, out);
            each.rotateBack(q, rotation, positions, back);
            return List.of(out, back);
        });
    }

    @Benchmark
    public Tensor gatedUnit() {
        kernels.gatedUnit(gate, up, y);
        return y;
    }

    @Benchmark
    public Tensor gatedUnitGradient() {
        kernels.addGatedUnitGradient(dy, gate, up, dgate, dup);
        return dgate;
    }

    @Benchmark
    public Tensor rotation() {
        kernels.rotate(q, rotation, positions, turned);
        return turned;
    }

    @TearDown
    public void close() {
        workers.close();
    }
}
