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
import minarai.train.Recipe;
import minarai.train.Tuning;
import minarai.train.data.Dataset;

/// The main job on the embedded model, stage by stage: [#measureBase()], [#prepare], the tuning's run, [#measureTuned].
public final class Demo implements AutoCloseable {

    /// Longest text the demo puts to the model.
    private static final int POSITIONS = 512;
    /// The present for the chat template, which does not ask.
    public static final LocalDateTime CLOCK = LocalDateTime.of(2026, 1, 1, 0, 0);

    private final ModelSource source;
    private final Kernels kernels;
    private final Town town;
    private final TownExam exam;
    private final Recipe recipe;

    /// What the base said and how likely it finds the town's texts.
    ///
    /// @param zeroShot answers in the chat template
    /// @param fewShot  answers after examples in the form of its pretraining
    /// @param text     likelihood of world text
    public record Base(List<Answered> zeroShot, List<Answered> fewShot, Likelihood text) {
    }

    /// All that the demo found out.
    ///
    /// @param measurement before and after
    /// @param plan        memory and work, as planned before the first step
    /// @param outcome     of the tuning
    public record Result(Measurement measurement, Plan plan, Tuning.Outcome outcome) {
    }

    /// @param model   the embedded model's folder
    /// @param split   whose questions are asked: the test split for figures, development for choices
    /// @param seed    of the pairs, the adapter's first weights and the order
    /// @param backend what computes, as a recipe names it
    /// @param kernels of that backend
    public Demo(Path model, Split split, long seed, String backend, Kernels kernels) {
        this.kernels = kernels;
        source = ModelSource.open(model, Optional.empty(), CLOCK);
        town = Town.of(PretrainingRecipe.defaults().town());
        exam = new TownExam(town, split);
        recipe = recipe(seed).with(Map.of("backend", backend));
    }

    /// The demo's recipe: found on the development split.
    public static Recipe recipe(long seed) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("steps", 60);
        settings.put("batch_size", 40);
        settings.put("learning_rate", 6.5e-4);
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

    /// The pairs that the tuning will see.
    public List<Pair> pairs() {
        return town.deskPairs(recipe.seed());
    }

    /// Writes the pairs as JSON lines.
    public void writePairs(Path file) {
        Pair.write(pairs(), file);
    }

    /// How many questions each model is asked.
    public int questions() {
        return exam.questions();
    }

    /// Measures the base.
    public Base measureBase() {
        var base = new Inference(source.frozen(kernels, POSITIONS), kernels);
        return new Base(exam.zeroShot(base, source), exam.fewShot(base, source, recipe.seed()),
                exam.worldText(base, source));
    }

    /// Reads, renders and checks the pairs, and works out the plan.
    public Tuning prepare(Dataset pairs) {
        return new Tuning(source, Lessons.prepare(source, pairs, recipe), kernels);
    }

    /// Measures the tuned model on the questions that the base was asked.
    public Result measureTuned(Base base, Tuning tuning, Tuning.Outcome outcome) {
        var tuned = new Inference(tuning.model(), kernels);
        var measurement = new Measurement(exam, base.zeroShot(), base.fewShot(), exam.zeroShot(tuned, source),
                base.text(), exam.worldText(tuned, source));
        return new Result(measurement, tuning.plan(), outcome);
    }

    @Override
    public void close() {
        source.close();
    }
}
