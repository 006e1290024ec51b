package minarai.engine;

import java.util.function.IntConsumer;

/// The arithmetic: every operation on tensors, forward and backward.
///
/// [ReferenceKernels] is the definition, in plain loops; every other implementation gives the same bits. Where the
/// documentation says `+=`, each element's chain of sums starts from the value that is there; every other output is
/// overwritten. Shapes are checked by [Ops], not here. Outputs must not be inputs.
public interface Kernels {

    /// The panel width in which [Panels] must be packed for these kernels.
    int panelWidth();

    /// Where the numbers lie that these kernels compute with.
    default Memory memory() {
        return Memory.heap();
    }

    /// How many bytes attention, there and back, takes beside its operands on the heap, from call to call.
    default long attentionBytes(Span[] spans, Heads heads) {
        return 0;
    }

    // Products. x is tokens x inputs, w outputs x inputs, y tokens x outputs.

    /// `y = x · wᵀ`. Each element is one chain of fused multiply-adds over ascending inputs, from zero.
    void multiplyTransposed(Tensor x, Matrix w, Tensor y);

    /// `y += scale * (x · wᵀ)`: the product as [#multiplyTransposed], then one fused multiply-add.
    void addScaledProduct(Tensor x, Tensor w, float scale, Tensor y);

    /// `dx += dy · w`, ascending over outputs.
    void addProduct(Tensor dy, Matrix w, Tensor dx);

    /// `dw = dyᵀ · x`, ascending over tokens, from zero.
    void transposedProduct(Tensor dy, Tensor x, Tensor dw);

    /// `dw += dyᵀ · x`, ascending over tokens.
    void addTransposedProduct(Tensor dy, Tensor x, Tensor dw);

    // Rows.

    /// Row `i` of `y` becomes row `ids[i]` of `table`.
    void embed(Matrix table, int[] ids, Tensor y);

    /// Row `ids[i]` of `dtable` grows by row `i` of `dy`, ascending over `i`.
    void addEmbeddingGradient(Tensor dy, int[] ids, Tensor dtable);

    /// Row `i` of `x` goes to row `rows[i]` of `target`; other rows stay.
    void storeRows(Tensor x, int[] rows, Tensor target);

    /// `y += bias`, the bias (1 x columns) added to every row.
    void addBias(Tensor bias, Tensor y);

    /// `dbias` (1 x columns) grows by the rows of `dy`, ascending.
    void addColumnSums(Tensor dy, Tensor dbias);

    /// `y` becomes the columns of `x` from `first` on, as many as `y` has.
    void columns(Tensor x, int first, Tensor y);

    /// The columns of `dx` from `first` on grow by `dy`.
    void addToColumns(Tensor dy, int first, Tensor dx);

    /// `y = x * factors`, the factors (1 x columns) for every row.
    void scaleColumns(Tensor x, Tensor factors, Tensor y);

    /// `dx += dy * factors`, fused.
    void addScaledColumns(Tensor dy, Tensor factors, Tensor dx);

    /// `sums` (1 x columns) grows by the rows of `dy * x`, fused, ascending.
    void addColumnProducts(Tensor dy, Tensor x, Tensor sums);

    /// The length of each row of `w + scale * up · down`, where a product is one chain over ascending ranks from zero,
    /// joined to `w` by one fused multiply-add, and the squares are reduced as a row.
    ///
    /// @param w     outputs x inputs
    /// @param down  rank x inputs
    /// @param up    outputs x rank
    /// @param norms 1 x outputs
    /// @see <a href="https://arxiv.org/abs/2402.09353">Liu et al. 2024, eq. 5</a>
    void rowNorms(Matrix w, Tensor down, Tensor up, float scale, Tensor norms);

    // Elements.

    /// `y = a / b`.
    void divide(Tensor a, Tensor b, Tensor y);

    /// `target += x`.
    void add(Tensor x, Tensor target);

    /// `target += scale * x`, fused.
    void addScaled(float scale, Tensor x, Tensor target);

    /// `y = a + scale * x`, fused; with a scale of 1 the plain sum.
    void sum(Tensor a, float scale, Tensor x, Tensor y);

    /// `y *= factor`.
    void scale(float factor, Tensor y);

    /// `y = cap * tanh(y / cap)`: numbers softly limited to `±cap`.
    ///
    /// @see <a href="https://arxiv.org/abs/2408.00118">Gemma team 2024, section 2</a>
    void softCap(float cap, Tensor y);

    /// `dy *= 1 - (y / cap)²`, the slope of [#softCap] where it gave `y`.
    void multiplySoftCapSlope(Tensor y, float cap, Tensor dy);

    /// `y = gate * sigmoid(gate) * up` (Shazeer 2020, SwiGLU).
    void gatedUnit(Tensor gate, Tensor up, Tensor y);

