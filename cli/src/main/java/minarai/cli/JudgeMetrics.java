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
import minarai.eval.human.MetricAgreement;
import minarai.eval.human.RatedAnswer;
import minarai.eval.human.RatedFile;
import minarai.eval.metric.Metric;
import minarai.eval.statistics.Correlation;
import minarai.eval.task.TaskDefinition;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/// `minarai judge metrics`: how far metrics go together with what people said of the same answers.
@Command(name = "metrics", description = "Tells how far metrics go together with people who rated the same answers.",
        footer = {
            "",
            "FILE has rows with answer, references and scores of people (JSON lines, a JSON array, or CSV with answer, "
                    + "reference, human_NAME); SummEval's and UniEval's files are read as they are. Scores in the file "
                    + "(metrics, predict_scores, metric_NAME) are compared too, and so is the length of the answer.",
            "",
            "Example:",
            "  minarai judge metrics summeval.jsonl --metrics rouge1,rougeL,chrf --rated relevance"})
final class JudgeMetrics implements Callable<Integer> {

    private static final List<String> USUAL = List.of("rouge1", "rouge2", "rougeL", "bleu", "chrf", "f1");
    private static final double LEVEL = 0.05;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "answers that people rated")
    private List<Path> files = List.of();

    @Option(names = "--metrics", split = ",", paramLabel = "NAME", description = "metrics as in a task's file; "
            + "rouge1, rouge2, rougeL, bleu, chrf and f1 where there are references")
    private List<String> metrics = List.of();

    @Option(names = "--rated", split = ",", paramLabel = "NAME", description = "only these of what people rated")
    private List<String> rated = List.of();

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "write the figures as JSON")
    private Optional<Path> output = Optional.empty();

    JudgeMetrics(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        output.ifPresent(file -> Output.require(file, files));
        var answers = new ArrayList<RatedAnswer>();
        files.forEach(file -> answers.addAll(RatedFile.read(file)));
        boolean hasReferences = answers.stream().noneMatch(answer -> answer.references().isEmpty());
        List<String> names = metrics.isEmpty() && hasReferences ? USUAL : metrics;
        List<Metric> asked = names.stream().map(TaskDefinition::metric).toList();
        var agreement = MetricAgreement.of(chosen(answers), asked);
        var fields = new LinkedHashMap<String, Object>();
        fields.put("answers", answers.size());
        fields.put("rows", agreement.rows().stream().map(JudgeMetrics::fields).toList());
        fields.put("signatures", agreement.signatures());
        output.ifPresent(file -> {
            AtomicFile.write(file, JsonMapper.builder().build().writerWithDefaultPrettyPrinter()
                    .writeValueAsString(fields) + "\n");
            fields.put("file", file.toString());
        });
        if (common.isJson) {
            console.json(fields);
        } else {
            show(agreement, hasReferences);
            output.ifPresent(file -> console.line("written to %s", file));
        }
        return 0;
    }

    /// The answers with what is asked for of their ratings.
    private List<RatedAnswer> chosen(List<RatedAnswer> answers) {
        List<String> known = answers.stream().flatMap(answer -> answer.people().keySet().stream()).distinct().toList();
        List<String> unknown = rated.stream().filter(name -> !known.contains(name)).toList();
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException("--rated %s: people rated %s".formatted(String.join(",", unknown),
                    known));
        }
        return rated.isEmpty() ? answers : answers.stream().map(answer -> {
            var people = new LinkedHashMap<>(answer.people());
            people.keySet().retainAll(rated);
            return new RatedAnswer(answer.task(), answer.cluster(), answer.system(), answer.answer(),
                    answer.references(), people, answer.machine());
        }).toList();
    }

    private static Map<String, Object> fields(MetricAgreement.Row row) {
        var fields = new LinkedHashMap<String, Object>();
        if (!row.task().isEmpty()) {
            fields.put("task", row.task());
        }
        fields.put("rated", row.rated());
        fields.put("metric", row.metric());
        fields.put("answers", row.answers());
        fields.put("clusters", row.pooled().clusters());
        put(fields, row.pooled().correlation());
        var interval = row.pooled().spearman();
        fields.put("spearman_interval", List.of(interval.low(), interval.high()));
        fields.put("p", row.pooled().p());
        fields.put("p_holm", row.adjusted());
        fields.put("method", row.pooled().method());
        row.within().ifPresent(within -> fields.put("within_clusters", Map.of("spearman", within.spearman(), "kendall",
                within.kendall(), "clusters", within.clusters())));
        row.systems().ifPresent(systems -> {
            var means = new LinkedHashMap<String, Object>(Map.of("systems", systems.count()));
            put(means, systems);
            fields.put("of_systems", means);
        });
        fields.put("is_reversed", row.isReversed());
        return fields;
    }

    /// Coefficients that are defined.
    private static void put(Map<String, Object> fields, Correlation correlation) {
        if (Double.isFinite(correlation.spearman())) {
            fields.put("pearson", correlation.pearson());
            fields.put("spearman", correlation.spearman());
            fields.put("kendall", correlation.kendall());
        }
    }

    private void show(MetricAgreement agreement, boolean hasReferences) {
        if (!hasReferences && metrics.isEmpty()) {
            console.line("Not every answer has a reference: only scores of the file and the length are compared.");
        }
        boolean areTasks = agreement.rows().stream().anyMatch(row -> !row.task().isEmpty());
        agreement.rows().stream().map(MetricAgreement.Row::task).distinct().forEach(task -> {
            if (areTasks) {
                console.line("%s", task.isEmpty() ? "all tasks together" : task);
            }
            List<MetricAgreement.Row> rows = agreement.rows().stream().filter(row -> row.task().equals(task)).toList();
            console.line("%s", table(rows));
            rows.stream().map(MetricAgreement.Row::rated).distinct().forEach(name -> conclude(name,
                    rows.stream().filter(row -> row.rated().equals(name)).toList()));
        });
    }

    private static TextTable table(List<MetricAgreement.Row> rows) {
        var table = new TextTable("people rated", "metric", "answers", "Spearman", "95 % interval", "Kendall",
                "p (Holm)", "within clusters", "of systems");
        for (var row : rows) {
            var correlation = row.pooled().correlation();
            boolean isKnown = Double.isFinite(correlation.spearman());
            table.row(row.rated(), row.metric(), String.valueOf(row.answers()), figure(correlation.spearman()),
                    isKnown ? "%+.3f to %+.3f".formatted(row.pooled().spearman().low(), row.pooled().spearman().high())
                            : "", figure(correlation.kendall()), isKnown ? "%.4f".formatted(row.adjusted()) : "",
                    row.within().map(within -> figure(within.spearman())).orElse(""),
                    row.systems().map(systems -> figure(systems.spearman())).orElse(""));
        }
        return table;
    }

    private static String figure(double coefficient) {
        return Double.isFinite(coefficient) ? "%+.3f".formatted(coefficient) : "undefined";
    }

    /// Which metrics follow people at all, which do so only between questions, and which no better than length.
    private void conclude(String name, List<MetricAgreement.Row> rows) {
        Map<Boolean, List<MetricAgreement.Row>> parts = rows.stream()
                .collect(Collectors.partitioningBy(row -> row.metric().equals(MetricAgreement.LENGTH)));
        List<MetricAgreement.Row> metrics = parts.get(false);
        double length = parts.get(true).stream().mapToDouble(JudgeMetrics::strength).findFirst().orElse(0);
        List<String> shown = metrics.stream().filter(row -> row.adjusted() <= LEVEL
                && row.pooled().correlation().spearman() > 0).map(MetricAgreement.Row::metric).toList();
        console.line("%s: %s", name, shown.isEmpty() ? "no metric is shown to go together with people."
                : "shown to go together with people: " + String.join(", ", shown) + ".");
        List<String> noBetter = metrics.stream().filter(row -> shown.contains(row.metric()) && strength(row) <= length)
                .map(MetricAgreement.Row::metric).toList();
        if (!noBetter.isEmpty()) {
            console.line("  no better than the length of the answer: %s", String.join(", ", noBetter));
        }
        List<String> reversed = metrics.stream().filter(MetricAgreement.Row::isReversed)
                .map(MetricAgreement.Row::metric).toList();
        if (!reversed.isEmpty()) {
            console.line("  the other way round among answers to the same question: %s", String.join(", ", reversed));
        }
    }

    private static double strength(MetricAgreement.Row row) {
        double spearman = row.pooled().correlation().spearman();
        return Double.isFinite(spearman) ? Math.abs(spearman) : 0;
    }
}
