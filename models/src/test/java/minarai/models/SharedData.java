package minarai.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/// Real models and goldens that are not part of the project: `../shared/data` beside the checkout. A test that asks for
/// what is not there is skipped and says so.
public final class SharedData {

    private SharedData() {
    }

    public static Path path(String name) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path data = folder.resolveSibling("shared").resolve("data");
            if (folder.getFileName() != null && Files.exists(data.resolve(name))) {
                return data.resolve(name);
            }
        }
        return Assumptions.abort("skipped: ../shared/data/" + name + " is not here");
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
