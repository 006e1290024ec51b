package minarai.train;

import java.util.List;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.RehearsalKernels;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.Asked;
import minarai.models.KeyValueCache;
import minarai.models.LanguageModel;

/// Takes optimizer steps: forward, backward, update, in one planned stretch of memory.
public final class Trainer {

    private final LanguageModel model;
    private final Kernels kernels;
    private final AdamW optimizer;
    private final double maxGradientNorm;
    private final Workspace workspace;
    private final boolean isRecomputing;

    /// What a step did.
    ///
    /// @param step         its number, from 1
    /// @param loss         mean negative log-likelihood of the targets, in nats, before the update
    /// @param gradientNorm 2-norm over all trained parameters, before clipping
    /// @param learningRate the rate of the update
    /// @param tokens       tokens of its samples
    /// @param targets      tokens that were predicted
    public record StepReport(int step, double loss, double gradientNorm, double learningRate, int tokens, int targets) {
    }

    /// @param maxGradientNorm gradients are scaled down to this norm; infinite for no clipping
    /// @param workspace       planned for the largest batch, see [#rehearse], or growing
    /// @param isRecomputing   whether activations are computed again instead of kept
    public Trainer(LanguageModel model, Kernels kernels, AdamW optimizer, double maxGradientNorm, Workspace workspace,
            boolean isRecomputing) {
        this.model = model;
        this.kernels = kernels;
        this.optimizer = optimizer;
        this.maxGradientNorm = maxGradientNorm;
        this.workspace = workspace;
        this.isRecomputing = isRecomputing;
    }

    /// The memory that steps over these batches will need, found by walking through each of them without computing.
    public static Workspace rehearse(LanguageModel model, Kernels kernels, Iterable<Batch> batches,
            boolean isRecomputing) {
        Workspace workspace = Workspace.rehearsal(kernels.memory());
        var rehearsal = new RehearsalKernels(kernels, workspace);
        for (Batch batch : batches) {
            pass(model, rehearsal, workspace, isRecomputing, batch, 1);
        }
        return workspace;
    }

    /// One update from several batches, weighted so that every target token counts the same, however the samples were
    /// dealt out to batches.
    ///
    /// @param step number of the step, from 1
    /// @param rate learning rate
    /// @param batches those without a target are passed over
    /// @throws TrainingFailure          if the loss or the gradient is not a number
    /// @throws IllegalArgumentException if no batch has a target
    public StepReport step(int step, double rate, List<Batch> batches) {
        List<Batch> taught = batches.stream().filter(batch -> batch.targets() > 0).toList();
        if (taught.isEmpty()) {
            throw new IllegalArgumentException(("step %d: none of its tokens is a target, so there is nothing to learn "
                    + "from %s. Leave such samples out; was the whole answer cut off?").formatted(step,
                    Batch.sampleIds(batches)));
        }
        int targets = taught.stream().mapToInt(Batch::targets).sum();
        optimizer.clearGradients();
        double loss = 0;
        for (Batch batch : taught) {
            loss += sum(kernels.memory().download(pass(model, kernels, workspace, isRecomputing, batch, 1f / targets)))
                    / targets;
        }
        double norm = optimizer.gradientNorm();
        if (!Double.isFinite(loss) || !Double.isFinite(norm)) {
            throw new TrainingFailure(step, loss, norm, batches);
        }
        optimizer.step(rate, norm, maxGradientNorm);
        int tokens = taught.stream().mapToInt(Batch::length).sum();
        return new StepReport(step, loss, norm, rate, tokens, targets);
    }

    /// The mean negative log-likelihood of the targets of these batches, in nats; nothing is updated.
    public double loss(List<Batch> batches) {
        double loss = 0;
        for (Batch batch : batches) {
            var ops = new Ops(kernels, workspace.reset(), Tape.off());
            loss += sum(kernels.memory().download(losses(ops, model, batch, 1)));
        }
        return loss / batches.stream().mapToInt(Batch::targets).sum();
    }

    private static Tensor pass(LanguageModel model, Kernels kernels, Workspace workspace, boolean isRecomputing,
            Batch batch, float weight) {
        workspace.reset();
        var tape = isRecomputing ? Tape.recomputing(workspace) : Tape.recording(workspace);
        var ops = new Ops(kernels, workspace, tape);
        Tensor losses = losses(ops, model, batch, weight);
        tape.backward();
        return losses;
    }

    /// The end of the last layer and the logits are made only where there is a label.
    private static Tensor losses(Ops ops, LanguageModel model, Batch batch, float weight) {
        Tensor hidden = model.hidden(ops, batch.tokens(), KeyValueCache.none(), Asked.of(batch.rows()));
        return model.losses(ops, hidden, batch.labels(), weight);
    }

    private static double sum(Tensor losses) {
        double sum = 0;
        for (int row = 0; row < losses.rows(); row++) {
            sum += losses.at(row, 0);
        }
        return sum;
    }

    public AdamW optimizer() {
        return optimizer;
    }
}
