package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import minarai.engine.Kernels;
import minarai.engine.Storage;
import minarai.models.CheckpointWeights;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.Mismatch;
import minarai.models.ModelSource;
import minarai.models.format.GgufAdapter;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import picocli.CommandLine.Option;

/// Options that name a model to be asked.
final class ModelOptions {

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL",
            description = "model folder or GGUF file; machi is the embedded model")
    String model = "";

    @Option(names = {"-a", "--adapter"}, paramLabel = "ADAPTER",
            description = "adapter folder of PEFT or MLX, adapter in a GGUF file, or the run that made it")
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

    @Option(names = "--allow", split = ",", paramLabel = "NAME",
            description = "go on in spite of other_base, other_tokenizer, double_start, prompt_prefix or missing_end")
    List<String> allow = List.of();

    /// The model folder, with tokenizer and template where it has a tokenizer.
    ///
    /// @throws minarai.models.MismatchException if the tokenizer is not the model's and that is not allowed
    OpenModel open() {
        return OpenModel.of(ModelPath.ofModel(model), template, now.orElseGet(ModelOptions::present), allowed())
                .tolerating(Allowed.misfits(allow));
    }

    /// @throws IllegalArgumentException if a name is unknown
    private Set<Mismatch> allowed() {
        return Allowed.of(allow);
    }

    /// The model with its adapter, ready to be asked.
    ///
    /// @param positions the longest sequence that will be asked for; no more than the model has are made
    /// @throws minarai.models.MismatchException if the adapter is another base's or tokenizer's and that is not allowed
    Inference inference(OpenModel opened, Kernels kernels, int positions) {
        ModelFolder folder = opened.folder();
        int most = Math.clamp(positions, 1, folder.config().maxPositions());
        var read = adapter.map(named -> read(ModelPath.ofAdapter(named), folder.config()));
        read.ifPresent(peft -> opened.source().ifPresent(source -> source.requireTokenizer(peft, allowed())));
        var network = read
                .map(peft -> ModelSource.adapted(folder, kernels, weights, peft, most, allowed()))
                .orElseGet(() -> LanguageModel.of(folder.config(), CheckpointWeights.frozen(folder, kernels, weights),
                        most));
        return new Inference(network, kernels);
    }

    private static PeftFolder read(Path path, ModelConfig base) {
        return Files.isRegularFile(path) ? GgufAdapter.read(path, base) : PeftFolder.read(path);
    }

    /// The model as a person names it.
    String name() {
        return adapter.map(named -> Path.of(model) + " + " + Path.of(named)).orElse(Path.of(model).toString());
    }

    static LocalDateTime present() {
        return LocalDateTime.now().truncatedTo(ChronoUnit.SECONDS);
    }
}
