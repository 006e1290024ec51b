package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.train.Recipe;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.type.TypeReference;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// Options that say what is tuned, on what, and how.
final class RecipeOptions {

    private static final long LONGEST_RECIPE = 1 << 20;

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL", description = "model folder")
    private Optional<String> model = Optional.empty();

    @Option(names = {"-d", "--data"}, paramLabel = "DATA", description = "pairs in JSON lines, JSON, CSV or TSV")
    private Optional<Path> data = Optional.empty();

    @Option(names = {"-c", "--recipe"}, paramLabel = "FILE", description = "recipe in YAML")
    private Optional<Path> recipe = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME|FILE",
            description = "chat template in place of the model's own: chatml, alpaca, llama3, plain or a file")
    private Optional<String> template = Optional.empty();

    @Option(names = "--now", paramLabel = "TIME",
            description = "what the chat template takes for the present, e.g. 2026-01-31T09:00:00")
    private Optional<LocalDateTime> now = Optional.empty();

    @Parameters(arity = "0..*", paramLabel = "KEY=VALUE",
            description = "recipe keys, over those of the file, e.g. rank=16 learning_rate=2e-4 epochs=3")
    private List<String> settings = List.of();

    @Option(names = "--keys", description = "show all recipe keys, what they do and their defaults")
    private boolean isAskedForKeys;

    /// Whether the keys of a recipe are to be shown, and nothing else done.
    boolean isAskedForKeys() {
        return isAskedForKeys;
    }

    /// Whether anything was given at all.
    boolean isGiven() {
        return model.isPresent() || data.isPresent() || recipe.isPresent() || template.isPresent() || now.isPresent()
                || !settings.isEmpty();
    }

    /// What is to compute, where `backend=NAME` is all that was given.
    Optional<String> backendAlone() {
        boolean isAlone = settings.size() == 1 && model.isEmpty() && data.isEmpty() && recipe.isEmpty()
                && template.isEmpty() && now.isEmpty();
        return isAlone ? BackendOption.in(settings.getFirst()) : Optional.empty();
    }

    /// @throws ParameterException if the model or the data is not named, or the recipe is not sound
    Assignment assignment() {
        String from = model.orElseThrow(() -> missing("-m MODEL"));
        Path pairs = data.orElseThrow(() -> missing("-d DATA"));
        return new Assignment(ModelPath.ofModel(from), pairs, recipe(), now.orElseGet(ModelOptions::present));
    }

    CommandLine commandLine() {
        return command.commandLine();
    }

    ParameterException missing(String option) {
        return new ParameterException(command.commandLine(), "missing: " + option);
    }

    private Recipe recipe() {
        try {
            var all = new LinkedHashMap<String, Object>(recipe.map(RecipeOptions::read).orElse(Map.of()));
            all.putAll(given());
            template.ifPresent(named -> all.put("template", named));
            return Recipe.of(all);
        } catch (IllegalArgumentException wrong) {
            throw new ParameterException(command.commandLine(), wrong.getMessage(), wrong);
        }
    }

    private Map<String, String> given() {
        var given = new LinkedHashMap<String, String>();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            if (equals < 1) {
                throw new ParameterException(command.commandLine(), "'%s' is no KEY=VALUE such as rank=16"
                        .formatted(setting));
            }
            given.put(setting.substring(0, equals), setting.substring(equals + 1));
        }
        return given;
    }

    private static Map<String, Object> read(Path file) {
        try {
            if (Files.size(file) > LONGEST_RECIPE) {
                throw new IllegalArgumentException("the recipe %s has %d bytes; at most %d are read".formatted(file,
                        Files.size(file), LONGEST_RECIPE));
            }
            var yaml = YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
            Map<String, Object> read = yaml.readValue(Files.readString(file), new TypeReference<>() { });
            return read == null ? Map.of() : read;
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("the recipe %s is no YAML of KEY: VALUE lines: %s".formatted(file,
                    malformed.getOriginalMessage().lines().findFirst().orElse("")), malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the recipe " + file, failure);
        }
    }
}
