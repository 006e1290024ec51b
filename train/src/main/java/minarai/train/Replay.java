package minarai.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import minarai.engine.Numerics;
import minarai.engine.Parameter;
import minarai.train.run.AtomicFiles;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;

/// Takes steps of a finished or stopped run again and compares what they do with the ledger, bit for bit. Nothing is
/// written.
public final class Replay {

    private final Undertaking work;
    private final Path run;
    private final Ledger ledger;
    private Optional<String> passed = Optional.empty();

    /// Where what was computed again is not what is on record.
    ///
    /// @param step 0 before the first
    /// @param what with both values
    public record Difference(int step, String what) {
    }

    /// What a replay found.
    ///
    /// @param start      the step of the checkpoint it began from; 0 for the start of the run
    /// @param executed   how many steps were taken again and compared, that of the difference included
    /// @param isClosed   whether the ledger ends with its closing line
    /// @param missing    steps of checkpoints that the ledger names and the recipe keeps, but whose files are not there
    ///                   to be compared
    /// @param difference the first one; empty where every bit is as recorded
    public record Verdict(int start, int executed, boolean isClosed, List<Integer> missing,
            Optional<Difference> difference) {

        public Verdict {
            missing = List.copyOf(missing);
        }

        /// A damage that was found before any step was taken.
        public static Verdict of(LedgerDamage damage) {
            return new Verdict(0, 0, false, List.of(), Optional.of(new Difference(damage.step(), damage.getMessage())));
        }

        public boolean isVerified() {
            return difference.isEmpty();
        }
    }

    /// @param work   of the same data, base and recipe; nothing was trained in it yet
    /// @param run    the folder, which is only read
    public Replay(Undertaking work, Path run, Ledger ledger) {
        this.work = work;
        this.run = run;
        this.ledger = ledger;
    }

    /// Compares the hashes of the checkpoints that are there and of the result with the ledger.
    ///
    /// @throws LedgerDamage for the first file that is not what was written, or a result that no line vouches for
    public static void verifyFiles(Path run, Ledger ledger) {
        Checkpoint.in(run.resolve("checkpoints")).reversed().forEach(checkpoint -> checkpoint.verify(ledger));
        if (ledger.closing().isPresent()) {
            RunResult.verify(run, ledger.closing().get());
        } else if (!RunResult.hashes(run).isEmpty()) {
            throw new LedgerDamage(ledger.steps(),
                    ("%s holds a result, but its ledger has no closing line that vouches for "
                    + "it. If the run was killed at its very end, take it up again: minarai tune --resume %s")
                    .formatted(run, run));
        }
    }

    /// Takes the steps `first` to `last` again, from the nearest checkpoint before them.
    ///
    /// @throws IllegalArgumentException if the ledger does not have these steps
    public Verdict run(int first, int last, Progress progress) {
        if (first < 1 || first > last || last > ledger.steps()) {
            throw new IllegalArgumentException("steps %d to %d: the ledger of %s has the steps 1 to %d".formatted(first,
                    last, run, ledger.steps()));
        }
        var course = work.course();
        Optional<Checkpoint> start = Checkpoint.in(run.resolve("checkpoints")).stream()
                .filter(checkpoint -> checkpoint.step() < first).findFirst();
        start.ifPresent(checkpoint -> course.restore(checkpoint, ledger.validations(checkpoint.step())));
        int begun = course.done();
        notePassed(course);
        Optional<Difference> atStart = compareStart(course);
        Optional<Difference> atStep = atStart.isPresent() ? Optional.empty() : compareSteps(course, last, progress);
        int executed = course.done() - begun;
        Optional<Difference> difference = atStart
                .or(() -> atStep.map(found -> new Difference(found.step, found.what + tensors(course))))
                .or(() -> compareEnd(course, last));
        return new Verdict(begun, executed, ledger.closing().isPresent(), missing(), difference);
    }

