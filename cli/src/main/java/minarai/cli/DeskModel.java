package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.train.desk.Entry;
import minarai.train.desk.build.Difficulty;
import minarai.train.desk.build.Teacher;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Options that name a model where one may be asked, and what it is asked for.
final class DeskModel {

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL", description = "model folder or GGUF file")
    private Optional<String> model = Optional.empty();

    @Option(names = {"-a", "--adapter"}, paramLabel = "ADAPTER", description =
            "adapter folder, or the run that made it")
    private Optional<String> adapter = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME|FILE", description = "chat template in place of the model's own")
    private Optional<String> template = Optional.empty();

    @Mixin
    private final BackendOption backend = new BackendOption();

    private final Console console;

    /// @param console where a device tells what it is
    DeskModel(Console console) {
        this.console = console;
    }

    boolean isNamed() {
        return model.isPresent();
    }

    /// What is read where it is a file: the model and its template.
    Stream<Path> inputs() {
        return Stream.of(model, template).flatMap(Optional::stream).map(Path::of);
    }

    /// Works with the model, which is closed afterwards.
    @FunctionalInterface
    interface Work<T> {
        T with(ModelSource source, Inference inference);
    }

    /// @param what needs the model, for the message where none is named
    <T> T with(String what, Work<T> work) {
        var options = new ModelOptions();
        options.model = model.orElseThrow(() -> new IllegalArgumentException(what + " needs a model: -m MODEL"));
        options.adapter = adapter;
        options.template = template;
        try (var computing = backend.open(console); var opened = options.open()) {
            var source = opened.requireSource();
            return work.with(source, options.inference(opened, computing.kernels(), source.config().maxPositions()));
        }
    }

    /// How hard the model finds each answer.
    ///
    /// @param what needs it, for the message where no model is named
    List<Difficulty> difficulties(String what, List<Entry> entries) {
        return with(what, (source, inference) ->
                Difficulty.of(entries, inference, source.tokenizer(), source.requireTemplate()));
    }

    /// The tokens of a text.
    static int tokens(ModelSource source, String text) {
        return source.tokenizer().encode(text).length();
    }

    /// A teacher that continues texts as they are, without a chat template.
    ///
    /// @param sampler   of a round, which chooses the tokens
    /// @param maxTokens of a continuation
    static Teacher teacher(ModelSource source, Inference inference, IntFunction<Sampler> sampler, int maxTokens) {
        return (prompts, round) -> {
            var ids = new ArrayList<int[]>();
            prompts.forEach(prompt -> ids.add(TokenIds.ofText(source.tokenizer(), prompt)));
            var limits = new Inference.Limits(maxTokens, new LinkedHashSet<>(source.config().eosIds()));
            return inference.generate(ids, sampler.apply(round), limits, (sequence, id) -> { }).stream()
                    .map(completion -> source.tokenizer().decode(completion.ids())).toList();
        };
    }
}
