package minarai.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.pretrain.Pretraining;
import minarai.lab.pretrain.PretrainingRecipe;
import minarai.lab.town.Pair;
import minarai.lab.town.Town;
import minarai.lab.town.TownSettings;
import minarai.train.Progress;
import picocli.CommandLine.Command;

/// `minarai warm-up`: goes through training and asking once, with a model made for it, while Java takes down what is
/// used and how. The launcher has it done once after building; with these notes later runs are at full speed within
/// seconds (JEP 483, JEP 515). Nothing of it enters a result.
@Command(name = "warm-up", hidden = true, description = "Lets Java learn which parts are used; the launcher does it.")
final class WarmUpCommand implements Callable<Integer> {

    private static final TownSettings TOWN = TownSettings.defaults().withEntities(80, 20).withExposures(8, 4);
    private static final PretrainingRecipe SMALL = new PretrainingRecipe(TOWN, 512, 128, 384, 2, 2, 256, 0.3, 1024, 3e-3,
            5, 0.3, 0.02, 0.1, 1);

    @Override
    public Integer call() {
        try {
            Path folder = Files.createTempDirectory("minarai-warm-up");
            try {
                return practise(folder);
            } finally {
                delete(folder);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("warming up in a temporary folder", failure);
        }
    }

    private static int practise(Path folder) {
        String model = folder.resolve("model").toString();
        String pairs = folder.resolve("pairs.jsonl").toString();
        String run = folder.resolve("run").toString();
        try (var workers = Workers.ofMachine()) {
            new Pretraining(SMALL, new SimdKernels(workers)).run(Path.of(model), "", Map.of(), Progress.none());
        }
        Pair.write(Town.of(TOWN).deskPairs(1), Path.of(pairs));
        for (List<String> command : List.of(
                List.of("tune", "-m", model, "-d", pairs, "-o", run, "steps=20", "--json"),
                List.of("eval", "-m", model, "-a", run, "-t", pairs, "-o", folder.resolve("eval").toString(), "--json"),
                List.of("inspect", "logits", "-m", model, "--ids", "0,2,3", "--json"),
                List.of("generate", "-m", model, "-a", run, "--chat", "--prompt", "Who?", "--max-tokens", "200"))) {
            var silent = new PrintStream(OutputStream.nullOutputStream());
            int exitCode = Main.run(new Console(InputStream.nullInputStream(), silent, silent, false, false),
                    command.toArray(String[]::new));
            if (exitCode != 0) {
                throw new IllegalStateException("warming up: '%s' ended with %d".formatted(command.getFirst(),
                        exitCode));
            }
        }
        return 0;
    }

    private static void delete(Path folder) throws IOException {
        var inside = new ArrayList<Path>();
        try (var walk = Files.walk(folder)) {
            walk.forEach(inside::add);
        }
        inside.sort(Comparator.reverseOrder());
        for (Path path : inside) {
            Files.delete(path);
        }
    }
}
