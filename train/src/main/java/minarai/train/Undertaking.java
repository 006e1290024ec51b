package minarai.train;

import java.nio.file.Path;
import java.util.List;
import minarai.engine.Memory;
import minarai.engine.Parameter;
import minarai.train.run.RunFolder;

/// Work whose every step can be put on record and taken again: a tuning, or a pretraining.
public interface Undertaking {

    Curriculum curriculum();

    /// What is trained, in the order of the model.
    List<Parameter> trained();

    /// Where what is trained lies.
    Memory memory();

    /// The steps, to be taken one at a time from where the parameters are now.
    Course course();

    /// From one checkpoint to the next; 0 for one at the end only.
    int checkpointSteps();

    /// Which checkpoints stay.
    KeptCheckpoints keptCheckpoints();

    /// Whether there is to be a checkpoint after a step, and a line of the ledger that tells of it.
    default boolean isCheckpointDue(int step) {
        return step == curriculum().steps() || checkpointSteps() > 0 && step % checkpointSteps() == 0;
    }

    /// Whether the checkpoint of a step stays when the latest is that of another. It follows from that step alone, so a
    /// run that was stopped keeps the same.
    default boolean keepsCheckpoint(int step, int last) {
        int every = checkpointSteps();
        return step == last || every > 0 && step % every == 0 && keptCheckpoints().keeps(step / every, last / every);
    }

    /// Whether there is memory for a copy of the state, so that it is written while the next step is computed.
    boolean hasSnapshot();

    /// Writes what came out, whole or not at all, into the folder of a run.
    void write(Path run);

    /// The parameters that lie in the folder of a finished run. Where they were rounded to be stored: the present ones,
    /// if rounded they are what is stored.
    List<Parameter> written(Path run);

    /// Whether a file of a result differs from one that was written again only in where it says the base lies: a run
    /// may be carried elsewhere before it is checked.
    default boolean isSameButForItsPlace(Path recorded, Path again) {
        return false;
    }

    /// Takes all steps, or those that are left, puts them on record, and writes what came out into the folder.
    ///
    /// @param folder of a new run, or of one to go on with
    /// @throws TrainingFailure                 if a loss is not a number
    /// @throws minarai.train.run.LedgerDamage if what is on record was changed, or steps that are taken again differ
    default Tuning.Outcome run(RunFolder folder, Progress progress) {
        return new Recording(this, folder, progress).run();
    }
}
