package minarai.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.engine.Numerics;
import minarai.eval.results.HarnessResult;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;

/// `minarai eval`: how well a model answers, or how well it expects a text.
@Command(name = "eval", description = "Measures how well a model answers pairs, or expects a text.%n",
        footer = {"", "A task is a file: pairs (JSON lines, JSON, CSV, TSV) are asked and the answers compared with",
            "those expected; a text (.txt) is measured in bits per byte and perplexity.", "", "Example:",
            "  minarai eval -m models/base -a runs/first -t questions.jsonl,novel.txt -o evals/first"})
final class EvalCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Option(names = {"-t", "--tasks"}, split = ",", required = true, paramLabel = "TASK",
            description = "files of pairs or of text")
    private List<Path> tasks = List.of();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR", description = "folder for the result files")
    private Path output = Path.of("");

    @Option(names = "--limit", paramLabel = "N", description = "ask only the first N pairs")
    private Optional<Integer> limit = Optional.empty();

    @Option(names = "--few-shot", defaultValue = "0", paramLabel = "K",
            description = "show the first K pairs, which are then not asked, before each question (${DEFAULT-VALUE})")
    private int fewShot;

    @Option(names = "--max-tokens", defaultValue = "64", paramLabel = "N",
            description = "most tokens of an answer (${DEFAULT-VALUE})")
    private int maxTokens;

    @Option(names = "--unspaced", description = "compare as fits Japanese and other text without blanks between words")
    private boolean isUnspaced;

    EvalCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (fewShot < 0 || limit.orElse(1) < 1) {
            throw new IllegalArgumentException("--few-shot must be 0 or more and --limit 1 or more");
        }
        Map<Path, String> names = names();
        Instant started = Instant.now();
        long start = System.nanoTime();
        try (var backend = Backend.open(model.backend, console); var opened = model.open()) {
            var source = opened.requireSource();
            var inference = model.inference(opened, backend.kernels(), source.config().maxPositions());
            var pairs = new PairTask(source, inference, maxTokens, fewShot, limit, isUnspaced);
            var texts = new TextTask(source, inference);
            var results = new ArrayList<TaskResult>();
            names.forEach((file, name) -> {
                console.remark("%s ...", file);
                results.add(isText(file) ? texts.result(file, name) : pairs.result(file, name, console));
            });
            var result = new HarnessResult(model.name(), started, Duration.ofNanos(System.nanoTime() - start),
                    source.template().map(template -> template.source()),
                    Optional.empty(), Map.of("limit", limit.map(String::valueOf).orElse("none"),
                    "numerics", String.valueOf(Numerics.VERSION), "allow", String.join(",", model.allow)), results);
            print(result, result.write(output));
        }
        return 0;
    }

    /// A name for each task: the file's, without its ending.
    private Map<Path, String> names() {
        var names = new LinkedHashMap<Path, String>();
        var taken = new LinkedHashSet<String>();
        for (Path file : tasks) {
            String name = file.getFileName().toString().replaceFirst("\\.[A-Za-z0-9]+$", "")
                    .replaceAll("[^A-Za-z0-9._-]", "_").replaceFirst("^[._-]+", "");
            if (name.isEmpty() || !taken.add(name)) {
                throw new IllegalArgumentException(("the tasks need names of their own, which are those of their files; "
                        + "'%s' of %s is %s").formatted(name, file, name.isEmpty() ? "empty" : "taken"));
            }
            names.put(file, name);
        }
        return names;
    }

    private static boolean isText(Path file) {
        return file.getFileName().toString().endsWith(".txt");
    }

    private void print(HarnessResult result, HarnessResult.Files files) {
        if (common.isJson) {
            ObjectNode json = result.json();
            json.put("file", files.results().toString());
            console.out().println(json);
            return;
        }
        var table = new TextTable("task", "measure", "value", "± standard error", "items");
        for (TaskResult task : result.tasks()) {
            for (Measure measure : task.measures()) {
                table.row(task.task(), measure.name(), "%.4f".formatted(measure.value()),
                        measure.standardError().isPresent()
                                ? "%.4f".formatted(measure.standardError().getAsDouble()) : "",
                        task.answered().isEmpty() ? "" : String.valueOf(task.answered().size()));
            }
        }
        console.line("%s", table);
        console.line("written to %s", files.results());
    }
}
