package minarai.cli;

import java.nio.file.Path;
import minarai.lab.pretrain.Pretraining;
import minarai.models.ModelSource;
import minarai.train.Lessons;
import minarai.train.Replay;
import minarai.train.data.Dataset;
import minarai.train.run.Ledger;
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
                    + "tuning run").formatted(folder));
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
            console.remark(("%s of the ledger follow one another; model, tokenizer, template, pairs, checkpoints and "
                    + "result ").formatted(Figures.count(ledger.lines().size(), "line")) + "are those of the run");
            isSound = true;
            return new CheckedRun(named.folder(), record, ledger, assignment, source, dataset, lessons);
        } finally {
            if (!isSound) {
                source.close();
            }
        }
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
