package minarai.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import minarai.engine.Kernels;
import minarai.engine.Matrix;
import minarai.engine.Panels;
import minarai.engine.ReferenceKernels;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;

/// Times `x · wᵀ` at the shapes of models people have: with the weight as it lies in a checkpoint, packed inside each
/// call, and with the weight packed before, as training and generation use it.
public final class Products {

    private static final int CHECKED_ROWS = 3;
    private static final List<String> VARIANTS = List.of("row-major", "prepacked");

    /// A product of tokens x inputs with outputs x inputs.
    record Shape(int tokens, int outputs, int inputs) {

        double gflops() {
            return 2e-9 * tokens * outputs * inputs;
        }

        @Override
        public String toString() {
            return tokens + "x" + outputs + "x" + inputs;
        }
    }

    /// GPT-2's projections, a cube, Qwen2.5-0.5B's projections, and GPT-2's head (tokens x outputs x inputs).
    static final List<Shape> GEMM = List.of(new Shape(512, 768, 768), new Shape(512, 3072, 768),
            new Shape(512, 768, 3072), new Shape(2048, 2048, 2048), new Shape(1024, 896, 896),
            new Shape(1024, 4864, 896), new Shape(1024, 896, 4864), new Shape(256, 50304, 768));

    private final Setting setting;
    private final Consumer<Result> sink;

    /// @param sink takes each result as it comes
    public Products(Setting setting, Consumer<Result> sink) {
        this.setting = setting;
        this.sink = sink;
    }

    /// The large products.
    public double gemm() {
        return run("gemm", GEMM);
    }

    /// Times all shapes.
    ///
    /// @return the best probe with the most threads, in GFLOP/s
    double run(String family, List<Shape> shapes) {
        double best = 0;
        for (int threads : setting.threads()) {
            var alone = new Timing(new FmaPeak(threads), setting.samples());
            var timing = setting.peers().isEmpty() ? alone : alone.amongPeers();
            try (var workers = new Workers(threads)) {
                var kernels = new SimdKernels(workers);
                for (Shape shape : shapes) {
                    time(family, shape, threads, kernels, timing);
                }
            }
            best = timing.best();
        }
        return best;
    }

    private void time(String family, Shape shape, int threads, Kernels kernels, Timing timing) {
        setting.talk().accept("%s %s, %s".formatted(family, shape, Setting.threads(threads)));
        Tensor x = Agreement.random(1, shape.tokens(), shape.inputs());
        Tensor weight = Agreement.random(2, shape.outputs(), shape.inputs());
        Tensor y = Tensor.zeros(shape.tokens(), shape.outputs());
        Matrix packed = Panels.pack(weight, kernels.panelWidth());
        requireAgreement(kernels, x, weight, packed, y);
        var contenders = new ArrayList<Contender>();
        contenders.add(new Contender("row-major", shape.gflops(), () -> kernels.multiplyTransposed(x, weight, y)));
        contenders.add(new Contender("prepacked", shape.gflops(), () -> kernels.multiplyTransposed(x, packed, y)));
        var products = new LinkedHashMap<String, Peer.Product>();
        try {
            for (Peer peer : setting.peers()) {
                var product = peer.product(threads, x, weight);
                products.put(peer.name(), product);
                requireAlike(peer.name(), product, y);
                contenders.add(new Contender(peer.name(), shape.gflops(), product::run));
            }
            var summaries = timing.compare(contenders);
            for (String variant : VARIANTS) {
                sink.accept(Result.of("%s %s %s, %s".formatted(family, shape, variant, Setting.threads(threads)),
                        Ceiling.Kind.COMPUTE, summaries.get(variant)).withPeers(
                                ratios(summaries, variant, products.keySet())));
            }
        } finally {
            products.values().forEach(Peer.Product::close);
        }
    }

    /// The first rows are compared with the reference, bit for bit, before anything is timed.
    private static void requireAgreement(Kernels kernels, Tensor x, Tensor weight, Matrix packed, Tensor y) {
        Tensor few = x.slice(0, Math.min(CHECKED_ROWS, x.rows()));
        Tensor expected = Tensor.zeros(few.rows(), weight.rows());
        new ReferenceKernels().multiplyTransposed(few, weight, expected);
        for (Matrix stored : List.of(weight, packed)) {
            kernels.multiplyTransposed(x, stored, y);
            for (int row = 0; row < few.rows(); row++) {
                for (int column = 0; column < weight.rows(); column++) {
                    if (expected.at(row, column) != y.at(row, column)) {
                        throw new IllegalStateException("the product differs from the reference; nothing is timed");
                    }
                }
            }
        }
    }

    /// A peer adds in another order: its rounding differs, within `inputs` times the unit roundoff of the terms' sum.
    static void requireAlike(String name, Peer.Product product, Tensor y) {
        product.run();
        for (int row = 0; row < Math.min(CHECKED_ROWS, y.rows()); row++) {
            for (int column = 0; column < y.columns(); column++) {
                if (Math.abs(product.at(row, column) - y.at(row, column)) > 1e-2) {
                    throw new IllegalStateException("%s computes another product: %s instead of %s at row %d, column %d"
                            .formatted(name, product.at(row, column), y.at(row, column), row, column));
                }
            }
        }
    }

    /// How many times as long as `ours` each peer took. Times and not fractions: threads of another library that still
    /// spin slow the probe after its samples.
    static Map<String, Double> ratios(Map<String, Samples.Summary> summaries, String ours, Set<String> peers) {
        var ratios = new LinkedHashMap<String, Double>();
        peers.forEach(peer -> ratios.put(peer, summaries.get(peer).seconds() / summaries.get(ours).seconds()));
        return ratios;
    }
}
