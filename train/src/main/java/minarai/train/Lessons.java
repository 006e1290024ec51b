package minarai.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.models.ModelSource;
import minarai.tokenizer.chat.ChatTemplate;
import minarai.tokenizer.chat.Misfit;
import minarai.train.check.Check;
import minarai.train.check.Leak;
import minarai.train.check.Material;
import minarai.train.check.OtherTokenizer;
import minarai.train.check.Refusal;
import minarai.train.check.Refusals;
import minarai.train.check.Rendered;
import minarai.train.check.Verdict;
import minarai.train.data.Dataset;
import minarai.train.data.Deal;
import minarai.train.data.Example;
import minarai.train.data.Split;

/// Pairs made ready for training: rendered by the chat template, checked, split, and dealt out to steps.
public final class Lessons implements Curriculum {

    private final Map<String, Sample> training;
    private final List<Sample> validation;
    private final List<Example> order;
    private final List<Refusal> overridden;
    private final List<Refusal> setAside;
    private final Recipe recipe;
    private final Deal deal;

    /// @param training   samples by the id of their example
    /// @param validation held-out samples, may be none
    /// @param order      the examples, from which epochs are dealt; their own order plays no part
    /// @param overridden refusals that the recipe allowed
    /// @param recipe     how to train
    public Lessons(Map<String, Sample> training, List<Sample> validation, List<Example> order,
            List<Refusal> overridden, Recipe recipe) {
        this(training, validation, order, overridden, List.of(), recipe);
    }

    private Lessons(Map<String, Sample> training, List<Sample> validation, List<Example> order,
            List<Refusal> overridden, List<Refusal> setAside, Recipe recipe) {
        this.training = Collections.unmodifiableMap(new LinkedHashMap<>(training));
        this.validation = List.copyOf(validation);
        this.order = List.copyOf(order);
        this.overridden = List.copyOf(overridden);
        this.setAside = List.copyOf(setAside);
        this.recipe = recipe;
        deal = new Deal(recipe.seed(), order, Math.multiplyExact(recipe.batchSize(), recipe.gradientAccumulation()));
    }

    /// Samples by the id of their example.
    public Map<String, Sample> training() {
        return training;
    }

    /// Held-out samples, may be none.
    public List<Sample> validation() {
        return validation;
    }

    /// The examples of the training samples, in the order of the rows.
    public List<Example> order() {
        return order;
    }

    /// Refusals that the recipe allowed.
    public List<Refusal> overridden() {
        return overridden;
    }

    /// Held-out examples that nearly repeat a training example and are used for nothing, with the reason.
    public List<Refusal> setAside() {
        return setAside;
    }

    /// The recipe as it was asked for.
    public Recipe recipe() {
        return recipe;
    }

    /// The recipe with all that was worked out from the number of pairs: steps, warm-up and validation share. With it a
    /// run on some of the pairs has the same schedule and holds out the same pairs; see [minarai.train.data].
    public Recipe resolved() {
        var worked = new LinkedHashMap<String, Object>();
        worked.put("steps", steps());
        worked.put("warmup_steps", recipe.scheduleOver(steps()).warmupSteps());
        recipe.validationShare().ifPresent(share -> worked.put("validation_share", share));
        return recipe.with(worked);
    }

    @Override
    public boolean isSelected() {
        return recipe.patience().isPresent() && !validation.isEmpty();
    }

    /// Leaves out the pairs that the recipe forgets, and reads the test files that it names, too.
    ///
    /// @throws minarai.train.check.RefusedException if a check refuses and the recipe does not allow it
    /// @throws IllegalArgumentException             if nothing is left to train on, or the template does not fit
    public static Lessons prepare(ModelSource source, Dataset file, Recipe asked) {
        Dataset dataset = file.less(asked.forget());
        List<Example> examples = dataset.examples();
        Recipe recipe = asked.validationShare().isPresent() ? asked
                : asked.with(Map.of("validation_share", Split.defaultShare(examples.size())));
        ChatTemplate template = source.requireTemplate();
        var rendered = new LinkedHashMap<String, Rendered>();
        examples.forEach(example -> rendered.put(example.id(), render(source, template, example)));
        Split split = Split.of(examples, recipe.validationShare().orElseThrow(), recipe.seed());
        var everything = new Material(all(split.training(), rendered), all(split.validation(), rendered), List.of(),
                source.tokenizer());
        List<Refusal> setAside = new Leak().refusals(everything);
        Set<String> unused = ids(setAside);
        var material = new Material(everything.training(), everything.heldOut().stream()
                .filter(held -> !unused.contains(held.example().id())).toList(), testItems(recipe), source.tokenizer());
        int maxLength = Math.min(recipe.maxLength(), source.config().maxPositions());
        var checks = new ArrayList<>(Check.all(source.config().bosId(), source.ends(), maxLength));
        checks.add(new OtherTokenizer(source.folder().path().toString(), source.tokenizerFaults()));
        Verdict verdict = Refusals.of(checks, material).allowing(recipe.allow());
        var training = new LinkedHashMap<String, Sample>();
        List<Rendered> kept = material.training().stream()
                .filter(each -> !verdict.leftOut().contains(each.example().id())).toList();
        kept.forEach(each -> training.put(each.example().id(), sample(each, recipe)));
        List<Sample> validation = material.heldOut().stream()
                .filter(each -> !verdict.leftOut().contains(each.example().id()))
                .map(each -> sample(each, recipe)).toList();
        requireEnough(dataset, training, validation, recipe, maxLength);
        return new Lessons(training, validation, kept.stream().map(Rendered::example).toList(), verdict.overridden(),
                setAside, recipe);
    }

