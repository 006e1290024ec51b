package minarai.train;

import java.nio.file.Path;
import java.util.Optional;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;

/// Takes steps of a finished or stopped run again and compares what they do with the ledger, bit for bit. Nothing is
/// written.
public final class Replay {

    private final Undertaking work;
    private final Path run;
    private final Ledger ledger;

    /// Where what was computed again is not what is on record.
    ///
    /// @param step 0 before the first
    /// @param what with both values
    public record Difference(int step, String what) {

        /// A damage that was found before any step was taken.
        public static Difference of(LedgerDamage damage) {
            return new Difference(damage.step(), damage.getMessage());
        }
    }

    /// What a replay found.
    ///
    /// @param start      the step of the checkpoint it began from; 0 for the start of the run
    /// @param executed   how many steps were taken again
    /// @param difference the first one; empty where every bit is as recorded
    public record Verdict(int start, int executed, Optional<Difference> difference) {

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
    /// @throws LedgerDamage for the first file that is not what was written
    public static void verifyFiles(Path run, Ledger ledger) {
        Checkpoint.in(run.resolve("checkpoints")).reversed().forEach(checkpoint -> checkpoint.verify(ledger));
        ledger.closing().ifPresent(closing -> RunResult.verify(run, closing));
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
        Optional<Difference> difference = compareStart(course)
                .or(() -> compareSteps(course, last, progress))
                .or(() -> last == ledger.steps() ? compareEnd(course) : Optional.empty());
        return new Verdict(start.map(Checkpoint::step).orElse(0), course.done() - start.map(Checkpoint::step).orElse(0),
                difference);
    }

    private Optional<Difference> compareStart(Course course) {
        if (course.done() > 0) {
            String recorded = ledger.step(course.done()).map(LedgerLine.Step::parameters).orElse("nothing");
            return recorded.equals(course.parameterHash()) ? Optional.empty() : Optional.of(new Difference(
                    course.done(), "the parameters of the checkpoint have the hash %s, but the ledger has %s".formatted(
                    course.parameterHash(), recorded)));
        }
        LedgerLine.Opening opening = ledger.opening();
        return opening.difference(new LedgerLine.Opening(opening.numerics(), work.curriculum().overrides(),
                course.parameterHash()))
                .map(what -> new Difference(0, what))
                .or(() -> course.validateStart().flatMap(line -> compare(line)));
    }

    private Optional<Difference> compareSteps(Course course, int last, Progress progress) {
        int begun = course.done();
        var pace = new Pace(begun, last, System::nanoTime);
        while (course.done() < last) {
            if (course.isOver()) {
                return Optional.of(new Difference(course.done() + 1,
                        "by its recipe the run ends after step %d, but the ledger goes on".formatted(course.done())));
            }
            var advance = course.next();
            Optional<Difference> difference = compare(advance.line())
                    .or(() -> advance.validation().flatMap(this::compare));
            if (difference.isPresent()) {
                return difference.map(found -> new Difference(found.step, found.what + tensors(course)));
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
                .orElseGet(() -> "; all tensors of the checkpoint of step %d are as computed again, so the line is wrong, "
                        .formatted(next.get().step()) + "not the weights");
    }

    private Optional<Difference> compareEnd(Course course) {
        Optional<LedgerLine.Closing> closed = ledger.closing();
        if (closed.isEmpty()) {
            return Optional.empty();
        }
        LedgerLine.Closing closing = closed.get();
        String kept = closing.step() == 0 ? ledger.opening().parameters()
                : ledger.step(closing.step()).map(LedgerLine.Step::parameters).orElse("nothing");
        if (!course.isOver()) {
            return Optional.of(new Difference(course.done(), "the ledger closes before the last step of the recipe"));
        }
        String written = work.writtenHash(run);
        return closing.difference(new LedgerLine.Closing(course.kept(), kept, closing.files()))
                .or(() -> closing.difference(new LedgerLine.Closing(course.kept(), written, closing.files()))
                        .map(what -> "in the result's files, " + what))
                .map(what -> new Difference(closing.step(), what));
    }
}
