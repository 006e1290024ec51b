package minarai.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Real models and goldens that are not part of the project: `../shared/data` beside the checkout. A test that asks for
/// what is not there is skipped and says so.
public final class SharedData {

    private SharedData() {
    }

    /// A file or folder of the data.
    public static Path path(String name) {
        return find(name).orElseGet(() -> Assumptions.abort("skipped: ../shared/data/" + name + " is not here"));
    }

    private static Optional<Path> find(String name) {
        for (Path up = Path.of("").toAbsolutePath(); up.getFileName() != null; up = up.getParent()) {
            Path path = up.resolveSibling("shared").resolve("data").resolve(name);
            if (Files.exists(path)) {
                return Optional.of(path);
            }
        }
        return Optional.empty();
    }

    /// The folders of a folder that hold a file, and those that are known to be wanted.
    public static SortedSet<String> folders(String name, String file, List<String> wanted) {
        var folders = new TreeSet<>(wanted);
        find(name).ifPresent(parent -> {
            try (var inside = Files.list(parent)) {
                inside.filter(each -> Files.exists(each.resolve(file)))
                        .forEach(each -> folders.add(each.getFileName().toString()));
            } catch (IOException failure) {
                throw new UncheckedIOException("listing " + parent, failure);
            }
        });
        return folders;
    }

    public static JsonNode json(String name) {
        return new ObjectMapper().readTree(path(name).toFile());
    }

    public static int[] ints(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::asInt).toArray();
    }

    public static double[] doubles(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToDouble(JsonNode::asDouble).toArray();
    }
}
