package minarai.engine.opencl;

import java.util.Map;
import java.util.Objects;
import minarai.engine.Matrix;
import minarai.engine.Panels;
import minarai.engine.Tensor;

/// Matrix products and look-ups in stored weights.
final class DeviceProducts {

    private static final String FILE = "products";

    /// What `isAdded` is in the kernel.
    private static final int REPLACED = 0;
    private static final int CHAINED = 1;
    private static final int SCALED = 2;

    private final DeviceMemory memory;
    private final Programs programs;
    private Map<Tile.Shape, Tile> tiles;

    DeviceProducts(DeviceMemory memory, Programs programs, Map<Tile.Shape, Tile> tiles) {
        this.memory = memory;
        this.programs = programs;
        this.tiles = tiles;
    }

    /// From here on products are cut like this.
    void cut(Map<Tile.Shape, Tile> chosen) {
        tiles = chosen;
    }

    void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
        multiply("TRANSPOSED", x, w, y, w.columns(), REPLACED, 1);
    }

    void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y) {
        multiply("TRANSPOSED", x, w, y, w.columns(), SCALED, scale);
    }

    void addProduct(Tensor dy, Matrix w, Tensor dx) {
        multiply("PLAIN", dy, w, dx, w.rows(), CHAINED, 1);
    }

    void transposedProduct(Tensor dy, Tensor x, Tensor dw) {
        multiply("GRADIENT", dy, x, dw, x.rows(), REPLACED, 1);
    }

    void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
        multiply("GRADIENT", dy, x, dw, x.rows(), CHAINED, 1);
    }

    private void multiply(String product, Tensor x, Matrix w, Tensor y, int depth, int isAdded, float factor) {
        Tile tile = Objects.requireNonNull(tiles.get(Tile.Shape.of(y.rows(), y.columns())));
        long kernel = programs.kernelOfWeights(FILE, "product", " -DPRODUCT=" + product + storage(w) + tile.options());
        var call = new Call(memory, "product", kernel).tensor(x);
        weights(call, w).tensor(y).count(y.rows()).count(y.columns()).count(depth).count(isAdded).number(factor)
                .run(Math.ceilDiv(y.columns(), tile.columns()), Math.ceilDiv(y.rows(), tile.rows()),
                        tile.groupColumns(), tile.groupRows());
    }

    void embed(Matrix table, int[] ids, Tensor y) {
        long kernel = programs.kernelOfWeights("lookup", "embedStored", storage(table));
        weights(new Call(memory, "embedStored", kernel), table).ints(ids).tensor(y).count(y.columns()).each(y.size());
    }

    void rowNorms(Matrix w, Tensor down, Tensor up, float scale, Tensor norms) {
        long kernel = programs.kernelOfWeights("lookup", "rowNorms", storage(w));
        weights(new Call(memory, "rowNorms", kernel), w).tensor(down).tensor(up).count(down.rows()).number(scale)
                .tensor(norms).count(w.rows()).count(w.columns()).run(OpenClKernels.rowGroups(w.rows()), 1,
                        OpenClKernels.ROW_ITEMS, 1);
    }

    private String storage(Matrix w) {
        return " -DSTORAGE=" + switch (w) {
            case Tensor rows -> "ROW_MAJOR";
            case Panels panels -> memory.mirror(panels).storage();
        };
    }

    /// Words, where they begin, and scales; where a storage has none its words stand in for them, which nobody reads.
    private Call weights(Call call, Matrix w) {
        return switch (w) {
            case Tensor rows -> call.tensor(rows).buffer(memory.buffer(rows));
            case Panels panels -> {
                var mirror = memory.mirror(panels);
                yield call.buffer(mirror.buffer()).count(mirror.start())
                        .buffer(mirror.scales() == 0 ? mirror.buffer() : mirror.scales());
            }
        };
    }
}
