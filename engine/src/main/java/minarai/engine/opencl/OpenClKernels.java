package minarai.engine.opencl;

import java.util.Map;
import java.util.function.IntConsumer;
import minarai.engine.AdamW;
import minarai.engine.Heads;
import minarai.engine.Kernels;
import minarai.engine.Matrix;
import minarai.engine.Memory;
import minarai.engine.Rotation;
import minarai.engine.Span;
import minarai.engine.Tensor;
import minarai.engine.Workers;

/// The kernels of an OpenCL device. One caller at a time, because a queue and the kernels' arguments are shared.
public final class OpenClKernels implements Kernels, AutoCloseable {

    /// Rows of a panel of packed weights, as `weights.cl` has it.
    static final int PANEL_WIDTH = 32;
    /// Rows that a group reduces side by side, with 16 items each.
    private static final int ROWS = 4;
    static final int ROW_ITEMS = 16 * ROWS;
    private static final int STRETCH = 4096;

    private final Session session;
    private final Sources sources;
    private final Programs programs;
    private final DeviceMemory memory;
    private final DeviceProducts products;
    private final DeviceAttention attention;
    private final Workers workers;

    private OpenClKernels(Device device, Workers workers, boolean isOnHeap, Sources sources, Answers answers) {
        this.workers = workers;
        var tiles = Tuned.untuned(device).tiles();
        session = new Session(device, answers);
        this.sources = sources;
        programs = new Programs(session, sources);
        memory = new DeviceMemory(session, programs, isOnHeap);
        products = new DeviceProducts(memory, programs, tiles);
        attention = new DeviceAttention(memory, programs);
    }

    /// Kernels that keep what they work on in the device's memory.
    ///
    /// @param workers for work that stays on the host, such as hashing
    public static OpenClKernels on(Device device, Workers workers) {
        return on(device, workers, Sources.ofBuild(), Answers.ofDriver());
    }

    /// The same from sources that may be changed, with a queue whose answers may be others than the driver's.
    static OpenClKernels on(Device device, Workers workers, Sources sources, Answers answers) {
        return new OpenClKernels(device, workers, false, sources, answers);
    }

    /// Kernels that bring every operand over, and back, each time: the numbers on the heap are always those that count.
    /// Slow; for checks that know nothing of devices.
    public static OpenClKernels onHeapNumbers(Device device, Workers workers) {
        return new OpenClKernels(device, workers, true, Sources.ofBuild(), Answers.ofDriver());
    }

    public Device device() {
        return session.device();
    }

    Sources sources() {
        return sources;
    }

    /// What the buffers on the device take.
    public long deviceBytes() {
        return session.bytes();
    }

    /// Waits until the device has done all that was asked of it.
    public void finish() {
        session.finish();
    }

    /// From here on products are cut as was found best on this device.
    public void use(Tuned tuned) {
        products.cut(tuned.tiles());
    }

    /// 32 chains of so many fused multiply-adds for each number of `y`, to see how fast that can be.
    void multiplyAdds(int rounds, Tensor y) {
        new Call(memory, "multiplyAdds", programs.kernel("probe", "multiplyAdds")).number(.5f).number(1).tensor(y)
                .count(rounds).each(y.size());
    }

    /// Gives a tensor of the device the numbers of one on the heap, which may be the same.
    void store(Tensor x, Tensor target) {
        memory.store(x, target);
    }

    static int rowGroups(int rows) {
        return Math.ceilDiv(rows, ROWS);
    }

    private Call element(String name) {
        return new Call(memory, name, programs.kernel("elements", name));
    }

    private Call row(String name) {
        return new Call(memory, name, programs.kernel("rows", name));
    }

    private Call norm(String name) {
        return new Call(memory, name, programs.kernel("norms", name));
    }

    /// The last arguments of a kernel that reduces rows, and its run.
    private static void reduce(Call call, int rows, int columns) {
        call.count(rows).count(columns).run(rowGroups(rows), 1, ROW_ITEMS, 1);
    }

    @Override
    public int panelWidth() {
        return PANEL_WIDTH;
    }

    @Override
    public Memory memory() {
        return memory.ofKernels();
    }

