package minarai.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Workspace;
import minarai.models.Adapter;
import minarai.models.CheckpointWeights;
import minarai.models.Collecting;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.models.WithAdapters;
import minarai.models.format.DataType;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftConfig;
import minarai.models.format.TargetModules;
import minarai.train.run.MetricsLog;
import minarai.train.run.RunFolder;

/// A tuning run: the model with what is trained in it, the lessons, and the plan; then the steps.
public final class Tuning {

    /// Gains of norms, by the names of all architectures, and biases.
    private static final Pattern NORM_OR_BIAS = Pattern.compile(".*(norm|\\.ln_[12f])\\.weight|.*\\.bias");

    private final ModelSource source;
    private final Lessons lessons;
    private final Recipe recipe;
    private final Kernels kernels;
    private final LanguageModel model;
    private final List<Adapter> adapter = new ArrayList<>(1);
    private final List<Parameter> trained;
    private final Workspace rehearsal;
    private final Plan plan;

    /// What came out of a run.
    ///
    /// @param steps            the reports of its steps, from where it was taken up
    /// @param validationLosses by step, where there is a validation split; step 0 is before the first update
    /// @param bestStep         the step whose parameters were kept
    /// @param parameterHash    see [ParameterHash]
    /// @param tokensPerSecond  over all steps
    public record Outcome(List<Trainer.StepReport> steps, Map<Integer, Double> validationLosses, int bestStep,
            String parameterHash, double tokensPerSecond) {
    }

    /// Builds the network and works out the plan; nothing is trained yet.
    ///
    /// @throws IllegalArgumentException if a target module is none of the model's, or the run would not fit into memory
    public Tuning(ModelSource source, Lessons lessons, Kernels kernels) {
        this.source = source;
        this.lessons = lessons;
        this.recipe = lessons.recipe();
        this.kernels = kernels;
        int positions = Math.min(recipe.maxLength(), source.config().maxPositions());
        Collecting base = new Collecting(recipe.method() == Recipe.Method.FULL
                ? CheckpointWeights.trained(source.folder()) : CheckpointWeights.frozen(source.folder(), kernels,
                        recipe.weights().storage()));
        if (recipe.method() == Recipe.Method.FULL) {
            model = LanguageModel.of(source.config(), base, positions);
            trained = base.parameters();
        } else {
            var fresh = Adapter.fresh(peftConfig(), recipe.seed());
            model = LanguageModel.of(source.config(), new WithAdapters(base, fresh), positions);
            requireTargets(fresh);
            adapter.add(fresh);
            trained = fresh.parameters();
        }
        var frozen = base.parameters().stream().filter(parameter -> !parameter.isTrained()).toList();
        boolean isAlways = recipe.recompute() == Recipe.Recomputation.ALWAYS;
        var kept = Plan.rehearse(model, kernels, lessons, isAlways);
        var first = Plan.of(frozen, trained, kept, lessons, isAlways);
        boolean isBetter = recipe.recompute() == Recipe.Recomputation.AUTO
                && !first.fits(Runtime.getRuntime().maxMemory());
        rehearsal = isBetter ? Plan.rehearse(model, kernels, lessons, true) : kept;
        plan = isBetter ? Plan.of(frozen, trained, rehearsal, lessons, true) : first;
    }

    private PeftConfig peftConfig() {
        TargetModules targets = recipe.targetModules().equals(List.of("all-linear")) ? new TargetModules.AllLinear()
                : new TargetModules.Names(recipe.targetModules());
        return new PeftConfig(recipe.rank(), recipe.alpha(), recipe.dropout(), targets, recipe.rslora(), false,
                new LinkedHashMap<>(), new LinkedHashMap<>(), source.config().isFanInFanOut(),
                source.folder().path().toString(), "CAUSAL_LM");
    }

    private void requireTargets(Adapter fresh) {
        if (recipe.targetModules().isEmpty()
                || recipe.targetModules().contains("all-linear") && recipe.targetModules().size() > 1) {
            throw new IllegalArgumentException("target_modules is %s; name at least one projection, or all-linear alone"
                    .formatted(recipe.targetModules()));
        }
        for (String name : recipe.targetModules()) {
            boolean isPlaced = name.equals("all-linear")
                    || fresh.layers().keySet().stream().anyMatch(path -> path.equals(name) || path.endsWith("." + name));
            if (!isPlaced) {
                throw new IllegalArgumentException(("target_modules: the model has no module %s. Its projections are "
                        + "%s; all-linear takes all of them.").formatted(name,
                        String.join(", ", source.config().projections())));
            }
        }
    }

    public Plan plan() {
        return plan;
    }

    public Lessons lessons() {
        return lessons;
    }

    /// The network as it is trained; between steps it can be asked.
    public LanguageModel model() {
        return model;
    }

    /// The adapter under training; none where all weights are trained.
    public Optional<Adapter> adapter() {
        return adapter.stream().findFirst();
    }

