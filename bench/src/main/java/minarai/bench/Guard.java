package minarai.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A short set of timings, one or two minutes, whose fractions are held against [Floors].
public final class Guard {

    private static final List<Products.Shape> GEMM = List.of(new Products.Shape(1024, 896, 896),
            new Products.Shape(1024, 4864, 896));

    private final Setting setting;
    private final Consumer<Result> sink;
    private final List<Result> results = new ArrayList<>();
    private double peak;
    private double read;

    /// @param sink takes each result as it comes
    public Guard(Setting setting, Consumer<Result> sink) {
        this.setting = setting;
        this.sink = sink;
    }

    /// Runs the set.
    public List<Result> run() {
        Consumer<Result> keep = result -> {
            results.add(result);
            sink.accept(result);
        };
        var products = new Products(setting, keep);
        peak = Math.max(products.run("gemm", GEMM), new LowRank(setting, keep).run());
        var kernels = new KernelRates(setting, keep);
        kernels.run();
        peak = Math.max(peak, kernels.bestPeak());
        read = kernels.bestRead();
        return List.copyOf(results);
    }

    /// The best probe of the multiply-add peak, in GFLOP/s.
    public double bestPeak() {
        return peak;
    }

    /// The best probe of the read bandwidth, in GB/s.
    public double bestRead() {
        return read;
    }
}
