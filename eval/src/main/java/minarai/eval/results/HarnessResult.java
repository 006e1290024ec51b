package minarai.eval.results;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.eval.AtomicFile;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// An evaluation as lm-evaluation-harness writes it.
///
/// @param modelName         the model's folder or name, with its adapter where there is one
/// @param started           when it began
/// @param took              how long it took
/// @param chatTemplate      the template that prompts were put into; which tasks' is in the settings of each
/// @param systemInstruction the system message
/// @param config            how the model was run: seed, backend, limits …
/// @param tasks             in the order they were asked for
/// @see <a href="https://github.com/EleutherAI/lm-evaluation-harness">lm_eval/loggers/evaluation_tracker.py</a>
public record HarnessResult(String modelName, Instant started, Duration took, Optional<String> chatTemplate,
        Optional<String> systemInstruction, Map<String, String> config, List<TaskResult> tasks) {

    private static final DateTimeFormatter FILE_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH-mm-ss.SSSSSS", Locale.ROOT);
    private static final String SOURCE = "minarai";

    public HarnessResult {
        config = Map.copyOf(config);
        tasks = List.copyOf(tasks);
    }

    /// Where an evaluation was written.
    ///
    /// @param results the result object
    /// @param samples one file a task that has answers
    public record Files(Path results, List<Path> samples) {
    }

    /// Writes `results_<time>.json` and `samples_<task>_<time>.jsonl`; the results last, so that where they are
    /// everything is.
    ///
    /// @throws java.io.UncheckedIOException if the disk refuses
    public Files write(Path folder) {
        String time = FILE_TIME.format(LocalDateTime.ofInstant(started, ZoneOffset.UTC));
        List<Path> samples = tasks.stream().filter(task -> !task.answered().isEmpty()).map(task -> {
            Path file = folder.resolve("samples_" + task.task() + "_" + time + ".jsonl");
            AtomicFile.write(file, Samples.lines(task));
            return file;
        }).toList();
        Path results = folder.resolve("results_" + time + ".json");
        var printer = JsonMapper.builder().build().writerWithDefaultPrettyPrinter();
        AtomicFile.write(results, printer.writeValueAsString(json()).replace("\r\n", "\n") + "\n");
        return new Files(results, samples);
    }

    /// The result object.
    public ObjectNode json() {
        var root = JsonNodeFactory.instance.objectNode();
        var results = root.putObject("results");
        root.putObject("groups");
        var subtasks = root.putObject("group_subtasks");
        var configs = root.putObject("configs");
        var versions = root.putObject("versions");
        var shots = root.putObject("n-shot");
        var directions = root.putObject("higher_is_better");
        var samples = root.putObject("n-samples");
        var hashes = JsonNodeFactory.instance.objectNode();
        for (var task : tasks) {
            putFigures(results.putObject(task.task()), task);
            subtasks.putArray(task.task());
            putConfig(configs.putObject(task.task()), task);
            versions.put(task.task(), task.version());
            shots.put(task.task(), task.shots());
            var direction = directions.putObject(task.task());
            task.measures().forEach(measure -> direction.put(measure.name(), measure.higherIsBetter()));
            samples.putObject(task.task()).put("original", task.original()).put("effective", effective(task));
            hashes.put(task.task(), Samples.taskHash(task));
        }
        var how = root.putObject("config").put("model", SOURCE).put("model_args", "pretrained=" + modelName);
        new TreeMap<>(config).forEach(how::put);
        root.putNull("git_hash");
        root.put("date", started.toEpochMilli() / 1000.0);
        root.set("task_hashes", hashes);
        putModel(root);
        return root;
    }

    private void putModel(ObjectNode root) {
        root.put("model_source", SOURCE).put("model_name", modelName)
                .put("model_name_sanitized", modelName.replaceAll("[\"<>:/|\\\\?*\\[\\]]+", "__"));
        putWithHash(root, "system_instruction", systemInstruction);
        root.put("fewshot_as_multiturn", false);
        putWithHash(root, "chat_template", chatTemplate);
        double start = started.toEpochMilli() / 1000.0;
        root.put("start_time", start).put("end_time", start + took.toMillis() / 1000.0);
        root.put("total_evaluation_time_seconds", String.format(Locale.ROOT, "%.3f", took.toMillis() / 1000.0));
    }

    private static void putWithHash(ObjectNode root, String key, Optional<String> text) {
        text.ifPresentOrElse(present -> root.put(key, present).put(key + "_sha", Samples.sha256(present)),
                () -> root.putNull(key).putNull(key + "_sha"));
    }

    private static void putFigures(ObjectNode figures, TaskResult task) {
        figures.put("alias", task.alias());
        for (var measure : task.measures()) {
            putFinite(figures, measure.name() + ",none", measure.value());
            putFinite(figures, measure.name() + "_stderr,none", measure.standardError().orElse(Double.NaN));
        }
    }

    private static void putFinite(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.put(key, "N/A");
        }
    }

    private static void putConfig(ObjectNode config, TaskResult task) {
        config.put("task", task.task()).put("task_alias", task.alias())
                .put("output_type", task.settings().getOrDefault("output_type",
                        task.answered().isEmpty() ? "loglikelihood_rolling" : "generate_until"))
                .put("repeats", repeats(task)).put("num_fewshot", task.shots()).put(TaskResult.CHAT, task.isChat());
        var metrics = config.putArray("metric_list");
        for (var measure : task.measures()) {
            metrics.addObject().put("metric", measure.name()).put("aggregation", "mean")
                    .put("higher_is_better", measure.higherIsBetter()).put("signature", measure.signature());
        }
        var metadata = config.putObject("metadata").put("version", task.version());
        task.orderedSettings().forEach(metadata::put);
    }

    private static int repeats(TaskResult task) {
        return task.answered().stream().mapToInt(one -> one.answer().texts().size()).max().orElse(1);
    }

    private static int effective(TaskResult task) {
        return task.answered().isEmpty() ? task.original() : task.answered().size();
    }
}
