package minarai.eval.task;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.eval.Answer;
import minarai.eval.Answered;
import minarai.eval.metric.PassAtK;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import minarai.eval.robust.Perturbation;
import minarai.eval.robust.Robustness;

/// Asks a model a task.
///
/// @param model  who is asked
/// @param limit  how many items at most
/// @param runner what runs the code of a model; absent where none may be run
/// @param drawing how answers are drawn
public record TaskRunner(AskedModel model, OptionalInt limit, Optional<CodeRunner> runner, Drawing drawing) {

    private static final String GENERATED = "generate_until";

    /// What is asked, and what comes before each question.
    private record Asked(TaskDefinition task, List<TaskItem> items, int left, String shots) {
    }

    /// A way to put an item otherwise; nothing where its prompt stays the same.
    private record Way(String label, Function<TaskItem, Optional<TaskItem>> form) {
    }

    /// Items as they are, and then put otherwise.
    ///
    /// @param labels  of the ways, empty for the items as they are
    /// @param tooLong how many are not among them because the model does not take them, by way
    private record Forms(Asked asked, List<TaskItem> items, List<String> labels, Map<String, Integer> tooLong) {
    }

    /// One greedy answer to each item.
    public TaskRunner(AskedModel model, OptionalInt limit, Optional<CodeRunner> runner) {
        this(model, limit, runner, Drawing.greedy());
    }

    /// @throws IllegalArgumentException if the items are not sound, there are none left to ask, or code would have to
    ///         be run and no runner was named
    public TaskResult result(TaskDefinition given) {
        Asked asked = asked(given);
        TaskDefinition task = asked.task;
        List<Answered> drawn = drawn(task, asked);
        Optional<Likeness> likeness = task.isCompared() ? Optional.of(Likeness.of(model, task, drawn))
                : Optional.empty();
        List<Answered> answered = likeness.map(Likeness::answered).orElse(drawn);
        List<Measure> measures = Measures.of(task, asked.items, answered, model.tokenizer());
        likeness.ifPresent(found -> measures.add(found.baseline()));
        return new TaskResult(task.name(), task.name(), task.version(), task.shots(), asked.left, measures, answered,
                settings(task));
    }

    private Map<String, String> settings(TaskDefinition task) {
        Map<String, String> settings = new TreeMap<>(Map.of("output_type", outputType(task.kind()), "kind",
                task.kind().label(), "format", task.format().label(), "max_tokens", String.valueOf(task.maxTokens()),
                "until", task.until().toString(), "decoding", drawing.label(), "prompt", task.prompt(),
                TaskResult.DELIMITER, task.delimiter()));
        settings.put(TaskResult.CHAT, String.valueOf(model.isChat() && task.kind() != Kind.ROLLING));
        task.extract().ifPresent(pattern -> settings.put("extract", pattern.pattern()));
        return settings;
    }

    /// Finds what is wrong with a task before any of it is asked: items that cannot be read, prompts with fields that
    /// are not there or longer than the model takes, code that nothing would run.
    ///
    /// @throws IllegalArgumentException if there is such a thing
    public void require(TaskDefinition given) {
        require(asked(given));
    }

    private void require(Asked asked) {
        Asking asking = asking();
        asked.items.forEach(item -> {
            if (item.expected().isEmpty() && asked.task.kind() != Kind.TURNS && asked.task.kind() != Kind.ROLLING) {
                throw new IllegalArgumentException("task " + asked.task.name() + ": item '" + item.id()
                        + "' expects nothing; needed: at least one answer");
            }
            int positions = asking.positions(asked.task, item, asked.shots);
            if (positions > model.mostPositions()) {
                throw new IllegalArgumentException("task " + asked.task.name() + ": item '" + item.id() + "' takes "
                        + positions + " tokens, and the model takes " + model.mostPositions()
                        + "; leave it out, shorten the prompt or show fewer examples");
            }
        });
    }

    /// The same for a task whose items are to be put otherwise.
    ///
    /// @throws IllegalArgumentException as [#robustness]
    public void requireForms(TaskDefinition given, List<Perturbation> perturbations, Map<String, String> swaps,
            long seed) {
        forms(given, perturbations, swaps, seed);
    }

