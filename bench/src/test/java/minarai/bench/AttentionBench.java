package minarai.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import minarai.engine.Heads;
import minarai.engine.SimdKernels;
import minarai.engine.Span;
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

/// Attention of Qwen2.5-0.5B (14 heads, 2 key heads of 64), forward and backward, on one sequence of 512 tokens.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseTransparentHugePages"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class AttentionBench {

    /// Threads, the caller's included.
    @Param({"1", "2"})
    int threads = 1;

    private Workers workers = new Workers(1);
    private SimdKernels kernels = new SimdKernels(workers);
    private static final Heads HEADS = new Heads(14, 2, 64, Heads.UNLIMITED);
    private static final int TOKENS = 512;
    /// More than two blocks of keys.
    private static final int CHECKED = 150;
    private static final Span[] SPANS = {Span.sequence(0, TOKENS)};

    private final Tensor q = Agreement.random(1, TOKENS, HEADS.queryColumns());
    private final Tensor k = Agreement.random(2, TOKENS, HEADS.keyColumns());
    private final Tensor v = Agreement.random(3, TOKENS, HEADS.keyColumns());
    private final Tensor dy = Agreement.random(4, TOKENS, HEADS.queryColumns());
    private final Tensor y = Tensor.zeros(TOKENS, HEADS.queryColumns());
    private final Tensor logSums = Tensor.zeros(TOKENS, HEADS.heads());
    private final Tensor dq = Tensor.zeros(TOKENS, HEADS.queryColumns());
    private final Tensor dk = Tensor.zeros(TOKENS, HEADS.keyColumns());
    private final Tensor dv = Tensor.zeros(TOKENS, HEADS.keyColumns());

    @Setup
    public void prepare() {
        workers = new Workers(threads);
        kernels = new SimdKernels(workers);
        Agreement.require("attention", kernels, each -> {
            Span[] spans = {Span.sequence(0, CHECKED)};
            Tensor out = Tensor.zeros(CHECKED, HEADS.queryColumns());
            Tensor sums = Tensor.zeros(CHECKED, HEADS.heads());
            Tensor few = q.slice(0, CHECKED);
            Tensor fewKeys = k.slice(0, CHECKED);
            Tensor fewValues = v.slice(0, CHECKED);
            each.attend(few, fewKeys, fewValues, spans, HEADS, out, sums);
            Tensor queries = Tensor.zeros(CHECKED, HEADS.queryColumns());
            Tensor keys = Tensor.zeros(CHECKED, HEADS.keyColumns());
            Tensor values = Tensor.zeros(CHECKED, HEADS.keyColumns());
            each.addAttendGradient(dy.slice(0, CHECKED), few, fewKeys, fewValues, spans, HEADS, out, sums, queries,
                    keys, values);
            return List.of(out, sums, queries, keys, values);
        });
        kernels.attend(q, k, v, SPANS, HEADS, y, logSums);
    }

    @Benchmark
    public Tensor forward() {
        kernels.attend(q, k, v, SPANS, HEADS, y, logSums);
        return y;
    }

    @Benchmark
    public Tensor gradient() {
        kernels.addAttendGradient(dy, q, k, v, SPANS, HEADS, y, logSums, dq, dk, dv);
        return dq;
    }

    @TearDown
    public void close() {
        workers.close();
    }
}
