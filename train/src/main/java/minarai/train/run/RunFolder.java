package minarai.train.run;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import minarai.train.data.Sha256;

/// The folder of a run, held by this process until it is closed.
public final class RunFolder implements AutoCloseable {

    /// What comes out of a run: a PEFT folder.
    public static final String ADAPTER = "adapter";
    /// What comes out of a run: a model folder, where all weights were trained.
    public static final String MODEL = "model";

    private static final String LOCK = ".lock";
    static final String RECORD = "run.json";
    private static final long LARGEST_RECORD = 64 << 20;
    /// The locked byte lies far behind the note of who holds it, which others may then read on every system.
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

    private final Path path;
    private final FileChannel lockFile;

    private RunFolder(Path path, FileChannel lockFile) {
        this.path = path;
        this.lockFile = lockFile;
    }

    /// Makes the folder of a new run and writes its record.
    ///
    /// @throws IllegalArgumentException if the folder holds a run or anything else, or another process holds it
    /// @throws UncheckedIOException     if it cannot be written
    public static RunFolder create(Path path, RunRecord run) {
        requireFree(path);
        try {
            Files.createDirectories(path);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot make the folder of the run, " + path
                    + "; is there a file of that name, or is the disk read-only?", failure);
        }
        var folder = new RunFolder(path, lock(path));
        boolean isWhole = false;
        try {
            requireFree(path);
            AtomicFiles.removeUnfinished(path);
            folder.makeFolders();
            AtomicFiles.writeText(path.resolve(RECORD), run.toJson());
            isWhole = true;
            return folder;
        } finally {
            if (!isWhole) {
                folder.close();
            }
        }
    }

    /// Opens the folder of a run to go on with it.
    ///
    /// @throws IllegalArgumentException if it is not the folder of a run, or another process holds it
    public static RunFolder open(Path path) {
        requireRun(path);
        var folder = new RunFolder(path, lock(path));
        boolean isWhole = false;
        try {
            folder.record();
            folder.makeFolders();
            AtomicFiles.removeUnfinished(path);
            AtomicFiles.removeUnfinished(folder.checkpoints());
            isWhole = true;
            return folder;
        } finally {
            if (!isWhole) {
                folder.close();
            }
        }
    }

    public Path path() {
        return path;
    }

    /// The record of the run, read anew.
    ///
    /// @throws IllegalArgumentException if it is damaged
    public RunRecord record() {
        return record(path);
    }

    /// The record of a run that is not held, to look at it.
    ///
    /// @throws IllegalArgumentException if it is not the folder of a run, or the record is damaged
    public static RunRecord record(Path run) {
        requireRun(run);
        Path file = run.resolve(RECORD);
        try {
            if (Files.size(file) > LARGEST_RECORD) {
                throw new IllegalArgumentException(file + " is far too large for the record of a run");
            }
            return RunRecord.parse(Files.readAllBytes(file), file);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + file, failure);
        }
    }

    /// `metrics.jsonl`, to be appended to; lines of later steps, which a killed run may have left, are removed first.
    ///
    /// @param lastStep the step after which the run goes on; -1 at its start, before step 0
    public MetricsLog metrics(int lastStep) {
        return MetricsLog.after(path.resolve("metrics.jsonl"), lastStep);
    }

    /// `ledger.jsonl`, to be appended to; what is there is checked first.
    ///
    /// @throws LedgerDamage if it is not as it was written
    public LedgerWriter ledger() {
        return LedgerWriter.open(path.resolve(Ledger.NAME), Sha256.of(path.resolve(RECORD)));
    }

    public Path checkpoints() {
        return path.resolve("checkpoints");
    }

    /// Where the PEFT folder goes, whole, at the end: [AtomicFiles#writeFolder].
    public Path adapter() {
        return path.resolve(ADAPTER);
    }

    public Path report() {
        return path.resolve("report.html");
    }

    /// Lets go of the folder. Closing twice does nothing more.
    @Override
    public void close() {
        try {
            lockFile.close();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot let go of " + path, failure);
        }
    }

    /// Whether a folder is that of a run.
    public static boolean isRun(Path path) {
        return Files.isRegularFile(path.resolve(RECORD));
    }

    private static void requireRun(Path path) {
        if (!isRun(path)) {
            throw new IllegalArgumentException(("%s is not the folder of a run: it has no %s. Name the folder "
                    + "that was given to -o")
                    .formatted(path, RECORD));
        }
    }

    private void makeFolders() {
        try {
            Files.createDirectories(checkpoints());
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot make " + checkpoints(), failure);
        }
    }

    /// @throws IllegalArgumentException if the folder holds a run or anything else
    public static void requireFree(Path path) {
        if (Files.exists(path) && !Files.isDirectory(path)) {
            throw new IllegalArgumentException(path + " is a file; name a folder for the run");
        }
        if (!Files.exists(path)) {
            return;
        }
        if (Files.exists(path.resolve(RECORD))) {
            throw new IllegalArgumentException(("%s holds a run already, and a run is never overwritten. Go on "
                    + "with it (--resume %s) or name another folder")
                    .formatted(path, path));
        }
        try (Stream<Path> entries = Files.list(path)) {
            List<String> others = entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> !isLeftover(name)).sorted().limit(3).toList();
            if (!others.isEmpty()) {
                throw new IllegalArgumentException(("%s is not empty and not the folder of a run (it holds %s); "
                        + "name a new or an empty folder")
                        .formatted(path, String.join(", ", others)));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot look into " + path, failure);
        }
    }

    /// What a run that was killed before its record was written leaves.
    private static boolean isLeftover(String name) {
        return name.equals(LOCK) || name.equals("checkpoints") || name.startsWith("." + RECORD)
                && name.endsWith(".part");
    }

    private static FileChannel lock(Path path) {
        Path file = path.resolve(LOCK);
        try {
            var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            boolean isHeld = false;
            try {
                isHeld = hold(channel);
                if (!isHeld) {
                    throw new IllegalArgumentException(("%s is in use by another run%s; wait for it, or name "
                            + "another folder")
                            .formatted(path, holder(channel)));
                }
                return channel;
            } finally {
                if (!isHeld) {
                    channel.close();
                }
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot lock " + file, failure);
        }
    }

    private static boolean hold(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
            if (lock == null) {
                return false;
            }
        } catch (OverlappingFileLockException heldByThisProcess) {
            return false;
        }
        channel.truncate(0);
        channel.write(ByteBuffer.wrap(Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.UTF_8)),
                0);
        return true;
    }

    private static String holder(FileChannel channel) throws IOException {
        var bytes = ByteBuffer.allocate(20);
        channel.read(bytes, 0);
        String pid = new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
        return pid.matches("\\d+") ? " (process " + pid + ")" : "";
    }
}
