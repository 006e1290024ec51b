package minarai.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import minarai.engine.Parameter;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.train.data.Dataset;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;

/// A run on record, trained again in memory as it would have gone without some of its pairs. Nothing is written.
public final class Retraining {

    private final ModelSource source;
    private final Dataset dataset;
    private final Tuning tuning;
    private final Path run;
    private final Ledger ledger;
    private final Recipe recipe;
    private final ParameterValues beginning;

    /// @param dataset the file of the run, with the pairs it forgets
    /// @param tuning  of the run's own lessons; nothing was trained in it yet
    /// @param run     folder of a finished run, which is only read
    /// @throws IllegalArgumentException if the trainings would not fit into memory
    public Retraining(ModelSource source, Dataset dataset, Tuning tuning, Path run, Ledger ledger) {
        this(source, dataset, tuning, run, ledger, Runtime.getRuntime().maxMemory());
    }

    /// @param heapBytes the most that the virtual machine may take
    Retraining(ModelSource source, Dataset dataset, Tuning tuning, Path run, Ledger ledger, long heapBytes) {
        tuning.plan().retraining().requireFit(heapBytes, tuning.lessons().recipe());
        this.source = source;
        this.dataset = dataset;
        this.tuning = tuning;
        this.run = run;
        this.ledger = ledger;
        recipe = tuning.lessons().resolved();
        beginning = ParameterValues.of(tuning.trained(), tuning.memory());
    }

    /// The network, with the weights that were trained last.
    public LanguageModel model() {
        return tuning.model();
    }

    /// The run's pairs less some, with the run's own number of steps and schedule.
    public Lessons without(Set<String> ids) {
        return Lessons.prepare(source, dataset, recipe.forgetting(ids));
    }

    /// From where a run on these lessons has to be trained.
    public CommonStart start(Lessons lessons) {
        return CommonStart.of(run, ledger, tuning.lessons(), lessons);
    }

    /// How many steps a run without a pair would have to take again, as far as the ledger tells: from the last
    /// checkpoint before the step that saw it first.
    int expectedSteps(String id) {
        int seen = ledger.firstStepWith(id).orElse(1);
        int from = Checkpoint.in(run.resolve("checkpoints")).stream().mapToInt(Checkpoint::step)
                .filter(step -> step < seen).max().orElse(0);
        return ledger.steps() - from;
    }

    /// How many steps it takes to have the weights with which the run ended: none where its last checkpoint is there.
    int stepsAsRecorded() {
        return ledger.steps() - start(tuning.lessons()).step();
    }

    /// Puts the weights with which the run ended into the model.
    ///
    /// @throws LedgerDamage             if they are not those on record
    /// @throws IllegalArgumentException if the run did not end
    public void asRecorded(Progress progress) {
        LedgerLine.Closing closing = ledger.closing().orElseThrow(() -> new IllegalArgumentException(
                "the run %s is not finished; go on with it first: minarai tune --resume %s".formatted(run, run)));
        String hash = train(tuning.lessons(), start(tuning.lessons()), progress);
        if (!hash.equals(closing.parameters())) {
            throw new LedgerDamage(closing.step(),
                    ("the run %s ended with the parameters %s, but trained again it ends with "
                    + "%s. minarai replay shows where they part.").formatted(run, closing.parameters(), hash));
        }
    }

    /// Trains to the end, from a start that both runs have in common, and leaves the weights in the model.
    ///
    /// @param progress hears of each step taken
    /// @return the hash of the weights that such a run keeps, see [ParameterHash]
    /// @throws LedgerDamage if a checkpoint is not what was written
    public String train(Lessons lessons, CommonStart start, Progress progress) {
        List<Parameter> trained = tuning.trained();
        beginning.restore();
        var best = beginning;
        if (start.best().isPresent()) {
            BestParameters.read(start.best().get(), start.bestStep(), trained, tuning.memory());
            best = ParameterValues.of(trained, tuning.memory());
        }
        var course = tuning.course(lessons);
        if (start.start().isPresent()) {
            var checkpoint = start.start().get();
            checkpoint.verify(ledger);
            course.restore(checkpoint, ledger.validations(checkpoint.step()));
        } else {
            course.validateStart();
        }
        var pace = new Pace(course.done(), lessons.steps(), System::nanoTime);
        while (!course.isOver()) {
            var advance = course.next();
            if (advance.isLowest() && lessons.isSelected()) {
                best = ParameterValues.of(trained, tuning.memory());
            }
            progress.reached(pace.after(course.done(), advance.report().tokens(), advance.report().loss(),
                    advance.report().learningRate()));
        }
        if (lessons.isSelected()) {
            best.restore();
        }
        return course.parameterHash();
    }
}
