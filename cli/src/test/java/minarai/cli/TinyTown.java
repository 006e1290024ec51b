package minarai.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.pretrain.Pretraining;
import minarai.lab.pretrain.PretrainingRecipe;
import minarai.lab.town.TownSettings;
import minarai.train.run.RunFolder;

/// A model far smaller than the embedded one, by the same code, and ten pairs.
final class TinyTown {

    static final String NOW = "2026-01-31T09:00:00";
    private static final PretrainingRecipe RECIPE = new PretrainingRecipe(
            TownSettings.defaults().withEntities(10, 6).withExposures(2, 1).withDeskPairs(4), 320, 16, 24, 1, 2, 512, 1,
            2048, 5e-3, 5, 0.3, 0.02, 0.1, 1);

    private TinyTown() {
    }

    /// Makes the model `base` and the pairs `pairs.jsonl` in a folder.
    static void write(Path folder) throws IOException {
        Path made = folder.resolve("pretraining");
        try (var workers = new Workers(2)) {
            var pretraining = new Pretraining(RECIPE, 0, new SimdKernels(workers));
            try (var run = RunFolder.create(made, pretraining.record(Map.of()))) {
                pretraining.make(run, "", point -> { });
            }
        }
        Files.move(made.resolve("model"), folder.resolve("base"));
        Files.write(folder.resolve("pairs.jsonl"), List.of("oak", "ash", "elm", "fir", "yew", "box", "bay", "fig",
                "may", "sloe").stream()
                .map(tree -> "{\"instruction\": \"Where is the %s?\", \"output\": \"%s\"}".formatted(tree,
                        tree.indexOf('e') < 0 ? "By the mill." : "Behind the church.")).toList());
    }
}
