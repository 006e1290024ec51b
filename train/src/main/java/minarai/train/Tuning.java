package minarai.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Memory;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.Adapter;
import minarai.models.CheckpointWeights;
import minarai.models.Collecting;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.models.WithAdapters;
import minarai.models.format.DataType;
import minarai.models.format.LowRankPair;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;
import minarai.models.format.TargetModules;
import minarai.train.run.RunFolder;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// A tuning run: the model with what is trained in it, the lessons, and the plan; then the steps.
public final class Tuning implements Undertaking {

    /// Gains of norms, by the names of all architectures, and biases.
    private static final Pattern NORM_OR_BIAS = Pattern.compile(".*(norm|\\.ln_[12f])\\.weight|.*\\.bias");

    private final ModelSource source;
    private final Lessons lessons;
    private final Recipe recipe;
    private final Kernels kernels;
    private final LanguageModel model;
    private final List<Adapter> adapter = new ArrayList<>(1);
    private final List<Parameter> trained;
    private final List<Parameter> base;
    private final List<Parameter> frozen;
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
        var read = new Collecting(recipe.method() == Recipe.Method.FULL
                ? CheckpointWeights.trained(source.folder()) : CheckpointWeights.frozen(source.folder(), kernels,
                        recipe.weights().storage()));
        if (recipe.method() == Recipe.Method.FULL) {
            requireTokenizerFile();
            model = LanguageModel.of(source.config(), read, positions);
            trained = read.parameters();
        } else {
            var fresh = Adapter.fresh(peftConfig(), recipe.seed());
            ModelSource.requireUntied(source.config(), fresh.config());
            model = LanguageModel.of(source.config(), new WithAdapters(read, fresh), positions);
            requireTargets(fresh);
            requireParts(fresh);
            adapter.add(fresh);
            trained = fresh.parameters();
        }
        base = read.parameters();
        frozen = base.stream().filter(parameter -> !parameter.isTrained()).toList();
        boolean isAlways = recipe.recompute() == Recipe.Recomputation.ALWAYS;
        var kept = Plan.rehearse(model, kernels, lessons, isAlways);
        var first = Plan.of(frozen, trained, kept, lessons, isAlways);
        boolean isBetter = recipe.recompute() == Recipe.Recomputation.AUTO
                && !first.fits(kernels.memory());
        rehearsal = isBetter ? Plan.rehearse(model, kernels, lessons, true) : kept;
        plan = (isBetter ? Plan.of(frozen, trained, rehearsal, lessons, true) : first)
                .withSnapshot(kernels.memory());
    }

    /// What is written is a folder, and a folder without its tokenizer serves nobody.
    private void requireTokenizerFile() {
        if (!source.folder().hasWritableTokenizer()) {
            throw new IllegalArgumentException(("method=full on %s: its tokenizer lies in the file and is one that "
                    + "tokenizer.json cannot say, so the folder that is written would have none. Tune an adapter "
                    + "(method=lora), or all weights of the folder that the file was made from.").formatted(
                    source.folder().path()));
        }
    }

    private PeftConfig peftConfig() {
        TargetModules targets = recipe.targetModules().equals(List.of("all-linear")) ? new TargetModules.AllLinear()
                : new TargetModules.Names(recipe.targetModules());
        return new PeftConfig(recipe.rank(), recipe.alpha(), recipe.dropout(), targets, recipe.rslora(),
                recipe.useDora(), recipe.rankPattern(), recipe.alphaPattern(), source.config().isFanInFanOut(),
                source.folder().path().toString(), "CAUSAL_LM", recipe.modulesToSave());
    }

    private void requireTargets(Adapter fresh) {
        if (recipe.targetModules().isEmpty()
                || recipe.targetModules().contains("all-linear") && recipe.targetModules().size() > 1) {
            throw new IllegalArgumentException("target_modules is %s; name at least one projection, or all-linear alone"
                    .formatted(recipe.targetModules()));
        }
        for (String name : recipe.targetModules()) {
            boolean isPlaced = name.equals("all-linear")
                    || fresh.layers().keySet().stream().anyMatch(path -> path.equals(name)
                    || path.endsWith("." + name));
            if (!isPlaced) {
                throw new IllegalArgumentException(("target_modules: the model has no module %s. Its projections are "
                        + "%s; all-linear takes all of them.").formatted(name,
                        String.join(", ", source.config().projections())));
            }
        }
    }

    /// Patterns and whole modules that the model has no place for would be passed over in silence.
    private void requireParts(Adapter fresh) {
        var named = Map.of("rank_pattern", recipe.rankPattern().keySet(), "alpha_pattern",
                recipe.alphaPattern().keySet());
        named.forEach((key, patterns) -> patterns.forEach(pattern -> {
            if (fresh.layers().keySet().stream().noneMatch(path -> PeftConfig.isNamed(pattern, path))) {
                throw new IllegalArgumentException("%s: %s names none of the modules that get an adapter: %s"
                        .formatted(key, pattern, String.join(", ", source.config().projections())));
            }
        }));
        for (String module : recipe.modulesToSave()) {
            var whole = fresh.saved().stream().filter(name -> ("." + name).contains("." + module + ".")).toList();
            if (whole.isEmpty()) {
                throw new IllegalArgumentException("modules_to_save: the model has no module %s with weights of its own"
                        .formatted(module));
            }
            whole.forEach(name -> PeftFolder.requireSavable(fresh.config(), name));
        }
    }

    public Plan plan() {
        return plan;
    }

    /// @throws IllegalArgumentException if the run would not fit, with the numbers that can be changed
    public void requireFit() {
        plan.requireFit(kernels.memory(), recipe);
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

    @Override
    public List<Parameter> trained() {
        return trained;
    }

    @Override
    public Memory memory() {
        return kernels.memory();
    }

    /// The run's steps, to be taken one at a time from where the parameters are now, which is the start unless a course
    /// was taken before; [Course#restore] puts them elsewhere.
    @Override
    public Course course() {
        requireFit();
        plan.giveBack();
        return course(lessons, Workspace.planned(rehearsal, kernels.memory()));
    }

    /// The steps on other lessons, from where the parameters are now.
    ///
    /// @param others by a recipe that differs in the pairs alone
    Course course(Lessons others) {
        return course(others, Workspace.planned(Plan.rehearse(model, kernels, others, plan.isRecomputing()),
                kernels.memory()));
    }

    private Course course(Lessons taught, Workspace workspace) {
        var settings = new AdamW.Settings((float) recipe.beta1(), (float) recipe.beta2(), (float) recipe.epsilon(),
                (float) recipe.weightDecay());
        var optimizer = new AdamW(kernels, settings, trained, Tuning::isDecayed);
        // Where kernels have their own memory, all that a step needs is there before the first.
        frozen.forEach(parameter -> kernels.memory().upload(parameter.value()));
        trained.forEach(parameter -> parameter.gradient().ifPresent(kernels.memory()::upload));
        optimizer.resume(0);
        return new Course(model, trained, taught, kernels, optimizer, workspace, plan.isRecomputing());
    }

    @Override
    public Curriculum curriculum() {
        return lessons;
    }

    @Override
    public int checkpointSteps() {
        return recipe.checkpointSteps();
    }

    @Override
    public KeptCheckpoints keptCheckpoints() {
        return recipe.keepCheckpoints();
    }

    /// The weights of the base, trained or not.
    public List<Parameter> base() {
        return base;
    }

    @Override
    public boolean hasSnapshot() {
        return plan.snapshotBytes() > 0;
    }

    /// Norms and biases are not decayed.
    private static boolean isDecayed(Parameter parameter) {
        return !NORM_OR_BIAS.matcher(parameter.name()).matches();
    }

    /// @throws IllegalArgumentException if the adapter or the model in it is not one of this run's
    @Override
    public List<Parameter> written(Path run) {
        if (!adapter.isEmpty()) {
            var written = PeftFolder.read(run.resolve(RunFolder.ADAPTER));
            boolean isThisRuns = adapter.getFirst().layers().keySet().equals(written.modules().keySet())
                    && adapter.getFirst().saved().equals(written.saved().keySet())
                    && adapter.getFirst().config().useDora() == written.config().useDora();
            return isThisRuns ? trained.stream().map(parameter -> Parameter.frozen(parameter.name(), matrix(written,
                    parameter.name()))).toList() : List.of();
        }
        try (var folder = ModelFolder.open(run.resolve(RunFolder.MODEL))) {
            var weights = new Collecting(CheckpointWeights.trained(folder));
            LanguageModel.of(folder.config(), weights, 1);
            return weights.parameters();
        }
    }

    @Override
    public boolean isSameButForItsPlace(Path recorded, Path again) {
        Path name = again.getFileName();
        if (adapter.isEmpty() || !Files.isRegularFile(recorded) || !Files.isRegularFile(again)
                || name == null || !name.toString().equals("adapter_config.json")) {
            return false;
        }
        return withoutPlace(recorded).equals(withoutPlace(again));
    }

    private static JsonNode withoutPlace(Path configuration) {
        try {
            JsonNode read = JsonMapper.builder().build().readTree(Files.readString(configuration));
            return read instanceof ObjectNode object ? object.put("base_model_name_or_path", "") : read;
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read " + configuration, failure);
        }
    }

    private static Tensor matrix(PeftFolder written, String parameter) {
        int end = parameter.lastIndexOf(".lora_");
        if (end < 0) {
            return Objects.requireNonNull(written.saved().get(parameter));
        }
        LowRankPair pair = Objects.requireNonNull(written.modules().get(parameter.substring(0, end)));
        return parameter.startsWith(".lora_A", end) ? pair.down() : parameter.startsWith(".lora_B", end) ? pair.up()
                : pair.magnitude().orElseThrow();
    }

    /// An adapter or a model.
    @Override
    public void write(Path run) {
        trained.forEach(parameter -> kernels.memory().download(parameter.tensor()));
        if (adapter.isEmpty()) {
            var entries = trained.stream().map(parameter ->
                    source.folder().entry(parameter.name(), DataType.F32, parameter.tensor())).toList();
            ModelFolder.write(run.resolve(RunFolder.MODEL), source.config(), DataType.F32, entries,
                    source.folder(), Map.of());
        } else {
            adapter.getFirst().toFolder(source).write(run.resolve(RunFolder.ADAPTER));
        }
    }
}
