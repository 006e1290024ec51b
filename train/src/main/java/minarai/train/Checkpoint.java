package minarai.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import minarai.engine.AdamW;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.SafetensorsWriter;
import minarai.models.format.SafetensorsWriter.Entry;

/// What a run needs to go on after a step, bit for bit: the trained parameters and the optimizer's two averages of
/// each, in `checkpoints/step-000010.safetensors`. The data order and the schedule follow from the recipe.
record Checkpoint(Path file, int step) {

    private static final String PREFIX = "step-";
    private static final String SUFFIX = ".safetensors";

    /// The latest checkpoint of a run.
    static Optional<Checkpoint> latest(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.getFileName().toString().matches("step-[0-9]{6,9}\\.safetensors"))
                    .map(Checkpoint::of).max(Comparator.comparingInt(Checkpoint::step));
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot list the checkpoints in " + folder, failure);
        }
    }

    private static Checkpoint of(Path file) {
        String name = file.getFileName().toString();
        return new Checkpoint(file, Integer.parseInt(name.substring(PREFIX.length(), name.length() - SUFFIX.length())));
    }

    /// Writes the state after a step; the file appears whole, and only then are older ones removed.
    static void write(Path folder, int step, AdamW optimizer) {
        var entries = new ArrayList<Entry>();
        for (AdamW.Slot slot : optimizer.slots()) {
            String name = slot.parameter().name();
            entries.add(Entry.matrix(name, DataType.F32, slot.parameter().tensor()));
            entries.add(Entry.matrix(name + ".mean", DataType.F32, slot.mean()));
            entries.add(Entry.matrix(name + ".square", DataType.F32, slot.square()));
        }
        Path file = folder.resolve("%s%06d%s".formatted(PREFIX, step, SUFFIX));
        SafetensorsWriter.write(file, entries, Map.of("step", String.valueOf(step)));
        removeBefore(folder, step);
    }

    private static void removeBefore(Path folder, int step) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> old = files.filter(file -> file.getFileName().toString().matches("step-[0-9]{6,9}\\.safetensors"))
                    .filter(file -> of(file).step < step).toList();
            for (Path file : old) {
                Files.delete(file);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot remove old checkpoints in " + folder, failure);
        }
    }

    /// Puts the state back.
    ///
    /// @throws IllegalArgumentException if the file is not a checkpoint of these parameters
    void restore(AdamW optimizer) {
        try (var stored = SafetensorsFile.open(file)) {
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
            throw new IllegalArgumentException("checkpoint %s: %s is %s, the run needs %s".formatted(stored.source(), name,
                    value, target));
        }
        System.arraycopy(value.data(), value.offset(), target.data(), target.offset(), target.size());
    }
}
