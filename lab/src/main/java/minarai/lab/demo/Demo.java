package minarai.lab.demo;

import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.engine.Kernels;
import minarai.eval.Answered;
import minarai.eval.metric.Likelihood;
import minarai.lab.exam.TownExam;
import minarai.lab.pretrain.PretrainingRecipe;
import minarai.lab.town.Pair;
import minarai.lab.town.Split;
import minarai.lab.town.Town;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.train.Lessons;
import minarai.train.Plan;
import minarai.train.Progress;
import minarai.train.Recipe;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.data.Sha256;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;

/// The main job on the embedded model: measure the base, tune on the information desk's pairs, measure again.
public final class Demo implements AutoCloseable {

    /// Longest text the demo puts to the model.
    private static final int POSITIONS = 512;
    /// The present for the chat template, which does not ask.
    private static final LocalDateTime CLOCK = LocalDateTime.of(2026, 1, 1, 0, 0);

    private final ModelSource source;
    private final Kernels kernels;
    private final Town town;
    private final TownExam exam;
    private final Recipe recipe;

    /// Hears which part of the work begins.
    public interface Listener extends Progress {
        void begins(String what);
    }

    /// All that the demo found out.
    ///
    /// @param measurement before and after
    /// @param plan        memory and work, as planned before the first step
    /// @param outcome     of the tuning
    /// @param tuningSeconds how long the tuning took
    public record Result(Measurement measurement, Plan plan, Tuning.Outcome outcome, double tuningSeconds) {
    }

    /// @param model the embedded model's folder
    /// @param split whose questions are asked: the test split for figures, development for choices
    /// @param seed  of the pairs, the adapter's first weights and the order
    public Demo(Path model, Split split, long seed, Kernels kernels) {
        this.kernels = kernels;
        source = ModelSource.open(model, Optional.empty(), CLOCK);
        town = Town.of(PretrainingRecipe.defaults().town());
        exam = new TownExam(town, split);
        recipe = recipe(seed);
    }

    /// The demo's recipe: found on the development split.
    public static Recipe recipe(long seed) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("steps", 60);
        settings.put("batch_size", 40);
        settings.put("learning_rate", 5e-4);
        settings.put("schedule", "linear");
        settings.put("final_learning_rate", 0.05);
        settings.put("warmup_steps", 5);
        settings.put("validation_share", 0);
        settings.put("max_length", POSITIONS);
        settings.put("seed", seed);
        return Recipe.of(settings);
    }

    public ModelSource source() {
        return source;
    }

    public Recipe recipe() {
        return recipe;
    }

    /// Writes the pairs that the tuning will see, as JSON lines.
    public void writePairs(Path file) {
        Pair.write(town.deskPairs(recipe.seed()), file);
    }

    /// Does all of it.
    ///
    /// @param pairs  where [#writePairs] put them
    /// @param folder the run's folder, which must be free
    public Result run(Path pairs, Path folder, Map<String, String> versions, Listener listener) {
        listener.begins("Measuring the base, in the chat template and after %d examples".formatted(TownExam.SHOTS));
        var base = new Inference(source.frozen(kernels, POSITIONS), kernels);
        var zeroShot = exam.zeroShot(base, source);
        var fewShot = exam.fewShot(base, source, recipe.seed());
        Likelihood textBefore = exam.worldText(base, source);

        listener.begins("Checking the pairs");
        var dataset = Dataset.read(pairs);
        var lessons = Lessons.prepare(source, dataset, recipe);
        var tuning = new Tuning(source, lessons, kernels);

        listener.begins("Tuning on %d pairs, %d steps".formatted(dataset.examples().size(), lessons.steps()));
        long start = System.nanoTime();
        Tuning.Outcome outcome;
        try (var run = RunFolder.create(folder, new RunRecord(recipe.toMap(), recipe.seed(), hashes(dataset), versions,
                lessons.overridden()))) {
            outcome = tuning.run(run, listener);
        }
        double seconds = (System.nanoTime() - start) / 1e9;

        listener.begins("Measuring the tuned model on the same questions");
        var tuned = new Inference(tuning.model(), kernels);
        List<Answered> after = exam.zeroShot(tuned, source);
        var measurement = new Measurement(exam, zeroShot, fewShot, after, textBefore, exam.worldText(tuned, source));
        return new Result(measurement, tuning.plan(), outcome, seconds);
    }

    private Map<String, String> hashes(Dataset dataset) {
        var hashes = new LinkedHashMap<String, String>();
        hashes.put("base", source.folder().sha256());
        source.folder().file("tokenizer.json").ifPresent(file -> hashes.put("tokenizer", Sha256.of(file)));
        hashes.put("template", Sha256.of(source.requireTemplate().source()));
        hashes.put("data", dataset.sha256());
        return hashes;
    }

    @Override
    public void close() {
        source.close();
    }
}
