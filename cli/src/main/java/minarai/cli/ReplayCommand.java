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
import java.util.stream.Collectors;
import minarai.engine.Kernels;
import minarai.lab.pretrain.Pretraining;
import minarai.train.Checkpoint;
import minarai.train.Replay;
import minarai.train.Tuning;
import minarai.train.Undertaking;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `minarai replay`: is a run what its ledger says? Exit code 0 if so, 1 if not.
@Command(name = "replay", description = {"Takes a run's steps again and compares them with its ledger, bit for bit.", "",
    "First the chain of the ledger is followed and the hashes of model, data, checkpoints and result are compared; "
            + "then the steps are taken again, from the nearest checkpoint. Nothing is written. The pretraining of the "
            + "embedded model is a run too: machi."},
        footer = {"", "Examples:", "  minarai replay runs/first", "  minarai replay runs/first --steps 41..50",
            "  minarai replay carried/first -m models/base -d pairs.jsonl --json",
            "  minarai replay machi --steps 1..10"})
final class ReplayCommand implements Callable<Integer> {

    private static final Pattern STEPS = Pattern.compile("(\\d{1,9})(?:\\.\\.(\\d{1,9}))?");

    private final Console console;

    @Spec
    private CommandLine.Model.CommandSpec command = CommandLine.Model.CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final RecordedRun recorded = new RecordedRun();

    @Option(names = "--steps", paramLabel = "A..B", description = "only these steps, e.g. 41..50; otherwise all")
    private Optional<String> steps = Optional.empty();

    @Mixin
    private final BackendOption backend = new BackendOption();

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
            verdict = Replay.Verdict.of(damage);
        }
        if (common.isJson) {
            console.json(fields(verdict));
        } else {
            show(verdict, Duration.ofNanos(System.nanoTime() - start));
        }
        return verdict.isVerified() ? 0 : Failures.FAILED;
    }

    private Replay.Verdict replay() {
        Path run = recorded.folder();
        RunRecord record = RunFolder.record(run);
        Ledger ledger = Ledger.read(run);
        ledger.opening();
        Provenance.requireSameNumerics(record);
        Range range = range(ledger);
        Replay.verifyFiles(run, ledger);
        if (ledger.closing().isEmpty()) {
            console.remark("The run is not finished: its ledger has no closing line, and there is no result that it "
                    + "could vouch for");
        }
        if (ledger.steps() == 0) {
            return new Replay.Verdict(0, 0, false, List.of(), Optional.empty());
        }
        try (var computing = backend.open(console)) {
            var kernels = computing.kernels();
            return Pretraining.isRecordedIn(record) ? pretrained(record, ledger, range, kernels)
                    : tuned(record, ledger, range, kernels);
        }
    }

    private Replay.Verdict tuned(RunRecord record, Ledger ledger, Range range, Kernels kernels) {
        try (var run = CheckedRun.of(recorded, record, ledger, console)) {
            return taken(new Tuning(run.source(), run.lessons(), kernels), ledger, range);
        }
    }

    private Replay.Verdict pretrained(RunRecord record, Ledger ledger, Range range, Kernels kernels) {
        if (recorded.isMoved()) {
            throw new ParameterException(command.commandLine(),
                    ("%s is a pretraining: all that went into it follows from its "
                    + "recipe, so -m, -d, --template and --test name nothing").formatted(recorded.folder()));
        }
        var pretraining = Pretraining.of(record, kernels);
        RecordedRun.requireSame(record, pretraining.hashes());
        console.remark(RecordedRun.comparison(recorded.folder(), ledger, "corpus"));
        return taken(pretraining, ledger, range);
    }

    private Replay.Verdict taken(Undertaking work, Ledger ledger, Range range) {
        Path run = recorded.folder();
        remarkOnCheckpoints(run, ledger, range);
        try (var interruption = new Interruption(console, () -> console.remark("Stopped; nothing was written"));
                var progress = new ProgressLine(console, interruption)) {
            var verdict = new Replay(work, run, ledger).run(range.first, range.last, progress);
            ledger.closing().map(LedgerLine.Closing::step)
                    .filter(kept -> range.last == ledger.steps() && kept < verdict.start())
                    .ifPresent(kept -> console.remark("The result holds the parameters of step %,d, before these "
                            + "steps: they were compared with the ledger alone. minarai replay without --steps "
                            + "computes them again.", kept));
            return verdict;
        }
    }

    /// A stretch late in a run is checked fast only where a checkpoint lies before it.
    private void remarkOnCheckpoints(Path run, Ledger ledger, Range range) {
        Path folder = run.resolve("checkpoints");
        int start = Checkpoint.in(folder).stream().mapToInt(Checkpoint::step).filter(step -> step < range.first).max()
                .orElse(0);
        ledger.checkpoints().stream().mapToInt(LedgerLine.Saved::step)
                .filter(step -> step > start && step < range.first).max()
                .ifPresent(missing -> console.remark("The checkpoint of step %,d is not in %s, so %s are taken again, "
                        + "from %s. Whoever makes the run anew by its recipe has its checkpoints.", missing, folder,
                        Figures.count(range.last - start, "step"), start == 0 ? "the start" : "step " + start));
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
        if (first > last) {
            throw new ParameterException(command.commandLine(), "--steps %s: it ends before it begins".formatted(
                    steps.get()));
        }
        if (first < 1 || last > ledger.steps()) {
            throw new ParameterException(command.commandLine(), "--steps %s: the ledger has the steps 1..%d".formatted(
                    steps.get(), ledger.steps()));
        }
        return new Range(first, last);
    }

    /// The keys that other programs rely on.
    private static Map<String, Object> fields(Replay.Verdict verdict) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("verified", verdict.isVerified());
        fields.put("steps", verdict.executed());
        if (verdict.isVerified() || verdict.executed() > 0) {
            fields.put("closed", verdict.isClosed());
            fields.put("missing_checkpoints", verdict.missing());
        }
        verdict.difference().ifPresent(difference -> {
            var first = new LinkedHashMap<String, Object>();
            first.put("step", difference.step());
            first.put("what", difference.what());
            fields.put("first_difference", first);
        });
        return fields;
    }

    private void show(Replay.Verdict verdict, Duration took) {
        if (!verdict.missing().isEmpty()) {
            console.line("Not compared: by its recipe the run keeps the checkpoints of these steps, but their files "
                    + "are not there: %s",
                    verdict.missing().stream().map(String::valueOf).collect(Collectors.joining(", ")));
        }
        if (verdict.isVerified()) {
            console.line("Verified: %s taken again%s, and every bit is as recorded (%s).",
                    Figures.count(verdict.executed(), "step"),
                    verdict.start() == 0 ? " from the start" : " from the checkpoint of step " + verdict.start(),
                    ProgressLine.duration(took));
        } else {
            var difference = verdict.difference().orElseThrow();
            console.line("Not verified. The first difference is at %s:%n  %s", difference.step() == 0 ? "the start"
                    : "step " + difference.step(), difference.what());
        }
    }
}
