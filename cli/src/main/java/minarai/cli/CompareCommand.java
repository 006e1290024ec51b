package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import minarai.eval.Comparison;
import minarai.eval.ItemResult;
import minarai.eval.Pairing;
import minarai.eval.results.Samples;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Power;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/// `minarai compare`: whether one model answered the same questions better than another.
@Command(name = "compare", description = "Tells whether model B answered the same questions better than model A.%n",
        footer = {"", "Example:", "  minarai compare evals/base evals/first"})
final class CompareCommand implements Callable<Integer> {

    private static final Pattern SAMPLES = Pattern.compile("samples_(.+)_\\d{4}-\\d{2}-\\d{2}T[0-9.-]+\\.jsonl");
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
    private record Outcome(String task, Pairing pairing, List<Comparison> comparisons) {
    }

    CompareCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var outcomes = outcomes();
        if (common.isJson) {
            var tasks = new LinkedHashMap<String, Object>();
            outcomes.forEach(outcome -> tasks.put(outcome.task(), fields(outcome)));
            console.json(Map.of("tasks", tasks));
        } else {
            outcomes.forEach(this::show);
        }
        return 0;
    }

    private List<Outcome> outcomes() {
        if (Files.isRegularFile(base) && Files.isRegularFile(tuned)) {
            return List.of(outcome(task(base), base, tuned));
        }
        SortedMap<String, Path> first = samples(base);
        SortedMap<String, Path> second = samples(tuned);
        var shared = first.keySet().stream().filter(second::containsKey).toList();
        if (shared.isEmpty()) {
            throw new IllegalArgumentException(("the two evaluations have no task in common: %s has %s, %s has %s")
                    .formatted(base, first.keySet(), tuned, second.keySet()));
        }
        return shared.stream().map(task -> outcome(task, first.get(task), second.get(task))).toList();
    }

    private static Outcome outcome(String task, Path base, Path tuned) {
        var pairing = Pairing.of(Samples.read(base), Samples.read(tuned));
        if (pairing.results().isEmpty()) {
            throw new IllegalArgumentException("%s and %s have no question in common; were they asked the same task?"
                    .formatted(base, tuned));
        }
        var one = pairing.results().getFirst();
        var comparisons = one.base().scores().keySet().stream().filter(one.tuned().scores()::containsKey)
                .map(metric -> Comparison.of(task, metric, pairing.results(), Bootstrap.standard(1))).toList();
        return new Outcome(task, pairing, comparisons);
    }

    /// The latest samples file of each task in a folder.
    private static SortedMap<String, Path> samples(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new IllegalArgumentException(("there is no evaluation at %s: no such folder. Name the folder that was "
                    + "given to eval -o").formatted(folder));
        }
        var samples = new TreeMap<String, Path>();
        try (Stream<Path> files = Files.list(folder)) {
            files.filter(file -> SAMPLES.matcher(file.getFileName().toString()).matches()).sorted()
                    .forEach(file -> samples.put(task(file), file));
        } catch (IOException failure) {
            throw new UncheckedIOException("looking into " + folder, failure);
        }
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("%s holds no samples_….jsonl of an evaluation".formatted(folder));
        }
        return samples;
    }

    private static String task(Path file) {
        Matcher name = SAMPLES.matcher(file.getFileName().toString());
        return name.matches() ? name.group(1) : file.getFileName().toString();
    }

    private static Map<String, Object> fields(Outcome outcome) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("items", outcome.pairing().results().size());
        fields.put("only_a", outcome.pairing().onlyBase().size());
        fields.put("only_b", outcome.pairing().onlyTuned().size());
        var metrics = new LinkedHashMap<String, Object>();
        for (Comparison comparison : outcome.comparisons()) {
            var metric = new LinkedHashMap<String, Object>();
            metric.put("a", comparison.base().value());
            metric.put("b", comparison.tuned().value());
            metric.put("difference", comparison.difference().value());
            metric.put("interval", List.of(comparison.difference().interval().low(),
                    comparison.difference().interval().high()));
            metric.put("wins", comparison.test().wins());
            metric.put("losses", comparison.test().losses());
            metric.put("p", comparison.test().p());
            metric.put("is_shown", comparison.isShown());
            metrics.put(comparison.metric(), metric);
        }
        fields.put("metrics", metrics);
        fields.put("power", Power.standard().statement(outcome.pairing().results().size()));
        return fields;
    }

    private void show(Outcome outcome) {
        var pairing = outcome.pairing();
        console.line("%s, %s", outcome.task(), Figures.count(pairing.results().size(), "question"));
        if (!pairing.isComplete()) {
            console.line("  left out: %d that only A answered, %d that only B answered", pairing.onlyBase().size(),
                    pairing.onlyTuned().size());
        }
        var table = new TextTable("metric", "A", "B", "B - A", "95 % interval", "wins", "losses", "p");
        for (Comparison comparison : outcome.comparisons()) {
            var interval = comparison.difference().interval();
            table.row(comparison.metric(), "%.3f".formatted(comparison.base().value()),
                    "%.3f".formatted(comparison.tuned().value()), "%+.3f".formatted(comparison.difference().value()),
                    "%+.3f to %+.3f".formatted(interval.low(), interval.high()),
                    String.valueOf(comparison.test().wins()), String.valueOf(comparison.test().losses()),
                    "%.4f".formatted(comparison.test().p()));
        }
        console.line("%s", table);
        if (outcome.comparisons().isEmpty()) {
            throw new IllegalArgumentException("the two evaluations share no metric, so nothing can be compared. Make both "
                    + "with the same options of eval.");
        }
        var main = outcome.comparisons().getFirst();
        console.line(main.isShown() ? "By %s, %s is better.".formatted(main.metric(),
                main.difference().value() > 0 ? "B" : "A") : "By %s, no difference is shown.".formatted(main.metric()));
        console.line("%s", Power.standard().statement(pairing.results().size()));
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
