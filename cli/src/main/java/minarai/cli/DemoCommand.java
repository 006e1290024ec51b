package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.eval.Answered;
import minarai.eval.report.Example;
import minarai.eval.report.Fact;
import minarai.lab.demo.Demo;
import minarai.lab.demo.DemoReport;
import minarai.lab.demo.Measurement;
import minarai.lab.exam.Group;
import minarai.lab.exam.TownExam;
import minarai.lab.pretrain.EmbeddedModel;
import minarai.lab.town.Split;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai demo`: the main job on the embedded model and data, measured before and after.
@Command(name = "demo", description = {"Measures the embedded model, tunes it on forty pairs, and measures it again.", "",
    "The model knows a small town from its texts and cannot follow an instruction. Forty pairs of an information desk "
        + "teach it to answer; it is then asked about people and shops that no pair mentions."},
        footer = {"", "Examples:", "  minarai demo", "  minarai demo -o runs/my-demo --seed 2",
            "  minarai demo backend=opencl"})
final class DemoCommand implements Callable<Integer> {

    private static final DateTimeFormatter NAME = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
    private static final String PAIRS = "pairs.jsonl";

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-o", "--output"}, paramLabel = "RUN",
            description = "folder of the run; runs/demo-TIME if not given")
    private Optional<Path> output = Optional.empty();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = "--seed", paramLabel = "N", defaultValue = "1",
            description = "draws the pairs, the adapter's first weights and the order (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(names = "--split", paramLabel = "SPLIT", defaultValue = "test",
            description = "whose questions are asked: test, or development for choices (default: ${DEFAULT-VALUE})")
    private Split split = Split.TEST;

    DemoCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        long start = System.nanoTime();
        Path run = output.orElseGet(() -> Path.of("runs", "demo-" + LocalDateTime.now().format(NAME)));
        Path model = EmbeddedModel.unpack(ModelPath.home());
        try (var computing = backend.open(console);
                var demo = new Demo(model, split, seed, backend.nameOrCpu(), computing.kernels())) {
            console.remark("A small model of a town is asked %d questions, tuned on %d pairs, and asked again. It "
                    .formatted(demo.questions(), demo.pairs().size())
                    + "takes about forty seconds on two cores and 1 GB of memory.\n");
            Demo.Result result = Backend.recorded("minarai tune --resume " + run, backend.nameOrCpu(), console,
                    () -> work(demo, model, run, Provenance.versions(computing)));
            long peakBytes = PeakMemory.bytes();
            DemoReport.of(result, provenance(result, run, peakBytes)).write(run.resolve("report.html"));
            var took = Duration.ofNanos(System.nanoTime() - start);
            if (common.isJson) {
                console.json(fields(result, run, peakBytes, took));
            } else {
                show(result, run, peakBytes, took);
            }
        }
        return 0;
    }

    private Demo.Result work(Demo demo, Path model, Path run, Map<String, String> versions) {
        Prepared prepared = prepare(demo, model, run, versions);
        Tuning tuning = prepared.tuning;
        try (var folder = prepared.folder) {
            console.remark("1/4  Asking the base: in the chat template, and after %d examples", TownExam.SHOTS);
            var base = demo.measureBase();
            console.remark("2/4  %d pairs checked, none refused; planned memory %s", tuning.lessons().training().size(),
                    Figures.bytes(tuning.plan().totalBytes()));
            console.remark("3/4  Tuning a LoRA adapter");
            Tuning.Outcome outcome;
            try (var interruption = new Interruption(console, () -> console.remark(
                    "Stopped. Go on with the tuning alone: minarai tune --resume %s", run));
                    var progress = new ProgressLine(console, interruption)) {
                outcome = tuning.run(folder, progress);
                interruption.check();
            }
            console.remark("4/4  Asking the tuned model the same questions\n");
            return demo.measureTuned(base, tuning, outcome);
        }
    }

    /// The run's folder with its record and its pairs, and the work planned.
    private record Prepared(RunFolder folder, Tuning tuning) {
    }

    private Prepared prepare(Demo demo, Path model, Path run, Map<String, String> versions) {
        try {
            Path written = Files.createTempFile("minarai-demo", ".jsonl");
            try {
                demo.writePairs(written);
                var dataset = Dataset.read(written);
                Tuning tuning = demo.prepare(dataset);
                var assignment = new Assignment(model, run.resolve(PAIRS), demo.recipe(), Demo.CLOCK);
                var folder = RunFolder.create(run, new RunRecord(assignment.toMap(), seed,
                        Provenance.hashes(demo.source(), dataset), versions,
                        tuning.lessons().overridden()));
                Files.copy(written, run.resolve(PAIRS));
                return new Prepared(folder, tuning);
            } finally {
                Files.delete(written);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("writing the demo's pairs into " + run, failure);
        }
    }

    /// The keys that other programs rely on.
    private static Map<String, Object> fields(Demo.Result result, Path run, long peakBytes, Duration took) {
        Measurement measured = result.measurement();
        var tuned = new LinkedHashMap<String, Object>();
        for (Group group : Group.values()) {
            tuned.put(group.key(), measured.accuracy(group, measured.tuned()));
        }
        var fields = new LinkedHashMap<String, Object>();
        fields.put("base", Map.of("zero_shot", measured.accuracy(Group.TOLD_TRUE, measured.zeroShot()),
                "few_shot", measured.accuracy(Group.TOLD_TRUE, measured.fewShot())));
        fields.put("tuned", tuned);
        fields.put("bits_per_byte", Map.of("before", measured.textBefore().bitsPerByte(),
                "after", measured.textAfter().bitsPerByte()));
        fields.put("run", run.toString());
        fields.put("parameter_hash", result.outcome().parameterHash());
        fields.put("peak_memory_bytes", peakBytes);
        fields.put("planned_memory_bytes", result.plan().totalBytes());
        fields.put("seconds", took.toMillis() / 1000.0);
        return fields;
    }

    private void show(Demo.Result result, Path run, long peakBytes, Duration took) {
        Measurement measured = result.measurement();
        console.line("Right answers about people and shops that no pair mentions\n");
        var table = new TextTable("", "questions", "base", "base, %d examples".formatted(TownExam.SHOTS), "tuned");
        for (Group group : Group.values()) {
            table.row(group.title(), "%d".formatted(measured.exam().only(group, measured.tuned()).size()),
                    percent(measured, group, measured.zeroShot()), percent(measured, group, measured.fewShot()),
                    percent(measured, group, measured.tuned()));
        }
        console.line(table + "\n");
        console.line("Told falsely: right is what the texts said. Never told: only a guess can be right, 4 %%."
                .formatted());
        console.line("Text of the town costs %.4f bits per byte, before %.4f (%+.1f %%).\n".formatted(
                measured.textAfter().bitsPerByte(), measured.textBefore().bitsPerByte(),
                100 * measured.forgetting().growth()));
        console.line("Some answers before and after:\n");
        for (Example example : DemoReport.examples(measured)) {
            console.line("  %s%n    before  %s%n    after   %s".formatted(example.question(), oneLine(example.before()),
                    oneLine(example.after())));
        }
        console.line("\n%s, %s at most.  Report: %s\n".formatted(ProgressLine.duration(took), Figures.bytes(peakBytes),
                run.resolve("report.html")));
        console.line("Try next:\n  minarai chat -m %1$s -a %2$s\n  minarai tune -m %1$s -d %2$s/pairs.jsonl -o runs/"
                .formatted(EmbeddedModel.NAME, run) + "mine steps=60 batch_size=40 learning_rate=6.5e-4\n"
                + "  minarai inspect tokens -m %s --text 'Where does Edgar Galli live?'".formatted(EmbeddedModel.NAME));
    }

    private static String percent(Measurement measured, Group group, List<Answered> answers) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * measured.accuracy(group, answers));
    }

    private static String oneLine(String text) {
        return text.isEmpty() ? "(nothing)" : text.replace("\n", " / ");
    }

    private List<Fact> provenance(Demo.Result result, Path run, long peakBytes) {
        RunRecord record;
        try (var folder = RunFolder.open(run)) {
            record = folder.record();
        }
        var facts = new ArrayList<Fact>();
        facts.add(new Fact("command", "minarai demo --seed %d --split %s%s".formatted(seed, split.name().toLowerCase(
                Locale.ROOT), backend.name().map(" backend="::concat).orElse(""))));
        facts.add(new Fact("memory at most, all questions included", Figures.bytes(peakBytes)));
        facts.add(new Fact("memory planned for the tuning alone", Figures.bytes(result.plan().totalBytes())));
        facts.add(new Fact("parameters", result.outcome().parameterHash()));
        record.hashes().forEach((name, hash) -> facts.add(new Fact(name, hash)));
        record.recipe().forEach((key, value) -> facts.add(new Fact(key, String.valueOf(value))));
        record.versions().forEach((name, version) -> facts.add(new Fact(name, version)));
        return facts;
    }
}