    /// Takes all steps, or those that are left, and writes what came out into the folder.
    ///
    /// @param folder of a new run, or of one to go on with
    /// @throws TrainingFailure if a loss is not a number
    public Outcome run(RunFolder folder, Progress progress) {
        plan.requireFit(Runtime.getRuntime().maxMemory(), recipe);
        var settings = new AdamW.Settings((float) recipe.beta1(), (float) recipe.beta2(), (float) recipe.epsilon(),
                (float) recipe.weightDecay());
        var optimizer = new AdamW(kernels, settings, trained, Tuning::isDecayed);
        int done = Checkpoint.latest(folder.checkpoints()).map(checkpoint -> {
            checkpoint.restore(optimizer);
            return checkpoint.step();
        }).orElse(0);
        double maxNorm = recipe.maxGradNorm() == 0 ? Double.POSITIVE_INFINITY : recipe.maxGradNorm();
        var trainer = new Trainer(model, kernels, optimizer, maxNorm, Workspace.planned(rehearsal),
                plan.isRecomputing());
        // At the start even the line of step 0 is written anew.
        try (MetricsLog metrics = folder.metrics(done == 0 ? -1 : done)) {
            Outcome outcome = new Steps(trainer, metrics, folder, progress).from(done);
            write(folder);
            return outcome;
        }
    }

    /// Norms and biases are not decayed.
    private static boolean isDecayed(Parameter parameter) {
        return !NORM_OR_BIAS.matcher(parameter.name()).matches();
    }

    /// Writes the result, unless a run that was cut off between this and its end has written it already.
    private void write(RunFolder folder) {
        Path model = folder.path().resolve("model");
        if (Files.exists(adapter.isEmpty() ? model : folder.adapter())) {
            return;
        }
        if (adapter.isEmpty()) {
            var entries = trained.stream().map(parameter ->
                    source.folder().entry(parameter.name(), DataType.F32, parameter.tensor())).toList();
            ModelFolder.write(model, source.config(), DataType.F32, entries,
                    source.folder().tokenizerFiles());
        } else {
            adapter.getFirst().toFolder(source).write(folder.adapter());
        }
    }

    /// The steps of one run.
    private final class Steps {

        private final Trainer trainer;
        private final MetricsLog metrics;
        private final RunFolder folder;
        private final Progress progress;
        private final List<Trainer.StepReport> reports = new ArrayList<>();
        private final Map<Integer, Double> validationLosses = new LinkedHashMap<>();
        private final BestParameters best;

        Steps(Trainer trainer, MetricsLog metrics, RunFolder folder, Progress progress) {
            this.trainer = trainer;
            this.metrics = metrics;
            this.folder = folder;
            this.progress = progress;
            this.best = new BestParameters(trained, folder.checkpoints());
        }

        Outcome from(int done) {
            int steps = lessons.steps();
            if (done > 0) {
                best.resume(done, seen -> done / lessons.stepsPerEpoch() - seen / lessons.stepsPerEpoch());
            }
            var schedule = recipe.scheduleOver(steps);
            var pace = new Pace(done, steps, System::nanoTime);
            if (done == 0) {
                validate(0);
            }
            long start = System.nanoTime();
            int last = done;
            for (int step = done + 1; step <= steps && !isStale(); step++) {
                var report = trainer.step(step, schedule.rate(step), lessons.batches(step));
                reports.add(report);
                var point = pace.after(step, report.tokens(), report.loss(), report.learningRate());
                log(report, point);
                progress.reached(point);
                if (step % lessons.stepsPerEpoch() == 0 || step == steps) {
                    validate(step);
                }
                if (recipe.checkpointSteps() > 0 && step % recipe.checkpointSteps() == 0 || step == steps) {
                    Checkpoint.write(folder.checkpoints(), step, trainer.optimizer());
                }
                last = step;
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            long tokens = reports.stream().mapToLong(Trainer.StepReport::tokens).sum();
            boolean isSelected = recipe.patience().isPresent() && !lessons.validation().isEmpty();
            int kept = isSelected ? best.restore() : last;
            return new Outcome(List.copyOf(reports), validationLosses, kept, ParameterHash.of(trained),
                    tokens / Math.max(1e-9, seconds));
        }

        private void log(Trainer.StepReport report, Progress.Point point) {
            var values = new LinkedHashMap<String, Object>();
            values.put("loss", report.loss());
            values.put("gradient_norm", report.gradientNorm());
            values.put("learning_rate", report.learningRate());
            values.put("tokens_per_second", point.tokensPerSecond());
            metrics.append(report.step(), values);
        }

        private void validate(int step) {
            if (lessons.validation().isEmpty()) {
                return;
            }
            double loss = trainer.loss(lessons.validationBatches());
            validationLosses.put(step, loss);
            metrics.append(step, Map.of("validation_loss", loss));
            progress.validated(step, loss);
            if (recipe.patience().isPresent()) {
                best.see(step, loss);
            }
        }

        private boolean isStale() {
            return recipe.patience().isPresent() && best.without() >= recipe.patience().getAsInt();
        }
    }
}
