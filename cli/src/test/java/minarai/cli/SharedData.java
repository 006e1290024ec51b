package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Test data that lies beside the repository, in `../shared/data`; tests that need it are skipped where it is absent.
final class SharedData {

    static final String STORIES = "models/TinyStories-656K-hf";

    /// Between turns this writes a blank before the special token, without which the tokenizer of the model does not
    /// see the token.
    static final String TEMPLATE = """
            {%- for message in messages -%}
            {%- if message.role == 'assistant' -%}{{ message.content }} {{ eos_token }}
            {%- else -%}{{ bos_token }}{{ message.content }} {{ bos_token }}{%- endif -%}
            {%- endfor -%}
            """;

    private SharedData() {
    }

    static Path at(String path) {
        Optional<Path> found = Stream.iterate(Optional.of(Path.of("").toAbsolutePath()),
                        Optional::isPresent, folder -> folder.map(Path::getParent))
                .flatMap(Optional::stream)
                .map(folder -> folder.resolve("../shared/data").normalize().resolve(path))
                .filter(Files::exists)
                .findFirst();
        Assumptions.assumeTrue(found.isPresent(), "no ../shared/data/" + path + " beside the repository");
        return found.get();
    }
}
