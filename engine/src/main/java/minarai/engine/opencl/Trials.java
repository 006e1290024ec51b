package minarai.engine.opencl;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import minarai.engine.AdamW;
import minarai.engine.Heads;
import minarai.engine.Kernels;
import minarai.engine.Matrix;
import minarai.engine.Panels;
import minarai.engine.Philox;
import minarai.engine.Rotation;
import minarai.engine.Span;
import minarai.engine.Storage;
import minarai.engine.Tensor;

/// Trials of every kernel: sizes that divide into no tile, stored weights of every kind, sequences that share a
/// beginning.
final class Trials {

    /// Counts what findings depend on beside the kernels' sources: these trials, how they are compared, and how the
    /// host calls kernels. It grows whenever one of them changes, so that older findings are not believed.
    static final int VERSION = 3;

    private static final int[][] PRODUCTS = {{1, 1, 1}, {1, 70, 33}, {2, 33, 65}, {14, 40, 19}, {37, 12, 50},
        {70, 67, 35}};
    private static final int[][] ROWS = {{1, 1}, {5, 37}, {3, 150}};

    private final List<Trial> all = new ArrayList<>();

    private Trials() {
    }

    static List<Trial> all() {
        var trials = new Trials();
        for (int[] shape : PRODUCTS) {
            trials.products(shape[0], shape[1], shape[2]);
        }
        for (Storage storage : Storage.values()) {
            trials.stored(storage, 3, 70, 64);
            trials.stored(storage, 1, 33, 96);
        }
        trials.halves();
        for (int[] shape : ROWS) {
            trials.elements(shape[0], shape[1]);
            trials.rows(shape[0], shape[1]);
            trials.norms(shape[0], shape[1]);
        }
        trials.attention(new Heads(4, 2, 10, Heads.UNLIMITED));
        trials.attention(new Heads(2, 1, 70, 11));
        trials.attention(new Heads(2, 2, 33, 40, .4f, 1.3f));
        return List.copyOf(trials.all);
    }

    /// The kernels that are tried, in the order of their first trials.
    static List<String> kernels() {
        return all().stream().map(Trial::kernel).distinct().toList();
    }

    private void add(String kernel, String size, Function<Kernels, List<Tensor>> run) {
        all.add(new Trial(kernel, size, Bound.of(kernel), run));
    }

    private static String size(int... sizes) {
        return String.join("x", Arrays.stream(sizes).mapToObj(String::valueOf).toList());
    }

    private static Tensor random(int purpose, int rows, int columns) {
        Tensor tensor = Tensor.over(new float[rows * columns + 5], 5, rows, columns);
        new Philox(11, purpose).fillNormal(rows * 1000 + columns, 1, tensor);
        return tensor;
    }

    @FunctionalInterface
    private interface Writer {
        void write(Kernels kernels, Tensor y);
    }

    /// An operation with one result, which begins with random numbers.
    private void one(String kernel, int rows, int columns, String size, Writer writer) {
        add(kernel, size, kernels -> {
            Tensor y = random(9, rows, columns);
            writer.write(kernels, y);
            return List.of(y);
        });
    }

    private void products(int m, int n, int k) {
        String size = size(m, n, k);
        one("multiplyTransposed", m, n, size, (kernels, y) ->
                kernels.multiplyTransposed(random(1, m, k), random(2, n, k), y));
        one("addScaledProduct", m, n, size, (kernels, y) ->
                kernels.addScaledProduct(random(1, m, k), random(2, n, k), .37f, y));
        one("addProduct", m, n, size, (kernels, y) -> kernels.addProduct(random(1, m, k), random(2, k, n), y));
        one("transposedProduct", m, n, size, (kernels, y) ->
                kernels.transposedProduct(random(1, k, m), random(2, k, n), y));
        one("addTransposedProduct", m, n, size, (kernels, y) ->
                kernels.addTransposedProduct(random(1, k, m), random(2, k, n), y));
    }

    private void stored(Storage storage, int tokens, int outputs, int inputs) {
        Matrix w = Panels.pack(random(2, outputs, inputs), OpenClKernels.PANEL_WIDTH, storage);
        String size = storage + " " + size(tokens, outputs, inputs);
        stored(w, tokens, outputs, inputs, size);
    }

    /// f32 numbers that are all f16 numbers.
    private void halves() {
        Tensor w = random(2, 70, 64);
        for (int i = 0; i < w.size(); i++) {
            float value = w.at(i / 64, i % 64) * (i % 7 == 0 ? 1e-6f : 1);
            w.set(i / 64, i % 64, Float.float16ToFloat(Float.floatToFloat16(value)));
        }
        stored(Panels.pack(w, OpenClKernels.PANEL_WIDTH), 3, 70, 64, "F16 " + size(3, 70, 64));
    }

