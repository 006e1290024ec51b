package minarai.engine;

import java.util.Arrays;

/// The operations that models are written in, each with its backward directly beneath it.
///
/// There is no other forward path: training, evaluation, prefill and cached decoding run the same code, with a
/// recording tape or with one that is off. Results lie in the workspace and live until it is reset.
public final class Ops {

    /// Logits in memory at once, 160 MB: enough rows that the head's weights are not read too often.
    private static final int LOGITS = 40 << 20;

    private final Kernels kernels;
    private final Workspace workspace;
    private final Tape tape;
    private final int logitsAtOnce;

    /// @throws IllegalStateException if the workspace is not in the memory of the kernels, where they would read
    ///         something else than what is written there
    public Ops(Kernels kernels, Workspace workspace, Tape tape) {
        this(kernels, workspace, tape, LOGITS);
    }

    /// @param logitsAtOnce how many logits a loss has in memory, which changes no bit of it
    Ops(Kernels kernels, Workspace workspace, Tape tape, int logitsAtOnce) {
        if (!workspace.isRehearsal() && !workspace.memory().equals(kernels.memory())) {
            throw new IllegalStateException("the workspace is not in the memory of the kernels; it is made by "
                    + "Workspace.growing(kernels.memory())");
        }
        this.kernels = kernels;
        this.workspace = workspace;
        this.tape = tape;
        this.logitsAtOnce = logitsAtOnce;
    }

