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
@Command(name = "curve", description = "Tunes on growing parts of the pairs and measures what each part brings.%n",
        footer = {"", "A larger part holds the smaller ones; which pairs come first follows from a hash of each.", "",
            "Example:", "  minarai curve -m machi -d pairs.jsonl -t tasks/town --stages 10,20,40 -o curves/town epochs=10"})
final class CurveCommand implements Callable<Integer> {

    private static final double SECONDS_AN_HOUR = 3600;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "model folder; machi is the embedded model")
    private String model = "";

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE", description = "pairs, JSON lines")
    private Path data = Path.of("");

    @Option(names = {"-t", "--task"}, required = true, paramLabel = "TASK", description = "what is measured, as in eval")
    private String task = "";

    @Option(names = "--stages", split = ",", required = true, paramLabel = "N", description = "how many pairs in each stage")
    private List<Integer> stages = List.of();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR", description = "folder for parts, runs and evaluations")
    private Path output = Path.of("");

    @Option(names = "--chat", negatable = true, description = "put the prompts of a task into the chat template")
    private boolean isChat;

    @Parameters(paramLabel = "key=value", arity = "0..*", description = "recipe, as for tune")
    private List<String> recipe = List.of();

    /// What a number of pairs came to.
    ///
    /// @param seconds of tuning
    private record Stage(int pairs, Estimate score, double seconds) {
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
            throw new IllegalArgumentException("the stages %s need 1 to %d pairs, which is what %s has".formatted(ordered,
                    pairs.size(), data));
        }
        var measured = new ArrayList<Stage>();
        measured.add(new Stage(0, evaluated("base", List.of()), 0));
        for (int count : ordered) {
            Path part = output.resolve("pairs-" + count + ".jsonl");
            AtomicFile.write(part, String.join("\n", pairs.subList(0, count)) + "\n");
            Path run = output.resolve("run-" + count);
            long start = System.nanoTime();
            var arguments = new ArrayList<>(List.of("tune", "-m", model, "-d", part.toString(), "-o", run.toString(), "--json"));
            arguments.addAll(recipe);
            run(arguments);
            double seconds = (System.nanoTime() - start) / 1e9;
            measured.add(new Stage(count, evaluated("eval-" + count, List.of("-a", run.toString())), seconds));
        }
        print(measured);
        return 0;
    }

    private Estimate evaluated(String name, List<String> adapter) {
        Path folder = output.resolve(name);
        var arguments = new ArrayList<>(List.of("eval", "-m", model, "-t", task, "-o", folder.toString(), "--json"));
        arguments.addAll(adapter);
        if (isChat) {
            arguments.add("--chat");
        }
        run(arguments);
        List<Answered> answered = Samples.read(EvaluationFolder.samples(folder).firstEntry().getValue());
        if (answered.getFirst().answer().scores().isEmpty()) {
            throw new IllegalArgumentException(("%s has no scores to draw a curve of; name a task that asks something")
                    .formatted(task));
        }
        String metric = answered.getFirst().answer().scores().keySet().iterator().next();
        return Bootstrap.standard(1).score(Answered.observations(answered, metric));
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
        var table = new TextTable("pairs", "score", "95 % interval", "gain", "gain per ten pairs", "gain per hour");
        Stage before = measured.getFirst();
        for (Stage stage : measured) {
            var row = new LinkedHashMap<String, Object>();
            row.put("pairs", stage.pairs);
            row.put("score", stage.score.value());
            row.put("interval", List.of(stage.score.interval().low(), stage.score.interval().high()));
            var cells = new ArrayList<>(List.of(String.valueOf(stage.pairs), "%.4f".formatted(stage.score.value()),
                    "%.4f to %.4f".formatted(stage.score.interval().low(), stage.score.interval().high())));
            if (stage != before) {
                double gain = stage.score.value() - before.score.value();
                double perTen = 10 * gain / (stage.pairs - before.pairs);
                double perHour = gain / (stage.seconds / SECONDS_AN_HOUR);
                row.put("gain", gain);
                row.put("gain_per_ten_pairs", perTen);
                row.put("gain_per_hour", perHour);
                row.put("seconds", stage.seconds);
                cells.addAll(List.of("%+.4f".formatted(gain), "%+.4f".formatted(perTen), "%+.2f".formatted(perHour)));
            } else {
                cells.addAll(List.of("", "", ""));
            }
            rows.add(row);
            table.row(cells.toArray(String[]::new));
            before = stage;
        }
        if (common.isJson) {
            console.json(Map.of("stages", rows));
        } else {
            console.line("%s", table);
        }
    }
}