    /// Asks every item as it is and put otherwise, and compares. What is put otherwise are the fields that the prompt
    /// names. What becomes longer than the model takes is not asked, and counted.
    ///
    /// @param swaps words that change places in a further form, such as `he` and `she`; may be empty
    /// @throws IllegalArgumentException if the task is not one of answers or choices, if no prompt would change, or as
    ///         [#result]
    public Robustness robustness(TaskDefinition given, List<Perturbation> perturbations, Map<String, String> swaps,
            long seed) {
        Forms forms = forms(given, perturbations, swaps, seed);
        TaskDefinition task = forms.asked.task;
        List<Answered> plain = asking().answers(task, forms.items, forms.asked.shots);
        List<Answered> answered = task.isCompared() ? Likeness.of(model, task, plain).answered() : plain;
        String measure = Measures.of(task, forms.items, answered, model.tokenizer()).getFirst().name();
        return Robustness.of(IntStream.range(0, forms.items.size()).mapToObj(index -> new Robustness.Scored(
                forms.items.get(index).id(), forms.items.get(index).cluster(), forms.labels.get(index),
                task.extracted(answered.get(index).answer().text()),
                answered.get(index).answer().score(measure))).toList()).leavingOut(forms.tooLong);
    }

    private Forms forms(TaskDefinition given, List<Perturbation> perturbations, Map<String, String> swaps, long seed) {
        if (given.kind() != Kind.GENERATE && given.kind() != Kind.CHOICE) {
            throw new IllegalArgumentException("task " + given.name() + " is of the kind " + given.kind().label()
                    + "; only answers and choices are asked in other forms");
        }
        Asked asked = asked(given);
        require(asked);
        List<Way> ways = ways(asked.task, perturbations, swaps, seed);
        List<TaskItem> items = new ArrayList<>(asked.items);
        List<String> labels = new ArrayList<>(asked.items.stream().map(item -> "").toList());
        Map<String, Integer> tooLong = new TreeMap<>();
        Asking asking = asking();
        for (TaskItem item : asked.items) {
            for (Way way : ways) {
                way.form.apply(item).ifPresent(form -> {
                    if (asking.positions(asked.task, form, asked.shots) > model.mostPositions()) {
                        tooLong.merge(way.label, 1, Integer::sum);
                    } else {
                        items.add(form);
                        labels.add(way.label);
                    }
                });
            }
        }
        if (items.size() == asked.items.size()) {
            throw new IllegalArgumentException("task " + asked.task.name() + ": no item can be put otherwise, so its"
                    + " robustness is not known. " + unchanged(asked.task, perturbations, swaps, tooLong));
        }
        return new Forms(asked, items, labels, tooLong);
    }

    private String unchanged(TaskDefinition task, List<Perturbation> perturbations, Map<String, String> swaps,
            Map<String, Integer> tooLong) {
        if (!tooLong.isEmpty()) {
            return "With " + String.join(", ", tooLong.keySet()) + " its prompts are longer than the "
                    + model.mostPositions() + " tokens the model takes";
        }
        List<String> named = TaskItem.named(task.prompt());
        List<String> asked = Stream.concat(perturbations.stream().map(Perturbation::label),
                swaps.entrySet().stream().map(swap -> swap.getKey() + "=" + swap.getValue()).sorted()).toList();
        return "What changes are the fields that the prompt names, and '" + task.prompt() + "' names "
                + (named.isEmpty() ? "none" : String.join(", ", named) + ", where nothing would change with "
                + String.join(", ", asked));
    }

    private static List<Way> ways(TaskDefinition task, List<Perturbation> perturbations, Map<String, String> swaps,
            long seed) {
        List<String> named = TaskItem.named(task.prompt());
        List<Way> ways = new ArrayList<>();
        perturbations.forEach(perturbation -> ways.add(new Way(perturbation.label(), item -> otherwise(task, item,
                perturbation.among(named), text -> perturbation.apply(text, item.id(), item.paraphrases(), seed)))));
        ways.add(new Way("counterfactual", item -> otherwise(task, item, named,
                text -> Perturbation.counterfactual(text, swaps))));
        return ways;
    }

