package minarai.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.models.ModelSource;
import minarai.tokenizer.chat.ChatTemplate;
import minarai.tokenizer.chat.Rendering;
import minarai.train.check.Check;
import minarai.train.check.Leak;
import minarai.train.check.Material;
import minarai.train.check.Refusal;
import minarai.train.check.Refusals;
import minarai.train.check.Rendered;
import minarai.train.check.Verdict;
import minarai.train.data.Dataset;
import minarai.train.data.EpochOrder;
import minarai.train.data.Example;
import minarai.train.data.Split;

/// Pairs made ready for training: rendered by the chat template, checked, split, and dealt out to steps.
///
/// @param training   samples by the id of their example
/// @param validation held-out samples, may be none
/// @param order      the examples of each epoch, from which steps are dealt
/// @param overridden refusals that the recipe allowed
/// @param recipe     as it was asked for
public record Lessons(Map<String, Sample> training, List<Sample> validation, List<Example> order,
        List<Refusal> overridden, Recipe recipe) {

    /// @throws minarai.train.check.RefusedException if a check refuses and the recipe does not allow it
    /// @throws IllegalArgumentException             if nothing is left to train on, or the template does not fit
    public static Lessons prepare(ModelSource source, Dataset dataset, Recipe recipe) {
        ChatTemplate template = source.requireTemplate();
        int maxLength = Math.min(recipe.maxLength(), source.config().maxPositions());
        var rendered = new LinkedHashMap<String, Rendered>();
        for (Example example : dataset.examples()) {
            rendered.put(example.id(), new Rendered(example, render(source, template, example)));
        }
        Split split = split(dataset.examples(), rendered, source, recipe);
        var material = new Material(all(split.training(), rendered), all(split.validation(), rendered), List.of(),
                source.tokenizer());
        Verdict verdict = Refusals.of(Check.all(source.config().bosId(), source.ends(), maxLength), material)
                .allowing(recipe.allow());
        Set<String> leftOut = verdict.leftOut();
        var training = new LinkedHashMap<String, Sample>();
        List<Example> kept = split.training().stream().filter(example -> !leftOut.contains(example.id())).toList();
        kept.forEach(example -> training.put(example.id(), sample(rendered.get(example.id()), recipe)));
        List<Sample> validation = split.validation().stream().filter(example -> !leftOut.contains(example.id()))
                .map(example -> sample(rendered.get(example.id()), recipe)).toList();
        if (training.isEmpty()) {
            throw new IllegalArgumentException(("%s: of %d pairs none is left to train on. Raise max_length, now %d, or "
                    + "lower validation_share.").formatted(dataset.file(), dataset.examples().size(), maxLength));
        }
        if (validation.isEmpty() && recipe.patience().isPresent()) {
            throw new IllegalArgumentException(("patience is set, but none of the %d pairs is held out, so nothing tells "
                    + "when to stop. Set validation_share, or leave patience out.").formatted(dataset.examples().size()));
        }
        return new Lessons(training, validation, kept, verdict.overridden(), recipe);
    }

    private static Rendering render(ModelSource source, ChatTemplate template, Example example) {
        try {
            return template.render(source.tokenizer(), example.messages(), false);
        } catch (IllegalArgumentException failure) {
            throw new IllegalArgumentException(example.origin() + ": " + failure.getMessage(), failure);
        }
    }

    /// A held-out pair that nearly repeats a training pair is trained on instead: it could not tell anything.
    private static Split split(List<Example> examples, Map<String, Rendered> rendered, ModelSource source,
            Recipe recipe) {
        Split split = recipe.validationShare().isPresent()
                ? Split.of(examples, recipe.validationShare().getAsDouble(), recipe.seed())
                : Split.of(examples, recipe.seed());
        Set<String> held = split.validation().stream().map(Example::id).collect(Collectors.toCollection(HashSet::new));
        boolean hasMoved = true;
        while (hasMoved) {
            var now = parted(examples, held);
            var material = new Material(all(now.training(), rendered), all(now.validation(), rendered), List.of(),
                    source.tokenizer());
            hasMoved = held.removeAll(new Leak().refusals(material).stream().map(Refusal::exampleId).toList());
        }
        return parted(examples, held);
    }

    private static Split parted(List<Example> examples, Set<String> held) {
        return new Split(examples.stream().filter(example -> !held.contains(example.id())).toList(),
                examples.stream().filter(example -> held.contains(example.id())).toList());
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

    /// How many updates the run takes.
    public int steps() {
        return recipe.steps().orElse(Math.multiplyExact(stepsPerEpoch(), recipe.epochs()));
    }

    /// How many updates see every pair once; the last of them may have fewer pairs.
    public int stepsPerEpoch() {
        return Math.ceilDiv(order.size(), pairsPerStep());
    }

    private int pairsPerStep() {
        return Math.multiplyExact(recipe.batchSize(), recipe.gradientAccumulation());
    }

    /// The batches of a step, from 1. They follow from the recipe's seed and the pairs' ids alone.
    public List<Batch> batches(int step) {
        int epoch = (step - 1) / stepsPerEpoch();
        int first = (step - 1) % stepsPerEpoch() * pairsPerStep();
        List<Example> examples = new EpochOrder(recipe.seed()).of(order, epoch);
        List<Sample> samples = examples.subList(first, Math.min(examples.size(), first + pairsPerStep())).stream()
                .map(example -> training.get(example.id())).toList();
        return batches(samples, recipe);
    }

    /// The held-out pairs in batches.
    public List<Batch> validationBatches() {
        return batches(validation, recipe);
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
