package minarai.cli;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import minarai.engine.Kernels;
import minarai.engine.Storage;
import minarai.models.CheckpointWeights;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import picocli.CommandLine.Option;

/// Options that name a model to be asked.
final class ModelOptions {

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "model folder; machi is the embedded model")
    String model = "";

    @Option(names = {"-a", "--adapter"}, paramLabel = "ADAPTER",
            description = "adapter folder, or the run that made it")
    Optional<String> adapter = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME|FILE",
            description = "chat template in place of the model's own: chatml, alpaca, llama3, plain or a file")
    Optional<String> template = Optional.empty();

    @Option(names = "--now", paramLabel = "TIME",
            description = "what the chat template takes for the present, e.g. 2026-01-31T09:00:00")
    Optional<LocalDateTime> now = Optional.empty();

    @Option(names = "--weights", paramLabel = "STORAGE",
            description = "how the weights lie in memory: f32, bf16, q8_0 or q4_0; otherwise as the folder stores them")
    Optional<Storage> weights = Optional.empty();

    /// The model folder, with tokenizer and template where it has a tokenizer.
    OpenModel open() {
        return OpenModel.of(ModelPath.ofModel(model), template, now.orElseGet(ModelOptions::present));
    }

    /// The model with its adapter, ready to be asked.
    ///
    /// @param positions the longest sequence that will be asked for; no more than the model has are made
    Inference inference(ModelFolder folder, Kernels kernels, int positions) {
        int most = Math.clamp(positions, 1, folder.config().maxPositions());
        var network = adapter
                .map(named -> ModelSource.adapted(folder, kernels, weights, PeftFolder.read(ModelPath.ofAdapter(named)),
                        most))
                .orElseGet(() -> LanguageModel.of(folder.config(), CheckpointWeights.frozen(folder, kernels, weights), most));
        return new Inference(network, kernels);
    }

    /// The model as a person names it.
    String name() {
        return adapter.map(named -> Path.of(model) + " + " + Path.of(named)).orElse(Path.of(model).toString());
    }

    static LocalDateTime present() {
        return LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
