package minarai.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.train.Lessons;
import minarai.train.Recipe;
import minarai.train.Replay;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `minarai replay`: is a run what its ledger says? Exit code 0 if so, 1 if not.
@Command(name = "replay", description = {"Takes a run's steps again and compares them with its ledger, bit for bit.%n",
    "First the chain of the ledger is followed and the hashes of model, data, checkpoints and result are compared; then the "
        + "steps are taken again, from the nearest checkpoint. Nothing is written."},
        footer = {"", "Examples:", "  minarai replay runs/first", "  minarai replay runs/first --steps 41..50",
            "  minarai replay carried/first -m models/base -d pairs.jsonl --json"})
final class ReplayCommand implements Callable<Integer> {

    private static final Pattern STEPS = Pattern.compile("(\\d{1,9})(?:\\.\\.(\\d{1,9}))?");

    private final Console console;

    @Spec
    private CommandLine.Model.CommandSpec command = CommandLine.Model.CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "RUN", description = "folder of the run")
    private Path run = Path.of("");

    @Option(names = "--steps", paramLabel = "A..B", description = "only these steps, e.g. 41..50; otherwise all")
    private Optional<String> steps = Optional.empty();

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "where the model is now, if not where the run found it")
    private Optional<String> model = Optional.empty();

    @Option(names = {"-d", "--data"}, paramLabel = "DATA",
            description = "where the pairs are now, if not where the run found them")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME|FILE", description = "where the chat template is now, likewise")
    private Optional<String> template = Optional.empty();

    @Option(names = "--test", paramLabel = "FILE",
            description = "where a test file that the recipe names is now, likewise; one for each")
    private List<Path> tests = List.of();

    ReplayCommand(Console console) {
        this.console = console;
    }

    /// The steps asked for.
    private record Range(int first, int last) {
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        Replay.Verdict verdict;
        try {
            verdict = replay();
        } catch (LedgerDamage damage) {
            verdict = new Replay.Verdict(0, 0, Optional.of(Replay.Difference.of(damage)));
        }
        if (common.isJson) {
            console.json(fields(verdict));
        } else {
            show(verdict, Duration.ofNanos(System.nanoTime() - start));
        }
        return verdict.isVerified() ? 0 : Failures.FAILED;
    }

    private Replay.Verdict replay() {
        RunRecord record = RunFolder.record(run);
        Ledger ledger = Ledger.read(run);
        ledger.opening();
        Provenance.requireSameNumerics(record);
        Range range = range(ledger);
        console.remark("%s follow one another from run.json on, none was changed", Figures.count(ledger.lines().size(),
                "line"));
        Replay.verifyFiles(run, ledger);
        if (ledger.steps() == 0) {
            return new Replay.Verdict(0, 0, Optional.empty());
        }
        Assignment assignment = assignment(record);
        Recipe recipe = assignment.recipe();
        requireSame(Provenance.changedFile(record, assignment));
        try (var workers = new Workers(Runtime.getRuntime().availableProcessors());
                var source = assignment.open()) {
            var dataset = Dataset.read(assignment.data());
            requireSame(Provenance.difference(record, Provenance.hashes(source, dataset, recipe), assignment));
            console.remark("Model, tokenizer, template, pairs, checkpoints and result are those of the run");
            var kernels = new SimdKernels(workers);
            var tuning = new Tuning(source, Lessons.prepare(source, dataset, recipe), kernels);
            try (var interruption = new Interruption(() -> console.remark("Stopped; nothing was written"));
                    var progress = new ProgressLine(console, interruption)) {
                return new Replay(tuning, kernels, run, ledger).run(range.first, range.last, progress);
            }
        }
    }

    private static void requireSame(Optional<String> difference) {
        if (difference.isPresent()) {
            throw new LedgerDamage(0, difference.get() + ". Name what the run was begun with: -m, -d, --template or --test");
        }
    }

    private Range range(Ledger ledger) {
        if (steps.isEmpty()) {
            return new Range(1, ledger.steps());
        }
        Matcher matcher = STEPS.matcher(steps.get());
        if (!matcher.matches()) {
            throw new ParameterException(command.commandLine(), "--steps %s: steps are named A..B, such as 41..50"
                    .formatted(steps.get()));
        }
        int first = Integer.parseInt(matcher.group(1));
        int last = matcher.group(2) == null ? first : Integer.parseInt(matcher.group(2));
        if (first < 1 || first > last || last > ledger.steps()) {
            throw new ParameterException(command.commandLine(), "--steps %s: the ledger has the steps 1..%d".formatted(
                    steps.get(), ledger.steps()));
        }
        return new Range(first, last);
    }

    private Assignment assignment(RunRecord record) {
        var settings = new LinkedHashMap<>(record.recipe());
        model.ifPresent(named -> settings.put("model", ModelPath.ofModel(named).toString()));
        data.ifPresent(file -> settings.put("data", file.toString()));
        if (!tests.isEmpty()) {
            settings.put("test", tests.stream().map(Path::toString).toList());
        }
        template.ifPresent(named -> settings.put("template", named));
        return Assignment.of(settings, run);
    }

    /// The keys that other programs rely on.
    private static Map<String, Object> fields(Replay.Verdict verdict) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("verified", verdict.isVerified());
        fields.put("steps", verdict.executed());
        verdict.difference().ifPresent(difference -> {
            var first = new LinkedHashMap<String, Object>();
            first.put("step", difference.step());
            first.put("what", difference.what());
            fields.put("first_difference", first);
        });
        return fields;
    }

    private void show(Replay.Verdict verdict, Duration took) {
        if (verdict.isVerified()) {
            console.line("Verified: %s taken again%s, and every bit is as recorded (%s).", Figures.count(
                    verdict.executed(), "step"), verdict.start() == 0 ? " from the start" : " from the checkpoint of step "
                    + verdict.start(), ProgressLine.duration(took));
        } else {
            var difference = verdict.difference().orElseThrow();
            console.line("Not verified. The first difference is at %s:%n  %s", difference.step() == 0 ? "the start"
                    : "step " + difference.step(), difference.what());
        }
    }
}
