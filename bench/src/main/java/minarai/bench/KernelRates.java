package minarai.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import minarai.engine.AdamW;
import minarai.engine.Heads;
import minarai.engine.Kernels;
import minarai.engine.Matrix;
import minarai.engine.Panels;
import minarai.engine.Rotation;
import minarai.engine.SimdKernels;
import minarai.engine.Span;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.engine.Workers;

/// Times the kernels beside the large products: those that read and write memory as a part of its read bandwidth, those
/// that compute as a part of the peak. Bytes are what must pass at least: each input once, each output once, a sum read
/// and written. Since memory can be read and written at the same time, kernels that do both may exceed the bandwidth of
/// reading alone.
public final class KernelRates {

    private static final int ROWS = 2048;
    private static final int COLUMNS = 4864;
    /// Too large for the caches even with four bits a weight.
    private static final int LARGE_ROWS = 24_576;
    private static final int VOCABULARY = 151_936;
    private static final int LABELS = 256;
    private static final int TOKENS = 512;
    private static final Heads HEADS = new Heads(14, 2, 64, Heads.UNLIMITED);
    private static final int FEATURES = 896;
    private static final int INNER = 4864;

    private final Setting setting;
    private final Consumer<Result> sink;
    private double bestPeak;
    private double bestRead;

    /// @param sink takes each result as it comes
    public KernelRates(Setting setting, Consumer<Result> sink) {
        this.setting = setting;
        this.sink = sink;
    }

    /// Times all of them.
    public void run() {
        for (int threads : setting.threads()) {
            setting.talk().accept("kernels, " + Setting.threads(threads));
            try (var workers = new Workers(threads)) {
                var kernels = new SimdKernels(workers);
                boolean isMost = threads == setting.mostThreads();
                double read = time(new ReadBandwidth(threads), threads, reading(kernels));
                double peak = time(new FmaPeak(threads), threads, computing(kernels));
                bestRead = isMost ? read : bestRead;
                bestPeak = isMost ? peak : bestPeak;
            }
        }
    }

    /// The best probe of the multiply-add peak with the most threads, in GFLOP/s.
    public double bestPeak() {
        return bestPeak;
    }

    /// The best probe of the read bandwidth with the most threads, in GB/s.
    public double bestRead() {
        return bestRead;
    }

    private double time(Ceiling ceiling, int threads, List<Contender> contenders) {
        var timing = new Timing(ceiling, setting.samples());
        timing.compare(contenders).forEach((name, summary) -> sink.accept(
                Result.of("%s, %s".formatted(name, Setting.threads(threads)), ceiling.kind(), summary)));
        return timing.best();
    }

    private static Contender reading(String name, long bytes, Runnable work) {
        return new Contender(name, bytes / 1e9, work);
    }

    private static List<Contender> reading(Kernels kernels) {
        long numbers = (long) ROWS * COLUMNS;
        Tensor a = Agreement.random(1, ROWS, COLUMNS);
        Tensor b = Agreement.random(2, ROWS, COLUMNS);
        Tensor c = Agreement.random(3, ROWS, COLUMNS);
        Tensor d = Tensor.zeros(ROWS, COLUMNS);
        Tensor gain = Agreement.random(4, 1, COLUMNS);
        Tensor scale = Tensor.zeros(ROWS, 1);
        var step = new AdamW.Step(1, 0.9f, 0.999f, 1e-8f, 1, 1e-9f, 1);
        Tensor one = Agreement.random(5, 1, COLUMNS);
        var contenders = new ArrayList<Contender>();
        Tensor large = Agreement.random(7, LARGE_ROWS, COLUMNS);
        Tensor sums = Tensor.zeros(1, LARGE_ROWS);
        for (Storage storage : Storage.values()) {
            Panels weight = Panels.pack(large, kernels.panelWidth(), storage);
            contenders.add(reading("gemv " + storage.name().toLowerCase(Locale.ROOT), weight.bytes(), () ->
                    kernels.multiplyTransposed(one, weight, sums)));
        }
        contenders.add(reading("add", 12 * numbers, () -> kernels.sum(a, 1, b, d)));
        contenders.add(reading("rms norm", 8 * numbers, () -> kernels.rmsNorm(a, gain, 1e-6f, d, scale)));
        contenders.add(reading("rms norm gradient", 16 * numbers, () ->
                kernels.addRmsNormGradient(b, a, gain, scale, c)));
        contenders.add(reading("gated unit", 12 * numbers, () -> kernels.gatedUnit(a, b, d)));
        contenders.add(reading("gated unit gradient", 28 * numbers, () ->
                kernels.addGatedUnitGradient(a, a, b, c, d)));
        Tensor value = Agreement.random(6, ROWS, COLUMNS);
        Tensor mean = Tensor.zeros(ROWS, COLUMNS);
        Tensor square = Tensor.zeros(ROWS, COLUMNS);
        contenders.add(reading("adamw", 28 * numbers, () -> kernels.adamW(step, value, b, mean, square)));
        contenders.addAll(loss(kernels));
        return contenders;
    }

