package minarai.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerLine;

/// How much of a run on record is also that of other lessons, and from which of its checkpoints a run on these can go
/// on.
///
/// A step is the same in both if it has the same samples with the same tokens and targets, the same learning rate, and
/// is followed by the same measurements; then it also ends in the same weights, as its predecessors are the same.
/// Nothing is concluded from ids alone: the other lessons' steps are compared with what the ledger says of its own, so
/// whatever else moves with a sample, e.g. a held-out pair that was set aside because it nearly repeated it, is found.
///
/// @param alike the last step that is the same in both; 0 if only the beginning is, -1 if that has another loss on the
///              held-out pairs already
/// @param start the latest checkpoint that is also one of the other run; empty where that begins anew
/// @param best  where the parameters of the lowest loss on the held-out pairs up to there lie; empty if they are not
///              needed or are those of the beginning
/// @param bestStep that step; 0 where it is the beginning
public record CommonStart(int alike, Optional<Checkpoint> start, Optional<Path> best, int bestStep) {

    private static final CommonStart NONE = new CommonStart(-1, Optional.empty(), Optional.empty(), 0);

    /// @param run      folder of the run on record
    /// @param recorded what it learned from
    /// @param other    by the same resolved recipe, but for the pairs
    public static CommonStart of(Path run, Ledger ledger, Lessons recorded, Lessons other) {
        if (!isSame(recorded.validation(), other.validation())) {
            return NONE;
        }
        int alike = 0;
        while (alike < Math.min(ledger.steps(), other.steps()) && isSame(ledger, alike + 1, other)) {
            alike++;
        }
        int last = alike;
        var begun = new CommonStart(alike, Optional.empty(), Optional.empty(), 0);
        return Checkpoint.in(run.resolve("checkpoints")).stream()
                .filter(checkpoint -> checkpoint.step() <= last && checkpoint.isOnRecord(ledger))
                .flatMap(checkpoint -> begun.from(checkpoint, run, ledger, other).stream()).findFirst().orElse(begun);
    }

    /// The step after which the other run goes on.
    public int step() {
        return start.map(Checkpoint::step).orElse(0);
    }

    private static boolean isSame(Ledger ledger, int step, Lessons other) {
        List<Batch> batches = other.batches(step);
        double rate = other.recipe().scheduleOver(other.steps()).rate(step);
        boolean isMeasured = ledger.about(step).stream().anyMatch(LedgerLine.Validation.class::isInstance);
        return other.isEvaluated(step) == isMeasured && ledger.step(step).filter(line ->
                line.samples().equals(Batch.ids(batches))
                        && line.tokens().equals(SampleHash.tokens(batches))
                        && line.targets().equals(SampleHash.targets(batches))
                        && Double.doubleToRawLongBits(line.learningRate()) == Double.doubleToRawLongBits(rate))
                .isPresent();
    }

    private static boolean isSame(List<Sample> some, List<Sample> others) {
        var one = List.of(Batch.of(some));
        var other = List.of(Batch.of(others));
        return some.isEmpty() ? others.isEmpty() : !others.isEmpty() && Batch.ids(one).equals(Batch.ids(other))
                && SampleHash.tokens(one).equals(SampleHash.tokens(other))
                && SampleHash.targets(one).equals(SampleHash.targets(other));
    }

    /// This start at a checkpoint, if the parameters that early stopping would go back to from there still lie
    /// somewhere.
    private Optional<CommonStart> from(Checkpoint checkpoint, Path run, Ledger ledger, Lessons other) {
        var at = new CommonStart(alike, Optional.of(checkpoint), Optional.empty(), 0);
        if (!other.isSelected()) {
            return Optional.of(at);
        }
        LowestLoss lowest = LowestLoss.none();
        for (LedgerLine.Validation validation : ledger.validations(checkpoint.step())) {
            lowest = lowest.after(validation.step(), validation.loss());
        }
        int wanted = lowest.step();
        if (wanted == 0) {
            return Optional.of(at);
        }
        Path folder = run.resolve("checkpoints");
        boolean isPutAway = BestParameters.step(folder).equals(OptionalInt.of(wanted));
        return Stream.concat(isPutAway ? Stream.of(folder.resolve(BestParameters.NAME)) : Stream.empty(),
                        Checkpoint.in(folder).stream().filter(each -> each.step() == wanted).map(Checkpoint::file))
                .findFirst().map(file -> new CommonStart(alike, Optional.of(checkpoint), Optional.of(file), wanted));
    }
}
