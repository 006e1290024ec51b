package minarai.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import minarai.engine.AdamW;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.train.run.AtomicFiles;
import minarai.train.run.LedgerLine;
import minarai.train.run.LedgerWriter;

/// Writes the checkpoints of a run while its next step is computed.
///
/// The state is copied, a thread writes the copy and hashes the file, and before the next line goes into the ledger the
/// checkpoint's own line does; only when all these lines are on the disk is the file moved to its place. So a
/// checkpoint that is there is whole, and the ledger tells all up to it.
final class Checkpoints implements AutoCloseable {

    private final Path folder;
    private final Undertaking work;
    private final AdamW optimizer;
    private final LedgerWriter ledger;
    private final Optional<List<AdamW.Slot>> copy;
    private Optional<Pending> pending = Optional.empty();

    /// A checkpoint that is being written.
    private record Pending(Checkpoint checkpoint, Path unfinished, CompletableFuture<String> hash) {
    }

    /// @param work where there is no memory for a copy of the state, a step waits for the writing
    Checkpoints(Path folder, Undertaking work, AdamW optimizer, LedgerWriter ledger) {
        this.folder = folder;
        this.work = work;
        this.optimizer = optimizer;
        this.ledger = ledger;
        this.copy = work.hasSnapshot() ? Optional.of(optimizer.slots().stream().map(Checkpoints::blank).toList())
                : Optional.empty();
    }

    private static AdamW.Slot blank(AdamW.Slot slot) {
        return new AdamW.Slot(Parameter.frozen(slot.parameter().name(), like(slot.mean())), slot.isDecayed(),
                like(slot.mean()), like(slot.mean()));
    }

    private static Tensor like(Tensor tensor) {
        return Tensor.zeros(tensor.rows(), tensor.columns());
    }

    /// Begins a checkpoint of the present state.
    void begin(int step) {
        settle();
        optimizer.download();
        var checkpoint = Checkpoint.at(folder, step);
        Path unfinished = folder.resolve("." + checkpoint.file().getFileName() + ".part");
        if (copy.isPresent()) {
            List<AdamW.Slot> state = copy.get();
            fill(state);
            var hash = CompletableFuture.supplyAsync(() -> Checkpoint.write(unfinished, step, state),
                    task -> Thread.ofPlatform().name("minarai-checkpoint").start(task));
            pending = Optional.of(new Pending(checkpoint, unfinished, hash));
        } else {
            pending = Optional.of(new Pending(checkpoint, unfinished, CompletableFuture.completedFuture(
                    Checkpoint.write(unfinished, step, optimizer.slots()))));
        }
    }

    private void fill(List<AdamW.Slot> state) {
        for (int i = 0; i < state.size(); i++) {
            AdamW.Slot from = optimizer.slots().get(i);
            AdamW.Slot to = state.get(i);
            copy(from.parameter().tensor(), to.parameter().tensor());
            copy(from.mean(), to.mean());
            copy(from.square(), to.square());
        }
    }

    private static void copy(Tensor from, Tensor to) {
        System.arraycopy(from.data(), from.offset(), to.data(), to.offset(), from.size());
    }

    /// Waits for the checkpoint that was begun, records it, and removes those that are not to be kept.
    void settle() {
        if (pending.isEmpty()) {
            return;
        }
        Pending written = pending.get();
        pending = Optional.empty();
        String hash = joined(written.hash);
        ledger.append(new LedgerLine.Saved(written.checkpoint.step(), written.checkpoint.recordedName(), hash));
        ledger.force();
        move(written.unfinished, written.checkpoint.file());
        removeBefore(written.checkpoint.step());
    }

    private static String joined(CompletableFuture<String> hash) {
        try {
            return hash.join();
        } catch (CompletionException failure) {
            switch (failure.getCause()) {
                case RuntimeException cause -> throw cause;
                case Error cause -> throw cause;
                default -> throw failure;
            }
        }
    }

    /// Writes a checkpoint that the recipe does not ask for, because the run is about to be stopped. The ledger of a
    /// run does not tell how often it was stopped, so the hash goes into a file of its own.
    void saveUnscheduled(int step) {
        settle();
        var checkpoint = Checkpoint.at(folder, step);
        if (Files.exists(checkpoint.file())) {
            return;
        }
        Path unfinished = folder.resolve("." + checkpoint.file().getFileName() + ".part");
        optimizer.download();
        String hash = Checkpoint.write(unfinished, step, optimizer.slots());
        ledger.force();
        AtomicFiles.writeText(checkpoint.hashFile(), hash + "  " + checkpoint.file().getFileName() + "\n");
        move(unfinished, checkpoint.file());
    }

    private static void move(Path from, Path to) {
        try {
            AtomicFiles.move(from, to);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot write the checkpoint " + to, failure);
        }
    }

    private void removeBefore(int last) {
        try {
            for (Checkpoint checkpoint : Checkpoint.in(folder)) {
                if (!work.keepsCheckpoint(checkpoint.step(), last)) {
                    Files.delete(checkpoint.file());
                }
            }
            for (Path hash : Checkpoint.spentHashes(folder, last)) {
                Files.delete(hash);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove old checkpoints in " + folder, failure);
        }
    }

    /// A checkpoint that was begun is finished, whatever ended the run.
    @Override
    public void close() {
        settle();
    }
}
