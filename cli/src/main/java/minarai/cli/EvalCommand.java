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
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import minarai.engine.Kernels;
import minarai.engine.Numerics;
import minarai.eval.AtomicFile;
import minarai.eval.results.HarnessResult;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import minarai.eval.robust.Perturbation;
import minarai.eval.robust.Robustness;
import minarai.eval.task.AskedModel;
import minarai.eval.task.CodeRunner;
import minarai.eval.task.Drawing;
import minarai.eval.task.Kind;
import minarai.eval.task.TaskDefinition;
import minarai.eval.task.TaskRunner;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `minarai eval`: how well a model answers, or how well it expects a text.
@Command(name = "eval", description = "Measures how well a model answers pairs, or expects a text.",
        footer = {
            "",
            "A task is a file of pairs (JSON lines, JSON, CSV, TSV), which are asked; a text (.txt), which is measured "
                    + "in bits per byte and perplexity; a folder with task.yaml and items; or FORMAT:FILE, where "
                    + "FORMAT is mmlu, gsm8k, truthfulqa, lambada, bbh, jcommonsenseqa, jnli, ifeval, mt_bench, "
                    + "humaneval or jsonl.", "",
            "Examples:",
            "  minarai eval -m models/base -a runs/first -t questions.jsonl,novel.txt -o evals/first",
            "  minarai eval -m models/base -t humaneval:HumanEval.jsonl.gz --code-runner ./jail --samples 10 \\",
            "      --temperature 0.8 -o evals/code",
            "  minarai eval -m models/base -t jcommonsenseqa:valid.json --limit 100 --explain -o evals/base"})
final class EvalCommand implements Callable<Integer> {

    private static final int MAX_TOKENS = 64;
    private static final Duration CODE_LIMIT = Duration.ofSeconds(10);

