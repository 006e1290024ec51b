package minarai.engine;

/// Kernels that compute nothing, so that a step can be walked through with tensors that have no memory.
public final class RehearsalKernels implements Kernels {

    private final Kernels rehearsed;
    private final Workspace workspace;

    /// @param rehearsed the kernels whose step is rehearsed
    /// @param workspace is told what they take beside tensors
    public RehearsalKernels(Kernels rehearsed, Workspace workspace) {
        this.rehearsed = rehearsed;
        this.workspace = workspace;
    }

    @Override
    public int panelWidth() {
        return rehearsed.panelWidth();
    }

    @Override
    public void multiplyTransposed(Tensor x, Matrix w, Tensor y) {
    }

    @Override
    public void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y) {
    }

    @Override
    public void addProduct(Tensor dy, Matrix w, Tensor dx) {
    }

    @Override
    public void transposedProduct(Tensor dy, Tensor x, Tensor dw) {
    }

    @Override
    public void addTransposedProduct(Tensor dy, Tensor x, Tensor dw) {
    }

    @Override
    public void embed(Matrix table, int[] ids, Tensor y) {
    }

    @Override
    public void addEmbeddingGradient(Tensor dy, int[] ids, Tensor dtable) {
    }

    @Override
    public void storeRows(Tensor x, int[] rows, Tensor target) {
    }

    @Override
    public void addBias(Tensor bias, Tensor y) {
    }

    @Override
    public void addColumnSums(Tensor dy, Tensor dbias) {
    }

    @Override
    public void columns(Tensor x, int first, Tensor y) {
    }

    @Override
    public void addToColumns(Tensor dy, int first, Tensor dx) {
    }

    @Override
    public void scaleColumns(Tensor x, Tensor factors, Tensor y) {
    }

    @Override
    public void addScaledColumns(Tensor dy, Tensor factors, Tensor dx) {
    }

    @Override
    public void addColumnProducts(Tensor dy, Tensor x, Tensor sums) {
    }

    @Override
    public void rowNorms(Matrix w, Tensor down, Tensor up, float scale, Tensor norms) {
    }

    @Override
    public void divide(Tensor a, Tensor b, Tensor y) {
    }

    @Override
    public void add(Tensor x, Tensor target) {
    }

    @Override
    public void addScaled(float scale, Tensor x, Tensor target) {
    }

    @Override
    public void sum(Tensor a, float scale, Tensor x, Tensor y) {
    }

    @Override
    public void softCap(float cap, Tensor y) {
    }

    @Override
    public void multiplySoftCapSlope(Tensor y, float cap, Tensor dy) {
    }

    @Override
    public void gatedUnit(Tensor gate, Tensor up, Tensor y) {
    }

    @Override
    public void addGatedUnitGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
    }

    @Override
    public void gelu(Tensor x, Tensor y) {
    }

    @Override
    public void addGeluGradient(Tensor dy, Tensor x, Tensor dx) {
    }

    @Override
    public void scale(float factor, Tensor y) {
    }

    @Override
    public void gatedGelu(Tensor gate, Tensor up, Tensor y) {
    }

    @Override
    public void addGatedGeluGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup) {
    }

    @Override
    public void rmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y, Tensor scale) {
    }

    @Override
    public void addRmsNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor scale, Tensor dx) {
    }

    @Override
    public void addRmsNormGainGradient(Tensor dy, Tensor x, Tensor scale, Tensor dgain) {
    }

    @Override
    public void layerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor y, Tensor statistics) {
    }

    @Override
    public void addLayerNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor statistics, Tensor dx) {
    }

    @Override
    public void addLayerNormGainGradient(Tensor dy, Tensor x, Tensor statistics, Tensor dgain) {
    }

    @Override
    public void rotate(Tensor x, Rotation rotation, int[] positions, Tensor y) {
    }

    @Override
    public void rotateBack(Tensor dy, Rotation rotation, int[] positions, Tensor dx) {
    }

    @Override
    public void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps) {
    }

    @Override
    public void addAttendGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y,
            Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv) {
        workspace.noteScratch(rehearsed.attentionBytes(spans, heads));
    }

    @Override
    public void crossEntropy(Tensor logits, int[] labels, Tensor losses, Tensor logSumExps) {
    }

    @Override
    public void toCrossEntropyGradient(Tensor logits, int[] labels, Tensor logSumExps, float weight) {
    }

    @Override
    public double sumOfSquares(Tensor x) {
        return 0;
    }

    @Override
    public void adamW(AdamW.Step step, Tensor value, Tensor gradient, Tensor mean, Tensor square) {
    }
}
