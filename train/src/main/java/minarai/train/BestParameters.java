package minarai.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import minarai.engine.Memory;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.SafetensorsWriter;
import minarai.models.format.SafetensorsWriter.Entry;

/// The parameters of the lowest validation loss so far, for early stopping, in `checkpoints/best.safetensors`.
final class BestParameters {

    static final String NAME = "best.safetensors";
    private static final String STEP = "step";

    private final List<Parameter> trained;
    private final Path file;
    private final Memory memory;

    /// @param memory where the parameters lie
    BestParameters(List<Parameter> trained, Path checkpoints, Memory memory) {
        this.trained = trained;
        this.memory = memory;
        this.file = checkpoints.resolve(NAME);
    }

    /// Puts the present parameters away, over earlier ones.
    void save(int step) {
        var entries = new ArrayList<Entry>();
        trained.forEach(parameter -> entries.add(Entry.matrix(parameter.name(), DataType.F32,
                memory.download(parameter.tensor()))));
        SafetensorsWriter.write(file, entries, Map.of(STEP, String.valueOf(step)));
    }

    /// The step whose parameters a file of this kind holds, if it is there.
    static OptionalInt step(Path checkpoints) {
        Path file = checkpoints.resolve(NAME);
        if (!Files.isRegularFile(file)) {
            return OptionalInt.empty();
        }
        try (var stored = SafetensorsFile.open(file)) {
            String step = stored.metadata().getOrDefault(STEP, "");
            return step.matches("[0-9]{1,9}") ? OptionalInt.of(Integer.parseInt(step)) : OptionalInt.empty();
        }
    }

    /// Puts those of a step back in place.
    ///
    /// @throws IllegalArgumentException if the file holds those of another step
    void restore(int step) {
        read(file, step, trained, memory);
    }

    /// Fills parameters from this file or from a checkpoint.
    ///
    /// @throws IllegalArgumentException if the file holds those of another step, or of others
    static void read(Path file, int step, List<Parameter> trained, Memory memory) {
        try (var stored = SafetensorsFile.open(file)) {
            String found = stored.metadata().getOrDefault(STEP, "unknown");
            if (!found.equals(String.valueOf(step))) {
                throw new IllegalArgumentException(("%s holds the parameters of step %s, but those of step %d had the "
                        + "lowest loss on the held-out pairs").formatted(file, found, step));
            }
            for (Parameter parameter : trained) {
                Tensor value = stored.readMatrix(parameter.name());
                Tensor target = parameter.tensor();
                if (value.size() != target.size()) {
                    throw new IllegalArgumentException("%s: %s is %s, the run needs %s".formatted(file,
                            parameter.name(), value, target));
                }
                System.arraycopy(value.data(), value.offset(), target.data(), target.offset(), target.size());
                memory.upload(target);
            }
        }
    }
}