    private void stored(Matrix w, int tokens, int outputs, int inputs, String size) {
        one("multiplyTransposed", tokens, outputs, size, (kernels, y) ->
                kernels.multiplyTransposed(random(1, tokens, inputs), w, y));
        one("addProduct", tokens, inputs, size, (kernels, dx) -> kernels.addProduct(random(1, tokens, outputs), w, dx));
        one("embed", 2, inputs, size, (kernels, y) -> kernels.embed(w, new int[] {outputs - 1, 0}, y));
        one("rowNorms", 1, outputs, size, (kernels, y) ->
                kernels.rowNorms(w, random(3, 3, inputs), random(4, outputs, 3), .7f, y));
    }

    private void elements(int rows, int columns) {
        String size = size(rows, columns);
        one("divide", rows, columns, size, (kernels, y) ->
                kernels.divide(random(1, rows, columns), random(2, rows, columns), y));
        one("sum", rows, columns, size, (kernels, y) -> {
            kernels.sum(random(1, rows, columns), .3f, random(2, rows, columns), y);
            kernels.addScaled(-.7f, random(4, rows, columns), y);
        });
        one("scale", rows, columns, size, (kernels, y) -> kernels.scale(-1.3f, y));
        one("softCap", rows, columns, size, (kernels, y) -> kernels.softCap(.7f, y));
        one("multiplySoftCapSlope", rows, columns, size, (kernels, y) ->
                kernels.multiplySoftCapSlope(random(1, rows, columns), .7f, y));
        one("gatedUnit", rows, columns, size, (kernels, y) ->
                kernels.gatedUnit(random(1, rows, columns), random(2, rows, columns), y));
        one("gelu", rows, columns, size, (kernels, y) -> kernels.gelu(random(1, rows, columns), y));
        one("addGeluGradient", rows, columns, size, (kernels, y) ->
                kernels.addGeluGradient(random(1, rows, columns), random(2, rows, columns), y));
        one("gatedGelu", rows, columns, size, (kernels, y) ->
                kernels.gatedGelu(random(1, rows, columns), random(2, rows, columns), y));
        add("addGatedUnitGradient", size, kernels -> {
            var both = List.of(random(5, rows, columns), random(6, rows, columns));
            kernels.addGatedUnitGradient(random(1, rows, columns), random(2, rows, columns), random(3, rows, columns),
                    both.getFirst(), both.getLast());
            return both;
        });
        add("addGatedGeluGradient", size, kernels -> {
            var both = List.of(random(5, rows, columns), random(6, rows, columns));
            kernels.addGatedGeluGradient(random(1, rows, columns), random(2, rows, columns), random(3, rows, columns),
                    both.getFirst(), both.getLast());
            return both;
        });
        add("adamW", size, kernels -> {
            Tensor square = Tensor.zeros(rows, columns);
            square.fill(.3f);
            var state = List.of(random(5, rows, columns), random(6, rows, columns), square);
            kernels.adamW(new AdamW.Step(.9f, .9f, .95f, 1e-8f, .999f, 3e-3f, 1.7f), state.get(0),
                    random(1, rows, columns), state.get(1), square);
            return state;
        });
        add("sumOfSquares", size, kernels -> List.of(Tensor.of(1, 1,
                (float) kernels.sumOfSquares(random(3, 31 * rows, 31 * columns)))));
    }

    private void rows(int rows, int columns) {
        String size = size(rows, columns);
        int[] ids = new int[rows];
        Arrays.setAll(ids, i -> i * 7 % 4);
        int[] places = new int[rows];
        Arrays.setAll(places, i -> rows - i);
        one("embed", rows, columns, size, (kernels, y) -> kernels.embed(random(1, 5, columns), ids, y));
        one("addEmbeddingGradient", 5, columns, size, (kernels, y) ->
                kernels.addEmbeddingGradient(random(1, rows, columns), ids, y));
        one("storeRows", rows + 2, columns, size, (kernels, y) ->
                kernels.storeRows(random(1, rows, columns), places, y));
        one("addBias", rows, columns, size, (kernels, y) -> kernels.addBias(random(1, 1, columns), y));
        one("addColumnSums", 1, columns, size, (kernels, y) -> kernels.addColumnSums(random(1, rows, columns), y));
        one("columns", rows, columns, size, (kernels, y) -> kernels.columns(random(1, rows, columns + 5), 3, y));
        one("addToColumns", rows, columns + 5, size, (kernels, y) ->
                kernels.addToColumns(random(1, rows, columns), 3, y));
        one("scaleColumns", rows, columns, size, (kernels, y) ->
                kernels.scaleColumns(random(1, rows, columns), random(2, 1, columns), y));
        one("addScaledColumns", rows, columns, size, (kernels, y) ->
                kernels.addScaledColumns(random(1, rows, columns), random(2, 1, columns), y));
        one("addColumnProducts", 1, columns, size, (kernels, y) ->
                kernels.addColumnProducts(random(1, rows, columns), random(2, rows, columns), y));
    }

