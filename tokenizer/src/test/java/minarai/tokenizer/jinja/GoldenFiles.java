package minarai.tokenizer.jinja;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Assumptions;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Goldens that other programs made, in a folder `shared/data` beside the project.
public final class GoldenFiles {
    private static final JsonMapper MAPPER = new JsonMapper();

    private GoldenFiles() {
    }

    /// The file under `shared/data/goldens`; the test is skipped by name where it is absent.
    public static Path path(String name) {
        Optional<Path> found = Optional.empty();
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && found.isEmpty()) {
            found = Optional.of(folder.resolve("shared/data/goldens").resolve(name)).filter(Files::exists);
            folder = folder.getParent();
        }
        Assumptions.assumeTrue(found.isPresent(), "no golden " + name + " in a shared/data beside the project");
        return found.orElseThrow();
    }

    public static String text(String name) {
        try {
            return Files.readString(path(name));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public static JsonNode json(String name) {
        return MAPPER.readTree(text(name));
    }

    public static List<JsonNode> jsonLines(String name) {
        var lines = new ArrayList<JsonNode>();
        text(name).lines().filter(line -> !line.isBlank()).forEach(line -> lines.add(MAPPER.readTree(line)));
        return lines;
    }
}
