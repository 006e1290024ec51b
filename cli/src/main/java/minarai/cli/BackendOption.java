package minarai.cli;

import java.util.Map;
import java.util.Optional;
import minarai.train.Recipe;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// What computes, for commands without a recipe: `--backend NAME`, or after all else `backend=NAME` as recipes have it.
final class BackendOption {

    private static final String KEY = "backend=";

    @Spec(Spec.Target.MIXEE)
    private CommandSpec command = CommandSpec.create();

    @Option(names = "--backend", paramLabel = "NAME",
            description = "the same as an option; otherwise as the recipe of a run says, or cpu")
    private Optional<String> named = Optional.empty();

    @Parameters(index = "+", arity = "0..1", paramLabel = "backend=NAME", description = "what computes, as recipes "
            + "say it: cpu, opencl, or opencl:N for another device; opencl+host where the host may help")
    private Optional<String> setting = Optional.empty();

    /// The backend that a word of a recipe names, if it is about that at all.
    static Optional<String> in(String setting) {
        return Optional.of(setting).filter(word -> word.startsWith(KEY)).map(word -> word.substring(KEY.length()));
    }

    /// What was asked for.
    ///
    /// @throws ParameterException if both ways were taken, or the word is about something else
    Optional<String> name() {
        if (setting.isEmpty()) {
            return named;
        }
        String word = setting.get();
        if (named.isPresent()) {
            throw new ParameterException(command.commandLine(),
                    "--backend %s and %s both say what computes; give one of them".formatted(named.get(), word));
        }
        return Optional.of(in(word).orElseThrow(() -> new ParameterException(command.commandLine(),
                "'%s' is no backend=NAME such as backend=opencl".formatted(word))));
    }

    /// On all threads of this machine; the CPU where nothing was asked for.
    Backend open(Console console) {
        return Backend.open(nameOrCpu(), console);
    }

    String nameOrCpu() {
        return name().orElse(Recipe.CPU);
    }

    /// A recipe that is computed as asked, otherwise as it says itself.
    Recipe over(Recipe recipe) {
        return name().map(chosen -> recipe.with(Map.of("backend", chosen))).orElse(recipe);
    }
}
