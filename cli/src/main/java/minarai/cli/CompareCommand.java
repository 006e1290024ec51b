package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import minarai.eval.Comparison;
import minarai.eval.report.Example;
import minarai.eval.report.Fact;
import minarai.eval.report.Method;
import minarai.eval.report.Report;
import minarai.eval.report.Score;
import minarai.eval.report.ScoreGroup;
import minarai.eval.report.WrongAnswer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `minarai compare`: whether one model answered the same questions better than another.
@Command(name = "compare", description = "Tells whether model B answered the same questions better than model A.",
        footer = {"", "Example:", "  minarai compare evals/base evals/first"})
final class CompareCommand implements Callable<Integer> {

    private static final String NO_DECISION = "None can be made from this page: that needs thresholds that were set "
            + "before anything was measured (gate --kpi kpi.yaml). Without such a file no decision can be made.";

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "EVAL_A", description = "folder of an evaluation, or a samples file")
    private Path base = Path.of("");

    @Parameters(index = "1", paramLabel = "EVAL_B", description = "the same of the other model")
    private Path tuned = Path.of("");

    @Option(names = "--report", paramLabel = "FILE",
            description = "write a page with every loss and every wrong answer")
    private Optional<Path> report = Optional.empty();

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        report.ifPresent(file -> Output.require(file, List.of(base, tuned)));
        var pairs = EvaluationFolder.pair(base, tuned);
        var outcomes = pairs.stream().filter(pair -> !pair.isText())
                .map(ComparedTask::of).toList();
        var texts = ComparedTexts.of(base, tuned, outcomes.stream().map(ComparedTask::task).collect(Collectors.toSet()),
                pairs.stream().filter(EvaluationFolder.Paired::isText).toList());
        var differences = new LinkedHashMap<String, Differences>();
        pairs.forEach(pair -> differences.put(pair.task(), pair.differences()));
        report.ifPresent(file -> report(outcomes, texts, differences).write(file));
        if (common.isJson) {
            var tasks = new LinkedHashMap<String, Object>();
            outcomes.forEach(outcome -> tasks.put(outcome.task(), outcome.fields()));
            var fields = new LinkedHashMap<String, Object>(Map.of("tasks", tasks));
            if (!texts.figures().isEmpty()) {
                fields.put("texts", texts.fields());
            }
            report.ifPresent(file -> fields.put("report", file.toString()));
            console.json(fields);
        } else {
            outcomes.forEach(outcome -> outcome.show(console));
            texts.show(console);
            report.ifPresent(file -> console.line("written to %s", file));
        }
        return 0;
    }

    private Report report(List<ComparedTask> outcomes, ComparedTexts texts, Map<String, Differences> differences) {
        var groups = new ArrayList<ScoreGroup>();
        var methods = new ArrayList<Method>();
        var losses = new ArrayList<Example>();
        var wrong = new ArrayList<WrongAnswer>();
        var verdict = new StringBuilder();
        for (ComparedTask outcome : outcomes) {
            for (int number = 0; number < outcome.comparisons().size(); number++) {
                Comparison comparison = outcome.comparisons().get(number);
                groups.add(new ScoreGroup(outcome.task() + ", " + comparison.metric(), outcome.isShown(number)
                        ? "The difference is shown." : "No difference is shown.", List.of(
                        Score.base("A", comparison.base(), outcome.adjusted().get(number)),
                        Score.tuned("B", comparison.tuned()))));
            }
            verdict.append(verdict(outcome)).append(' ');
            if (!outcome.comparisons().isEmpty()) {
                Comparison main = outcome.comparisons().getFirst();
                methods.add(new Method(outcome.task(), "Intervals of a difference resample clusters. "
                        + outcome.power(), main.difference().method()));
                main.losses().forEach(loss -> losses.add(new Example(loss.item().prompt(),
                        String.join(" / ", loss.item().expected()), loss.base().text(), loss.tuned().text())));
                wrong.addAll(WrongAnswer.of(main));
            }
        }
        methods.add(new Method("p-values", "Exact McNemar tests, after Holm over the metrics of a task.",
                "mcnemar|exact|two-sided|adjust:holm|version:1"));
        var facts = new ArrayList<>(List.of(new Fact("A", base.toString()), new Fact("B", tuned.toString()),
                new Fact("decision", NO_DECISION)));
        differences.forEach((task, different) -> different.settings().forEach((name, both) ->
                facts.add(new Fact("%s, %s".formatted(task, name), both.toString()))));
        texts.forgetting().stream().flatMap(one -> one.sure().stream()).findFirst().ifPresent(sure -> methods.add(
                new Method("texts", "Growth of bits per byte; its interval draws among texts.", sure.method())));
        texts.figures().forEach((name, figures) -> facts.add(new Fact(name, "A %.4f, B %.4f".formatted(figures.get("a"),
                figures.get("b")))));
        return new Report("B against A, every loss below", verdict.toString().strip(), groups, methods,
                texts.forgetting(), losses, wrong, List.of(), List.of(), facts);
    }

    private static String verdict(ComparedTask outcome) {
        if (outcome.comparisons().isEmpty()) {
            return outcome.task() + ": no scores that both have.";
        }
        Comparison main = outcome.comparisons().getFirst();
        return "%s%s, %s: %s".formatted(outcome.differences().sentence(), outcome.task(), main.metric(),
                !outcome.isShown(0) ? "no difference is shown."
                : main.difference().value() > 0 ? "B is better." : "A is better.");
    }
}