    private static List<Contender> loss(Kernels kernels) {
        Tensor logits = Agreement.random(1, LABELS, VOCABULARY);
        Tensor gradient = Tensor.zeros(LABELS, VOCABULARY);
        Tensor losses = Tensor.zeros(LABELS, 1);
        Tensor logSums = Tensor.zeros(LABELS, 1);
        int[] labels = new int[LABELS];
        Arrays.setAll(labels, i -> 97 * i);
        long numbers = (long) LABELS * VOCABULARY;
        kernels.crossEntropy(logits, labels, losses, logSums);
        return List.of(
                reading("cross-entropy", 4 * numbers, () -> kernels.crossEntropy(logits, labels, losses, logSums)),
                reading("cross-entropy gradient", 8 * numbers, () ->
                        kernels.toCrossEntropyGradient(gradient, labels, logSums, 1)));
    }

    private static List<Contender> computing(Kernels kernels) {
        var contenders = new ArrayList<>(attention(kernels));
        Tensor x = Agreement.random(1, TOKENS, FEATURES);
        Tensor dy = Agreement.random(2, TOKENS, INNER);
        Tensor dx = Tensor.zeros(TOKENS, FEATURES);
        Tensor dw = Tensor.zeros(INNER, FEATURES);
        Matrix weight = Panels.pack(Agreement.random(3, INNER, FEATURES), kernels.panelWidth());
        double gflops = 2e-9 * TOKENS * FEATURES * INNER;
        String shape = "%dx%dx%d".formatted(TOKENS, INNER, FEATURES);
        contenders.add(new Contender("input gradient " + shape, gflops, () -> kernels.addProduct(dy, weight, dx)));
        contenders.add(new Contender("weight gradient " + shape, gflops, () ->
                kernels.addTransposedProduct(dy, x, dw)));
        return contenders;
    }

    private static List<Contender> attention(Kernels kernels) {
        Tensor q = Agreement.random(1, TOKENS, HEADS.queryColumns());
        Tensor k = Agreement.random(2, TOKENS, HEADS.keyColumns());
        Tensor v = Agreement.random(3, TOKENS, HEADS.keyColumns());
        Tensor y = Tensor.zeros(TOKENS, HEADS.queryColumns());
        Tensor logSums = Tensor.zeros(TOKENS, HEADS.heads());
        Tensor dy = Agreement.random(4, TOKENS, HEADS.queryColumns());
        Tensor dq = Tensor.zeros(TOKENS, HEADS.queryColumns());
        Tensor dk = Tensor.zeros(TOKENS, HEADS.keyColumns());
        Tensor dv = Tensor.zeros(TOKENS, HEADS.keyColumns());
        Span[] spans = {Span.sequence(0, TOKENS)};
        double gflops = 4e-9 * TOKENS * (TOKENS + 1) / 2 * HEADS.queryColumns();
        String shape = "1x%d".formatted(TOKENS);
        kernels.attend(q, k, v, spans, HEADS, y, logSums);
        Tensor turned = Tensor.zeros(TOKENS, HEADS.queryColumns());
        int[] positions = new int[TOKENS];
        Arrays.setAll(positions, i -> i);
        var rotation = Rotation.of(TOKENS, Rotation.frequencies(HEADS.size(), 1e6));
        return List.of(
                new Contender("attention " + shape, gflops, () -> kernels.attend(q, k, v, spans, HEADS, y, logSums)),
                new Contender("attention gradient " + shape, 2 * gflops, () ->
                        kernels.addAttendGradient(dy, q, k, v, spans, HEADS, y, logSums, dq, dk, dv)),
                new Contender("rotation " + shape, 3e-9 * turned.size(), () ->
                        kernels.rotate(q, rotation, positions, turned)));
    }
}
