package minarai.engine.opencl;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import minarai.engine.AdamW;
import minarai.engine.Heads;
import minarai.engine.Kernels;
import minarai.engine.Matrix;
import minarai.engine.Memory;
import minarai.engine.Panels;
import minarai.engine.Rotation;
import minarai.engine.Span;
import minarai.engine.Tensor;

/// The kernels of a device, but for those that fail on it: these are computed on the host, with their operands brought
/// over and back. Slow, and right.
public final class PartlyOnHost implements Kernels {

    private final OpenClKernels device;
    private final Kernels host;
    private final Set<String> onHost;

    /// @param host   kernels of the heap; panels of another width than theirs are unpacked for them
    /// @param onHost names of kernels, as [Finding#kernel] has them; `sum` stands for `add` and `addScaled` too,
    ///               `rotate` for `rotateBack`
    public PartlyOnHost(OpenClKernels device, Kernels host, Set<String> onHost) {
        this.device = device;
        this.host = host;
        this.onHost = Set.copyOf(onHost);
    }

    /// An operation on operands, wherever they lie.
    @FunctionalInterface
    private interface Operation {
        void run(Kernels kernels, Operands of);
    }

    /// An operation with a result.
    @FunctionalInterface
    private interface Question {
        double ask(Kernels kernels, Operands of);
    }

    /// Operands as they are, or where the host computes their copies on the heap.
    private final class Operands {

        private final boolean isCopied;
        private final Map<Tensor, Tensor> copies = new IdentityHashMap<>();

        Operands(boolean isCopied) {
            this.isCopied = isCopied;
        }

        Tensor tensor(Tensor x) {
            return isCopied ? copies.computeIfAbsent(x, device.memory()::download) : x;
        }

        Matrix matrix(Matrix w) {
            return switch (w) {
                case Tensor x -> tensor(x);
                case Panels panels -> isCopied && panels.width() != host.panelWidth() ? panels.unpack() : panels;
            };
        }

        void back() {
            copies.forEach((x, copy) -> device.store(copy, x));
        }
    }

    private void compute(String name, Operation operation) {
        var operands = new Operands(onHost.contains(name));
        operation.run(operands.isCopied ? host : device, operands);
        operands.back();
    }

    private double computed(String name, Question question) {
        var operands = new Operands(onHost.contains(name));
        return question.ask(operands.isCopied ? host : device, operands);
    }

    @Override
    public int panelWidth() {
        return device.panelWidth();
    }

    @Override
    public Memory memory() {
        return device.memory();
    }

    @Override
    public long attentionBytes(Span[] spans, Heads heads) {
        boolean isHere = onHost.contains("attend") || onHost.contains("addAttendGradient");
        return isHere ? host.attentionBytes(spans, heads) : 0;
    }

    @Override
    public void share(int count, IntConsumer task) {
        device.share(count, task);
    }

