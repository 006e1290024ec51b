package minarai.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import minarai.engine.AdamW;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.SafetensorsWriter;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.train.data.Sha256;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;

/// What a run needs to go on after a step, bit for bit: the trained parameters and the optimizer's two averages of
/// each, in `checkpoints/step-000010.safetensors`. The data order and the schedule follow from the recipe.
///
/// Its hash stands in the ledger; that of one that was made because the run was to be stopped stands beside it, in
/// `step-000010.safetensors.sha256`, as `sha256sum` reads it.
///
/// @param step after which it was made
public record Checkpoint(Path file, int step) {

    private static final String PREFIX = "step-";
    private static final String SUFFIX = ".safetensors";
    private static final String HASH = ".sha256";
    private static final String NAME = "step-[0-9]{6,9}\\.safetensors";

    static Checkpoint at(Path folder, int step) {
        return new Checkpoint(folder.resolve("%s%06d%s".formatted(PREFIX, step, SUFFIX)), step);
    }

    /// The checkpoints in a folder, the latest first.
    public static List<Checkpoint> in(Path folder) {
        return of(files(folder, NAME));
    }

    /// Hashes beside checkpoints that are of no use after the scheduled checkpoint of a step: those up to it, for the
    /// ledger tells all by then, and those that a kill left without their checkpoint.
    static List<Path> spentHashes(Path folder, int last) {
        return of(files(folder, NAME + Pattern.quote(HASH))).stream()
                .filter(named -> named.step <= last || !Files.exists(at(folder, named.step).file)).map(Checkpoint::file)
                .toList();
    }

    private static List<Path> files(Path folder, String pattern) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches(pattern)).toList();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot list the checkpoints in " + folder, failure);
        }
    }

    private static List<Checkpoint> of(List<Path> files) {
        return files.stream().map(Checkpoint::of).sorted(Comparator.comparingInt(Checkpoint::step).reversed()).toList();
    }

    private static Checkpoint of(Path file) {
        String name = file.getFileName().toString();
        return new Checkpoint(file, Integer.parseInt(name.substring(PREFIX.length(), name.indexOf('.'))));
    }

    /// The name by which the ledger calls it.
    String recordedName() {
        return file.getParent().getFileName() + "/" + file.getFileName();
    }

    /// Where its own hash lies, if the ledger does not have it.
    Path hashFile() {
        return file.resolveSibling(file.getFileName() + HASH);
    }

    /// The tensors of a state, as they go into the file.
    static List<Entry> entries(List<AdamW.Slot> slots) {
        var entries = new ArrayList<Entry>();
        for (AdamW.Slot slot : slots) {
            String name = slot.parameter().name();
            entries.add(Entry.matrix(name, DataType.F32, slot.parameter().tensor()));
            entries.add(Entry.matrix(name + ".mean", DataType.F32, slot.mean()));
            entries.add(Entry.matrix(name + ".square", DataType.F32, slot.square()));
        }
        return entries;
    }

    /// Writes a state under a name that no reader takes for a checkpoint, and says the hash of its bytes.
    static String write(Path unfinished, int step, List<AdamW.Slot> slots) {
        SafetensorsWriter.write(unfinished, entries(slots), metadata(step));
        return Sha256.of(unfinished);
    }

    /// The hash of the bytes that [#write] would write.
    static String hash(int step, List<AdamW.Slot> slots) {
        MessageDigest digest = Sha256.digest();
        try (var channel = Channels.newChannel(new DigestOutputStream(OutputStream.nullOutputStream(), digest))) {
            SafetensorsWriter.write(channel, entries(slots), metadata(step));
        } catch (IOException impossible) {
            throw new IllegalStateException("what goes nowhere could not be written", impossible);
        }
        return Sha256.hex(digest);
    }

    private static Map<String, String> metadata(int step) {
        return Map.of("step", String.valueOf(step));
    }

    /// Compares the file with the hash that was recorded when it was written.
    ///
    /// @return whether the ledger has that hash
    /// @throws LedgerDamage if a bit of it was changed, or nothing vouches for it
    public boolean verify(Ledger ledger) {
        Optional<String> recorded = recordedHash(ledger);
        String expected = recorded.or(this::ownHash).orElseThrow(() -> new LedgerDamage(step,
                ("%s: neither the ledger nor %s has its hash, so nothing tells that it is what was written. Move it "
                        + "away to go on from an earlier one.").formatted(file, hashFile().getFileName())));
        String found = Sha256.of(file);
        if (!found.equals(expected)) {
            throw new LedgerDamage(step,
                    ("%s: it was written with the hash %s, now it has %s: something changed it. Move "
                    + "it away to go on from an earlier one.").formatted(file, expected, found));
        }
        return recorded.isPresent();
    }

    /// Whether the recipe asked for it, so that the ledger tells of it.
    boolean isOnRecord(Ledger ledger) {
        return recordedHash(ledger).isPresent();
    }

    private Optional<String> recordedHash(Ledger ledger) {
        return ledger.checkpoints().stream().filter(saved -> saved.step() == step)
                .filter(saved -> saved.file().equals(recordedName())).map(LedgerLine.Saved::sha256).findFirst();
    }

    private Optional<String> ownHash() {
        try {
            return Files.isRegularFile(hashFile()) && Files.size(hashFile()) < 4096
                    ? Optional.of(Files.readString(hashFile()).split(" ", 2)[0]) : Optional.empty();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + hashFile(), failure);
        }
    }

    /// Puts the state back.
    ///
    /// @throws IllegalArgumentException if the file is not a checkpoint of these parameters
    void restore(AdamW optimizer) {
        try (var stored = SafetensorsFile.open(file)) {
            if (!String.valueOf(step).equals(stored.metadata().get("step"))) {
                throw new IllegalArgumentException("checkpoint %s: it is of step %s; was it renamed?".formatted(file,
                        stored.metadata().getOrDefault("step", "unknown")));
            }
            for (AdamW.Slot slot : optimizer.slots()) {
                String name = slot.parameter().name();
                copy(stored, name, slot.parameter().tensor());
                copy(stored, name + ".mean", slot.mean());
                copy(stored, name + ".square", slot.square());
            }
        }
        optimizer.resume(step);
    }

    private static void copy(SafetensorsFile stored, String name, Tensor target) {
        Tensor value = stored.readMatrix(name);
        if (value.rows() != target.rows() || value.columns() != target.columns()) {
            throw new IllegalArgumentException("checkpoint %s: %s is %s, the run needs %s".formatted(stored.source(),
                    name, value, target));
        }
        System.arraycopy(value.data(), value.offset(), target.data(), target.offset(), target.size());
    }

    /// The first tensor of the present state whose bits are not those of the file.
    Optional<String> firstDifference(AdamW optimizer) {
        optimizer.download();
        try (var stored = SafetensorsFile.open(file)) {
            return entries(optimizer.slots()).stream().filter(entry -> isDifferent(stored, entry)).map(Entry::name)
                    .findFirst();
        }
    }

    private static boolean isDifferent(SafetensorsFile stored, Entry entry) {
        if (stored.find(entry.name()).isEmpty()) {
            return true;
        }
        Tensor value = stored.readMatrix(entry.name());
        var row = new float[value.columns()];
        for (int r = 0; r < value.rows(); r++) {
            entry.rows().copyRow(r, row, 0);
            for (int c = 0; c < row.length; c++) {
                if (Float.floatToRawIntBits(row[c]) != Float.floatToRawIntBits(value.at(r, c))) {
                    return true;
                }
            }
        }
        return false;
    }
}