    private final Console console;
    /// The model without its adapter, once a task has asked for its features.
    private Optional<Inference> base = Optional.empty();

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = {"-t", "--tasks"}, split = ",", required = true, paramLabel = "TASK",
            description = "files of pairs or of text, folders of tasks, FORMAT:FILE")
    private List<String> tasks = List.of();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR",
            description = "folder for the result files")
    private Path output = Path.of("");

    @Option(names = "--limit", paramLabel = "N", description = "ask only the first N pairs")
    private Optional<Integer> limit = Optional.empty();

    @Option(names = "--few-shot", paramLabel = "K", description = "show the first K pairs or items, which are then not "
            + "asked, before each question; otherwise none, or as many as a task says")
    private Optional<Integer> fewShot = Optional.empty();

    @Option(names = "--max-tokens", paramLabel = "N",
            description = "most tokens of an answer; otherwise 64, or as many as a task says")
    private Optional<Integer> maxTokens = Optional.empty();

    @Option(names = "--unspaced", description = "compare as fits Japanese and other text without blanks between words")
    private boolean isUnspaced;

    @Option(names = "--chat", negatable = true, description = "put the prompts of tasks into the chat template; "
            + "otherwise only those of ifeval and mt_bench")
    private Optional<Boolean> chat = Optional.empty();

    @Option(names = "--code-runner", paramLabel = "COMMAND",
            description = "run the code a model writes with this; nothing runs without it")
    private Optional<String> codeRunner = Optional.empty();

    @Option(names = "--explain", description = "ask tasks in several ways and show how the scores differ")
    private boolean isExplained;

    @Option(names = "--perturb", split = ",", paramLabel = "NAME",
            description = "ask tasks also with typos, upper_case, "
                    + "lower_case, paraphrase, long_context, injection, role_confusion; or all")
    private List<String> perturbations = List.of();

    @Option(names = "--swap", split = ",", paramLabel = "A=B",
            description = "ask tasks also with these words swapped, e.g. he=she")
    private Map<String, String> swaps = Map.of();

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "of the perturbations and of samples (${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--samples", defaultValue = "1", paramLabel = "N", description = "draw N answers to each question: "
            + "mean scores, how far they agree, and pass@k for code (${DEFAULT-VALUE})")
    private int samples;

    @Option(names = "--temperature", defaultValue = "0", paramLabel = "T",
            description = "of the answers; 0 for the most likely token (${DEFAULT-VALUE})")
    private double temperature;

    EvalCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        requireSense();
        Map<String, String> names = names();
        OutputFolder.require(output);
        Instant started = Instant.now();
        long start = System.nanoTime();
        try (var computing = backend.open(console); var opened = model.open()) {
            var source = opened.requireSource();
            Kernels kernels = computing.kernels();
            record();
            var inference = model.inference(opened, kernels, source.config().maxPositions());
            if (isExplained) {
                return explain(source, inference, kernels);
            }
            if (isPerturbed()) {
                return perturb(source, inference, kernels);
            }
            var config = new LinkedHashMap<>(Map.of("limit", limit.map(String::valueOf).orElse("none"), "numerics",
                    String.valueOf(Numerics.VERSION), "allow", String.join(",", model.allow)));
            var ready = new LinkedHashMap<String, Supplier<TaskResult>>();
            names.forEach((named, name) -> ready.put(named, ready(named, name, source, inference, kernels, config)));
            var results = new ArrayList<TaskResult>();
            ready.forEach((named, task) -> {
                console.remark("%s ...", named);
                results.add(task.get());
            });
            var template = source.template().filter(each -> results.stream().anyMatch(TaskResult::isChat));
            var result = new HarnessResult(model.name(), started, Duration.ofNanos(System.nanoTime() - start),
                    template.map(each -> each.source()), Optional.empty(), config, results);
            print(result, result.write(output));
        }
        return 0;
    }

    /// @throws ParameterException if options contradict each other or do nothing
    private void requireSense() {
        if (fewShot.orElse(0) < 0 || maxTokens.orElse(1) < 1 || limit.orElse(1) < 1) {
            throw wrong("--few-shot must be 0 or more, --max-tokens and --limit 1 or more");
        }
        if (isExplained && (isPerturbed() || chat.isPresent())) {
            throw wrong("--explain goes with neither --perturb nor --swap, which ask otherwise, nor --chat: it asks"
                    + " with and without the template");
        }
        options().idle(tasks, console).ifPresent(idle -> {
            throw wrong(idle);
        });
        if (samples > 1 && (isExplained || isPerturbed())) {
            throw wrong("--samples goes with neither --explain nor --perturb nor --swap, which ask once");
        }
        try {
            drawing();
        } catch (IllegalArgumentException unsound) {
            throw wrong(unsound.getMessage());
        }
    }

    private boolean isPerturbed() {
        return !perturbations.isEmpty() || !swaps.isEmpty();
    }

    private ParameterException wrong(String sentence) {
        return new ParameterException(command.commandLine(), sentence);
    }

    /// A task that is ready to be asked: whatever can be known to be wrong with it is found before anything is.
    private Supplier<TaskResult> ready(String named, String name, ModelSource source, Inference inference,
            Kernels kernels, Map<String, String> config) {
        Path file = Path.of(named);
        Optional<TaskDefinition> task = options().find(named);
        if (task.isPresent()) {
            var local = local(source, inference, kernels, isChat(task.get(), source));
            runner(local).require(task.get());
            return () -> asked(task.get(), local, config);
        }
        if (TextTask.isText(named)) {
            var text = new TextTask(source, inference);
            text.require(file);
            return () -> text.result(file, name);
        }
        var pairs = new PairTask(source, inference, maxTokens.orElse(MAX_TOKENS), fewShot.orElse(0), limit, drawing(),
                isUnspaced);
        pairs.require(file);
        return () -> pairs.result(file, name, console);
    }

    private TaskResult asked(TaskDefinition task, LocalModel local, Map<String, String> config) {
        TaskResult result = runner(local).result(task);
        config.put(task.name() + ".tokens_per_second", "%.0f".formatted(local.meter().tokensPerSecond()));
        return result;
    }

    /// Puts the read of a frozen part on record, before anything of it is seen.
    private void record() {
        for (String named : tasks) {
            TaskSource.files(named).forEach(file -> SplitFolder.reading(file,
                    "minarai eval -m %s -t %s -o %s".formatted(model.name(), named, output)));
        }
    }

    private TaskOptions options() {
        return new TaskOptions(maxTokens, fewShot, isUnspaced, chat);
    }

    private Drawing drawing() {
        return new Drawing(samples, temperature, seed);
    }

    private TaskRunner runner(AskedModel asked) {
        return new TaskRunner(asked, limit.map(OptionalInt::of).orElse(OptionalInt.empty()), codeRunner.map(command ->
                new CodeRunner(List.of(command.strip().split("\\s+")), CODE_LIMIT)), drawing());
    }

    private LocalModel local(ModelSource source, Inference inference, Kernels kernels, boolean isTalk) {
        return new LocalModel(source, inference, () -> base.orElseGet(() -> {
            base = Optional.of(model.adapter.isEmpty() ? inference
                    : new Inference(source.frozen(kernels, source.config().maxPositions()), kernels));
            return base.get();
        }), kernels, isTalk, console);
    }

    private boolean isChat(TaskDefinition task, ModelSource source) {
        boolean isTalk = task.kind() == Kind.INSTRUCTIONS || task.kind() == Kind.TURNS;
        return chat.orElse(isTalk && source.template().isPresent());
    }

    private int perturb(ModelSource source, Inference inference, Kernels kernels) {
        List<Perturbation> asked = perturbations.equals(List.of("all")) ? List.of(Perturbation.values())
                : perturbations.stream().map(Perturbation::named).toList();
        var ready = new LinkedHashMap<TaskDefinition, TaskRunner>();
        for (String named : tasks) {
            TaskDefinition task = requireTask(named, "--perturb");
            ready.put(task, runner(local(source, inference, kernels, isChat(task, source))));
        }
        ready.forEach((task, runner) -> runner.requireForms(task, asked, swaps, seed));
        var found = new LinkedHashMap<String, Object>();
        ready.forEach((task, runner) -> {
            var robustness = runner.robustness(task, asked, swaps, seed);
            found.put(task.name(), fields(robustness));
            if (!common.isJson) {
                console.line("%s: %.4f as it is, %.4f at worst%n%s", task.name(), robustness.plain(),
                        robustness.worst(), table(robustness));
                robustness.tooLong().forEach((name, items) -> console.line("%s: %s longer than the %,d tokens the model"
                        + " takes, and not asked so", name, Figures.count(items, "item"),
                        inference.model().maxPositions()));
            }
        });
        AtomicFile.write(output.resolve("robustness.json"), JsonMapper.builder().build().writeValueAsString(found)
                + "\n");
        if (common.isJson) {
            console.json(Map.of("tasks", found, "seed", seed, "file", output.resolve("robustness.json").toString()));
        } else {
            console.line("written to %s", output.resolve("robustness.json"));
        }
        return 0;
    }

    private static TextTable table(Robustness robustness) {
        var table = new TextTable("asked with", "items", "score", "change", "95 % interval", "other answers");
        robustness.effects().forEach((name, effect) -> table.row(name, String.valueOf(effect.items()),
                "%.4f".formatted(effect.score()), "%+.4f".formatted(effect.change().value()), "%+.4f to %+.4f"
                .formatted(effect.change().interval().low(), effect.change().interval().high()),
                "%.0f %%".formatted(100 * effect.changed())));
        return table;
    }

    private static Map<String, Object> fields(Robustness robustness) {
        var effects = new LinkedHashMap<String, Object>();
        robustness.effects().forEach((name, effect) -> effects.put(name, Map.of("items", effect.items(), "score",
                effect.score(), "change", effect.change().value(), "change_interval", List.of(effect.change()
                .interval().low(), effect.change().interval().high()), "changed", effect.changed())));
        var fields = new LinkedHashMap<String, Object>(Map.of("plain", robustness.plain(), "worst",
                robustness.worst(), "effects", effects));
        if (!robustness.tooLong().isEmpty()) {
            fields.put("too_long", robustness.tooLong());
        }
        return fields;
    }

    private TaskDefinition requireTask(String named, String option) {
        return options().find(named).orElseThrow(() -> new IllegalArgumentException(("%s needs tasks,"
                + " folders or FORMAT:FILE; %s is a file of pairs or of text").formatted(option, named)));
    }

    private int explain(ModelSource source, Inference inference, Kernels kernels) {
        boolean hasTemplate = source.template().isPresent();
        List<TaskDefinition> asked = tasks.stream().map(named -> requireTask(named, "--explain")).toList();
        asked.forEach(task -> runner(local(source, inference, kernels, hasTemplate)).require(task));
        List<Explanation> explanations = asked.stream().map(task -> Explanation.of(task, hasTemplate,
                isChat -> local(source, inference, kernels, isChat), this::runner)).toList();
        Path file = output.resolve("explanation.json");
        var found = Map.of("explanations", explanations.stream().map(Explanation::fields).toList());
        AtomicFile.write(file, JsonMapper.builder().build().writeValueAsString(found) + "\n");
        if (common.isJson) {
            console.json(found);
        } else {
            explanations.forEach(explanation -> explanation.show(console));
            console.line("written to %s", file);
        }
        return 0;
    }

    /// A name for each task: its own, or the file's without its ending.
    private Map<String, String> names() {
        var names = new LinkedHashMap<String, String>();
        var taken = new LinkedHashSet<String>();
        for (String named : tasks) {
            String name = TaskSource.find(named).map(TaskDefinition::name)
                    .orElseGet(() -> TaskSource.name(Path.of(named)));
            if (name.isEmpty() || !taken.add(name)) {
                throw new IllegalArgumentException(("the tasks need names of their own, which are those of their"
                        + " files; '%s' of %s is %s").formatted(name, named, name.isEmpty() ? "empty" : "taken"));
            }
            names.put(named, name);
        }
        return names;
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
