package minarai.cli;

import java.util.Optional;
import picocli.CommandLine.Option;

/// The option that says whether results are in colour.
final class ColorOption {

    /// When results are in colour.
    enum When { AUTO, ALWAYS, NEVER }

    @Option(names = "--color", defaultValue = "auto", paramLabel = "WHEN",
            description = "colours: always, never, or auto for a terminal without NO_COLOR in the environment (auto)")
    private When when = When.AUTO;

    /// @param console     whose results are coloured
    /// @param environment the value of NO_COLOR, see <a href="https://no-color.org">no-color.org</a>
    Ink ink(Console console, Optional<String> environment) {
        boolean isUnwanted = environment.filter(value -> !value.isEmpty()).isPresent();
        return new Ink(switch (when) {
            case ALWAYS -> true;
            case NEVER -> false;
            case AUTO -> console.isOutTerminal() && !isUnwanted;
        });
    }

    Ink ink(Console console) {
        return ink(console, Optional.ofNullable(System.getenv("NO_COLOR")));
    }
}
