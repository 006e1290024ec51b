package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import minarai.eval.AtomicFile;
import minarai.eval.judge.ImportedVerdicts;
import minarai.eval.judge.Judge;
import minarai.eval.judge.Judgement;
import minarai.eval.judge.Judgement.Judged;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/// `minarai judge ask`: a judge's verdicts in both orders, its faults, and its agreement with people.
@Command(name = "ask", description = "Asks a judge which answers are better, in both orders.",
        footer = {
            "",
            "A verdict that turns with the order of the answers is a tie. With labels of people the judge is "
                    + "calibrated, task by task; without them its figures are shown and cannot decide a gate. Items of "
                    + "several tasks may have the same id: verdicts and labels then name the task too.", "",
            "Example:",
            "  minarai judge ask evals/base evals/first -m models/judge --labels labels/town.jsonl -o judged"})
final class JudgeAsk implements Callable<Integer> {

    static final String FILE = "judgement.json";
    private static final int LEAST_LABELS = 2;

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

    @Option(names = "--verdicts", paramLabel = "FILE", description = "verdicts given elsewhere: JSON lines or CSV"
            + " with task, id and verdict (base, tie, tuned) or base_first and tuned_first")
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
        var human = labels.map(file -> labels(file, pairs)).orElseGet(ImportedVerdicts::none);
        OutputFolder.require(output);
        var judged = new LinkedHashMap<String, Judgement>();
        if (isAsked) {
            ask(pairs, judged);
        } else {
            var imported = read(verdicts.orElseThrow(), pairs);
            pairs.forEach(pair -> judged.put(pair.task(), imported(pair, imported)));
        }
        var report = JudgementReport.of(judged, human);
        var fields = new LinkedHashMap<String, Object>();
        fields.put("judge", verdicts.map(String::valueOf).orElseGet(model::name));
        fields.put("signature", isAsked ? ModelJudge.signature() : "judge|verdicts:imported|version:1");
        fields.putAll(report.fields());
        AtomicFile.write(output.resolve(FILE), JsonMapper.builder().build().writerWithDefaultPrettyPrinter()
                .writeValueAsString(fields) + "\n");
        if (common.isJson) {
            fields.put("file", output.resolve(FILE).toString());
            console.json(fields);
        } else {
            report.show(console);
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

    /// Labels that calibrate a judge: two at least are on items it is asked about.
    private static ImportedVerdicts labels(Path file, List<EvaluationFolder.Paired> pairs) {
        var read = read(file, pairs);
        long on = pairs.stream().flatMap(pair -> pair.pairing().results().stream()
                .filter(result -> read.on(pair.task(), result.item().id()).isPresent())).count();
        if (on < LEAST_LABELS) {
            throw new IllegalArgumentException(("%s: %s on the items of %s; needed: %d at least, with the ids of the"
                    + " samples, to compare the judge with").formatted(file, Figures.count(on, "label"),
                    pairs.stream().map(EvaluationFolder.Paired::task).collect(Collectors.joining(", ")), LEAST_LABELS));
        }
        return read;
    }

    /// Verdicts of a file that say clearly which items they are on.
    private static ImportedVerdicts read(Path file, List<EvaluationFolder.Paired> pairs) {
        var read = ImportedVerdicts.read(file);
        read.requireClear(pairs.stream().collect(Collectors.toMap(EvaluationFolder.Paired::task, pair ->
                pair.pairing().results().stream().map(result -> result.item().id()).toList())));
        return read;
    }

    private static Judgement imported(EvaluationFolder.Paired pair, ImportedVerdicts verdicts) {
        var judged = pair.pairing().results().stream().flatMap(result -> verdicts.on(pair.task(), result.item().id())
                .map(both -> new Judged(result, both.baseFirst(), both.tunedFirst())).stream()).toList();
        if (judged.isEmpty()) {
            throw new IllegalArgumentException(("no verdict is on an item of %s; their ids are to be those of the"
                    + " samples")
                    .formatted(pair.task()));
        }
        return new Judgement(judged);
    }
}
