package minarai.engine.opencl;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import minarai.engine.Memory;
import minarai.engine.Panels;
import minarai.engine.Philox;
import minarai.engine.Tensor;

/// How fast a device is: small products with each tile that it could use, and long sums.
public final class Rates {

    private static final long ENOUGH_NANOS = 30_000_000;
    /// A tensor whose reading is timed takes so much of the memory at the most: the 16th part.
    private static final int SHARE = 16;
    private static final int MOST_RUNS = 20;

    private final OpenClKernels kernels;
    private final boolean isLarge;
    private double gflops;

    public Rates(OpenClKernels kernels) {
        this.kernels = kernels;
        isLarge = kernels.device().kind() != Device.Kind.CPU;
    }

    /// The fastest product so far, in 10⁹ operations a second.
    double gflops() {
        return gflops;
    }

    /// Tries the tiles of each shape of product; the device uses the fastest from here on.
    Tuned tuned(Consumer<String> progress) {
        var chosen = new EnumMap<Tile.Shape, Tile>(Tuned.untuned(kernels.device()).tiles());
        for (Tile.Shape shape : Tile.Shape.values()) {
            progress.accept("tiles of products, " + shape.name().toLowerCase(Locale.ROOT));
            double best = 0;
            for (Tile tile : shape.candidates(kernels.device().limits())) {
                double rate = rate(shape, tile, chosen);
                if (rate > best) {
                    best = rate;
                    chosen.put(shape, tile);
                }
            }
            gflops = Math.max(gflops, best);
        }
        var tuned = new Tuned(chosen);
        kernels.use(tuned);
        return tuned;
    }

    private double rate(Tile.Shape shape, Tile tile, Map<Tile.Shape, Tile> others) {
        var tried = new EnumMap<>(others);
        tried.put(shape, tile);
        kernels.use(new Tuned(tried));
        int large = isLarge ? 2048 : 256;
        int rows = switch (shape) {
            case ROW -> 1;
            case FLAT -> 8;
            case TALL, WIDE -> large;
        };
        int columns = shape == Tile.Shape.TALL ? 8 : large;
        try {
            return product(rows, columns, large / 2);
        } catch (DeviceFailure cannot) {
            if (cannot.isLoss()) {
                throw cannot;
            }
            return 0;
        }
    }

    /// The rate of a product with a packed weight, in 10⁹ operations a second.
    public double product(int rows, int columns, int depth) {
        try (var _ = kernels.memory().lease()) {
            return product(kernels.memory(), rows, columns, depth);
        }
    }

    private double product(Memory memory, int rows, int columns, int depth) {
        Tensor x = memory.tensor(rows, depth);
        Tensor y = memory.tensor(rows, columns);
        Tensor w = Tensor.zeros(columns, depth);
        new Philox(1, 1).fillUniform(0, 1, w);
        Panels packed = Panels.pack(w, OpenClKernels.PANEL_WIDTH);
        memory.fill(.5f, x);
        double seconds = seconds(() -> kernels.multiplyTransposed(x, packed, y));
        return 2e-9 * rows * columns * depth / seconds;
    }

    /// Fused multiply-adds in registers, in 10⁹ operations a second: what no product can surpass.
    public double peak() {
        int items = isLarge ? 1 << 20 : 1 << 14;
        int rounds = isLarge ? 1024 : 256;
        Tensor y = kernels.memory().tensor(1, items);
        double seconds = seconds(() -> kernels.multiplyAdds(rounds, y));
        kernels.memory().release(y.data());
        return 1e-9 * 2 * 32 * items * rounds / seconds;
    }

    /// Reading two long tensors and writing one, in 10⁹ bytes a second.
    public double gbps() {
        Memory memory = kernels.memory();
        long most = Math.min(memory.largestBlock(), memory.capacity() / (SHARE * Float.BYTES));
        int size = (int) Math.min(isLarge ? 1 << 26 : 1 << 22, most);
        try (var _ = memory.lease()) {
            Tensor a = memory.tensor(1, size);
            Tensor b = memory.tensor(1, size);
            Tensor y = memory.tensor(1, size);
            double seconds = seconds(() -> kernels.sum(a, .5f, b, y));
            return 1e-9 * 3 * Float.BYTES * size / seconds;
        }
    }

    /// The shortest of several runs after one that is not counted.
    double seconds(Runnable work) {
        work.run();
        kernels.finish();
        double best = Double.POSITIVE_INFINITY;
        long start = System.nanoTime();
        for (int run = 0; run < MOST_RUNS && (run < 2 || System.nanoTime() - start < ENOUGH_NANOS); run++) {
            long begun = System.nanoTime();
            work.run();
            kernels.finish();
            best = Math.min(best, (System.nanoTime() - begun) / 1e9);
        }
        return best;
    }
}