    /// The item with some of its fields put otherwise; nothing where its prompt stays the same.
    private static Optional<TaskItem> otherwise(TaskDefinition task, TaskItem item, List<String> fields,
            Function<String, Optional<String>> form) {
        Map<String, String> changed = new TreeMap<>();
        fields.forEach(field -> form.apply(item.filled("{{" + field + "}}"))
                .ifPresent(text -> changed.put(field, text)));
        TaskItem asking = item.asking(changed);
        return asking.filled(task.prompt()).equals(item.filled(task.prompt())) ? Optional.empty() : Optional.of(asking);
    }

    private Asking asking() {
        return new Asking(model, runner, drawing);
    }

    private Asked asked(TaskDefinition task) {
        List<TaskItem> all = task.format().read(task.items());
        List<TaskItem> examples = task.shotsFrom().map(file -> task.format().read(file)).orElse(all);
        if (examples.size() < task.shots() || task.shotsFrom().isEmpty() && all.size() <= task.shots()) {
            throw new IllegalArgumentException("task " + task.name() + ": " + task.shots() + " examples of "
                    + examples.size() + " items leave none to ask");
        }
        List<TaskItem> left = task.shotsFrom().isPresent() ? all : all.subList(task.shots(), all.size());
        List<TaskItem> some = left.subList(0, Math.min(left.size(), limit.orElse(left.size())));
        return new Asked(task.fitting(all),
                task.cluster().map(field -> some.stream().map(item -> item.clusteredBy(field)).toList())
                .orElseGet(() -> withTheirParaphrases(some)), left.size(),
                shots(task, examples.subList(0, task.shots())));
    }

    /// Every item answered as often as asked for.
    private List<Answered> drawn(TaskDefinition task, Asked asked) {
        int samples = drawing.samples();
        if (samples == 1 || !outputType(task.kind()).equals(GENERATED)) {
            return asking().answers(task, asked.items, asked.shots);
        }
        List<TaskItem> repeated = asked.items.stream()
                .flatMap(item -> Collections.nCopies(samples, item).stream()).toList();
        List<Answered> each = asking().answers(task, repeated, asked.shots);
        return IntStream.range(0, asked.items.size()).mapToObj(item -> together(task,
                each.subList(item * samples, (item + 1) * samples))).toList();
    }

    private static Answered together(TaskDefinition task, List<Answered> each) {
        Answer all = Answer.drawn(each.stream().map(Answered::answer).toList());
        if (task.kind() == Kind.CODE) {
            int right = (int) each.stream().filter(one -> one.answer().isRight("pass@1")).count();
            Map<String, Double> scores = new TreeMap<>();
            Measures.PASSES.stream().filter(k -> k <= each.size()).map(PassAtK::new)
                    .forEach(pass -> scores.put(pass.name(), Math.clamp(pass.of(each.size(), right), 0.0, 1.0)));
            return new Answered(each.getFirst().item(), all.scored(scores));
        }
        return new Answered(each.getFirst().item(), all);
    }

    /// A question in other words is no further piece of evidence: it goes with the item that it repeats.
    private static List<TaskItem> withTheirParaphrases(List<TaskItem> items) {
        Map<String, String> clusters = new TreeMap<>();
        items.forEach(item -> clusters.put(item.id(), item.cluster()));
        return items.stream().map(item -> item.paraphraseOf().equals(item.id()) ? item
                : item.in(clusters.getOrDefault(item.paraphraseOf(), item.paraphraseOf()))).toList();
    }

    private static String outputType(Kind kind) {
        return switch (kind) {
            case CHOICE -> "multiple_choice";
            case LAST_WORD -> "loglikelihood";
            case ROLLING -> "loglikelihood_rolling";
            case GENERATE, INSTRUCTIONS, TURNS, CODE -> GENERATED;
        };
    }

    private static String shots(TaskDefinition task, List<TaskItem> examples) {
        var text = new StringBuilder();
        for (TaskItem example : examples) {
            String answer = example.choices().isEmpty()
                    ? example.fields().getOrDefault("answer", example.expected().stream().findFirst().orElse(""))
                    : example.choices().get(example.right().getFirst());
            text.append(example.filled(task.prompt())).append(task.delimiter()).append(answer).append("\n\n");
        }
        return text.toString();
    }
}