    @Override
    public void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
        compute("multiplyTransposed", (kernels, of) -> kernels.multiplyTransposed(of.tensor(x), of.matrix(w),
                of.tensor(y)));
    }

    @Override
    public void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y) {
        compute("addScaledProduct", (kernels, of) -> kernels.addScaledProduct(of.tensor(x), of.tensor(w), scale,
                of.tensor(y)));
    }

    @Override
    public void addProduct(Tensor dy, Matrix w, Tensor dx) {
        compute("addProduct", (kernels, of) -> kernels.addProduct(of.tensor(dy), of.matrix(w), of.tensor(dx)));
    }

    @Override
    public void transposedProduct(Tensor dy, Tensor x, Tensor dw) {
        compute("transposedProduct", (kernels, of) -> kernels.transposedProduct(of.tensor(dy), of.tensor(x),
                of.tensor(dw)));
    }

    @Override
    public void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
        compute("addTransposedProduct", (kernels, of) -> kernels.addTransposedProduct(of.tensor(dy), of.tensor(x),
                of.tensor(dw)));
    }

    @Override
    public void embed(Matrix table, int[] ids, Tensor y) {
        compute("embed", (kernels, of) -> kernels.embed(of.matrix(table), ids, of.tensor(y)));
    }

    @Override
    public void addEmbeddingGradient(Tensor dy, int[] ids, Tensor dtable) {
        compute("addEmbeddingGradient", (kernels, of) -> kernels.addEmbeddingGradient(of.tensor(dy), ids,
                of.tensor(dtable)));
    }

    @Override
    public void storeRows(Tensor x, int[] rows, Tensor target) {
        compute("storeRows", (kernels, of) -> kernels.storeRows(of.tensor(x), rows, of.tensor(target)));
    }

    @Override
    public void addBias(Tensor bias, Tensor y) {
        compute("addBias", (kernels, of) -> kernels.addBias(of.tensor(bias), of.tensor(y)));
    }

    @Override
    public void addColumnSums(Tensor dy, Tensor dbias) {
        compute("addColumnSums", (kernels, of) -> kernels.addColumnSums(of.tensor(dy), of.tensor(dbias)));
    }

    @Override
    public void columns(Tensor x, int first, Tensor y) {
        compute("columns", (kernels, of) -> kernels.columns(of.tensor(x), first, of.tensor(y)));
    }

    @Override
    public void addToColumns(Tensor dy, int first, Tensor dx) {
        compute("addToColumns", (kernels, of) -> kernels.addToColumns(of.tensor(dy), first, of.tensor(dx)));
    }

    @Override
    public void scaleColumns(Tensor x, Tensor factors, Tensor y) {
        compute("scaleColumns", (kernels, of) -> kernels.scaleColumns(of.tensor(x), of.tensor(factors), of.tensor(y)));
    }

    @Override
    public void addScaledColumns(Tensor dy, Tensor factors, Tensor dx) {
        compute("addScaledColumns", (kernels, of) -> kernels.addScaledColumns(of.tensor(dy), of.tensor(factors),
                of.tensor(dx)));
    }

    @Override
    public void addColumnProducts(Tensor dy, Tensor x, Tensor sums) {
        compute("addColumnProducts", (kernels, of) -> kernels.addColumnProducts(of.tensor(dy), of.tensor(x),
                of.tensor(sums)));
    }

    @Override
    public void rowNorms(Matrix w, Tensor down, Tensor up, float scale, Tensor norms) {
        compute("rowNorms", (kernels, of) -> kernels.rowNorms(of.matrix(w), of.tensor(down), of.tensor(up), scale,
                of.tensor(norms)));
    }

    @Override
    public void divide(Tensor a, Tensor b, Tensor y) {
        compute("divide", (kernels, of) -> kernels.divide(of.tensor(a), of.tensor(b), of.tensor(y)));
    }

    @Override
    public void add(Tensor x, Tensor target) {
        compute("sum", (kernels, of) -> kernels.add(of.tensor(x), of.tensor(target)));
    }

    @Override
    public void addScaled(float scale, Tensor x, Tensor target) {
        compute("sum", (kernels, of) -> kernels.addScaled(scale, of.tensor(x), of.tensor(target)));
    }

    @Override
    public void sum(Tensor a, float scale, Tensor x, Tensor y) {
        compute("sum", (kernels, of) -> kernels.sum(of.tensor(a), scale, of.tensor(x), of.tensor(y)));
    }

    @Override
    public void scale(float factor, Tensor y) {
        compute("scale", (kernels, of) -> kernels.scale(factor, of.tensor(y)));
    }

    @Override
    public void softCap(float cap, Tensor y) {
        compute("softCap", (kernels, of) -> kernels.softCap(cap, of.tensor(y)));
    }

    @Override
    public void multiplySoftCapSlope(Tensor y, float cap, Tensor dy) {
        compute("multiplySoftCapSlope", (kernels, of) -> kernels.multiplySoftCapSlope(of.tensor(y), cap,
                of.tensor(dy)));
    }

    @Override
    public void gatedUnit(Tensor gate, Tensor up, Tensor y) {
        compute("gatedUnit", (kernels, of) -> kernels.gatedUnit(of.tensor(gate), of.tensor(up), of.tensor(y)));
    }

    @Override
    public void addGatedUnitGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        compute("addGatedUnitGradient", (kernels, of) -> kernels.addGatedUnitGradient(of.tensor(dy), of.tensor(gate),
                of.tensor(up), of.tensor(dgate), of.tensor(dup)));
    }

    @Override
    public void gelu(Tensor x, Tensor y) {
        compute("gelu", (kernels, of) -> kernels.gelu(of.tensor(x), of.tensor(y)));
    }

    @Override
    public void addGeluGradient(Tensor dy, Tensor x, Tensor dx) {
        compute("addGeluGradient", (kernels, of) -> kernels.addGeluGradient(of.tensor(dy), of.tensor(x),
                of.tensor(dx)));
    }

    @Override
    public void gatedGelu(Tensor gate, Tensor up, Tensor y) {
        compute("gatedGelu", (kernels, of) -> kernels.gatedGelu(of.tensor(gate), of.tensor(up), of.tensor(y)));
    }

    @Override
    public void addGatedGeluGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        compute("addGatedGeluGradient", (kernels, of) -> kernels.addGatedGeluGradient(of.tensor(dy), of.tensor(gate),
                of.tensor(up), of.tensor(dgate), of.tensor(dup)));
    }

    @Override
    public void rmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y, Tensor scale) {
        compute("rmsNorm", (kernels, of) -> kernels.rmsNorm(of.tensor(x), of.tensor(gain), epsilon, of.tensor(y),
                of.tensor(scale)));
    }

    @Override
    public void addRmsNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor scale, Tensor dx) {
        compute("addRmsNormGradient", (kernels, of) -> kernels.addRmsNormGradient(of.tensor(dy), of.tensor(x),
                of.tensor(gain), of.tensor(scale), of.tensor(dx)));
    }

    @Override
    public void addRmsNormGainGradient(Tensor dy, Tensor x, Tensor scale, Tensor dgain) {
        compute("addRmsNormGainGradient", (kernels, of) -> kernels.addRmsNormGainGradient(of.tensor(dy), of.tensor(x),
                of.tensor(scale), of.tensor(dgain)));
    }

    @Override
    public void layerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor y, Tensor statistics) {
        compute("layerNorm", (kernels, of) -> kernels.layerNorm(of.tensor(x), of.tensor(gain), of.tensor(bias), epsilon,
                of.tensor(y), of.tensor(statistics)));
    }

    @Override
    public void addLayerNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor statistics, Tensor dx) {
        compute("addLayerNormGradient", (kernels, of) -> kernels.addLayerNormGradient(of.tensor(dy), of.tensor(x),
                of.tensor(gain), of.tensor(statistics), of.tensor(dx)));
    }

    @Override
    public void addLayerNormGainGradient(Tensor dy, Tensor x, Tensor statistics, Tensor dgain) {
        compute("addLayerNormGainGradient", (kernels, of) -> kernels.addLayerNormGainGradient(of.tensor(dy),
                of.tensor(x), of.tensor(statistics), of.tensor(dgain)));
    }

    @Override
    public void rotate(Tensor x, Rotation rotation, int[] positions, Tensor y) {
        compute("rotate", (kernels, of) -> kernels.rotate(of.tensor(x), rotation, positions, of.tensor(y)));
    }

    @Override
    public void rotateBack(Tensor dy, Rotation rotation, int[] positions, Tensor dx) {
        compute("rotate", (kernels, of) -> kernels.rotateBack(of.tensor(dy), rotation, positions, of.tensor(dx)));
    }

    @Override
    public void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
        compute("attend", (kernels, of) -> kernels.attend(of.tensor(q), of.tensor(k), of.tensor(v), spans, heads,
                of.tensor(y), of.tensor(logSumExps)));
    }

    @Override
    public void addAttendGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y,
            Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv) {
        compute("addAttendGradient", (kernels, of) -> kernels.addAttendGradient(of.tensor(dy), of.tensor(q),
                of.tensor(k), of.tensor(v), spans, heads, of.tensor(y), of.tensor(logSumExps), of.tensor(dq),
                of.tensor(dk), of.tensor(dv)));
    }

    @Override
    public void crossEntropy(Tensor logits, int[] labels, Tensor losses, Tensor logSumExps) {
        compute("crossEntropy", (kernels, of) -> kernels.crossEntropy(of.tensor(logits), labels, of.tensor(losses),
                of.tensor(logSumExps)));
    }

    @Override
    public void toCrossEntropyGradient(Tensor logits, int[] labels, Tensor logSumExps, float weight) {
        compute("toCrossEntropyGradient", (kernels, of) -> kernels.toCrossEntropyGradient(of.tensor(logits), labels,
                of.tensor(logSumExps), weight));
    }

    @Override
    public double sumOfSquares(Tensor x) {
        return computed("sumOfSquares", (kernels, of) -> kernels.sumOfSquares(of.tensor(x)));
    }

    @Override
    public void adamW(AdamW.Step step, Tensor value, Tensor gradient, Tensor mean, Tensor square) {
        compute("adamW", (kernels, of) -> kernels.adamW(step, of.tensor(value), of.tensor(gradient), of.tensor(mean),
                of.tensor(square)));
    }
}