    private static void requireEnough(Dataset dataset, Map<String, Sample> training, List<Sample> validation,
            Recipe recipe, int maxLength) {
        int pairs = dataset.examples().size();
        if (training.isEmpty()) {
            throw new IllegalArgumentException(("%s: of %d pairs none is left to train on. Raise max_length, now %d, "
                    + "or lower validation_share.").formatted(dataset.file(), pairs, maxLength));
        }
        if (validation.isEmpty() && recipe.patience().isPresent()) {
            throw new IllegalArgumentException(("patience is set, but none of the %d pairs is held out, so nothing "
                    + "tells when to stop. Raise validation_share, now %s, or leave patience out.").formatted(pairs,
                    recipe.validationShare().orElse(0)));
        }
    }

    private static Set<String> ids(List<Refusal> refusals) {
        return refusals.stream().map(Refusal::exampleId).collect(Collectors.toSet());
    }

    private static List<Example> testItems(Recipe recipe) {
        return recipe.test().stream().flatMap(file -> Dataset.read(Path.of(file)).examples().stream()).toList();
    }

    private static Rendered render(ModelSource source, ChatTemplate template, Example example) {
        var misfits = new ArrayList<Misfit>();
        try {
            var rendering = template.render(source.tokenizer(), example.messages(), misfits::add);
            return new Rendered(example, rendering, misfits);
        } catch (IllegalArgumentException failure) {
            throw new IllegalArgumentException(example.origin() + ": " + failure.getMessage(), failure);
        }
    }

    private static List<Rendered> all(List<Example> examples, Map<String, Rendered> rendered) {
        return examples.stream().map(example -> rendered.get(example.id())).toList();
    }

    private static Sample sample(Rendered rendered, Recipe recipe) {
        boolean[] isTarget = rendered.rendering().mask().clone();
        if (recipe.trainOnPrompt()) {
            Arrays.fill(isTarget, true);
        }
        return new Sample(rendered.example().id(), rendered.rendering().ids(), isTarget);
    }

    @Override
    public int steps() {
        return recipe.steps().orElse(Math.multiplyExact(stepsPerEpoch(), recipe.epochs()));
    }

    /// How many updates see every pair once; the last of them may have fewer pairs.
    public int stepsPerEpoch() {
        return deal.stepsPerEpoch();
    }

    /// The first step that sees one of the pairs in training, if any does.
    ///
    /// @param ids of examples; those that are held out are never seen
    public OptionalInt firstStepWith(Set<String> ids) {
        return deal.firstStepWith(ids, steps());
    }

    /// They follow from the recipe's seed and the pairs' ids alone.
    @Override
    public List<Batch> batches(int step) {
        return batches(deal.of(step).stream().map(example -> Objects.requireNonNull(training.get(example.id())))
                .toList(), recipe);
    }

    /// The held-out pairs.
    @Override
    public List<Batch> validationBatches() {
        return batches(validation, recipe);
    }

    /// At the end of each epoch and of the run.
    @Override
    public boolean isEvaluated(int step) {
        return !validation.isEmpty() && (step % stepsPerEpoch() == 0 || step == steps());
    }

    @Override
    public double rate(int step) {
        return recipe.scheduleOver(steps()).rate(step);
    }

    @Override
    public double maxGradientNorm() {
        return recipe.maxGradNorm() == 0 ? Double.POSITIVE_INFINITY : recipe.maxGradNorm();
    }

    @Override
    public OptionalInt patience() {
        return recipe.patience();
    }

    @Override
    public List<String> overrides() {
        return Refusal.names(overridden);
    }

    private static List<Batch> batches(List<Sample> samples, Recipe recipe) {
        int together = recipe.packing() ? recipe.batchSize() : 1;
        var batches = new ArrayList<Batch>();
        for (int first = 0; first < samples.size(); first += together) {
            List<Sample> some = samples.subList(first, Math.min(samples.size(), first + together));
            batches.add(recipe.sharePrefix() ? Batch.sharing(some) : Batch.of(some));
        }
        return batches;
    }
}
