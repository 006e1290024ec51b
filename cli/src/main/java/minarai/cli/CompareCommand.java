package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import minarai.eval.Comparison;
import minarai.eval.Forgetting;
import minarai.eval.ItemResult;
import minarai.eval.Pairing;
import minarai.eval.report.Example;
import minarai.eval.report.Fact;
import minarai.eval.report.Method;
import minarai.eval.report.Report;
import minarai.eval.report.Score;
import minarai.eval.report.ScoreGroup;
import minarai.eval.report.WrongAnswer;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.Holm;
import minarai.eval.statistics.Power;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `minarai compare`: whether one model answered the same questions better than another.
@Command(name = "compare", description = "Tells whether model B answered the same questions better than model A.%n",
        footer = {"", "Example:", "  minarai compare evals/base evals/first"})
final class CompareCommand implements Callable<Integer> {

    private static final double LEVEL = 0.05;
    private static final String NO_SCORES = "The task has no scores that both evaluations share, so it cannot be compared here; "
            + "judge ask compares the answers.";
    private static final String NO_DECISION = "None can be made from this page: that needs thresholds that were set before "
            + "anything was measured (gate --kpi kpi.yaml). Without such a file no decision can be made.";
    private static final int SHOWN = 5;
    private static final int LONGEST_QUOTE = 60;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "EVAL_A", description = "folder of an evaluation, or a samples file")
    private Path base = Path.of("");

    @Parameters(index = "1", paramLabel = "EVAL_B", description = "the same of the other model")
    private Path tuned = Path.of("");

    /// How two models compare on a task by every metric both were scored with.
    ///
    /// @param adjusted the p-values after Holm, for there are as many chances to find something as metrics
    private record Outcome(String task, Pairing pairing, List<Comparison> comparisons, List<Double> adjusted) {

        /// Whether a difference is shown by a metric, all of them taken together.
        boolean isShown(int metric) {
            return comparisons.get(metric).isShown() && adjusted.get(metric) <= LEVEL;
        }
    }

    CompareCommand(Console console) {
        this.console = console;
    }

    @Option(names = "--report", paramLabel = "FILE", description = "write a page with every loss and every wrong answer")
    private Optional<Path> report = Optional.empty();

    @Override
    public Integer call() {
        var pairs = EvaluationFolder.pair(base, tuned);
        var outcomes = pairs.stream().filter(pair -> !pair.isText())
                .map(pair -> outcome(pair.task(), pair.pairing())).toList();
        var forgetting = pairs.stream().filter(EvaluationFolder.Paired::isText)
                .map(pair -> Forgetting.ofTexts(pair.task(), pair.pairing().results(), Bootstrap.standard(1))).toList();
        report.ifPresent(file -> report(outcomes, forgetting).write(file));
        if (common.isJson) {
            var tasks = new LinkedHashMap<String, Object>();
            outcomes.forEach(outcome -> tasks.put(outcome.task(), fields(outcome)));
            var fields = new LinkedHashMap<String, Object>(Map.of("tasks", tasks));
            var texts = fields(texts(outcomes), forgetting);
            if (!texts.isEmpty()) {
                fields.put("texts", texts);
            }
            console.json(fields);
        } else {
            outcomes.forEach(this::show);
            showTexts(texts(outcomes), forgetting);
        }
        return 0;
    }

    private static Outcome outcome(String task, Pairing pairing) {
        var one = pairing.results().getFirst();
        var comparisons = one.base().scores().keySet().stream().filter(one.tuned().scores()::containsKey)
                .map(metric -> Comparison.of(task, metric, pairing.results(), Bootstrap.standard(1))).toList();
        return new Outcome(task, pairing, comparisons, Holm.adjust(comparisons.stream()
                .map(comparison -> comparison.test().p()).toList()));
    }

    private Report report(List<Outcome> outcomes, List<Forgetting> forgetting) {
        var groups = new ArrayList<ScoreGroup>();
        var methods = new ArrayList<Method>();
        var losses = new ArrayList<Example>();
        var wrong = new ArrayList<WrongAnswer>();
        var verdict = new StringBuilder();
        for (Outcome outcome : outcomes) {
            for (int number = 0; number < outcome.comparisons().size(); number++) {
                Comparison comparison = outcome.comparisons().get(number);
                groups.add(new ScoreGroup(outcome.task() + ", " + comparison.metric(), outcome.isShown(number)
                        ? "The difference is shown." : "No difference is shown.", List.of(
                        Score.base("A", comparison.base(), outcome.adjusted().get(number)),
                        Score.tuned("B", comparison.tuned()))));
            }
            if (outcome.comparisons().isEmpty()) {
                verdict.append(outcome.task()).append(": no scores that both have. ");
            } else {
                Comparison main = outcome.comparisons().getFirst();
                verdict.append(outcome.task()).append(", ").append(main.metric()).append(": ").append(outcome.isShown(0)
                        ? main.difference().value() > 0 ? "B is better. " : "A is better. " : "no difference is shown. ");
                methods.add(new Method(outcome.task(), "Intervals of a difference resample clusters. "
                        + Power.standard().statement(outcome.pairing().results().size()), main.difference().method()));
                main.losses().forEach(loss -> losses.add(new Example(loss.item().prompt(),
                        String.join(" / ", loss.item().expected()), loss.base().text(), loss.tuned().text())));
                wrong.addAll(WrongAnswer.of(main));
            }
        }
        methods.add(new Method("p-values", "Exact McNemar tests, after Holm over the metrics of a task.",
                "mcnemar|exact|two-sided|adjust:holm|version:1"));
        var facts = new ArrayList<>(List.of(new Fact("A", base.toString()), new Fact("B", tuned.toString()),
                new Fact("decision", NO_DECISION)));
        forgetting.stream().flatMap(one -> one.sure().stream()).findFirst().ifPresent(sure -> methods.add(new Method(
                "texts", "Growth of bits per byte; its interval draws among texts.", sure.method())));
        texts(outcomes).forEach((name, figures) -> facts.add(new Fact(name, "A %.4f, B %.4f".formatted(figures.get("a"),
                figures.get("b")))));
        return new Report("B against A, every loss below", verdict.toString().strip(), groups, methods, forgetting, losses,
                wrong, List.of(), List.of(), facts);
    }

    private static Map<String, Object> fields(Outcome outcome) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("items", outcome.pairing().results().size());
        fields.put("only_a", outcome.pairing().onlyBase().size());
        fields.put("only_b", outcome.pairing().onlyTuned().size());
        var metrics = new LinkedHashMap<String, Object>();
        for (int number = 0; number < outcome.comparisons().size(); number++) {
            Comparison comparison = outcome.comparisons().get(number);
            var metric = new LinkedHashMap<String, Object>();
            metric.put("a", comparison.base().value());
            metric.put("b", comparison.tuned().value());
            metric.put("difference", comparison.difference().value());
            metric.put("interval", List.of(comparison.difference().interval().low(),
                    comparison.difference().interval().high()));
            metric.put("wins", comparison.test().wins());
            metric.put("losses", comparison.test().losses());
            metric.put("p", comparison.test().p());
            metric.put("p_holm", outcome.adjusted().get(number));
            metric.put("is_shown", outcome.isShown(number));
            metrics.put(comparison.metric(), metric);
        }
        fields.put("metrics", metrics);
        if (metrics.isEmpty()) {
            fields.put("note", NO_SCORES);
        } else {
            fields.put("power", Power.standard().statement(outcome.pairing().results().size()));
        }
        return fields;
    }

    /// What tuning cost on texts: figures of both evaluations that no samples belong to, by task and measure.
    private Map<String, Map<String, Double>> texts(List<Outcome> outcomes) {
        var texts = new TreeMap<String, Map<String, Double>>();
        if (Files.isDirectory(base) && Files.isDirectory(tuned)) {
            var before = EvaluationFolder.figures(base);
            var asked = outcomes.stream().map(Outcome::task).collect(Collectors.toSet());
            EvaluationFolder.figures(tuned).forEach((name, after) -> {
                Double figure = before.get(name);
                if (figure != null && !asked.contains(name.substring(0, name.lastIndexOf('/')))) {
                    texts.put(name, Map.of("a", figure, "b", after));
                }
            });
        }
        return texts;
    }

    /// How sure the change of a figure is; only that of bits per byte is known text by text.
    private static Optional<Estimate> sure(String name, List<Forgetting> forgetting) {
        return forgetting.stream().filter(one -> name.equals(one.text() + "/bits_per_byte")).findFirst()
                .flatMap(Forgetting::sure);
    }

    private static Map<String, Map<String, Object>> fields(Map<String, Map<String, Double>> texts,
            List<Forgetting> forgetting) {
        var fields = new LinkedHashMap<String, Map<String, Object>>();
        texts.forEach((name, figures) -> {
            var text = new LinkedHashMap<String, Object>(figures);
            sure(name, forgetting).ifPresent(sure -> {
                text.put("growth", sure.value());
                text.put("interval", List.of(sure.interval().low(), sure.interval().high()));
                text.put("texts", sure.clusters());
            });
            fields.put(name, text);
        });
        return fields;
    }

    private void showTexts(Map<String, Map<String, Double>> texts, List<Forgetting> forgetting) {
        if (!texts.isEmpty()) {
            var table = new TextTable("text", "A", "B", "change", "95 % interval", "texts");
            texts.forEach((name, figures) -> {
                var sure = sure(name, forgetting);
                table.row(name, "%.4f".formatted(figures.get("a")), "%.4f".formatted(figures.get("b")),
                        "%+.1f %%".formatted(100 * (figures.get("b") / figures.get("a") - 1)),
                        sure.map(found -> "%+.1f to %+.1f %%".formatted(100 * found.interval().low(),
                                100 * found.interval().high())).orElse(""),
                        sure.map(found -> String.valueOf(found.clusters())).orElse(""));
            });
            console.line("%s", table);
        }
    }

    private void show(Outcome outcome) {
        var pairing = outcome.pairing();
        console.line("%s, %s", outcome.task(), Figures.count(pairing.results().size(), "question"));
        if (!pairing.isComplete()) {
            console.line("  left out: %d that only A answered, %d that only B answered", pairing.onlyBase().size(),
                    pairing.onlyTuned().size());
        }
        if (outcome.comparisons().isEmpty()) {
            console.line("  %s%n", NO_SCORES);
            return;
        }
        console.line("%s", Power.standard().statement(pairing.results().size()));
        var table = new TextTable("metric", "A", "B", "B - A", "95 % interval", "wins", "losses", "p", "p (Holm)");
        for (int number = 0; number < outcome.comparisons().size(); number++) {
            Comparison comparison = outcome.comparisons().get(number);
            var interval = comparison.difference().interval();
            table.row(comparison.metric(), "%.3f".formatted(comparison.base().value()),
                    "%.3f".formatted(comparison.tuned().value()), "%+.3f".formatted(comparison.difference().value()),
                    "%+.3f to %+.3f".formatted(interval.low(), interval.high()),
                    String.valueOf(comparison.test().wins()), String.valueOf(comparison.test().losses()),
                    "%.4f".formatted(comparison.test().p()), "%.4f".formatted(outcome.adjusted().get(number)));
        }
        console.line("%s", table);
        var main = outcome.comparisons().getFirst();
        console.line(outcome.isShown(0) ? "By %s, %s is better.".formatted(main.metric(),
                main.difference().value() > 0 ? "B" : "A") : "By %s, no difference is shown.".formatted(main.metric()));
        quote("Won by B", main.wins());
        quote("Lost by B", main.losses());
        console.line("");
    }

    private void quote(String heading, List<ItemResult> items) {
        if (items.isEmpty()) {
            return;
        }
        console.line("%n%s: %d%s", heading, items.size(), items.size() > SHOWN ? ", the first %d:".formatted(SHOWN) : "");
        items.stream().limit(SHOWN).forEach(item -> console.line("  %s%n    A: %s%n    B: %s", clipped(
                item.item().prompt()), clipped(item.base().text()), clipped(item.tuned().text())));
    }

    private static String clipped(String text) {
        String line = TokenText.printable(text);
        return line.codePointCount(0, line.length()) <= LONGEST_QUOTE ? line
                : line.substring(0, line.offsetByCodePoints(0, LONGEST_QUOTE)) + "…";
    }
}