    private List<Integer> missing() {
        List<Integer> recorded = ledger.checkpoints().stream().map(LedgerLine.Saved::step).toList();
        List<Integer> there = Checkpoint.in(run.resolve("checkpoints")).stream().map(Checkpoint::step).toList();
        return recorded.stream().filter(step -> work.keepsCheckpoint(step, recorded.getLast()))
                .filter(step -> !there.contains(step)).toList();
    }

    private Optional<Difference> compareStart(Course course) {
        if (course.done() > 0) {
            String recorded = ledger.step(course.done()).map(LedgerLine.Step::parameters).orElse("nothing");
            String found = course.stepHash(course.done());
            return recorded.equals(found) ? Optional.empty() : Optional.of(new Difference(course.done(),
                    "the parameters of the checkpoint have the hash %s, but the ledger has %s".formatted(found,
                    recorded)));
        }
        LedgerLine.Opening opening = ledger.opening();
        return opening.difference(new LedgerLine.Opening(String.valueOf(Numerics.VERSION),
                work.curriculum().overrides(), course.parameterHash()))
                .map(what -> new Difference(0, what))
                .or(() -> course.validateStart().flatMap(line -> compare(line)));
    }

    private Optional<Difference> compareSteps(Course course, int last, Progress progress) {
        int begun = course.done();
        var pace = new Pace(begun, last, System::nanoTime);
        while (course.done() < last && !course.isOver()) {
            var advance = course.next();
            notePassed(course);
            Optional<Difference> difference = compare(advance.line())
                    .or(() -> advance.validation().flatMap(this::compare))
                    .or(() -> compareOthers(course, advance.validation().isPresent()));
            if (difference.isPresent()) {
                return difference;
            }
            progress.reached(pace.after(course.done(), advance.report().tokens(), advance.report().loss(),
                    advance.report().learningRate()));
        }
        return Optional.empty();
    }

    /// The line on record that is of the same kind and about the same step, if there is one, against this.
    private Optional<Difference> compare(LedgerLine again) {
        Optional<LedgerLine> recorded = ledger.about(again.step()).stream()
                .filter(line -> line.getClass() == again.getClass()).findFirst();
        return recorded.isEmpty() ? Optional.of(new Difference(again.step(), again.title() + " is not in the ledger"))
                : recorded.get().difference(again).map(what -> new Difference(again.step(), what));
    }

    /// Lines about the step that its computing does not give, and its checkpoint, if that is there.
    private Optional<Difference> compareOthers(Course course, boolean isValidated) {
        int step = course.done();
        var lines = ledger.about(step);
        long validations = lines.stream().filter(LedgerLine.Validation.class::isInstance).count();
        long steps = lines.stream().filter(LedgerLine.Step.class::isInstance).count();
        long saved = lines.stream().filter(LedgerLine.Saved.class::isInstance).count();
        // A kill may have come before the line of the last step's checkpoint.
        boolean isCut = ledger.closing().isEmpty() && step == ledger.steps();
        boolean isSavedAsDue = saved == (work.isCheckpointDue(step) ? 1 : 0) || isCut && saved == 0;
        if (steps != 1 || validations != (isValidated ? 1 : 0) || !isSavedAsDue) {
            return Optional.of(new Difference(step, "by its recipe the step gives %s, but the ledger has %s"
                    .formatted(kinds(1, isValidated ? 1 : 0, work.isCheckpointDue(step) ? 1 : 0),
                            kinds(steps, validations, saved))));
        }
        Optional<Checkpoint> file = Checkpoint.in(run.resolve("checkpoints")).stream()
                .filter(checkpoint -> checkpoint.step() == step).findFirst();
        return file.isPresent() ? file.get().firstDifference(course.optimizer()).map(name -> new Difference(step,
                "in %s the tensor %s is not what the step gives".formatted(file.get().file(), name)))
                : lines.stream().filter(LedgerLine.Saved.class::isInstance).findFirst()
                        .flatMap(line -> compareSaved(course, line));
    }

    private static String kinds(long steps, long validations, long saved) {
        return "%d step, %d validation and %d checkpoint lines".formatted(steps, validations, saved);
    }

