package minarai.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.SafetensorsWriter;
import minarai.models.format.SafetensorsWriter.Entry;

/// The parameters of the lowest validation loss so far, for early stopping. They lie in `checkpoints/best.safetensors`,
/// so that a run that was taken up again stops where it would have stopped.
final class BestParameters {

    private static final String LOSS = "loss";
    private static final String STEP = "step";

    private final List<Parameter> trained;
    private final Path file;
    private double loss = Double.POSITIVE_INFINITY;
    private int step;
    private int without;

    BestParameters(List<Parameter> trained, Path checkpoints) {
        this.trained = trained;
        this.file = checkpoints.resolve("best.safetensors");
    }

    /// Takes up what an earlier part of the run saw.
    ///
    /// @param done        the step after which the run goes on; what was seen later will be seen again
    /// @param evaluations how many evaluations lie between a step and `done`
    void resume(int done, IntUnaryOperator evaluations) {
        if (!Files.exists(file)) {
            return;
        }
        try (var stored = SafetensorsFile.open(file)) {
            int seen = Integer.parseInt(stored.metadata().getOrDefault(STEP, "0"));
            if (seen <= done) {
                step = seen;
                loss = Double.parseDouble(stored.metadata().getOrDefault(LOSS, "Infinity"));
                without = evaluations.applyAsInt(seen);
            }
        }
    }

    /// Hears of an evaluation.
    void see(int step, double loss) {
        if (loss < this.loss) {
            this.loss = loss;
            this.step = step;
            without = 0;
            var entries = new ArrayList<Entry>();
            trained.forEach(parameter -> entries.add(Entry.matrix(parameter.name(), DataType.F32, parameter.tensor())));
            SafetensorsWriter.write(file, entries, Map.of(STEP, String.valueOf(step), LOSS, String.valueOf(loss)));
        } else {
            without++;
        }
    }

    /// Evaluations since the lowest loss.
    int without() {
        return without;
    }

    /// Puts them back and says of which step they are.
    int restore() {
        try (var stored = SafetensorsFile.open(file)) {
            for (Parameter parameter : trained) {
                Tensor value = stored.readMatrix(parameter.name());
                Tensor target = parameter.tensor();
                System.arraycopy(value.data(), value.offset(), target.data(), target.offset(), target.size());
            }
        }
        return step;
    }
}
