package minarai.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import minarai.train.run.AtomicFiles;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;

/// A run taken again without some of its pairs, from where it first saw one of them.
///
/// What both runs have in common is carried into a new folder: the lines of the ledger, chained anew, since the chain
/// begins with another `run.json`; the curves; the checkpoints. Then the folder is that of a run that was stopped, and
/// whoever goes on with it ([Tuning#run]) ends in the weights and the ledger of a run that never had the pairs.
///
/// @param run       folder of the run that had them, which is only read
/// @param ledger    its own
/// @param ids       of the pairs
/// @param firstSeen the first step that saw one of them; empty where none did
/// @param start     what both runs have in common
public record Erasure(Path run, Ledger ledger, Set<String> ids, OptionalInt firstSeen, CommonStart start) {

    /// @param recorded what the run learned from
    /// @param without  the same less the pairs, by its resolved recipe
    public static Erasure of(Path run, Ledger ledger, Lessons recorded, Lessons without, Set<String> ids) {
        OptionalInt firstSeen = ids.stream().flatMapToInt(id -> ledger.firstStepWith(id).stream()).min();
        return new Erasure(run, ledger, Set.copyOf(ids), firstSeen, CommonStart.of(run, ledger, recorded, without));
    }

    /// Fills the folder of the new run with what both have in common. If it is cut off, what is there is still the
    /// beginning of the new run. Checkpoints that the first run thinned out are not there to be carried over, which
    /// matters only if the new run ends earlier, by patience: it then keeps fewer than a run from the start.
    ///
    /// @param folder with the new run's record and nothing else
    /// @param tuning of the new run; nothing was trained in it yet
    /// @throws LedgerDamage if a checkpoint is not what was written
    public void begin(RunFolder folder, Tuning tuning) {
        if (start.start().isEmpty()) {
            return;
        }
        Checkpoint last = start.start().get();
        List<Checkpoint> carried = Checkpoint.in(run.resolve("checkpoints")).reversed().stream()
                .filter(checkpoint -> checkpoint.step() <= last.step() && checkpoint.isOnRecord(ledger)).toList();
        carried.forEach(checkpoint -> checkpoint.verify(ledger));
        carryLines(folder, last, tuning.lessons());
        Path curves = run.resolve("metrics.jsonl");
        if (Files.isRegularFile(curves)) {
            copy(curves, folder.path().resolve("metrics.jsonl"));
        }
        if (tuning.lessons().isSelected()) {
            putAwayBest(folder, tuning);
        }
        carried.forEach(checkpoint -> copy(checkpoint.file(),
                folder.checkpoints().resolve(checkpoint.file().getFileName())));
    }

    /// The overrides of the new run may be fewer: a pair that is gone needs none.
    private void carryLines(RunFolder folder, Checkpoint last, Lessons lessons) {
        try (var writer = folder.ledger()) {
            for (LedgerLine line : ledger.lines()) {
                if (line instanceof LedgerLine.Opening opening) {
                    writer.append(new LedgerLine.Opening(opening.numerics(), lessons.overrides(),
                            opening.parameters()));
                } else if (line.step() <= last.step() && !(line instanceof LedgerLine.Closing)) {
                    writer.append(line);
                }
            }
            writer.force();
        }
    }

    private void putAwayBest(RunFolder folder, Tuning tuning) {
        var beginning = ParameterValues.of(tuning.trained(), tuning.memory());
        start.best().ifPresent(file -> BestParameters.read(file, start.bestStep(), tuning.trained(),
                tuning.memory()));
        new BestParameters(tuning.trained(), folder.checkpoints(), tuning.memory()).save(start.bestStep());
        beginning.restore();
    }

    private static void copy(Path from, Path to) {
        AtomicFiles.write(to, out -> Files.copy(from, out));
    }

    /// Looks for the pairs in the ledger of the new run, after following its chain.
    ///
    /// @throws IllegalStateException if one of them is in a line
    public void requireAbsent(Ledger erased) {
        ids.forEach(id -> erased.firstStepWith(id).ifPresent(step -> {
            throw new IllegalStateException("the pair %s was to be left out, but step %d saw it".formatted(id, step));
        }));
    }
}