    /// Rows of `table` (vocabulary x features) chosen by id: tokens x features.
    public Tensor embed(int[] ids, Parameter table) {
        Shapes.ids(table, ids);
        Tensor y = workspace.tensor(ids.length, table.value().columns());
        kernels.embed(table.value(), ids, y);
        if (isTrained(table)) {
            tape.onBackward(y, () -> {
                Tensor dy = tape.upstream(y);
                if (!workspace.isRehearsal()) {
                    table.lookUps().note(ids, dy, kernels);
                }
            });
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
                Tensor dy = tape.upstream(y);
                if (tape.follows(x)) {
                    kernels.addProduct(dy, weight.value(), tape.gradient(x));
                }
                if (isTrained(weight)) {
                    weight.addProductToGradient(kernels, dy, tape.value(x));
                }
            });
        }
        return y;
    }

    /// `y += scale * (x · weightᵀ)`, in place: the correction of low rank that an adapter adds to a projection.
    ///
    /// @param y      tokens x outputs
    /// @param x      tokens x rank
    /// @param weight outputs x rank
    /// @return `y`
    public Tensor addLinear(Tensor y, Tensor x, Parameter weight, float scale) {
        Shapes.linear(x, weight);
        Shapes.same("addLinear", y, x.rows(), weight.value().rows());
        kernels.addScaledProduct(x, weight.tensor(), scale, y);
        if (isTrained(weight) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                Tensor dy = tape.upstream(y);
                if (tape.follows(x)) {
                    Tensor dx = workspace.zeros(x.rows(), x.columns());
                    kernels.addProduct(dy, weight.value(), dx);
                    kernels.addScaled(scale, dx, tape.gradient(x));
                    workspace.release(dx);
                }
                if (isTrained(weight)) {
                    Tensor scaled = workspace.zeros(x.rows(), x.columns());
                    kernels.addScaled(scale, x, scaled);
                    weight.addProductToGradient(kernels, dy, scaled);
                    workspace.release(scaled);
                }
            });
        }
        return y;
    }

    /// The length of each row of `weight + scale * up · down`: 1 x outputs. No gradient flows through it.
    public Tensor rowNorms(Parameter weight, Parameter down, Parameter up, float scale) {
        Shapes.linear(down.tensor(), weight);
        Shapes.same("rowNorms", up.tensor(), weight.value().rows(), down.value().rows());
        Tensor norms = workspace.tensor(1, weight.value().rows());
        kernels.rowNorms(weight.value(), down.tensor(), up.tensor(), scale, norms);
        return norms;
    }

    /// `x * magnitude / norms`, column by column: each column, as long as its `norm`, gets the length that was learned.
    ///
    /// @param magnitude 1 x columns
    /// @param norms     1 x columns
    /// @see <a href="https://arxiv.org/abs/2402.09353">Liu et al. 2024, eq. 5 and section 4.3</a>
    public Tensor scaleColumns(Tensor x, Parameter magnitude, Tensor norms) {
        Shapes.vector("scaleColumns", x, magnitude);
        Shapes.same("scaleColumns", norms, 1, x.columns());
        Tensor factors = workspace.tensor(1, x.columns());
        kernels.divide(magnitude.tensor(), norms, factors);
        Tensor y = workspace.tensor(x.rows(), x.columns());
        kernels.scaleColumns(x, factors, y);
        if (isTrained(magnitude) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                Tensor dy = tape.upstream(y);
                magnitude.gradient().ifPresent(gradient -> {
                    Tensor sums = workspace.zeros(1, x.columns());
                    Tensor shares = workspace.tensor(1, x.columns());
                    kernels.addColumnProducts(dy, x, sums);
                    kernels.divide(sums, norms, shares);
                    kernels.add(shares, gradient);
                    workspace.release(sums);
                    workspace.release(shares);
                });
                if (tape.follows(x)) {
                    kernels.addScaledColumns(dy, factors, tape.gradient(x));
                }
                workspace.release(factors);
            });
        }
        return y;
    }

    /// `y += bias` in place, the bias (1 x features) added to every row.
    ///
    /// @return `y`
    public Tensor addBias(Tensor y, Parameter bias) {
        Shapes.vector("addBias", y, bias);
        kernels.addBias(bias.tensor(), y);
        if (isTrained(bias)) {
            tape.onBackward(y, () -> kernels.addColumnSums(tape.upstream(y), bias.gradient().orElseThrow()));
        }
        return y;
    }

    /// `y += x` in place, elementwise: back to the stream of features.
    ///
    /// @return `y`
    /// @throws IllegalArgumentException if they are the same tensor, or of different shapes
    public Tensor add(Tensor x, Tensor y) {
        Shapes.same("add", x, y);
        Shapes.different("add", x, y);
        kernels.add(x, y);
        if (tape.follows(x)) {
            tape.onBackward(y, () -> {
                if (!tape.share(y, x)) {
                    kernels.add(tape.upstream(y), tape.gradient(x));
                }
            });
        }
        return y;
    }

    /// `x / rms(x) * gain`, row by row; see [Kernels#rmsNorm].
    public Tensor rmsNorm(Tensor x, Parameter gain, float epsilon) {
        Shapes.vector("rmsNorm", x, gain);
        return rmsNorm(x, gain, epsilon, 0);
    }

    /// `x / rms(x) * (base + gain)`, for each head of a row by itself.
    ///
    /// @param gain 1 x features of a head, or of the row for one norm over all of it
    /// @param base what the gain is counted from: 0, or 1 where a gain of zero changes nothing
    public Tensor rmsNorm(Tensor x, Parameter gain, float epsilon, float base) {
        Shapes.norm(x, gain);
        int size = gain.value().columns();
        Tensor heads = x.reshaped(size);
        Tensor y = workspace.tensor(x.rows(), x.columns());
        Tensor scale = workspace.tensor(heads.rows(), 1);
        Tensor factor = base == 0 ? gain.tensor() : raised(gain, base);
        kernels.rmsNorm(heads, factor, epsilon, y.reshaped(size), scale);
        tape.canRemake(y, again -> kernels.rmsNorm(heads, factor, epsilon, again.reshaped(size), scale));
        if (isTrained(gain) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                Tensor dy = tape.upstream(y).reshaped(size);
                if (tape.follows(x)) {
                    kernels.addRmsNormGradient(dy, heads, factor, scale, tape.gradient(x).reshaped(size));
                }
                gain.gradient().ifPresent(dgain -> kernels.addRmsNormGainGradient(dy, heads, scale, dgain));
                workspace.release(scale);
                if (base != 0) {
                    workspace.release(factor);
                }
            });
        }
        return y;
    }

    /// `base + gain`.
    private Tensor raised(Parameter gain, float base) {
        Tensor factor = workspace.constant(base, 1, gain.value().columns());
        kernels.add(gain.tensor(), factor);
        return factor;
    }

    /// `y *= factor`, in place.
    ///
    /// @return `y`
    public Tensor scale(Tensor y, float factor) {
        kernels.scale(factor, y);
        if (tape.follows(y)) {
            tape.onBackward(y, () -> kernels.scale(factor, tape.gradient(y)));
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
        tape.canRemake(y, again -> kernels.layerNorm(x, gain.tensor(), bias.tensor(), epsilon, again, statistics));
        if (isTrained(gain) || isTrained(bias) || tape.follows(x)) {
            tape.onBackward(y, () -> {
                Tensor dy = tape.upstream(y);
                if (tape.follows(x)) {
                    kernels.addLayerNormGradient(dy, x, gain.tensor(), statistics, tape.gradient(x));
                }
                gain.gradient().ifPresent(dgain -> kernels.addLayerNormGainGradient(dy, x, statistics, dgain));
                bias.gradient().ifPresent(dbias -> kernels.addColumnSums(dy, dbias));
                workspace.release(statistics);
            });
        }
        return y;
    }

    /// Turns each head's feature pairs by the angle of the row's position, in place; see [Kernels#rotate].
    ///
    /// @return `x`
    public Tensor rotate(Tensor x, Rotation rotation, int[] positions) {
        Shapes.rotate(x, rotation, positions);
        kernels.rotate(x, rotation, positions, x);
        if (tape.follows(x)) {
            tape.onBackward(x, () -> {
                Tensor dx = tape.gradient(x);
                kernels.rotateBack(dx, rotation, positions, dx);
            });
        }
        return x;
    }

    /// Causal attention within each span; see [Kernels#attend].
    public Tensor attend(Tensor q, Tensor k, Tensor v, Span[] spans, Heads heads) {
        Shapes.attend(q, k, v, spans, heads);
        Tensor y = workspace.tensor(q.rows(), q.columns());
        Tensor logSumExps = workspace.tensor(q.rows(), heads.heads());
        kernels.attend(q, k, v, spans, heads, y, logSumExps);
        if (tape.follows(q) || tape.follows(k) || tape.follows(v)) {
            tape.onBackward(y, () -> {
                // Kernels add to three tensors, also where queries, keys and values are one.
                Tensor dk = k == q ? workspace.zeros(k.rows(), k.columns()) : gradientOrScratch(k);
                Tensor dv = v == q || v == k ? workspace.zeros(v.rows(), v.columns()) : gradientOrScratch(v);
                kernels.addAttendGradient(tape.upstream(y), q, k, v, spans, heads, y, logSumExps, gradientOrScratch(q),
                        dk, dv);
                addIfApart(k, k == q, dk);
                addIfApart(v, v == q || v == k, dv);
                workspace.release(logSumExps);
            });
        } else {
            workspace.release(logSumExps);
        }
        return y;
    }

    private void addIfApart(Tensor x, boolean isApart, Tensor gradient) {
        if (isApart && tape.follows(x)) {
            kernels.add(gradient, tape.gradient(x));
        }
        if (isApart) {
            workspace.release(gradient);
        }
    }

    private Tensor gradientOrScratch(Tensor x) {
        return tape.follows(x) ? tape.gradient(x) : workspace.zeros(x.rows(), x.columns());
    }

    /// `gate * sigmoid(gate) * up`, elementwise; see [Kernels#gatedUnit].
    public Tensor gatedUnit(Tensor gate, Tensor up) {
        Shapes.same("gatedUnit", gate, up);
        Tensor y = workspace.tensor(gate.rows(), gate.columns());
        kernels.gatedUnit(gate, up, y);
        tape.canRemake(y, again -> kernels.gatedUnit(gate, up, again));
        if (tape.follows(gate) || tape.follows(up)) {
            tape.onBackward(y, () -> kernels.addGatedUnitGradient(tape.upstream(y), gate, up, gradientOrScratch(gate),
                    gradientOrScratch(up)));
        }
        return y;
    }

    /// `gelu(gate) * up`, elementwise; see [Kernels#gatedGelu].
    public Tensor gatedGelu(Tensor gate, Tensor up) {
        Shapes.same("gatedGelu", gate, up);
        Tensor y = workspace.tensor(gate.rows(), gate.columns());
        kernels.gatedGelu(gate, up, y);
        tape.canRemake(y, again -> kernels.gatedGelu(gate, up, again));
        if (tape.follows(gate) || tape.follows(up)) {
            tape.onBackward(y, () -> kernels.addGatedGeluGradient(tape.upstream(y), gate, up, gradientOrScratch(gate),
                    gradientOrScratch(up)));
        }
        return y;
    }

    /// `y = cap * tanh(y / cap)`, in place; see [Kernels#softCap].
    ///
    /// @return `y`
    public Tensor softCap(Tensor y, float cap) {
        kernels.softCap(cap, y);
        if (tape.follows(y)) {
            tape.onBackward(y, () -> kernels.multiplySoftCapSlope(y, cap, tape.gradient(y)));
        }
        return y;
    }

    /// GELU in its tanh approximation, elementwise; see [Kernels#gelu].
    public Tensor gelu(Tensor x) {
        Tensor y = workspace.tensor(x.rows(), x.columns());
        kernels.gelu(x, y);
        tape.canRemake(y, again -> kernels.gelu(x, again));
        if (tape.follows(x)) {
            tape.onBackward(y, () -> kernels.addGeluGradient(tape.upstream(y), x, tape.gradient(x)));
        }
        return y;
    }

    /// Columns `first` to `first + count - 1` of `x`, e.g. the queries of a projection to queries, keys and values.
    public Tensor columns(Tensor x, int first, int count) {
        Shapes.columns(x, first, count);
        Tensor y = workspace.tensor(x.rows(), count);
        kernels.columns(x, first, y);
        if (tape.follows(x)) {
            tape.onBackward(y, () -> kernels.addToColumns(tape.upstream(y), first, tape.gradient(x)));
        }
        return y;
    }

    /// The chosen rows of `x`, in the order given, each at most once.
    public Tensor select(Tensor x, int[] rows) {
        Shapes.rows("select", x, rows);
        Tensor y = workspace.tensor(rows.length, x.columns());
        kernels.embed(x, rows, y);
        if (tape.follows(x)) {
            tape.onBackward(y, () -> kernels.addEmbeddingGradient(tape.upstream(y), rows, tape.gradient(x)));
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
        Shapes.labels(logits.rows(), logits.columns(), labels);
        Tensor losses = workspace.tensor(logits.rows(), 1);
        Tensor logSumExps = workspace.tensor(logits.rows(), 1);
        kernels.crossEntropy(logits, labels, losses, logSumExps);
        if (tape.follows(logits)) {
            tape.start(losses, () -> {
                Tensor dlogits = workspace.copy(logits);
                kernels.toCrossEntropyGradient(dlogits, labels, logSumExps, weight);
                kernels.add(dlogits, tape.gradient(logits));
                workspace.release(dlogits);
            });
        }
        return losses;
    }

    /// The same of the logits `x · headᵀ`, which are made a part at a time and never kept: what they give to the
    /// gradients is worked out while they are there.
    ///
    /// @param x    rows x features
    /// @param head vocabulary x features
    public Tensor crossEntropy(Tensor x, Parameter head, int[] labels, float weight) {
        return crossEntropy(x, head, labels, weight, Heads.UNCAPPED);
    }

    /// The same of logits that are softly limited; see [#softCap].
    public Tensor crossEntropy(Tensor x, Parameter head, int[] labels, float weight, float cap) {
        Shapes.linear(x, head);
        int vocabulary = head.value().rows();
        Shapes.labels(x.rows(), vocabulary, labels);
        Tensor losses = workspace.tensor(x.rows(), 1);
        Tensor dx = tape.follows(x) ? workspace.zeros(x.rows(), x.columns()) : Tensor.zeros(0, 0);
        int parts = Math.max(1, Math.ceilDiv(x.rows(), Math.max(1, logitsAtOnce / vocabulary)));
        for (int part = 0; part < parts; part++) {
            int first = (int) ((long) x.rows() * part / parts);
            int count = (int) ((long) x.rows() * (part + 1) / parts) - first;
            int[] ownLabels = Arrays.copyOfRange(labels, first, first + count);
            headPart(x.slice(first, count), head, ownLabels, weight, cap, losses.slice(first, count),
                    tape.follows(x) ? dx.slice(first, count) : dx);
        }
        if (tape.follows(x)) {
            tape.start(losses, () -> {
                kernels.add(dx, tape.gradient(x));
                workspace.release(dx);
            });
        }
        return losses;
    }

    private void headPart(Tensor x, Parameter head, int[] labels, float weight, float cap, Tensor losses, Tensor dx) {
        Tensor logits = workspace.tensor(x.rows(), head.value().rows());
        Tensor logSumExps = workspace.tensor(x.rows(), 1);
        kernels.multiplyTransposed(x, head.value(), logits);
        boolean isCapped = cap < Heads.UNCAPPED;
        if (isCapped) {
            kernels.softCap(cap, logits);
        }
        kernels.crossEntropy(logits, labels, losses, logSumExps);
        if (isTrained(head) || dx.size() > 0) {
            Tensor capped = isCapped ? workspace.copy(logits) : logits;
            kernels.toCrossEntropyGradient(logits, labels, logSumExps, weight);
            if (isCapped) {
                kernels.multiplySoftCapSlope(capped, cap, logits);
                workspace.release(capped);
            }
            if (dx.size() > 0) {
                kernels.addProduct(logits, head.value(), dx);
            }
            head.addProductToGradient(kernels, logits, x);
        }
        workspace.release(logits);
        workspace.release(logSumExps);
    }

    /// Gives the memory of a tensor back that is not read forwards any more. A norm or a gate is made again where the
    /// way back needs it; anything else must not be needed there.
    public void forget(Tensor y) {
        if (tape.isRecording()) {
            tape.forget(y);
        } else {
            workspace.release(y);
        }
    }

    /// A part of a network, from one tensor to another.
    @FunctionalInterface
    public interface Segment {
        Tensor apply(Ops ops, Tensor x);
    }

    /// Runs a segment. Where nothing is recorded, or all is computed again on the way back, only its result stays.
    ///
    /// @param segment must do the same each time, and read nothing else that is followed
    public Tensor segment(Tensor x, Segment segment) {
        if (tape.isRecording() && !tape.isRecomputing()) {
            return segment.apply(this, x);
        }
        workspace.open();
        var ahead = Tape.off();
        Tensor y = segment.apply(new Ops(kernels, workspace, ahead, logitsAtOnce), x);
        workspace.close(y);
        if (tape.isRecording() && (tape.follows(x) || ahead.hasMetTrained())) {
            tape.onBackward(y, () -> {
                var again = Tape.recording(workspace);
                if (tape.follows(x)) {
                    again.adopt(x, tape.gradient(x));
                }
                Tensor made = segment.apply(new Ops(kernels, workspace, again, logitsAtOnce), x);
                if (again.follows(made)) {
                    again.lend(made, tape.upstream(y));
                }
                again.backward();
            });
        } else {
            workspace.release(x);
        }
        return y;
    }

    private boolean isTrained(Parameter parameter) {
        return tape.records(parameter);
    }
}
