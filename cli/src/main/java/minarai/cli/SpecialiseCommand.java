package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import minarai.eval.Comparison;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.Interval;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `minarai specialise`: what tuning for one task cost on the others.
@Command(name = "specialise", description = "Sets the gain on one task against the mean of the others.",
        footer = {"", "Each of the other tasks counts the same, however many questions it has.", "", "Example:",
            "  minarai specialise evals/base evals/first --task town"})
final class SpecialiseCommand implements Callable<Integer> {

    private static final double LEVEL = 0.95;
    /// Standard errors that a normal interval of that level reaches to either side.
    private static final double REACH = 1.96;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "EVAL_A", description = "folder of the evaluation before")
    private Path base = Path.of("");

    @Parameters(index = "1", paramLabel = "EVAL_B", description = "folder of the evaluation after")
    private Path tuned = Path.of("");

    @Option(names = "--task", required = true, paramLabel = "NAME", description = "the task that was tuned for")
    private String special = "";

    SpecialiseCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var gains = new LinkedHashMap<String, Estimate>();
        for (var pair : EvaluationFolder.questions(base, tuned)) {
            var scores = pair.pairing().results().getFirst().base().scores();
            if (!scores.isEmpty()) {
                String metric = scores.keySet().iterator().next();
                gains.put(pair.task(), Comparison.of(pair.task(), metric, pair.pairing().results(),
                        Bootstrap.standard(1))
                        .difference());
            }
        }
        Estimate own = gains.remove(special);
        if (own == null || gains.isEmpty()) {
            throw new IllegalArgumentException(("both evaluations need the task %s and at least one other with scores; "
                    + "besides it they have %s").formatted(special, gains.keySet()));
        }
        double mean = gains.values().stream().mapToDouble(Estimate::value).average().orElseThrow();
        Interval interval = interval(mean, List.copyOf(gains.values()));
        if (common.isJson) {
            console.json(Map.of("task", special, "gain", own.value(), "interval", List.of(own.interval().low(),
                    own.interval().high()), "others", Map.of("gain", mean, "interval", List.of(interval.low(),
                    interval.high()), "tasks", values(gains))));
            return 0;
        }
        var table = new TextTable("task", "gain", "95 % interval", "items");
        row(table, special, own.value(), own.interval(), own.items());
        gains.forEach((task, gain) -> row(table, task, gain.value(), gain.interval(), gain.items()));
        row(table, "mean of the others", mean, interval, gains.values().stream().mapToInt(Estimate::items).sum());
        console.line("%s", table);
        return 0;
    }

    private static Map<String, Double> values(Map<String, Estimate> gains) {
        var values = new LinkedHashMap<String, Double>();
        gains.forEach((task, gain) -> values.put(task, gain.value()));
        return values;
    }

    /// Tasks are independent, so their errors add up as squares.
    private static Interval interval(double mean, List<Estimate> gains) {
        var squares = new ArrayList<Double>();
        gains.forEach(gain -> squares.add(error(gain) * error(gain)));
        double error = Math.sqrt(squares.stream().mapToDouble(Double::doubleValue).sum()) / gains.size();
        return new Interval(mean - REACH * error, mean + REACH * error, LEVEL).within(-1, 1);
    }

    /// Where every cluster agrees, a bootstrap draws the same mean each time and its error is nothing, which is no
    /// knowledge; then it is what the farther end of the interval implies.
    private static double error(Estimate gain) {
        return gain.standardError() > 0 ? gain.standardError() : Math.max(gain.interval().high() - gain.value(),
                gain.value() - gain.interval().low()) / REACH;
    }

    private static void row(TextTable table, String task, double gain, Interval interval, int items) {
        table.row(task, "%+.4f".formatted(gain), "%+.4f to %+.4f".formatted(interval.low(), interval.high()),
                String.valueOf(items));
    }
}