    private void norms(int rows, int columns) {
        String size = size(rows, columns);
        int[] labels = new int[rows];
        Arrays.setAll(labels, i -> i * 31 % columns);
        add("rmsNorm", size, kernels -> {
            var written = List.of(random(5, rows, columns), random(6, rows, 1));
            kernels.rmsNorm(random(1, rows, columns), random(2, 1, columns), 1e-5f, written.getFirst(),
                    written.getLast());
            return written;
        });
        one("addRmsNormGradient", rows, columns, size, (kernels, dx) -> kernels.addRmsNormGradient(
                random(1, rows, columns), random(2, rows, columns), random(3, 1, columns), random(4, rows, 1), dx));
        one("addRmsNormGainGradient", 1, columns, size, (kernels, dgain) -> kernels.addRmsNormGainGradient(
                random(1, rows, columns), random(2, rows, columns), random(4, rows, 1), dgain));
        add("layerNorm", size, kernels -> {
            var written = List.of(random(5, rows, columns), random(6, rows, 2));
            kernels.layerNorm(random(1, rows, columns), random(2, 1, columns), random(3, 1, columns), 1e-5f,
                    written.getFirst(), written.getLast());
            return written;
        });
        one("addLayerNormGradient", rows, columns, size, (kernels, dx) -> kernels.addLayerNormGradient(
                random(1, rows, columns), random(2, rows, columns), random(3, 1, columns), random(4, rows, 2), dx));
        one("addLayerNormGainGradient", 1, columns, size, (kernels, dgain) -> kernels.addLayerNormGainGradient(
                random(1, rows, columns), random(2, rows, columns), random(4, rows, 2), dgain));
        add("crossEntropy", size, kernels -> {
            var written = List.of(random(5, rows, 1), random(6, rows, 1));
            kernels.crossEntropy(random(1, rows, columns), labels, written.getFirst(), written.getLast());
            return written;
        });
        one("toCrossEntropyGradient", rows, columns, size, (kernels, logits) ->
                kernels.toCrossEntropyGradient(logits, labels, random(1, rows, 1), .25f));
    }

    private void attention(Heads heads) {
        Span[] spans = {Span.sequence(0, 70), new Span(70, 3, 70, 73, 0, 70), new Span(73, 2, 73, 90, 20, 50),
            new Span(75, 3, 113, 67, 0, 64)};
        int queries = 78;
        int keys = 116;
        String size = "%d heads of %d, window %d, cap %s".formatted(heads.heads(), heads.size(), heads.window(),
                heads.cap());
        Tensor q = random(1, queries, heads.queryColumns());
        Tensor k = random(2, keys, heads.keyColumns());
        Tensor v = random(3, keys, heads.keyColumns());
        add("attend", size, kernels -> {
            var written = List.of(random(5, queries, heads.queryColumns()), random(6, queries, heads.heads()));
            kernels.attend(q, k, v, spans, heads, written.getFirst(), written.getLast());
            return written;
        });
        add("addAttendGradient", size, kernels -> {
            Tensor y = random(5, queries, heads.queryColumns());
            Tensor sums = Tensor.zeros(queries, heads.heads());
            sums.fill(3);
            var written = List.of(random(6, queries, heads.queryColumns()), random(7, keys, heads.keyColumns()),
                    random(8, keys, heads.keyColumns()));
            kernels.addAttendGradient(random(4, queries, heads.queryColumns()), q, k, v, spans, heads, y, sums,
                    written.get(0), written.get(1), written.get(2));
            return written;
        });
        int pairs = heads.size() / 2 - 1;
        var rotation = Rotation.of(50, Rotation.frequencies(2 * pairs, 10_000), heads.size(), 1.1);
        int[] positions = new int[queries];
        Arrays.setAll(positions, i -> i * 3 % 50);
        one("rotate", queries, heads.queryColumns(), size, (kernels, y) -> {
            kernels.rotate(q, rotation, positions, y);
            kernels.rotateBack(y, rotation, positions, y);
            kernels.rotate(y, rotation, positions, y);
        });
    }
}
