package minarai.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.Function;
import minarai.engine.Kernels;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;

/// Times the six products by which an adapter of low rank (Hu et al. 2021, LoRA, section 4.1) adds to a projection and
/// is trained, as a step calls them: down `h = x · aᵀ`, up `y += scale * (h · bᵀ)`, and the gradients of both.
public final class LowRank {

    private static final int TOKENS = 1024;
    /// Of Qwen2.5-0.5B.
    private static final int FEATURES = 896;
    private static final int RANK = 8;
    private static final float SCALE = 2;
    private static final double GFLOPS = 2e-9 * TOKENS * FEATURES * RANK;
    private static final String SHAPE = "%dx%dx%d".formatted(TOKENS, FEATURES, RANK);

    private final Setting setting;
    private final Consumer<Result> sink;
    private final Tensor x = Agreement.random(1, TOKENS, FEATURES);
    private final Tensor down = Agreement.random(2, RANK, FEATURES);
    private final Tensor up = Agreement.random(3, FEATURES, RANK);
    private final Tensor hidden = Agreement.random(4, TOKENS, RANK);
    private final Tensor dy = Agreement.random(5, TOKENS, FEATURES);

    /// @param sink takes each result as it comes
    public LowRank(Setting setting, Consumer<Result> sink) {
        this.setting = setting;
        this.sink = sink;
    }

    /// Times all of them.
    ///
    /// @return the best probe with the most threads, in GFLOP/s
    public double run() {
        double best = 0;
        for (int threads : setting.threads()) {
            setting.talk().accept("lora %s, %s".formatted(SHAPE, Setting.threads(threads)));
            var alone = new Timing(new FmaPeak(threads), setting.samples());
            var timing = setting.peers().isEmpty() ? alone : alone.amongPeers();
            try (var workers = new Workers(threads)) {
                var kernels = new SimdKernels(workers);
                for (var product : products().entrySet()) {
                    time(product.getKey(), product.getValue(), threads, kernels, timing);
                }
            }
            best = timing.best();
        }
        return best;
    }

    /// A kernel of the engine, and where its result lies.
    private record Kernel(Tensor result, Consumer<Kernels> call) {
    }

    /// Kernels over results of their own, by name.
    private SequencedMap<String, Kernel> products() {
        var products = new LinkedHashMap<String, Kernel>();
        Tensor h = Tensor.zeros(TOKENS, RANK);
        products.put("down", new Kernel(h, kernels -> kernels.multiplyTransposed(x, down, h)));
        Tensor y = Tensor.zeros(TOKENS, FEATURES);
        products.put("up", new Kernel(y, kernels -> kernels.addScaledProduct(hidden, up, SCALE, y)));
        Tensor dh = Tensor.zeros(TOKENS, RANK);
        products.put("up, input gradient", new Kernel(dh, kernels -> kernels.addProduct(dy, up, dh)));
        Tensor dx = Tensor.zeros(TOKENS, FEATURES);
        products.put("down, input gradient", new Kernel(dx, kernels -> kernels.addProduct(hidden, down, dx)));
        Tensor dUp = Tensor.zeros(FEATURES, RANK);
        products.put("up, weight gradient", new Kernel(dUp, kernels -> kernels.addTransposedProduct(dy, hidden, dUp)));
        Tensor dDown = Tensor.zeros(RANK, FEATURES);
        products.put("down, weight gradient", new Kernel(dDown, kernels ->
                kernels.addTransposedProduct(hidden, x, dDown)));
        return products;
    }

    private void time(String name, Kernel kernel, int threads, Kernels kernels, Timing timing) {
        Agreement.require(name, kernels, each -> {
            Tensor result = kernel.result();
            result.fill(0);
            kernel.call().accept(each);
            return List.of(Tensor.of(result.rows(), result.columns(), result.toArray()));
        });
        var contenders = new ArrayList<Contender>();
        contenders.add(new Contender(name, GFLOPS, () -> kernel.call().accept(kernels)));
        var peers = peers(name, threads);
        try {
            peers.forEach((peer, product) -> {
                Products.requireAlike(peer, product, kernel.result());
                contenders.add(new Contender(peer, GFLOPS, product::run));
            });
            var summaries = timing.compare(contenders);
            sink.accept(Result.of("lora %s %s, %s".formatted(name, SHAPE, Setting.threads(threads)),
                    Ceiling.Kind.COMPUTE, summaries.get(name)).withPeers(
                            Products.ratios(summaries, name, peers.keySet())));
        } finally {
            peers.values().forEach(Peer.Product::close);
        }
    }

    /// What other libraries have for it, by their names.
    private SequencedMap<String, Peer.Product> peers(String name, int threads) {
        Function<Peer, Peer.Product> product = switch (name) {
            case "down" -> peer -> peer.product(threads, x, down);
            case "up" -> peer -> peer.addedProduct(threads, hidden, up, SCALE);
            default -> null;
        };
        var products = new LinkedHashMap<String, Peer.Product>();
        if (product != null) {
            setting.peers().forEach(peer -> products.put(peer.name(), product.apply(peer)));
        }
        return products;
    }
}
