package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import minarai.eval.task.Format;
import minarai.eval.task.TaskDefinition;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// Finds the task that a user names: a folder with `task.yaml` or `task.json`, or a file of items with its format
/// before it, as in `gsm8k:test.jsonl`. Everything else is a file of pairs or of text.
final class TaskSource {

    private static final Pattern OF_FORMAT = Pattern.compile("([a-z0-9_]+):(.+)");
    private static final long MAX_BYTES = 1 << 20;

    private TaskSource() {
    }

    /// @throws IllegalArgumentException if the task file is not sound
    static Optional<TaskDefinition> find(String named) {
        Path path = Path.of(named);
        if (Files.isDirectory(path)) {
            return Optional.of(inFolder(path));
        }
        Matcher prefixed = OF_FORMAT.matcher(named);
        if (Files.exists(path) || !prefixed.matches()) {
            return Optional.empty();
        }
        Path items = Path.of(prefixed.group(2));
        return Optional.of(TaskDefinition.of(name(items), Format.named(prefixed.group(1)), items, 0));
    }

    /// The files that are read for what a user names.
    ///
    /// @throws IllegalArgumentException if the task file is not sound
    static List<Path> files(String named) {
        return find(named).map(task -> Stream.concat(Stream.of(task.items()), task.shotsFrom().stream())
                .toList())
                .orElseGet(() -> List.of(Path.of(named)));
    }

    /// The file's name without its ending, as a name of a task.
    static String name(Path file) {
        return file.getFileName().toString().replaceFirst("(\\.jsonl)?\\.[A-Za-z0-9]+$", "")
                .replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[._-]+", "");
    }

    private static TaskDefinition inFolder(Path folder) {
        Path yaml = folder.resolve("task.yaml");
        Path file = Files.exists(yaml) ? yaml : folder.resolve("task.json");
        try {
            if (!Files.exists(file) || Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(("%s is no task: it needs a task.yaml or task.json of at most %d"
                        + " bytes that names format, items and version").formatted(folder, MAX_BYTES));
            }
            String text = Files.readString(file);
            JsonNode fields = file.equals(yaml)
                    ? YAMLMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build().readTree(text)
                    : JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build().readTree(text);
            return TaskDefinition.of(fields, folder);
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("%s: %s".formatted(file, malformed.getOriginalMessage()), malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }
}