    /// The gradient of [#gatedUnit]: `dgate += …`, `dup += dy * gate * sigmoid(gate)`.
    void addGatedUnitGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup);

    /// `y = x / 2 * (1 + tanh(sqrt(2 / π) * (x + 0.044715 * x³)))`, GELU in its tanh approximation ("gelu_new").
    ///
    /// @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel 2016, section 2</a>
    void gelu(Tensor x, Tensor y);

    /// The gradient of [#gelu]: `dx += dy * slope(x)`.
    void addGeluGradient(Tensor dy, Tensor x, Tensor dx);

    /// `y = gelu(gate) * up` (Shazeer 2020, GEGLU), the tanh approximation of [#gelu].
    void gatedGelu(Tensor gate, Tensor up, Tensor y);

    /// The gradient of [#gatedGelu]: `dgate += dy * up * slope(gate)`, `dup += dy * gelu(gate)`.
    void addGatedGeluGradient(Tensor dy, Tensor gate, Tensor up, Tensor dgate, Tensor dup);

    // Norm.

    /// `y = x / rms(x) * gain`, row by row.
    ///
    /// @param x       tokens x features
    /// @param gain    1 x features
    /// @param epsilon added to the mean square before the root
    /// @param y       tokens x features
    /// @param scale   tokens x 1, overwritten with 1 / rms, which the backward pass reads
    /// @see <a href="https://arxiv.org/abs/1910.07467">Zhang and Sennrich 2019, eq. 4</a>
    void rmsNorm(Tensor x, Tensor gain, float epsilon, Tensor y, Tensor scale);

    void addRmsNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor scale, Tensor dx);

    void addRmsNormGainGradient(Tensor dy, Tensor x, Tensor scale, Tensor dgain);

    /// `y = (x - mean) / deviation * gain + bias`, row by row, where `deviation = sqrt(variance + epsilon)` and the
    /// variance is the mean of the squared differences from the mean.
    ///
    /// @param x          tokens x features
    /// @param gain       1 x features
    /// @param bias       1 x features
    /// @param epsilon    added to the variance before the root
    /// @param y          tokens x features
    /// @param statistics tokens x 2, overwritten with mean and 1 / deviation, which the backward pass reads
    /// @see <a href="https://arxiv.org/abs/1607.06450">Ba, Kiros and Hinton 2016, eq. 4</a>
    void layerNorm(Tensor x, Tensor gain, Tensor bias, float epsilon, Tensor y, Tensor statistics);

    /// The gradient of [#layerNorm]: with `n = (x - mean) / deviation` and `g = dy * gain`,
    /// `dx += (g - mean(g) - n * mean(g * n)) / deviation`.
    void addLayerNormGradient(Tensor dy, Tensor x, Tensor gain, Tensor statistics, Tensor dx);

    /// `dgain` grows by `dy * (x - mean) / deviation`, ascending over rows. That of the bias is [#addColumnSums].
    void addLayerNormGainGradient(Tensor dy, Tensor x, Tensor statistics, Tensor dgain);

    // Positions and attention.

    /// `y` is `x` with each head's feature pairs turned by the angle of the row's position, and the features that do
    /// not turn as they are; `y` may be `x` itself.
    ///
    /// @param x         tokens x (heads * head size)
    /// @param positions a position for each row
    void rotate(Tensor x, Rotation rotation, int[] positions, Tensor y);

    /// `dx` is `dy` turned back; it may be `dy` itself.
    void rotateBack(Tensor dy, Rotation rotation, int[] positions, Tensor dx);

    /// Causal attention of each span: softmax of scaled and, where the heads say so, softly limited scores times
    /// values, with a running maximum over blocks of [ReferenceKernels#KEY_BLOCK] keys, counted from the sequence's
    /// first position.
    ///
    /// @param q            queries x (heads * size)
    /// @param k            keys x (keyValueHeads * size)
    /// @param v            keys x (keyValueHeads * size)
    /// @param y            queries x (heads * size)
    /// @param logSumExps   queries x heads, which the backward pass reads
    /// @see <a href="https://arxiv.org/abs/2205.14135">Dao et al. 2022, algorithm 1</a>
    void attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y, Tensor logSumExps);

    /// The gradient of [#attend]. For one query the sums run over its keys, ascending by position. For one key they run
    /// over the spans that see it, in the order of `spans`, within a span over the query heads of the key's group, and
    /// within a head over the queries, all ascending; each element is one chain of fused multiply-adds.
    ///
    /// Spans may see the same keys, shared or their own, but no query is in two; they are in the order of queries.
    /// `dq`, `dk` and `dv` are three tensors.
    void addAttendGradient(Tensor dy, Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads, Tensor y,
            Tensor logSumExps, Tensor dq, Tensor dk, Tensor dv);

    // Loss and optimizer.

    /// For each row the negative log-likelihood of its label, in nats.
    ///
    /// @param logits     rows x vocabulary
    /// @param losses     rows x 1
    /// @param logSumExps rows x 1, which the backward pass reads
    void crossEntropy(Tensor logits, int[] labels, Tensor losses, Tensor logSumExps);

    /// The logits become their gradient, `weight * (softmax(logits) - one at the label)`.
    void toCrossEntropyGradient(Tensor logits, int[] labels, Tensor logSumExps, float weight);

    /// The sum of squares of all numbers: stretches of 4,096 by the fixed tree, their sums ascending in f64.
    double sumOfSquares(Tensor x);

    /// One step of AdamW on one parameter; overwrites `value`, `mean` and `square`.
    ///
    /// @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019, algorithm 2</a>
    void adamW(AdamW.Step step, Tensor value, Tensor gradient, Tensor mean, Tensor square);

    // Other work.

    /// Runs tasks 0 to `count - 1`, on all the threads of these kernels where they have several. Which thread takes
    /// which is left to chance, so a task must own all it writes.
    default void share(int count, IntConsumer task) {
        for (int i = 0; i < count; i++) {
            task.accept(i);
        }
    }
}
