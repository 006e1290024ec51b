package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import minarai.eval.AtomicFile;
import minarai.eval.judge.Calibration;
import minarai.eval.judge.ImportedVerdicts;
import minarai.eval.judge.Judge;
import minarai.eval.judge.Judgement;
import minarai.eval.judge.Judgement.Judged;
import minarai.eval.judge.Verdict;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.LengthControlled;
import minarai.eval.statistics.Observation;
import minarai.eval.statistics.Power;
import minarai.eval.statistics.PredictionPowered;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/// `minarai judge ask`: a judge's verdicts in both orders, its faults, and its agreement with people.
@Command(name = "ask", description = "Asks a judge which answers are better, in both orders.%n",
        footer = {"", "A verdict that turns with the order of the answers is a tie. With labels of people the judge is",
            "calibrated, task by task; without them its figures are shown and cannot decide a gate. Items of several",
            "tasks may have the same id: verdicts and labels then name the task too.", "", "Example:",
            "  minarai judge ask evals/base evals/first -m models/judge --labels labels/town.jsonl -o judged"})
final class JudgeAsk implements Callable<Integer> {

    static final String FILE = "judgement.json";
    private static final int LEAST_FOR_LENGTH = 10;
    private static final int LEAST_FOR_POWERED = 5;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "EVAL_A", description = "folder of an evaluation, or a samples file")
    private Path base = Path.of("");

    @Parameters(index = "1", paramLabel = "EVAL_B", description = "the same of the other model")
    private Path tuned = Path.of("");

    @ArgGroup(exclusive = false, heading = "The judge, where verdicts are not given elsewhere:%n")
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = "--verdicts", paramLabel = "FILE", description = "verdicts given elsewhere: JSON lines or CSV with task, "
            + "id and verdict (base, tie, tuned) or base_first and tuned_first")
    private Optional<Path> verdicts = Optional.empty();

    @Option(names = "--labels", paramLabel = "FILE", description = "labels of people, to calibrate the judge")
    private Optional<Path> labels = Optional.empty();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR", description = "folder for the judgement")
    private Path output = Path.of("");

    JudgeAsk(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        boolean isAsked = !model.model.isEmpty();
        if (isAsked == verdicts.isPresent()) {
            throw new IllegalArgumentException("name either a judge (-m MODEL) or verdicts given elsewhere "
                    + "(--verdicts FILE)");
        }
        var pairs = EvaluationFolder.questions(base, tuned);
        var judged = new LinkedHashMap<String, Judgement>();
        if (isAsked) {
            ask(pairs, judged);
        } else {
            var imported = read(verdicts.orElseThrow(), pairs);
            pairs.forEach(pair -> judged.put(pair.task(), imported(pair, imported)));
        }
        var human = labels.map(file -> read(file, pairs)).orElseGet(ImportedVerdicts::none);
        var calibration = calibration(judged, human);
        var tasks = new LinkedHashMap<String, Object>();
        judged.forEach((task, judgement) -> {
            var found = fields(judgement, ratings(task, judgement, human));
            found.put("is_calibrated", isCalibrated(calibration, task));
            tasks.put(task, found);
        });
        var fields = new LinkedHashMap<String, Object>();
        fields.put("judge", verdicts.map(String::valueOf).orElseGet(model::name));
        fields.put("signature", isAsked ? ModelJudge.signature() : "judge|verdicts:imported|version:1");
        fields.put("is_calibrated", judged.keySet().stream().allMatch(task -> isCalibrated(calibration, task)));
        calibration.ifPresent(found -> fields.put("calibration", fields(found)));
        fields.put("tasks", tasks);
        AtomicFile.write(output.resolve(FILE), JsonMapper.builder().build().writerWithDefaultPrettyPrinter()
                .writeValueAsString(fields) + "\n");
        if (common.isJson) {
            fields.put("file", output.resolve(FILE).toString());
            console.json(fields);
        } else {
            judged.forEach((task, judgement) -> show(task, judgement, ratings(task, judgement, human)));
            showCalibration(calibration, judged);
            console.line("written to %s", output.resolve(FILE));
        }
        return 0;
    }

    private void ask(List<EvaluationFolder.Paired> pairs, Map<String, Judgement> judged) {
        try (var computing = backend.open(console); var opened = model.open()) {
            var source = opened.requireSource();
            var kernels = computing.kernels();
            var inference = model.inference(opened, kernels, source.config().maxPositions());
            Judge judge = new ModelJudge(new LocalModel(source, inference, () -> inference, kernels, false, console));
            pairs.forEach(pair -> judged.put(pair.task(), Judgement.of(judge, pair.pairing().results())));
        }
    }

    /// Verdicts of a file that say clearly which items they are on.
    private static ImportedVerdicts read(Path file, List<EvaluationFolder.Paired> pairs) {
        var read = ImportedVerdicts.read(file);
        read.requireClear(pairs.stream().collect(Collectors.toMap(EvaluationFolder.Paired::task, pair ->
                pair.pairing().results().stream().map(result -> result.item().id()).toList())));
        return read;
    }

    private static boolean isCalibrated(Optional<Calibration> calibration, String task) {
        return calibration.map(found -> found.isSufficient(task)).orElse(false);
    }

    private static Judgement imported(EvaluationFolder.Paired pair, ImportedVerdicts verdicts) {
        var judged = pair.pairing().results().stream().flatMap(result -> verdicts.on(pair.task(), result.item().id())
                .map(both -> new Judged(result, both.baseFirst(), both.tunedFirst())).stream()).toList();
        if (judged.isEmpty()) {
            throw new IllegalArgumentException(("no verdict is on an item of %s; their ids are to be those of the samples")
                    .formatted(pair.task()));
        }
        return new Judgement(judged);
    }

    private static Optional<Calibration> calibration(Map<String, Judgement> judged, ImportedVerdicts human) {
        var rated = new ArrayList<Calibration.Rated>();
        judged.forEach((task, judgement) -> judgement.judged().forEach(one -> {
            String id = one.result().item().id();
            human.on(task, id).ifPresent(label -> rated.add(new Calibration.Rated(task, id, label.baseFirst().score(),
                    one.verdict().score())));
        }));
        return human.verdicts().isEmpty() ? Optional.empty() : Optional.of(Calibration.of(rated));
    }

    private static Map<String, Object> fields(Judgement judgement, Ratings ratings) {
        var estimate = judgement.winRate(Bootstrap.standard(1));
        var fields = new LinkedHashMap<String, Object>();
        fields.put("items", judgement.judged().size());
        fields.put("win_rate", estimate.value());
        fields.put("interval", List.of(estimate.interval().low(), estimate.interval().high()));
        fields.put("wins", judgement.count(Verdict.TUNED));
        fields.put("ties", judgement.count(Verdict.TIE));
        fields.put("losses", judgement.count(Verdict.BASE));
        fields.put("p", judgement.test().p());
        fields.put("order_consistency", judgement.orderConsistency());
        fields.put("first_preferred", judgement.firstPreferred());
        if (judgement.judged().size() >= LEAST_FOR_LENGTH) {
            var controlled = judgement.lengthControlled();
            fields.put("length_controlled_win_rate", controlled.controlled());
            fields.put("longer_preferred", controlled.longerPreferred());
        }
        ratings.powered().ifPresent(found -> fields.put("prediction_powered", Map.of("win_rate", found.mean(),
                "interval", List.of(found.interval().low(), found.interval().high()), "lambda", found.lambda(), "method",
                found.method())));
        ratings.ofPeople().ifPresent(found -> fields.put("people", Map.of("items", found.items(), "win_rate", found.value(),
                "interval", List.of(found.interval().low(), found.interval().high()))));
        fields.put("flags", judgement.flags().stream().map(flag -> Map.of("name", flag.name(), "meaning", flag.meaning()))
                .toList());
        return fields;
    }

    /// What people and the judge said of the items of a task.
    ///
    /// @param labelled what people said, with the clusters of the items
    /// @param machine  what the judge said of the same items
    /// @param others   what it said of the items that people did not label
    private record Ratings(List<Observation> labelled, List<Double> machine, List<Double> others) {

        /// What people would say of all items, from those they labelled; these have to have been drawn at random.
        Optional<PredictionPowered> powered() {
            return labelled.size() < LEAST_FOR_POWERED || others.size() < 2 ? Optional.empty()
                    : Optional.of(PredictionPowered.tuned(labelled.stream().map(Observation::value).toList(), machine, others,
                    0.95, 1));
        }

        /// What people said themselves.
        Optional<Estimate> ofPeople() {
            return labelled.isEmpty() ? Optional.empty() : Optional.of(Bootstrap.standard(1).score(labelled));
        }
    }

    private static Ratings ratings(String task, Judgement judgement, ImportedVerdicts human) {
        var ratings = new Ratings(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        judgement.judged().forEach(one -> {
            var item = one.result().item();
            var label = human.on(task, item.id());
            label.ifPresent(both -> ratings.labelled.add(new Observation(item.cluster(), both.baseFirst().score())));
            (label.isPresent() ? ratings.machine : ratings.others).add(one.verdict().score());
        });
        return ratings;
    }

    private static Map<String, Object> fields(Calibration calibration) {
        var tasks = new LinkedHashMap<String, Object>();
        calibration.tasks().forEach((task, agreed) -> tasks.put(task, fields(agreed)));
        return Map.of("tasks", tasks, "pooled", fields(calibration.pooled()));
    }

    private static Map<String, Object> fields(Calibration.Agreed agreed) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("items", agreed.items());
        fields.put("agreement", agreed.agreement());
        fields.put("interval", List.of(agreed.interval().low(), agreed.interval().high()));
        if (Double.isFinite(agreed.cohen())) {
            fields.put("cohen", agreed.cohen());
            fields.put("krippendorff", agreed.krippendorff());
        }
        if (Double.isFinite(agreed.correlation().spearman())) {
            fields.put("spearman", agreed.correlation().spearman());
            fields.put("kendall", agreed.correlation().kendall());
        }
        return fields;
    }

    private void show(String task, Judgement judgement, Ratings ratings) {
        var estimate = judgement.winRate(Bootstrap.standard(1));
        console.line("%s, %s", task, Figures.count(judgement.judged().size(), "pair"));
        console.line("  %s", Power.standard().statement(judgement.judged().size()));
        console.line("  B wins %.3f of them (%.3f to %.3f; %d won, %d tied, %d lost, p %.4f)", estimate.value(),
                estimate.interval().low(), estimate.interval().high(), judgement.count(Verdict.TUNED),
                judgement.count(Verdict.TIE), judgement.count(Verdict.BASE), judgement.test().p());
        if (judgement.judged().size() >= LEAST_FOR_LENGTH) {
            LengthControlled controlled = judgement.lengthControlled();
            console.line("  at equal lengths %.3f; the longer answer is preferred in %.0f %%", controlled.controlled(),
                    100 * controlled.longerPreferred());
        }
        ratings.powered().ifPresent(found -> console.line("  people would say %.3f (%.3f to %.3f), if the labelled "
                + "items were drawn at random", found.mean(), found.interval().low(), found.interval().high()));
        judgement.flags().forEach(flag -> console.line("  doubtful: %s", flag.meaning()));
    }

    private void showCalibration(Optional<Calibration> calibration, Map<String, Judgement> judged) {
        if (calibration.isEmpty()) {
            console.line("The judge was not calibrated on labels of people (--labels), so it cannot decide a gate.");
            return;
        }
        var table = new TextTable("agreement with people", "items", "alike", "Cohen", "Krippendorff", "Spearman", "Kendall");
        calibration.get().tasks().forEach((task, agreed) -> row(table, task, agreed));
        row(table, "all together", calibration.get().pooled());
        console.line("%s", table);
        judged.forEach((task, judgement) -> console.line("%s: %s", task, !calibration.get().isSufficient(task)
                ? "that is not enough to decide a gate; %d labels of this task and a kappa of %.1f are needed.".formatted(
                Calibration.LEAST_ITEMS, Calibration.LEAST_KAPPA) : judgement.flags().isEmpty()
                ? "what people would say may decide a gate." : "the judge is doubtful, so it cannot decide a gate."));
    }

    private static void row(TextTable table, String name, Calibration.Agreed agreed) {
        table.row(name, String.valueOf(agreed.items()), "%.3f".formatted(agreed.agreement()),
                Double.isFinite(agreed.cohen()) ? "%.3f".formatted(agreed.cohen()) : "undefined",
                Double.isFinite(agreed.krippendorff()) ? "%.3f".formatted(agreed.krippendorff()) : "undefined",
                "%.3f".formatted(agreed.correlation().spearman()),
                "%.3f".formatted(agreed.correlation().kendall()));
    }
}