    @Override
    public void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
        products.multiplyTransposed(x, w, y);
    }

    @Override
    public void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y) {
        products.addScaledProduct(x, w, scale, y);
    }

    @Override
    public void addProduct(Tensor dy, Matrix w, Tensor dx) {
        products.addProduct(dy, w, dx);
    }

    @Override
    public void transposedProduct(Tensor dy, Tensor x, Tensor dw) {
        products.transposedProduct(dy, x, dw);
    }

    @Override
    public void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
        products.addTransposedProduct(dy, x, dw);
    }

    @Override
    public void embed(Matrix table, int[] ids, Tensor y) {
        if (table instanceof Tensor rows) {
            row("embed").tensor(rows).ints(ids).tensor(y).count(y.columns()).each(y.size());
        } else {
            products.embed(table, ids, y);
        }
    }

    @Override
    public void addEmbeddingGradient(Tensor dy, int[] ids, Tensor dtable) {
        row("addEmbeddingGradient").tensor(dy).ints(ids).count(ids.length).tensor(dtable).each(dy.columns());
    }

    @Override
    public void storeRows(Tensor x, int[] rows, Tensor target) {
        row("storeRows").tensor(x).ints(rows).tensor(target).count(x.columns()).each(x.size());
    }

    @Override
    public void addBias(Tensor bias, Tensor y) {
        row("addBias").tensor(bias).tensor(y).count(y.columns()).each(y.size());
    }

    @Override
    public void addColumnSums(Tensor dy, Tensor dbias) {
        row("addColumnSums").tensor(dy).tensor(dbias).count(dy.rows()).each(dy.columns());
    }

    @Override
    public void columns(Tensor x, int first, Tensor y) {
        row("columns").tensor(x).count(x.columns()).count(first).tensor(y).count(y.columns()).each(y.size());
    }

    @Override
    public void addToColumns(Tensor dy, int first, Tensor dx) {
        row("addToColumns").tensor(dy).count(dx.columns()).count(first).tensor(dx).count(dy.columns()).each(dy.size());
    }

    @Override
    public void scaleColumns(Tensor x, Tensor factors, Tensor y) {
        row("scaleColumns").tensor(x).tensor(factors).tensor(y).count(y.columns()).each(y.size());
    }

    @Override
    public void addScaledColumns(Tensor dy, Tensor factors, Tensor dx) {
        row("addScaledColumns").tensor(dy).tensor(factors).tensor(dx).count(dy.columns()).each(dy.size());
    }

    @Override
    public void addColumnProducts(Tensor dy, Tensor x, Tensor sums) {
        row("addColumnProducts").tensor(dy).tensor(x).tensor(sums).count(dy.rows()).each(dy.columns());
    }

    @Override
    public void rowNorms(Matrix w, Tensor down, Tensor up, float scale, Tensor norms) {
        products.rowNorms(w, down, up, scale, norms);
    }

    @Override
    public void divide(Tensor a, Tensor b, Tensor y) {
        element("divide").tensor(a).tensor(b).tensor(y).each(y.size());
    }

    @Override
    public void add(Tensor x, Tensor target) {
        sum(target, 1, x, target);
    }

    @Override
    public void addScaled(float scale, Tensor x, Tensor target) {
        sum(target, scale, x, target);
    }

    @Override
    public void sum(Tensor a, float scale, Tensor x, Tensor y) {
        element("sum").tensor(a).number(scale).tensor(x).tensor(y).each(y.size());
    }

    @Override
    public void scale(float factor, Tensor y) {
        element("scale").number(factor).tensor(y).each(y.size());
    }

    @Override
    public void softCap(float cap, Tensor y) {
        element("softCap").number(cap).tensor(y).each(y.size());
    }

    @Override
    public void multiplySoftCapSlope(Tensor y, float cap, Tensor dy) {
        element("multiplySoftCapSlope").tensor(y).number(cap).tensor(dy).each(dy.size());
    }

    @Override
    public void gatedUnit(Tensor gate, Tensor up, Tensor y) {
        element("gatedUnit").tensor(gate).tensor(up).tensor(y).each(y.size());
    }

    @Override
    public void addGatedUnitGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        element("addGatedUnitGradient").tensor(dy).tensor(gate).tensor(up).tensor(dgate).tensor(dup).each(dy.size());
    }

    @Override
    public void gelu(Tensor x, Tensor y) {
        element("gelu").tensor(x).tensor(y).each(y.size());
    }

    @Override
    public void addGeluGradient(Tensor dy, Tensor x, Tensor dx) {
        element("addGeluGradient").tensor(dy).tensor(x).tensor(dx).each(dy.size());
    }

    @Override
    public void gatedGelu(Tensor gate, Tensor up, Tensor y) {
        element("gatedGelu").tensor(gate).tensor(up).tensor(y).each(y.size());
    }

    @Override
    public void addGatedGeluGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
        element("addGatedGeluGradient").tensor(dy).tensor(gate).tensor(up).tensor(dgate).tensor(dup).each(dy.size());
    }

    @Override
    public void rmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y, Tensor scale) {
        reduce(norm("rmsNorm").tensor(x).tensor(gain).number(epsilon).tensor(y).tensor(scale), x.rows(), x.columns());
    }

    @Override
    public void addRmsNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor scale, Tensor dx) {
        reduce(norm("addRmsNormGradient").tensor(dy).tensor(x).tensor(gain).tensor(scale).tensor(dx), x.rows(),
                x.columns());
    }

    @Override
    public void addRmsNormGainGradient(Tensor dy, Tensor x, Tensor scale, Tensor dgain) {
        norm("addRmsNormGainGradient").tensor(dy).tensor(x).tensor(scale).tensor(dgain).count(x.rows())
                .each(x.columns());
    }

    @Override
    public void layerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor y, Tensor statistics) {
        reduce(norm("layerNorm").tensor(x).tensor(gain).tensor(bias).number(epsilon).tensor(y).tensor(statistics),
                x.rows(), x.columns());
    }

    @Override
    public void addLayerNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor statistics, Tensor dx) {
        reduce(norm("addLayerNormGradient").tensor(dy).tensor(x).tensor(gain).tensor(statistics).tensor(dx), x.rows(),
                x.columns());
    }

    @Override
    public void addLayerNormGainGradient(Tensor dy, Tensor x, Tensor statistics, Tensor dgain) {
        norm("addLayerNormGainGradient").tensor(dy).tensor(x).tensor(statistics).tensor(dgain).count(x.rows())
                .each(x.columns());
    }

    @Override
    public void rotate(Tensor x, Rotation rotation, int[] positions, Tensor y) {
        turn(x, rotation, positions, 1, y);
    }

    @Override
    public void rotateBack(Tensor dy, Rotation rotation, int[] positions, Tensor dx) {
        turn(dy, rotation, positions, -1, dx);
    }

    private void turn(Tensor x, Rotation rotation, int[] positions, float direction, Tensor y) {
        int pairs = rotation.cosines().columns();
        int items = x.size() / rotation.headSize() * (rotation.headSize() - pairs);
        row("turn").tensor(x).tensor(rotation.cosines()).tensor(rotation.sines()).number(direction).ints(positions)
                .tensor(y).count(pairs).count(rotation.headSize()).count(x.columns()).each(items);
    }

    @Override
    public void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
        attention.attend(q, k, v, spans, heads, y, logSumExps);
    }

    @Override
    public void addAttendGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y,
            Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv) {
        attention.addGradient(dy, q, k, v, spans, heads, y, logSumExps, dq, dk, dv);
    }

    @Override
    public void crossEntropy(Tensor logits, int[] labels, Tensor losses, Tensor logSumExps) {
        reduce(norm("crossEntropy").tensor(logits).ints(labels).tensor(losses).tensor(logSumExps), logits.rows(),
                logits.columns());
    }

    @Override
    public void toCrossEntropyGradient(Tensor logits, int[] labels, Tensor logSumExps, float weight) {
        norm("toCrossEntropyGradient").tensor(logits).ints(labels).tensor(logSumExps).number(weight)
                .count(logits.columns()).each(logits.size());
    }

    @Override
    public double sumOfSquares(Tensor x) {
        int stretches = Math.ceilDiv(x.size(), STRETCH);
        Tensor sums = memory.scratch(stretches);
        norm("sumOfSquares").tensor(x).count(x.size()).count(STRETCH).tensor(sums).count(stretches)
                .run(rowGroups(stretches), 1, ROW_ITEMS, 1);
        Tensor read = memory().download(sums);
        double sum = 0;
        for (int i = 0; i < stretches; i++) {
            sum += read.at(i, 0);
        }
        return sum;
    }

    @Override
    public void adamW(AdamW.Step step, Tensor value, Tensor gradient, Tensor mean, Tensor square) {
        element("adamW").number(step.scale()).number(step.beta1()).number(step.beta2()).number(step.epsilon())
                .number(step.keep()).number(step.rate()).number(step.rootScale()).tensor(value).tensor(gradient)
                .tensor(mean).tensor(square).each(value.size());
    }

    @Override
    public void share(int count, IntConsumer task) {
        workers.share(count, task);
    }

    @Override
    public void close() {
        memory.close();
        programs.close();
        session.close();
    }
}
