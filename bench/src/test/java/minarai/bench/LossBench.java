package minarai.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
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

/// Cross-entropy over the vocabulary of Qwen2.5, forward and backward, at 16 labels.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgsAppend = {"--add-modules", "jdk.incubator.vector", "-XX:+UseTransparentHugePages"})
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class LossBench {

    /// Threads, the caller's included.
    @Param({"1", "2"})
    int threads = 1;

    private Workers workers = new Workers(1);
    private SimdKernels kernels = new SimdKernels(workers);
    private static final int LABELS = 16;
    private static final int VOCABULARY = 151_936;

    private final Tensor logits = Agreement.random(1, LABELS, VOCABULARY);
    private final int[] labels = IntStream.range(0, LABELS).map(i -> 9001 * i).toArray();
    private final Tensor losses = Tensor.zeros(LABELS, 1);
    private final Tensor logSums = Tensor.zeros(LABELS, 1);
    private final Tensor gradient = Tensor.zeros(LABELS, VOCABULARY);

    @Setup
    public void prepare() {
        workers = new Workers(threads);
        kernels = new SimdKernels(workers);
        Agreement.require("cross-entropy", kernels, each -> {
            Tensor out = Tensor.zeros(LABELS, 1);
            Tensor sums = Tensor.zeros(LABELS, 1);
            Tensor back = Tensor.of(LABELS, VOCABULARY, logits.toArray());
            each.crossEntropy(logits, labels, out, sums);
            each.toCrossEntropyGradient(back, labels, sums, 0.5f);
            return List.of(out, sums, back);
        });
        kernels.crossEntropy(logits, labels, losses, logSums);
    }

    @Benchmark
    public Tensor forward() {
        kernels.crossEntropy(logits, labels, losses, logSums);
        return losses;
    }

    @Benchmark
    public Tensor gradient() {
        kernels.toCrossEntropyGradient(gradient, labels, logSums, 0.5f);
        return gradient;
    }

    @TearDown
    public void close() {
        workers.close();
    }
}
