package minarai.train;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.train.check.Refusal;
import minarai.train.run.AtomicFiles;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;
import minarai.train.run.LedgerWriter;
import minarai.train.run.MetricsLog;
import minarai.train.run.RunFolder;

/// A course whose steps go on record: into the ledger and the curves, and every so often into a checkpoint.
final class Recording {

    private final Undertaking work;
    private final Course course;
    private final RunFolder folder;
    private final Progress progress;
    private final BestParameters best;
    private final int steps;
    private final List<Trainer.StepReport> reports = new ArrayList<>();
    private final Map<Integer, Double> validationLosses = new LinkedHashMap<>();

    Recording(Undertaking work, RunFolder folder, Progress progress) {
        this.work = work;
        this.course = work.course();
        this.folder = folder;
        this.progress = progress;
        this.best = new BestParameters(work.trained(), folder.checkpoints(), work.memory());
        this.steps = work.curriculum().steps();
    }

    /// Takes the steps that are left and writes the result.
    Tuning.Outcome run() {
        try (LedgerWriter ledger = folder.ledger()) {
            Optional<Checkpoint> start = start(ledger.before());
            start.ifPresent(checkpoint -> takeUp(checkpoint, ledger));
            // At the start even the line of step 0 is written anew.
            try (MetricsLog metrics = folder.metrics(course.done() == 0 ? -1 : course.done());
                    var checkpoints = new Checkpoints(folder.checkpoints(), work, course.optimizer(), ledger)) {
                return take(new Books(ledger, metrics, checkpoints));
            }
        }
    }

    /// Where a run is written down.
    private record Books(LedgerWriter ledger, MetricsLog metrics, Checkpoints checkpoints) {
    }

    private Optional<Checkpoint> start(Ledger before) {
        Optional<Checkpoint> latest = Checkpoint.in(folder.checkpoints()).stream().findFirst();
        if (latest.isPresent() && before.lines().isEmpty()) {
            throw new IllegalArgumentException(("%s holds checkpoints but nothing in %s, so it is not known how they "
                    + "came about; begin a new run").formatted(folder.path(), Ledger.NAME));
        }
        return latest;
    }

    private void takeUp(Checkpoint checkpoint, LedgerWriter ledger) {
        checkpoint.verify(ledger.before());
        var validations = ledger.before().validations(checkpoint.step());
        course.restore(checkpoint, validations);
        validations.forEach(validation -> validationLosses.put(validation.step(), validation.loss()));
        String recorded = ledger.before().step(checkpoint.step()).map(LedgerLine.Step::parameters).orElse("nothing");
        String found = course.stepHash(checkpoint.step());
        if (!recorded.equals(found)) {
            throw new LedgerDamage(checkpoint.step(),
                    ("%s: its parameters have the hash %s, but the ledger has %s for step "
                    + "%d; does it belong to another run?").formatted(checkpoint.file(), found, recorded,
                    checkpoint.step()));
        }
        ledger.goOnAfter(checkpoint.step());
    }

    private Tuning.Outcome take(Books books) {
        int first = course.done();
        if (first == 0) {
            begin(books);
        }
        var pace = new Pace(first, steps, System::nanoTime);
        long start = System.nanoTime();
        while (!course.isOver()) {
            var advance = course.next();
            books.checkpoints.settle();
            long beforeLine = System.nanoTime();
            books.ledger.append(advance.line());
            double onRecord = advance.hashing() + (System.nanoTime() - beforeLine) / 1e9;
            var point = pace.after(advance.report().step(), advance.report().tokens(), advance.report().loss(),
                    advance.report().learningRate());
            reports.add(advance.report());
            log(books.metrics, advance.report(), point, onRecord);
            advance.validation().ifPresent(validation -> note(validation, advance.isLowest(), books));
            keep(books.checkpoints);
            progress.reached(point);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        books.checkpoints.settle();
        close(books.ledger);
        long tokens = reports.stream().mapToLong(Trainer.StepReport::tokens).sum();
        return new Tuning.Outcome(List.copyOf(reports), validationLosses, course.kept(), course.parameterHash(),
                tokens / Math.max(1e-9, seconds));
    }

    private void begin(Books books) {
        var record = folder.record();
        books.ledger.append(new LedgerLine.Opening(record.versions().getOrDefault("numerics", "unknown"),
                Refusal.names(record.overrides()), course.parameterHash()));
        course.validateStart().ifPresent(validation -> note(validation, true, books));
    }

    /// @param onRecord seconds that the step's line in the ledger took
    private void log(MetricsLog metrics, Trainer.StepReport report, Progress.Point point, double onRecord) {
        var values = new LinkedHashMap<String, Object>();
        values.put("loss", report.loss());
        values.put("gradient_norm", report.gradientNorm());
        values.put("learning_rate", report.learningRate());
        values.put("tokens_per_second", point.tokensPerSecond());
        values.put("record_seconds", onRecord);
        metrics.append(report.step(), values);
    }

    private void note(LedgerLine.Validation validation, boolean isLowest, Books books) {
        books.ledger.append(validation);
        books.metrics.append(validation.step(), Map.of("validation_loss", validation.loss()));
        validationLosses.put(validation.step(), validation.loss());
        progress.validated(validation.step(), validation.loss());
        if (isLowest && course.isSelected()) {
            best.save(validation.step());
        }
    }

    private void keep(Checkpoints checkpoints) {
        if (work.isCheckpointDue(course.done())) {
            checkpoints.begin(course.done());
        } else if (progress.isStopping()) {
            checkpoints.saveUnscheduled(course.done());
        }
    }

    /// Writes the result and closes the ledger with it. A run that was cut off between the two writes it anew.
    private void close(LedgerWriter ledger) {
        if (course.isSelected()) {
            best.restore(course.kept());
            requireRecorded();
        }
        Optional<LedgerLine.Closing> closed = ledger.before().closing();
        if (closed.isPresent()) {
            RunResult.verify(folder.path(), closed.get());
        } else {
            for (String name : List.of(RunFolder.ADAPTER, RunFolder.MODEL)) {
                if (Files.exists(folder.path().resolve(name))) {
                    AtomicFiles.removeFolder(folder.path().resolve(name));
                }
            }
            work.write(folder.path());
        }
        ledger.append(new LedgerLine.Closing(course.kept(), course.parameterHash(),
                RunResult.hashes(folder.path())));
        ledger.force();
    }

    /// The parameters that were put away at the lowest loss are those that the ledger has of that step.
    private void requireRecorded() {
        Ledger whole = Ledger.read(folder.path());
        String recorded = course.kept() == 0 ? whole.opening().parameters()
                : whole.step(course.kept()).map(LedgerLine.Step::parameters).orElse("nothing");
        String found = course.stepHash(course.kept());
        if (!recorded.equals(found)) {
            throw new LedgerDamage(course.kept(),
                    ("%s: the parameters of step %d in it have the hash %s, but the ledger "
                    + "has %s: something changed the file").formatted(folder.checkpoints().resolve("best.safetensors"),
                    course.kept(), found, recorded));
        }
    }
}
