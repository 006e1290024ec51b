package minarai.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import minarai.engine.Kernels;
import minarai.lab.pretrain.EmbeddedModel;
import minarai.lab.pretrain.Making;
import minarai.lab.pretrain.Pretraining;
import minarai.lab.pretrain.PretrainingRecipe;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `minarai lab pretrain`: makes the embedded model again.
@Command(name = "pretrain", description = {"Makes the embedded model again, from its recipe alone.", "",
    "It takes about twenty minutes on two cores with vectors of 512 bits. Every step goes on record, so the run can be "
        + "resumed and replayed as any other; the model lies in its folder, as RUN/model."},
        footer = {"", "Examples:", "  minarai lab pretrain -o runs/machi", "  minarai lab pretrain --resume runs/machi",
            "  minarai replay runs/machi --steps 501..510"})
final class LabPretrain implements Callable<Integer> {

    private final Console console;

    @Spec
    private CommandLine.Model.CommandSpec command = CommandLine.Model.CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = {"-o", "--output"}, paramLabel = "RUN", description = "folder of the run, made new")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--resume", paramLabel = "RUN", description = "go on with a run that was stopped")
    private Optional<Path> resumed = Optional.empty();

    @Option(names = "--town", paramLabel = "N", description = "seed of another town")
    private Optional<Long> town = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "seed of other initial weights")
    private Optional<Long> seed = Optional.empty();

    @Option(names = "--checkpoint-steps", paramLabel = "N", description = "from one checkpoint, of 34 MB, to the next; "
            + "0 for one at the end only; 250 unless said otherwise")
    private OptionalInt checkpointSteps = OptionalInt.empty();

    LabPretrain(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        boolean isNew = output.isPresent();
        boolean hasSettings = town.isPresent() || seed.isPresent() || checkpointSteps.isPresent();
        if (isNew == resumed.isPresent() || resumed.isPresent() && hasSettings) {
            throw new ParameterException(command.commandLine(), isNew == resumed.isPresent()
                    ? "name a new folder with -o RUN, or one to go on with by --resume RUN"
                    : "--resume takes backend=NAME and nothing else: the run's record says how it was begun");
        }
        if (checkpointSteps.orElse(0) < 0) {
            throw new ParameterException(command.commandLine(), "--checkpoint-steps must be 0 or more");
        }
        try (var computing = backend.open(console)) {
            var kernels = computing.kernels();
            console.remark("Writing the town's texts and learning a vocabulary");
            if (isNew) {
                var pretraining = new Pretraining(recipe(), checkpointSteps.orElse(Pretraining.CHECKPOINT_STEPS),
                        kernels);
                try (var folder = RunFolder.create(output.get(), pretraining.record(Provenance.versions(computing)))) {
                    make(pretraining, folder);
                }
            } else {
                try (var folder = RunFolder.open(resumed.get())) {
                    computing.remarkOnBeginning(folder.record(), console);
                    make(begun(folder.record(), kernels), folder);
                }
            }
        }
        return 0;
    }

    private PretrainingRecipe recipe() {
        PretrainingRecipe recipe = PretrainingRecipe.defaults();
        recipe = town.map(recipe::withTown).orElse(recipe);
        return seed.map(recipe::withSeed).orElse(recipe);
    }

    private static Pretraining begun(RunRecord record, Kernels kernels) {
        Provenance.requireSameNumerics(record);
        var pretraining = Pretraining.of(record, kernels);
        if (!pretraining.hashes().equals(record.hashes())) {
            throw new IllegalArgumentException(("the recipe gives another corpus than the run was begun with: %s, it "
                    + "was %s. Go on with the build that began it.").formatted(pretraining.hashes(),
                    record.hashes()));
        }
        return pretraining;
    }

    private void make(Pretraining pretraining, RunFolder folder) {
        console.remark("%s parameters, %s, %,d steps; a step takes %s of memory", "%,d".formatted(pretraining.size()),
                Figures.count(pretraining.tokens(), "token"), pretraining.steps(),
                Figures.bytes(pretraining.rehearse().bytes()));
        try (var interruption = new Interruption(console, () -> console.remark(
                "Stopped. Go on with: minarai lab pretrain --resume %s", folder.path()));
                var progress = new ProgressLine(console, interruption)) {
            Making making = Backend.recorded("minarai lab pretrain --resume " + folder.path(), backend.nameOrCpu(),
                    console, () -> pretraining.make(folder, Provenance.machine(), progress));
            print(folder.path(), making, Making.parse(EmbeddedModel.text(EmbeddedModel.RECORD)));
        }
    }

    private void print(Path run, Making making, Making embedded) {
        boolean isEqual = making.parameterHash().equals(embedded.parameterHash());
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("run", run.toString());
            fields.put("model", run.resolve(RunFolder.MODEL).toString());
            fields.put("steps", making.steps());
            fields.put("tokens", making.tokens());
            fields.put("ledger_hash", making.ledgerHash());
            fields.put("parameter_hash", making.parameterHash());
            fields.put("weights_sha256", making.weightsSha256());
            fields.put("equals_embedded", isEqual);
            fields.put("losses", making.losses());
            fields.put("seconds", making.seconds());
            console.json(fields);
            return;
        }
        console.line("%s%n%s in %s%nparameters %s%n%s", run, Figures.count(making.steps(), "step"),
                ProgressLine.duration(Duration.ofMillis(Math.round(making.seconds() * 1000))), making.parameterHash(),
                isEqual ? "the same bits as the embedded model" : "not the embedded model, whose parameters are "
                        + embedded.parameterHash());
    }
}
