package minarai.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import minarai.eval.Answered;
import minarai.eval.AtomicFile;
import minarai.eval.Comparison;
import minarai.eval.Pairing;
import minarai.eval.gate.Decisions;
import minarai.eval.results.Samples;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `minarai curve`: what more pairs bring, by tuning on ever larger parts of them.
@Command(name = "curve", description = "Tunes on growing parts of the pairs and measures what each part brings.",
        footer = {"", "A larger part holds the smaller ones; which pairs come first follows from a hash of each.", "",
            "Example:",
            "  minarai curve -m machi -d pairs.jsonl -t tasks/town --stages 10,20,40 -o curves/town epochs=10"})
final class CurveCommand implements Callable<Integer> {

    private static final double SECONDS_AN_HOUR = 3600;
    private static final String ONE_SEED = "Each stage was tuned once, with one seed: the intervals are over the"
            + " questions, and a difference between stages may be that seed's. Another seed (seed=2) tells.";

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL",
            description = "model folder; machi is the embedded model")
    private String model = "";

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE", description = "pairs, JSON lines")
    private Path data = Path.of("");

    @Option(names = {"-t", "--task"}, required = true, paramLabel = "TASK",
            description = "what is measured, as in eval")
    private String task = "";

    @Option(names = "--stages", split = ",", required = true, paramLabel = "N",
            description = "how many pairs in each stage")
    private List<Integer> stages = List.of();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR",
            description = "folder for parts, runs and evaluations")
    private Path output = Path.of("");

    @Option(names = "--chat", negatable = true, description = "put the prompts of a task into the chat template")
    private boolean isChat;

    @Parameters(paramLabel = "key=value", arity = "0..*", description = "recipe, as for tune")
    private List<String> recipe = List.of();

    /// What a number of pairs came to.
    ///
    /// @param task    that was asked
    /// @param seconds of tuning on all of the pairs
    private record Stage(int pairs, String task, List<Answered> answered, double seconds) {

        /// What the stages are measured by: the first metric of the task.
        String metric() {
            return answered.getFirst().answer().scores().keySet().stream().findFirst().orElseThrow(() ->
                    new IllegalArgumentException("the task %s has no scores, so there is no curve to draw"
                            .formatted(task)));
        }

        Estimate score() {
            return Bootstrap.standard(1).score(Answered.observations(answered, metric()));
        }

        /// By how much it is better than a stage before it, paired by item.
        Estimate gain(Stage before) {
            return Comparison.of(task, metric(), Pairing.of(before.answered, answered).results(), Bootstrap.standard(1))
                    .difference();
        }
    }

    CurveCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        SplitFolder.reading(data, "minarai curve -o " + output);
        List<String> pairs = InputLines.text(data).lines().filter(line -> !line.isBlank())
                .sorted(Comparator.comparing(Decisions::sha256)).toList();
        List<Integer> ordered = stages.stream().sorted().distinct().toList();
        if (ordered.isEmpty() || ordered.getFirst() < 1 || ordered.getLast() > pairs.size()) {
            throw new IllegalArgumentException("the stages %s need 1 to %d pairs, which is what %s has"
                    .formatted(ordered, pairs.size(), data));
        }
        ordered.forEach(count -> Output.require(part(count), List.of(data)));
        var measured = new ArrayList<Stage>();
        measured.add(evaluated("base", List.of(), 0, 0));
        for (int count : ordered) {
            Path part = part(count);
            AtomicFile.write(part, String.join("\n", pairs.subList(0, count)) + "\n");
            Path run = output.resolve("run-" + count);
            long start = System.nanoTime();
            var arguments = new ArrayList<>(List.of("tune", "-m", model, "-d", part.toString(), "-o", run.toString(),
                    "--json"));
            arguments.addAll(recipe);
            run(arguments);
            double seconds = (System.nanoTime() - start) / 1e9;
            measured.add(evaluated("eval-" + count, List.of("-a", run.toString()), count, seconds));
        }
        print(measured);
        return 0;
    }

    private Path part(int count) {
        return output.resolve("pairs-" + count + ".jsonl");
    }

    private Stage evaluated(String name, List<String> adapter, int pairs, double seconds) {
        Path folder = output.resolve(name);
        var arguments = new ArrayList<>(List.of("eval", "-m", model, "-t", task, "-o", folder.toString(), "--json"));
        arguments.addAll(adapter);
        if (isChat) {
            arguments.add("--chat");
        }
        recipe.stream().filter(setting -> BackendOption.in(setting).isPresent()).forEach(arguments::add);
        run(arguments);
        var samples = EvaluationFolder.samples(folder).firstEntry();
        return new Stage(pairs, samples.getKey(), Samples.read(samples.getValue()), seconds);
    }

    /// Runs another command of this program; its result is not shown.
    private void run(List<String> arguments) {
        var out = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        var quiet = new Console(console.in(), out, console.err(), false, console.isErrTerminal());
        int exitCode = Main.run(quiet, arguments.toArray(String[]::new));
        if (exitCode != 0) {
            throw new IllegalArgumentException("the stage could not be made: minarai %s ended with exit code %d"
                    .formatted(String.join(" ", arguments), exitCode));
        }
    }

    private void print(List<Stage> measured) {
        var rows = new ArrayList<Map<String, Object>>();
        var table = new TextTable("pairs", "score", "95 % interval", "gain", "95 % interval", "gain per ten pairs",
                "gain per hour");
        Stage before = measured.getFirst();
        for (Stage stage : measured) {
            var row = new LinkedHashMap<String, Object>();
            row.put("pairs", stage.pairs);
            row.put("score", stage.score().value());
            row.put("interval", ends(stage.score()));
            row.put("seconds", stage.seconds);
            if (stage != before) {
                row.putAll(gains(stage.gain(before), stage.pairs - before.pairs, stage.seconds - before.seconds));
            }
            rows.add(row);
            table.row(cells(stage, row));
            before = stage;
        }
        if (common.isJson) {
            console.json(Map.of("task", before.task, "metric", before.metric(), "stages", rows, "note", ONE_SEED));
        } else {
            console.line("%s, %s; gains are paired by item, and per hour of the longer tuning", before.task,
                    before.metric());
            console.line("%s%n%s", table, ONE_SEED);
        }
    }

    /// What more pairs brought; nothing by the hour where they took no longer.
    ///
    /// @param pairs   more than before
    /// @param seconds more than before
    static Map<String, Object> gains(Estimate gain, int pairs, double seconds) {
        var gains = new LinkedHashMap<String, Object>();
        gains.put("gain", gain.value());
        gains.put("gain_interval", ends(gain));
        gains.put("gain_per_ten_pairs", 10 * gain.value() / pairs);
        if (seconds > 0) {
            gains.put("gain_per_hour", gain.value() * SECONDS_AN_HOUR / seconds);
        }
        return gains;
    }

    private static List<Double> ends(Estimate estimate) {
        return List.of(estimate.interval().low(), estimate.interval().high());
    }

    private static String[] cells(Stage stage, Map<String, Object> row) {
        Object gained = row.get("gain_interval");
        return new String[] {String.valueOf(stage.pairs), "%.4f".formatted(stage.score().value()),
                "%.4f to %.4f".formatted(stage.score().interval().low(), stage.score().interval().high()),
                cell("%+.4f", row, "gain"), gained instanceof List<?> ends
                        ? "%+.4f to %+.4f".formatted(ends.getFirst(), ends.getLast()) : "",
                cell("%+.4f", row, "gain_per_ten_pairs"), cell("%+.2f", row, "gain_per_hour")};
    }

    private static String cell(String format, Map<String, Object> row, String key) {
        return row.containsKey(key) ? format.formatted(row.get(key)) : "";
    }
}