    /// What the ledger says of a checkpoint whose file is not there: it follows from the state.
    private Optional<Difference> compareSaved(Course course, LedgerLine recorded) {
        int step = course.done();
        return recorded.difference(new LedgerLine.Saved(step,
                Checkpoint.at(run.resolve("checkpoints"), step).recordedName(), course.checkpointHash()))
                .map(what -> new Difference(step, what));
    }

    /// Keeps the whole hash of the parameters that the result is said to hold, when the course passes them: the line
    /// of a step may vouch for a part only.
    private void notePassed(Course course) {
        if (ledger.closing().map(LedgerLine.Closing::step).equals(Optional.of(course.done()))) {
            passed = Optional.of(course.parameterHash());
        }
    }

    /// What the next checkpoint says of the first tensor that differs.
    private String tensors(Course course) {
        int step = course.done();
        Optional<Checkpoint> next = Checkpoint.in(run.resolve("checkpoints")).reversed().stream()
                .filter(checkpoint -> checkpoint.step() >= step).findFirst();
        if (next.isEmpty()) {
            return "";
        }
        while (course.done() < next.get().step() && !course.isOver()) {
            course.next();
        }
        return next.get().firstDifference(course.optimizer())
                .map(name -> "; in the checkpoint of step %d the first tensor that differs is %s".formatted(
                        next.get().step(), name))
                .orElseGet(() -> ("; all tensors of the checkpoint of step %d are as computed again, so the line is "
                        + "wrong, ").formatted(next.get().step()) + "not the weights");
    }

    private Optional<Difference> compareEnd(Course course, int last) {
        if (course.done() < last) {
            return Optional.of(new Difference(course.done() + 1,
                    "by its recipe the run ends after step %d, but the ledger goes on".formatted(course.done())));
        }
        Optional<LedgerLine.Closing> closed = ledger.closing();
        if (closed.isEmpty() || last < ledger.steps()) {
            return Optional.empty();
        }
        LedgerLine.Closing closing = closed.get();
        if (!course.isOver()) {
            return Optional.of(new Difference(course.done(), "the ledger closes before the last step of the recipe"));
        }
        List<Parameter> written = work.written(run);
        String kept = passed.orElse(closing.parameters());
        return closing.difference(new LedgerLine.Closing(course.kept(), kept, closing.files()))
                .or(() -> closing.difference(new LedgerLine.Closing(course.kept(), course.hash(written),
                        closing.files()))
                        .map(what -> "in the result's files, " + what))
                .or(() -> compareKept(course.stepHash(written, closing.step()), closing.step()))
                .or(() -> compareResult(course, closing.files()))
                .map(what -> new Difference(closing.step(), what));
    }

    private Optional<String> compareKept(String found, int step) {
        String recorded = step == 0 ? ledger.opening().parameters()
                : ledger.step(step).map(LedgerLine.Step::parameters).orElse("nothing");
        return recorded.equals(found) ? Optional.empty() : Optional.of(
                "the result's parameters have the hash %s, but the ledger has %s".formatted(found, recorded));
    }

    /// Writes the result once more, into a folder of its own, and compares the files. Where an earlier step was kept,
    /// the weights in them are compared by their hash alone.
    private Optional<String> compareResult(Course course, Map<String, String> recorded) {
        Path folder;
        try {
            folder = Files.createTempDirectory("minarai-replay");
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot make a folder to write the result to once more", failure);
        }
        try {
            work.write(folder);
            Map<String, String> again = RunResult.hashes(folder);
            var names = new TreeSet<>(again.keySet());
            names.addAll(recorded.keySet());
            return names.stream().filter(name -> !again.getOrDefault(name, "").equals(recorded.get(name)))
                    .filter(name -> course.kept() == course.done() || !name.endsWith(".safetensors"))
                    .filter(name -> !work.isSameButForItsPlace(run.resolve(name), folder.resolve(name)))
                    .findFirst().map(name -> "%s is not the file that these steps give".formatted(run.resolve(name)));
        } finally {
            AtomicFiles.removeFolder(folder);
        }
    }
}
