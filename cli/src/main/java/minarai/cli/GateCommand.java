package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import minarai.eval.Answered;
import minarai.eval.gate.Decisions;
import minarai.eval.gate.Gate;
import minarai.eval.gate.Gate.Figure;
import minarai.eval.gate.Gate.Outcome;
import minarai.eval.gate.Kpi;
import minarai.eval.results.Samples;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Interval;
import minarai.eval.statistics.PredictionPowered;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// `minarai gate`: go, extend or stop, by thresholds that were set beforehand, signed by a person.
@Command(name = "gate",
        description = "Says go, extend or stop by thresholds set beforehand, and records who decided.",
        footer = {"", "Exit code 0 is go, 3 anything else. kpi.yaml:", "  kpis:",
            "    - {task: town, metric: exact_match, threshold: 0.8, cost_of_error: high, owner: Aki Mori}",
            "    - {task: prose, metric: bits_per_byte, at_most: 1.6, cost_of_error: low, owner: Aki Mori}", "",
            "Example:", "  minarai gate evals/first --kpi kpi.yaml --judgement judged --signed-by 'Aki Mori'"})
final class GateCommand implements Callable<Integer> {

    /// What is measured on a text as a whole, and so has no interval.
    private static final Set<String> OF_TEXTS = Set.of("bits_per_byte", "perplexity");

