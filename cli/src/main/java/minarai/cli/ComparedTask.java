package minarai.cli;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.eval.Comparison;
import minarai.eval.ItemResult;
import minarai.eval.Pairing;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Holm;
import minarai.eval.statistics.Power;

/// How two models compare on a task by every metric both were scored with, for programs and on the terminal.
///
/// @param differences in what they were asked differently
/// @param adjusted    the p-values after Holm, for there are as many chances to find something as metrics
record ComparedTask(String task, Pairing pairing, Differences differences, List<Comparison> comparisons,
        List<Double> adjusted) {

    private static final double LEVEL = 0.05;
    private static final String NO_SCORES = "The task has no scores that both evaluations share, so it cannot be "
            + "compared here; judge ask compares the answers.";
    private static final int SHOWN = 5;
    private static final int LONGEST_QUOTE = 60;

    static ComparedTask of(EvaluationFolder.Paired pair) {
        String task = pair.task();
        Pairing pairing = pair.pairing();
        var one = pairing.results().getFirst();
        var comparisons = one.base().scores().keySet().stream().filter(one.tuned().scores()::containsKey)
                .map(metric -> Comparison.of(task, metric, pairing.results(), Bootstrap.standard(1))).toList();
        return new ComparedTask(task, pairing, pair.differences(), comparisons, Holm.adjust(comparisons.stream()
                .map(comparison -> comparison.test().p()).toList()));
    }

    /// Whether a difference is shown by a metric, all of them taken together.
    boolean isShown(int metric) {
        return comparisons.get(metric).isShown() && adjusted.get(metric) <= LEVEL;
    }

    /// What differences can show at all: clusters count, not items, and every metric is one more chance to be wrong.
    String power() {
        return Power.standard(Math.max(1, comparisons.size())).statement(pairing.results().size(),
                (int) pairing.results().stream().map(result -> result.item().cluster()).distinct().count());
    }

    Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("items", pairing.results().size());
        fields.put("only_a", pairing.onlyBase().size());
        fields.put("only_b", pairing.onlyTuned().size());
        if (!differences.isEmpty()) {
            fields.put("differences", differences.fields());
        }
        var metrics = new LinkedHashMap<String, Object>();
        for (int number = 0; number < comparisons.size(); number++) {
            Comparison comparison = comparisons.get(number);
            var metric = new LinkedHashMap<String, Object>();
            metric.put("a", comparison.base().value());
            metric.put("b", comparison.tuned().value());
            metric.put("difference", comparison.difference().value());
            metric.put("interval", List.of(comparison.difference().interval().low(),
                    comparison.difference().interval().high()));
            metric.put("wins", comparison.test().wins());
            metric.put("losses", comparison.test().losses());
            metric.put("p", comparison.test().p());
            metric.put("p_holm", adjusted.get(number));
            metric.put("is_shown", isShown(number));
            metrics.put(comparison.metric(), metric);
        }
        fields.put("metrics", metrics);
        if (metrics.isEmpty()) {
            fields.put("note", NO_SCORES);
        } else {
            fields.put("power", power());
        }
        return fields;
    }

    void show(Console console) {
        console.line("%s, %s", task, Figures.count(pairing.results().size(), "question"));
        if (!pairing.isComplete()) {
            console.line("  left out: %d that only A answered, %d that only B answered", pairing.onlyBase().size(),
                    pairing.onlyTuned().size());
        }
        differences.show(console);
        if (comparisons.isEmpty()) {
            console.line("  %s%n", NO_SCORES);
            return;
        }
        console.line("%s", power());
        var table = new TextTable("metric", "A", "B", "B - A", "95 % interval", "wins", "losses", "p", "p (Holm)");
        for (int number = 0; number < comparisons.size(); number++) {
            Comparison comparison = comparisons.get(number);
            var interval = comparison.difference().interval();
            table.row(comparison.metric(), "%.3f".formatted(comparison.base().value()),
                    "%.3f".formatted(comparison.tuned().value()), "%+.3f".formatted(comparison.difference().value()),
                    "%+.3f to %+.3f".formatted(interval.low(), interval.high()),
                    String.valueOf(comparison.test().wins()), String.valueOf(comparison.test().losses()),
                    Figures.p(comparison.test().p()), Figures.p(adjusted.get(number)));
        }
        console.line("%s", table);
        var main = comparisons.getFirst();
        console.line(isShown(0) ? "By %s, %s is better.".formatted(main.metric(),
                main.difference().value() > 0 ? "B" : "A") : "By %s, no difference is shown.".formatted(main.metric()));
        quote(console, "Won by B", main.wins());
        quote(console, "Lost by B", main.losses());
        console.line("");
    }

    private static void quote(Console console, String heading, List<ItemResult> items) {
        if (items.isEmpty()) {
            return;
        }
        console.line("%n%s: %d%s", heading, items.size(),
                items.size() > SHOWN ? ", the first %d:".formatted(SHOWN) : "");
        items.stream().limit(SHOWN).forEach(item -> console.line("  %s%n    A: %s%n    B: %s", clipped(
                item.item().prompt()), clipped(item.base().text()), clipped(item.tuned().text())));
    }

    private static String clipped(String text) {
        return TokenText.clipped(text, LONGEST_QUOTE);
    }
}
