package minarai.cli;

import java.nio.file.Path;
import java.util.List;
import minarai.lab.pretrain.Pretraining;
import minarai.models.ModelSource;
import minarai.train.Lessons;
import minarai.train.Recipe;
import minarai.train.Replay;
import minarai.train.check.Refusal;
import minarai.train.data.Dataset;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;

/// A run on record whose chain was followed and whose files are what they were, with all that it was begun with.
///
/// @param dataset the whole file, with the pairs that the run forgets
/// @param lessons what the run learned from
record CheckedRun(Path folder, RunRecord record, Ledger ledger, Assignment assignment, ModelSource source,
        Dataset dataset, Lessons lessons) implements AutoCloseable {

    /// @throws minarai.train.run.LedgerDamage for the first thing that is not what it was
    static CheckedRun open(RecordedRun named, Console console) {
        Path folder = named.folder();
        RunRecord record = RunFolder.record(folder);
        Ledger ledger = Ledger.read(folder);
        ledger.opening();
        if (Pretraining.isRecordedIn(record)) {
            throw new IllegalArgumentException(("%s is a pretraining, and its texts are no pairs: name the folder of a "
                    + "tuning run").formatted(named.named()));
        }
        Provenance.requireSameNumerics(record);
        Replay.verifyFiles(folder, ledger);
        return of(named, record, ledger, console);
    }

    /// @param ledger of the run, which agrees with the files that came out
    /// @throws minarai.train.run.LedgerDamage for the first thing that went in and is not what it was
    static CheckedRun of(RecordedRun named, RunRecord record, Ledger ledger, Console console) {
        Assignment assignment = named.assignment(record);
        RecordedRun.requireSame(Provenance.changedFile(record, assignment));
        ModelSource source = assignment.open();
        boolean isSound = false;
        try {
            DeskFiles.reading(assignment, "with the run " + named.folder());
            var dataset = Dataset.read(assignment.data());
            RecordedRun.requireSame(Provenance.difference(record.hashes(),
                    Provenance.hashes(source, dataset, assignment.recipe()), assignment));
            var lessons = Lessons.prepare(source, dataset, assignment.recipe());
            requireDerived(record, assignment.recipe(), lessons);
            console.remark(RecordedRun.comparison(named.folder(), ledger, "model", "tokenizer", "template", "pairs"));
            isSound = true;
            return new CheckedRun(named.folder(), record, ledger, assignment, source, dataset, lessons);
        } finally {
            if (!isSound) {
                source.close();
            }
        }
    }

    /// @throws LedgerDamage if what follows from recipe and pairs is otherwise on record
    private static void requireDerived(RunRecord record, Recipe recipe, Lessons lessons) {
        if (record.seed() != recipe.seed()) {
            throw new LedgerDamage(0, "run.json: its seed is %d, but that of its recipe %d".formatted(record.seed(),
                    recipe.seed()));
        }
        List<String> recorded = concerned(record.overrides());
        List<String> found = concerned(lessons.overridden());
        if (!recorded.equals(found)) {
            throw new LedgerDamage(0, "run.json: its overrides concern %s, but the checks, made again, refuse %s"
                    .formatted(recorded, found));
        }
    }

    private static List<String> concerned(List<Refusal> refusals) {
        return refusals.stream().map(refusal -> refusal.override() + " " + refusal.exampleId()).toList();
    }

    /// The pairs that the run had.
    Dataset pairs() {
        return dataset.less(assignment.recipe().forget());
    }

    @Override
    public void close() {
        source.close();
    }
}