    private final Console console;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "EVAL", description = "folder of the evaluation that is to be decided on")
    private Path evaluation = Path.of("");

    @Option(names = "--kpi", paramLabel = "FILE", description = "thresholds, set before anything was measured")
    private Optional<Path> kpi = Optional.empty();

    @Option(names = "--judgement", paramLabel = "DIR",
            description = "folder that judge ask wrote; what people would say by it is the metric judge")
    private Optional<Path> judgement = Optional.empty();

    @Option(names = "--signed-by", paramLabel = "NAME", description = "who decides; without a name nothing is recorded")
    private Optional<String> person = Optional.empty();

    @Option(names = "--decision", paramLabel = "OUTCOME",
            description = "go, extend or stop, where the person decides otherwise than the thresholds say")
    private Optional<Outcome> decision = Optional.empty();

    @Option(names = {"-r", "--record"}, paramLabel = "DIR",
            description = "folder of the record; that of the evaluation otherwise")
    private Optional<Path> record = Optional.empty();

    @Option(names = "--key-file", paramLabel = "FILE",
            description = "a secret; the line then carries an HMAC made with it")
    private Optional<Path> key = Optional.empty();

    GateCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (decision.isPresent() && person.isEmpty()) {
            throw new ParameterException(command.commandLine(), ("--decision %s is a person's, and nobody signed it;"
                    + " add --signed-by NAME").formatted(decision.get().label()));
        }
        if (kpi.isEmpty()) {
            String sentence = "No decision can be made: there are no thresholds that were set beforehand (--kpi"
                    + " kpi.yaml).";
            if (common.isJson) {
                console.json(Map.of("recommended", "none", "reasons", List.of(sentence)));
            } else {
                console.line("%s", sentence);
            }
            return Failures.REFUSED;
        }
        String thresholds = InputLines.text(kpi.get());
        var evidence = JsonNodeFactory.instance.objectNode().put("kpi_sha256", Decisions.sha256(thresholds));
        Gate gate = Gate.of(kpis(thresholds, kpi.get()), figures(evidence));
        Outcome outcome = decision.orElse(gate.outcome());
        Path folder = record.orElse(evaluation);
        var line = person.map(name -> Decisions.read(folder)
                .decide(folder, gate, outcome, name, evidence, Instant.now(),
                key.map(file -> InputLines.text(file).strip())));
        print(gate, outcome, folder, line);
        return outcome == Outcome.GO ? 0 : Failures.REFUSED;
    }

    private static List<Kpi> kpis(String text, Path file) {
        try {
            return Kpi.list(YAMLMapper.builder().build().readTree(text));
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("%s: %s".formatted(file, malformed.getOriginalMessage()), malformed);
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("%s: %s".formatted(file, wrong.getMessage()), wrong);
        }
    }

    private Map<String, Figure> figures(ObjectNode evidence) {
        var figures = new LinkedHashMap<String, Figure>();
        EvaluationFolder.results(evaluation).ifPresent(file ->
                evidence.put("results_sha256", Decisions.sha256(InputLines.text(file))));
        EvaluationFolder.figures(evaluation).forEach((name, value) -> figures.put(name,
                OF_TEXTS.contains(name.substring(name.lastIndexOf('/') + 1)) ? Figure.ofText(value)
                        : Figure.ofUnknownSpread(value)));
        EvaluationFolder.samplesIfAny(evaluation).forEach((task, file) -> {
            evidence.put("samples_sha256." + task, Decisions.sha256(InputLines.text(file)));
            List<Answered> answered = Samples.read(file);
            answered.getFirst().answer().scores().keySet().forEach(metric -> {
                var estimate = Bootstrap.standard(1).score(Answered.observations(answered, metric));
                figures.put(task + "/" + metric, Figure.of(estimate.value(), estimate.interval(), answered.size()));
            });
        });
        judgement.ifPresent(folder -> addJudged(folder.resolve(JudgeAsk.FILE), figures, evidence));
        return figures;
    }

    private static void addJudged(Path file, Map<String, Figure> figures, ObjectNode evidence) {
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(("there is no %s; name the folder that was given to judge ask -o")
                    .formatted(file));
        }
        JsonNode judged = InputLines.json(file);
        evidence.put("judgement_sha256", Decisions.sha256(InputLines.text(file)));
        judged.path("tasks").properties().forEach(task -> figures.put(task.getKey() + "/judge", judged(task.getValue(),
                "%s: the task %s".formatted(file, task.getKey()))));
    }

    /// What people would say of the items of a task. Where they labelled all of them, it is what they said, whatever
    /// the judge is like; a figure of people that rests on fewer than five clusters decides nothing. The judge's own
    /// win rate is shown where people said nothing, and decides nothing.
    private static Figure judged(JsonNode fields, String place) {
        boolean isPowered = fields.has("prediction_powered");
        boolean isOfPeople = !isPowered && fields.has("people");
        JsonNode shown = isPowered ? fields.path("prediction_powered") : isOfPeople ? fields.path("people") : fields;
        JsonNode low = shown.at("/interval/0");
        JsonNode high = shown.at("/interval/1");
        if (!shown.path("win_rate").isNumber() || !low.isNumber() || !high.isNumber()
                || !fields.path("flags").isArray()) {
            throw new IllegalArgumentException("%s lacks a win_rate, an interval or flags; make it with judge ask"
                    .formatted(place));
        }
        var figure = Figure.of(shown.path("win_rate").asDouble(), new Interval(low.asDouble(), high.asDouble(), 0.95),
                (isOfPeople ? shown : fields).path("items").asInt(0));
        if (isOfPeople && shown.path("clusters").asInt(0) < PredictionPowered.LEAST_CLUSTERS) {
            return figure.doubted(("people labelled items of %d clusters; of fewer than %d no interval is honest, so"
                    + " they cannot decide").formatted(shown.path("clusters").asInt(0),
                    PredictionPowered.LEAST_CLUSTERS));
        }
        if (isOfPeople && shown.path("items").asInt(0) == fields.path("items").asInt(-1)) {
            return figure;
        }
        if (!fields.path("is_calibrated").asBoolean(false) || !isPowered && !isOfPeople) {
            return figure.doubted("the judge was not calibrated on human labels of this task, so it cannot decide");
        }
        return fields.path("flags").isEmpty() ? figure : figure.doubted("the judge is doubtful, so it cannot decide: "
                + fields.path("flags").valueStream().map(flag -> flag.path("meaning").asString(""))
                .collect(Collectors.joining("; ")));
    }

    private void print(Gate gate, Outcome outcome, Path folder, Optional<String> line) {
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("decision", outcome.label());
            fields.put("recommended", gate.outcome().label());
            fields.put("findings", gate.findings().stream().map(finding ->
                    Map.of("kpi", finding.kpi().sentence(), "owner",
                    finding.kpi().owner(), "outcome", finding.outcome().label(), "reason", finding.reason())).toList());
            line.ifPresent(written -> {
                fields.put("record", folder.resolve(Decisions.FILE).toString());
                fields.put("line_sha256", Decisions.sha256(written));
            });
            console.json(fields);
            return;
        }
        gate.findings().forEach(finding -> console.line("%-7s %s (%s)", finding.outcome().label(), finding.reason(),
                finding.kpi().owner()));
        console.line("%n%s%s", outcome.label().toUpperCase(Locale.ROOT), outcome == gate.outcome() ? ""
                : ", although the thresholds say " + gate.outcome().label());
        line.ifPresentOrElse(written -> console.line("recorded in %s; the line's hash is %s. Keep it: whoever has it"
                + " can tell whether this line or one before it was altered.", folder.resolve(Decisions.FILE),
                Decisions.sha256(written)),
                () -> console.line("not recorded: a decision needs a person (--signed-by NAME)"));
    }
}
