package minarai.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.pretrain.EmbeddedModel;
import minarai.lab.pretrain.Making;
import minarai.lab.pretrain.Pretraining;
import minarai.lab.pretrain.PretrainingRecipe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai lab pretrain`: makes the embedded model again.
@Command(name = "pretrain", description = {"Makes the embedded model again, from its recipe alone.%n",
    "It takes about twenty minutes on two cores with vectors of 512 bits."},
        footer = {"", "Example:", "  minarai lab pretrain -o models/machi"})
final class LabPretrain implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "MODEL", description = "model folder, made new")
    private Path output = Path.of("");

    @Option(names = "--town", paramLabel = "N", description = "seed of another town")
    private Optional<Long> town = Optional.empty();

    @Option(names = "--seed", paramLabel = "N", description = "seed of other initial weights")
    private Optional<Long> seed = Optional.empty();

    LabPretrain(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        PretrainingRecipe recipe = PretrainingRecipe.defaults();
        recipe = town.map(recipe::withTown).orElse(recipe);
        recipe = seed.map(recipe::withSeed).orElse(recipe);
        try (var workers = Workers.ofMachine()) {
            console.remark("Writing the town's texts and learning a vocabulary");
            var pretraining = new Pretraining(recipe, new SimdKernels(workers));
            console.remark("%s parameters, %s, %,d steps; a step takes %s of memory",
                    "%,d".formatted(pretraining.size()), Figures.count(pretraining.tokens(), "token"), pretraining.steps(),
                    Figures.bytes(pretraining.rehearse().bytes()));
            try (var interruption = new Interruption(() -> console.remark("Stopped; nothing was written."));
                    var progress = new ProgressLine(console, interruption)) {
                Making making = pretraining.run(output, Provenance.machine(), Provenance.versions(), progress);
                print(making, Making.parse(EmbeddedModel.text(EmbeddedModel.RECORD)));
            }
        }
        return 0;
    }

    private void print(Making making, Making embedded) {
        boolean isEqual = making.parameterHash().equals(embedded.parameterHash());
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("model", output.toString());
            fields.put("steps", making.steps());
            fields.put("tokens", making.tokens());
            fields.put("parameter_hash", making.parameterHash());
            fields.put("weights_sha256", making.weightsSha256());
            fields.put("equals_embedded", isEqual);
            fields.put("losses", making.losses());
            fields.put("seconds", making.seconds());
            console.json(fields);
            return;
        }
        console.line("%s%n%s in %s%nparameters %s%n%s", output, Figures.count(making.steps(), "step"),
                ProgressLine.duration(Duration.ofMillis(Math.round(making.seconds() * 1000))), making.parameterHash(),
                isEqual ? "the same bits as the embedded model" : "not the embedded model, whose parameters are "
                        + embedded.parameterHash());
    }
}
