package minarai.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.train.Lessons;
import minarai.train.Recipe;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `minarai tune`: pairs and a model in, an adapter out.
@Command(name = "tune", description = "Tunes a model on pairs of instruction and answer.",
        footer = {"", "Examples:", "  minarai tune -m models/base -d pairs.jsonl -o runs/first rank=16 epochs=3",
            "  minarai tune --resume runs/first", "  minarai tune --resume runs/first backend=cpu",
            "  minarai tune --keys"})
final class TuneCommand implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final RecipeOptions options = new RecipeOptions();

    @Option(names = {"-o", "--output"}, paramLabel = "RUN", description = "folder of the run, made new")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--resume", paramLabel = "RUN", description = "go on with a run that was stopped")
    private Optional<Path> resumed = Optional.empty();

    TuneCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (options.isAskedForKeys()) {
            RecipeKeys.print(console, common.isJson);
            return 0;
        }
        if (resumed.isEmpty()) {
            Path run = output.orElseThrow(() -> options.missing("-o RUN"));
            train(options.assignment(), run, Optional.empty());
            return 0;
        }
        Optional<String> elsewhere = options.backendAlone();
        if (options.isGiven() && elsewhere.isEmpty() || output.isPresent()) {
            throw new ParameterException(options.commandLine(),
                    "--resume takes backend=NAME and nothing else: the run's record says model, data and recipe");
        }
        Path run = resumed.get();
        RunRecord record;
        try (var folder = RunFolder.open(run)) {
            record = folder.record();
            Provenance.requireSameNumerics(record);
            TuneResult.requireUnfinished(folder);
        }
        var begun = Assignment.of(record.recipe(), run);
        train(elsewhere.map(begun::computedBy).orElse(begun), run, Optional.of(record));
        return 0;
    }

    private static void requireSame(Optional<String> difference) {
        if (difference.isPresent()) {
            throw new IllegalArgumentException(difference.get() + ". Put back what was there, or begin a new run.");
        }
    }

    private void train(Assignment assignment, Path run, Optional<RunRecord> record) {
        Recipe recipe = assignment.recipe();
        if (record.isEmpty()) {
            RunFolder.requireFree(run);
        }
        record.ifPresent(begun -> requireSame(Provenance.changedFile(begun, assignment)));
        try (var backend = Backend.of(recipe, console)) {
            record.ifPresent(begun -> backend.remarkOnBeginning(begun, console));
            train(assignment, run, record, backend);
        }
    }

    /// Begins a run, or goes on with one.
    ///
    /// @param record  of the run where it was begun before; its files are what they were
    /// @param backend of the recipe
    void train(Assignment assignment, Path run, Optional<RunRecord> record, Backend backend) {
        Recipe recipe = assignment.recipe();
        try (var source = assignment.open()) {
            DeskFiles.reading(assignment, "tune " + (record.isPresent() ? "--resume " : "-o ") + run);
            var dataset = Dataset.read(assignment.data());
            if (record.isEmpty()) {
                dataset.without(recipe.forget());
            }
            source.requireTemplate();
            Map<String, String> hashes = Provenance.hashes(source, dataset, recipe);
            record.ifPresent(begun -> requireSame(Provenance.difference(begun.hashes(), hashes, assignment)));
            var lessons = Lessons.prepare(source, dataset, recipe);
            var work = new TuneSteps(console);
            work.announce(lessons, dataset);
            var kernels = backend.kernels();
            var tuning = new Tuning(source, lessons, kernels);
            tuning.requireFit();
            console.remark("Planned: %s, %s, %s in all", Figures.count(lessons.steps(), "step"), Figures.bytes(
                    tuning.plan().totalBytes()), Figures.count(tuning.plan().tokens(), "token"));
            var examples = new BeforeAndAfter(source, kernels, tuning, dataset);
            var begun = record.orElseGet(() -> new RunRecord(
                    assignment.with(lessons.resolved()).toMap(), recipe.seed(), hashes,
                    Provenance.versions(backend), lessons.overridden()));
            try (var folder = record.isPresent() ? RunFolder.open(run) : RunFolder.create(run, begun)) {
                TuneResult result = work.take(tuning, folder, begun, examples,
                        TuneSteps.served(assignment, tuning, run, kernels), List.of());
                if (common.isJson) {
                    console.json(result.fields());
                } else {
                    result.show(console);
                }
                result.proof().require();
            }
        }
    }
}
