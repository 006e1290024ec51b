package minarai.engine;

/// The operations that models are written in, each with its backward directly beneath it.
///
/// There is no other forward path: training, evaluation, prefill and cached decoding run the same code, with a
/// recording tape or with one that is off. Results lie in the workspace and live until it is reset.
public final class Ops {

    private final Kernels kernels;
    private final Workspace workspace;
    private final Tape tape;

    public Ops(Kernels kernels, Workspace workspace, Tape tape) {
        this.kernels = kernels;
        this.workspace = workspace;
        this.tape = tape;
    }

    /// Rows of `table` (vocabulary x features) chosen by id: tokens x features.
    public Tensor embed(int[] ids, Parameter table) {
        Shapes.ids(table, ids);
        Tensor y = workspace.tensor(ids.length, table.value().columns());
        kernels.embed(table.value(), ids, y);
        if (isTrained(table)) {
            tape.onBackward(y, () -> kernels.addEmbeddingGradient(tape.gradient(y), ids, table.gradient().orElseThrow()));
        }
        return y;
    }

    /// `x · weightᵀ`: tokens x inputs to tokens x outputs.
    public Tensor linear(Tensor x, Parameter weight) {
        Shapes.linear(x, weight);
        Tensor y = workspace.tensor(x.rows(), weight.value().rows());
        kernels.multiplyTransposed(x, weight.value(), y);
        if (isTrained(weight) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                if (tape.follows(x)) {
                    kernels.addProduct(tape.gradient(y), weight.value(), tape.gradient(x));
                }
                weight.gradient().ifPresent(dw -> kernels.addTransposedProduct(tape.gradient(y), x, dw));
            });
        }
        return y;
    }

    /// `x + bias`, the bias (1 x features) added to every row.
    public Tensor addBias(Tensor x, Parameter bias) {
        Shapes.vector("addBias", x, bias);
        Tensor y = workspace.tensor(x.rows(), x.columns());
        kernels.addBias(x, bias.tensor(), y);
        if (isTrained(bias) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                if (tape.follows(x)) {
                    kernels.add(tape.gradient(y), tape.gradient(x));
                }
                bias.gradient().ifPresent(dbias -> kernels.addColumnSums(tape.gradient(y), dbias));
            });
        }
        return y;
    }

    /// `x + y`, elementwise.
    public Tensor add(Tensor x, Tensor y) {
        return addScaled(x, 1, y);
    }

    /// `x + scale * y`, elementwise.
    public Tensor addScaled(Tensor x, float scale, Tensor y) {
        Shapes.same("add", x, y);
        Tensor sum = workspace.tensor(x.rows(), x.columns());
        kernels.sum(x, scale, y, sum);
        if (tape.follows(x) || tape.follows(y)) {
            tape.onBackward(sum, () -> {
                if (tape.follows(x)) {
                    kernels.add(tape.gradient(sum), tape.gradient(x));
                }
                if (tape.follows(y)) {
                    kernels.addScaled(scale, tape.gradient(sum), tape.gradient(y));
                }
            });
        }
        return sum;
    }

    /// `x / rms(x) * gain`, row by row; see [Kernels#rmsNorm].
    public Tensor rmsNorm(Tensor x, Parameter gain, float epsilon) {
        Shapes.vector("rmsNorm", x, gain);
        Tensor y = workspace.tensor(x.rows(), x.columns());
        Tensor scale = workspace.tensor(x.rows(), 1);
        kernels.rmsNorm(x, gain.tensor(), epsilon, y, scale);
        if (isTrained(gain) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                if (tape.follows(x)) {
                    kernels.addRmsNormGradient(tape.gradient(y), x, gain.tensor(), scale, tape.gradient(x));
                }
                gain.gradient().ifPresent(dgain -> kernels.addRmsNormGainGradient(tape.gradient(y), x, scale, dgain));
            });
        }
        return y;
    }

    /// `(x - mean) / deviation * gain + bias`, row by row; see [Kernels#layerNorm].
    public Tensor layerNorm(Tensor x, Parameter gain, Parameter bias, float epsilon) {
        Shapes.vector("layerNorm", x, gain);
        Shapes.vector("layerNorm", x, bias);
        Tensor y = workspace.tensor(x.rows(), x.columns());
        Tensor statistics = workspace.tensor(x.rows(), 2);
        kernels.layerNorm(x, gain.tensor(), bias.tensor(), epsilon, y, statistics);
        if (isTrained(gain) || isTrained(bias) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                Tensor dy = tape.gradient(y);
                if (tape.follows(x)) {
                    kernels.addLayerNormGradient(dy, x, gain.tensor(), statistics, tape.gradient(x));
                }
                gain.gradient().ifPresent(dgain -> kernels.addLayerNormGainGradient(dy, x, statistics, dgain));
                bias.gradient().ifPresent(dbias -> kernels.addColumnSums(dy, dbias));
            });
        }
        return y;
    }

    /// Turns each head's feature pairs by the angle of the row's position; see [Kernels#rotate].
    public Tensor rotate(Tensor x, Rotation rotation, int[] positions) {
        Shapes.rotate(x, rotation, positions);
        Tensor y = workspace.tensor(x.rows(), x.columns());
        kernels.rotate(x, rotation, positions, y);
        if (tape.follows(x)) {
            tape.onBackward(y, () -> kernels.addRotatedBack(tape.gradient(y), rotation, positions, tape.gradient(x)));
        }
        return y;
    }

    /// Causal attention within each span; see [Kernels#attend].
    public Tensor attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads) {
        Shapes.attend(q, k, v, spans, heads);
        Tensor y = workspace.tensor(q.rows(), q.columns());
        Tensor logSumExps = workspace.tensor(q.rows(), heads.heads());
        kernels.attend(q, k, v, spans, heads, y, logSumExps);
        if (tape.follows(q) || tape.follows(k) || tape.follows(v)) {
            tape.onBackward(y, () -> kernels.addAttendGradient(tape.gradient(y), q, k, v, spans, heads, y, logSumExps,
                    gradientOrScratch(q), gradientOrScratch(k), gradientOrScratch(v)));
        }
        return y;
    }

    private Tensor gradientOrScratch(Tensor x) {
        return tape.follows(x) ? tape.gradient(x) : workspace.zeros(x.rows(), x.columns());
    }

    /// `gate * sigmoid(gate) * up`, elementwise; see [Kernels#gatedUnit].
    public Tensor gatedUnit(Tensor gate, Tensor up) {
        Shapes.same("gatedUnit", gate, up);
        Tensor y = workspace.tensor(gate.rows(), gate.columns());
        kernels.gatedUnit(gate, up, y);
        if (tape.follows(gate) || tape.follows(up)) {
            tape.onBackward(y, () -> kernels.addGatedUnitGradient(tape.gradient(y), gate, up, gradientOrScratch(gate),
                    gradientOrScratch(up)));
        }
        return y;
    }

    /// GELU in its tanh approximation, elementwise; see [Kernels#gelu].
    public Tensor gelu(Tensor x) {
        Tensor y = workspace.tensor(x.rows(), x.columns());
        kernels.gelu(x, y);
        if (tape.follows(x)) {
            tape.onBackward(y, () -> kernels.addGeluGradient(tape.gradient(y), x, tape.gradient(x)));
        }
        return y;
    }

    /// Columns `first` to `first + count - 1` of `x`, e.g. the queries of a projection to queries, keys and values.
    public Tensor columns(Tensor x, int first, int count) {
        Shapes.columns(x, first, count);
        Tensor y = workspace.tensor(x.rows(), count);
        kernels.columns(x, first, y);
        if (tape.follows(x)) {
            tape.onBackward(y, () -> kernels.addToColumns(tape.gradient(y), first, tape.gradient(x)));
        }
        return y;
    }

    /// The chosen rows of `x`, in the order given, each at most once.
    public Tensor select(Tensor x, int[] rows) {
        Shapes.rows("select", x, rows);
        Tensor y = workspace.tensor(rows.length, x.columns());
        kernels.embed(x, rows, y);
        if (tape.follows(x)) {
            tape.onBackward(y, () -> kernels.addEmbeddingGradient(tape.gradient(y), rows, tape.gradient(x)));
        }
        return y;
    }

    /// Puts the rows of `x` at `rows` of `target`, e.g. keys into a cache. No gradient flows through it.
    public void store(Tensor x, int[] rows, Tensor target) {
        Shapes.store(x, rows, target);
        kernels.storeRows(x, rows, target);
    }

    /// For each row the negative log-likelihood of its label, in nats: rows x 1.
    ///
    /// @param logits rows x vocabulary
    /// @param weight what one row's loss counts in the objective; the backward pass starts here
    public Tensor crossEntropy(Tensor logits, int[] labels, float weight) {
        Shapes.labels(logits, labels);
        Tensor losses = workspace.tensor(logits.rows(), 1);
        Tensor logSumExps = workspace.tensor(logits.rows(), 1);
        kernels.crossEntropy(logits, labels, losses, logSumExps);
        if (tape.follows(logits)) {
            tape.onBackward(losses, () ->
                    kernels.addCrossEntropyGradient(logits, labels, logSumExps, weight, tape.gradient(logits)));
        }
        return losses;
    }

    private boolean isTrained(Parameter parameter) {
        return tape.isRecording() && parameter.isTrained();
    }
}
