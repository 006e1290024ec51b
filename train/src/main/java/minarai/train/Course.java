package minarai.train;

import java.util.List;
import java.util.Optional;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Workspace;
import minarai.models.LanguageModel;
import minarai.train.run.LedgerLine;

/// The steps of a run, taken one at a time from its start or from a checkpoint. It writes nothing: what a step did
/// comes back as the lines that a ledger has of it.
public final class Course {

    private final Curriculum curriculum;
    private final List<Parameter> trained;
    private final Kernels kernels;
    private final Trainer trainer;
    private LowestLoss lowest = LowestLoss.none();
    private int done;

    /// What one step did.
    ///
    /// @param report     in numbers
    /// @param line       as the ledger has it
    /// @param validation the loss on the held-out pairs, where an epoch or the run ended with the step
    /// @param isLowest   whether that is the lowest so far
    /// @param hashing    seconds spent on the hashes of its line
    public record Advance(Trainer.StepReport report, LedgerLine.Step line, Optional<LedgerLine.Validation> validation,
            boolean isLowest, double hashing) {
    }

    /// @param trained       the parameters of the model that the optimizer updates
    /// @param workspace     planned for the largest batch
    /// @param isRecomputing whether activations are computed again instead of kept
    public Course(LanguageModel model, List<Parameter> trained, Curriculum curriculum, Kernels kernels, AdamW optimizer,
            Workspace workspace, boolean isRecomputing) {
        this.curriculum = curriculum;
        this.trained = trained;
        this.kernels = kernels;
        trainer = new Trainer(model, kernels, optimizer, curriculum.maxGradientNorm(), workspace, isRecomputing);
    }

    /// Puts the state of a checkpoint in place of the present one.
    ///
    /// @param validations those of the run up to the checkpoint's step
    /// @throws IllegalArgumentException if the file is not a checkpoint of these parameters
    public void restore(Checkpoint checkpoint, List<LedgerLine.Validation> validations) {
        checkpoint.restore(trainer.optimizer());
        done = checkpoint.step();
        lowest = LowestLoss.none();
        validations.forEach(validation -> lowest = lowest.after(validation.step(), validation.loss()));
    }

    /// The last step taken; 0 at the start.
    public int done() {
        return done;
    }

    /// Whether all steps were taken, or the loss on the held-out pairs has not fallen for as long as the recipe waits.
    public boolean isOver() {
        return done >= curriculum.steps()
                || curriculum.patience().isPresent() && lowest.without() >= curriculum.patience().getAsInt();
    }

    /// The step whose parameters are to be kept: that of the lowest loss on the held-out pairs where the recipe has
    /// patience, otherwise the last.
    public int kept() {
        return isSelected() ? lowest.step() : done;
    }

    /// Whether a step before the last may be kept.
    boolean isSelected() {
        return curriculum.isSelected();
    }

    /// The loss on the held-out pairs before the first step, where there are any.
    public Optional<LedgerLine.Validation> validateStart() {
        return validation();
    }

    /// Takes the next step.
    ///
    /// @throws TrainingFailure       if the loss or the gradient is no number
    /// @throws IllegalStateException if the course is over
    public Advance next() {
        if (isOver()) {
            throw new IllegalStateException("the run was over after step " + done);
        }
        int step = done + 1;
        List<Batch> batches = curriculum.batches(step);
        var report = trainer.step(step, curriculum.rate(step), batches);
        done = step;
        long start = System.nanoTime();
        var line = new LedgerLine.Step(step, Batch.ids(batches), SampleHash.tokens(batches),
                SampleHash.targets(batches), report.targets(), report.loss(), report.gradientNorm(),
                report.learningRate(), stepHash(step));
        double hashing = (System.nanoTime() - start) / 1e9;
        Optional<LedgerLine.Validation> validation = curriculum.isEvaluated(step) ? validation() : Optional.empty();
        return new Advance(report, line, validation, validation.isPresent() && lowest.step() == step, hashing);
    }

    private Optional<LedgerLine.Validation> validation() {
        List<Batch> batches = curriculum.validationBatches();
        if (batches.isEmpty()) {
            return Optional.empty();
        }
        double loss = trainer.loss(batches);
        lowest = lowest.after(done, loss);
        return Optional.of(new LedgerLine.Validation(done, batches.stream().mapToInt(Batch::targets).sum(), loss));
    }

    /// The hash of the trained parameters as they are now, see [ParameterHash#of(List, Kernels)].
    public String parameterHash() {
        return hash(trained);
    }

    String hash(List<Parameter> parameters) {
        return ParameterHash.of(parameters, kernels);
    }

    /// The hash of the trained parameters as they are now, as the line of a step has it.
    String stepHash(int step) {
        return stepHash(trained, step);
    }

    /// The hash that the line of a step has, or that of the opening if the step is 0, see [ParameterHash#ofStep].
    String stepHash(List<Parameter> parameters, int step) {
        return step == 0 ? hash(parameters) : ParameterHash.ofStep(parameters, kernels, step);
    }

    /// The hash of the file that a checkpoint of the present state is.
    String checkpointHash() {
        optimizer().download();
        return Checkpoint.hash(done, optimizer().slots());
    }

    AdamW optimizer() {
        return trainer.optimizer();
    }
}
