package minarai.eval.task;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import minarai.eval.Answer;
import minarai.eval.Answered;
import minarai.eval.Item;
import minarai.eval.ifeval.InstructionFollowing;
import minarai.eval.ifeval.InstructionFollowing.Reading;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.metric.MultipleChoice;
import minarai.eval.metric.PassAtK;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import minarai.eval.robust.Perturbation;
import minarai.eval.robust.Robustness;
import minarai.eval.statistics.Bootstrap;

/// Asks a model a task.
///
/// @param model  who is asked
/// @param limit  how many items at most
/// @param runner what runs the code of a model; absent where none may be run
/// @param drawing how answers are drawn
public record TaskRunner(AskedModel model, OptionalInt limit, Optional<CodeRunner> runner, Drawing drawing) {

    private static final List<Integer> PASSES = List.of(1, 5, 10);
    private static final String GENERATED = "generate_until";
    private static final String JUDGED_ELSEWHERE = "(judged elsewhere)";

    /// What is asked, and what comes before each question.
    private record Asked(List<TaskItem> items, int left, String shots) {
    }

    /// One greedy answer to each item.
    public TaskRunner(AskedModel model, OptionalInt limit, Optional<CodeRunner> runner) {
        this(model, limit, runner, Drawing.greedy());
    }

    /// @throws IllegalArgumentException if the items are not sound, there are none left to ask, or code would have to be
    ///         run and no runner was named
    public TaskResult result(TaskDefinition task) {
        Asked asked = asked(task);
        List<Answered> drawn = drawn(task, asked);
        Optional<Likeness> likeness = task.isCompared() ? Optional.of(Likeness.of(model, task, drawn)) : Optional.empty();
        List<Answered> answered = likeness.map(Likeness::answered).orElse(drawn);
        List<Measure> measures = measures(task, asked.items, answered);
        likeness.ifPresent(found -> measures.add(found.baseline()));
        return new TaskResult(task.name(), task.name(), task.version(), task.shots(), asked.left, measures, answered,
                Map.of("output_type", outputType(task.kind()), "kind", task.kind().label(), "format", task.format().label(), "max_tokens", String.valueOf(task.maxTokens()),
                "until", task.until().toString(), "decoding", drawing.label(), "prompt", task.prompt()));
    }

    /// Asks every item as it is and put otherwise, and compares. What is put otherwise are the fields that the prompt names.
    ///
    /// @param swaps words that change places in a further form, such as `he` and `she`; may be empty
    /// @throws IllegalArgumentException if the task is not one of answers or choices, if no prompt would change, or as
    ///         [#result]
    public Robustness robustness(TaskDefinition task, List<Perturbation> perturbations, Map<String, String> swaps,
            long seed) {
        if (task.kind() != Kind.GENERATE && task.kind() != Kind.CHOICE) {
            throw new IllegalArgumentException("task " + task.name() + " is of the kind " + task.kind().label()
                    + "; only answers and choices are asked in other forms");
        }
        Asked asked = asked(task);
        List<String> named = TaskItem.named(task.prompt());
        List<TaskItem> forms = new ArrayList<>(asked.items);
        List<String> labels = new ArrayList<>(asked.items.stream().map(item -> "").toList());
        for (TaskItem item : asked.items) {
            for (Perturbation perturbation : perturbations) {
                otherwise(task, item, perturbation.among(named), text -> perturbation.apply(text, item.id(),
                        item.paraphrases(), seed)).ifPresent(form -> {
                            forms.add(form);
                            labels.add(perturbation.label());
                        });
            }
            otherwise(task, item, named, text -> Perturbation.counterfactual(text, swaps)).ifPresent(form -> {
                forms.add(form);
                labels.add("counterfactual");
            });
        }
        if (forms.size() == asked.items.size()) {
            throw new IllegalArgumentException("task " + task.name() + ": no item can be put otherwise, so its robustness is"
                    + " not known. What changes are the fields that the prompt names, and '" + task.prompt() + "' names "
                    + (named.isEmpty() ? "none" : named + ", none of which " + perturbations.stream()
                    .map(Perturbation::label).toList() + " or the swaps " + swaps + " change"));
        }
        List<Answered> plain = answered(task, forms, asked.shots);
        List<Answered> answered = task.isCompared() ? Likeness.of(model, task, plain).answered() : plain;
        String measure = measures(task, forms, answered).getFirst().name();
        return Robustness.of(IntStream.range(0, forms.size()).mapToObj(index -> new Robustness.Scored(
                forms.get(index).id(), labels.get(index), task.extracted(answered.get(index).answer().text()),
                answered.get(index).answer().score(measure))).toList());
    }

    /// The item with some of its fields put otherwise; nothing where its prompt stays the same.
    private static Optional<TaskItem> otherwise(TaskDefinition task, TaskItem item, List<String> fields,
            Function<String, Optional<String>> form) {
        Map<String, String> changed = new TreeMap<>();
        fields.forEach(field -> form.apply(item.filled("{{" + field + "}}")).ifPresent(text -> changed.put(field, text)));
        TaskItem asking = item.asking(changed);
        return asking.filled(task.prompt()).equals(item.filled(task.prompt())) ? Optional.empty() : Optional.of(asking);
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
        return new Asked(task.cluster().map(field -> some.stream().map(item -> item.clusteredBy(field)).toList())
                .orElseGet(() -> withTheirParaphrases(some)), left.size(),
                shots(task, examples.subList(0, task.shots())));
    }

    /// Every item answered as often as asked for.
    private List<Answered> drawn(TaskDefinition task, Asked asked) {
        int samples = drawing.samples();
        if (samples == 1 || !outputType(task.kind()).equals(GENERATED)) {
            return answered(task, asked.items, asked.shots);
        }
        List<TaskItem> repeated = asked.items.stream()
                .flatMap(item -> Collections.nCopies(samples, item).stream()).toList();
        List<Answered> each = answered(task, repeated, asked.shots);
        return IntStream.range(0, asked.items.size()).mapToObj(item -> together(task,
                each.subList(item * samples, (item + 1) * samples))).toList();
    }

    private static Answered together(TaskDefinition task, List<Answered> each) {
        Answer all = Answer.drawn(each.stream().map(Answered::answer).toList());
        if (task.kind() == Kind.CODE) {
            int right = (int) each.stream().filter(one -> one.answer().isRight("pass@1")).count();
            Map<String, Double> scores = new TreeMap<>();
            PASSES.stream().filter(k -> k <= each.size()).map(PassAtK::new)
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

    private List<Answered> answered(TaskDefinition task, List<TaskItem> asked, String shots) {
        return switch (task.kind()) {
            case GENERATE -> generated(task, asked, shots);
            case CHOICE -> chosen(task, asked, shots);
            case LAST_WORD -> lastWords(task, asked, shots);
            case ROLLING -> rolled(task, asked);
            case INSTRUCTIONS -> instructed(task, asked);
            case TURNS -> turned(task, asked);
            case CODE -> coded(task, asked);
        };
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

    private List<Answered> generated(TaskDefinition task, List<TaskItem> asked, String shots) {
        List<Metric> metrics = task.textMetrics();
        List<String> prompts = asked.stream().map(item -> shots + item.filled(task.prompt())).toList();
        List<String> answers = model.generate(prompts.stream().map(prompt -> new AskedModel.Prompt(List.of(prompt),
                task.until(), task.maxTokens())).toList(), drawing);
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            List<String> expected = asked.get(index).expected().stream().map(task::extracted).toList();
            var item = new Item(asked.get(index).id(), asked.get(index).cluster(), prompts.get(index), expected);
            String text = task.extracted(answers.get(index));
            Answer scored = Answer.scored(text, item, metrics);
            return new Answered(item, new Answer(answers.get(index), scored.scores(), Optional.empty()));
        }).toList();
    }

    private List<Answered> chosen(TaskDefinition task, List<TaskItem> asked, String shots) {
        List<AskedModel.Continuation> requests = new ArrayList<>();
        for (TaskItem item : asked) {
            if (item.choices().size() < 2) {
                throw new IllegalArgumentException("task " + task.name() + ": item '" + item.id() + "' has no choices");
            }
            String prompt = shots + item.filled(task.prompt());
            item.choices().forEach(choice -> requests.add(continuation(prompt, task.delimiter() + choice)));
        }
        List<AskedModel.Scored> scored = model.score(requests);
        List<Answered> answered = new ArrayList<>();
        int first = 0;
        for (TaskItem item : asked) {
            List<MultipleChoice.Option> options = new ArrayList<>();
            for (int index = 0; index < item.choices().size(); index++) {
                options.add(new MultipleChoice.Option(item.choices().get(index),
                        scored.get(first + index).likelihood().logProbability()));
            }
            var question = new MultipleChoice(options, item.right());
            Map<String, Double> scores = new TreeMap<>();
            for (var measure : MultipleChoice.Measure.values()) {
                scores.put(measure.label(), question.isRight(measure) ? 1.0 : 0.0);
            }
            int choice = question.choice(MultipleChoice.Measure.ACC);
            answered.add(new Answered(new Item(item.id(), item.cluster(), shots + item.filled(task.prompt()), item.expected()),
                    new Answer(item.choices().get(choice), scores, Optional.empty(), options)));
            first += item.choices().size();
        }
        return answered;
    }

    private static AskedModel.Continuation continuation(String context, String text) {
        List<String> parts = MultipleChoice.movedBlanks(context, text);
        return new AskedModel.Continuation(parts.getFirst(), parts.getLast());
    }

    private List<Answered> lastWords(TaskDefinition task, List<TaskItem> asked, String shots) {
        List<AskedModel.Scored> scored = model.score(asked.stream().map(item -> continuation(
                shots + item.filled(task.prompt()), task.delimiter() + item.expected().getFirst())).toList());
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            TaskItem item = asked.get(index);
            boolean isRight = scored.get(index).isGreedy();
            return new Answered(new Item(item.id(), item.cluster(), item.filled(task.prompt()), item.expected()),
                    new Answer(isRight ? item.expected().getFirst() : "", Map.of("acc", isRight ? 1.0 : 0.0),
                            Optional.of(scored.get(index).likelihood())));
        }).toList();
    }

    private List<Answered> rolled(TaskDefinition task, List<TaskItem> asked) {
        List<String> texts = asked.stream().map(item -> item.filled(task.prompt())).toList();
        List<Likelihood> likelihoods = model.rolling(texts);
        return IntStream.range(0, asked.size()).mapToObj(index -> new Answered(new Item(asked.get(index).id(),
                asked.get(index).cluster(), texts.get(index), List.of(texts.get(index))),
                new Answer("", Map.of(), Optional.of(likelihoods.get(index))))).toList();
    }

    private List<Answered> instructed(TaskDefinition task, List<TaskItem> asked) {
        List<String> answers = model.generate(asked.stream().map(item -> new AskedModel.Prompt(
                List.of(item.filled(task.prompt())), task.until(), task.maxTokens())).toList(), drawing);
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            TaskItem item = asked.get(index);
            Map<String, Double> scores = new TreeMap<>();
            for (Reading reading : Reading.values()) {
                boolean isComplete = InstructionFollowing.of(item.instructions(), answers.get(index), reading).isComplete();
                scores.put("prompt_level_" + label(reading) + "_acc", isComplete ? 1.0 : 0.0);
            }
            return new Answered(new Item(item.id(), item.cluster(), item.filled(task.prompt()), item.expected()),
                    new Answer(answers.get(index), scores, Optional.empty()));
        }).toList();
    }

    private static String label(Reading reading) {
        return reading == Reading.STRICT ? "strict" : "loose";
    }

    private List<Answered> turned(TaskDefinition task, List<TaskItem> asked) {
        int most = asked.stream().mapToInt(item -> item.fields().size()).max().orElse(0);
        List<List<String>> talks = asked.stream().<List<String>>map(item -> new ArrayList<>()).toList();
        for (int turn = 1; turn <= most; turn++) {
            String name = "turn" + turn;
            List<Integer> open = IntStream.range(0, asked.size())
                    .filter(index -> asked.get(index).fields().containsKey(name)).boxed().toList();
            open.forEach(index -> talks.get(index).add(asked.get(index).filled("{{" + name + "}}")));
            List<String> answers = model.generate(open.stream().map(index -> new AskedModel.Prompt(talks.get(index),
                    task.until(), task.maxTokens())).toList(), drawing);
            for (int i = 0; i < open.size(); i++) {
                talks.get(open.get(i)).add(answers.get(i));
            }
        }
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            TaskItem item = asked.get(index);
            List<String> expected = item.expected().isEmpty() ? List.of(JUDGED_ELSEWHERE) : item.expected();
            return new Answered(new Item(item.id(), item.cluster(), every(talks.get(index), 0), expected),
                    new Answer(every(talks.get(index), 1), Map.of(), Optional.empty()));
        }).toList();
    }

    /// What one side said in a talk, turn after turn.
    private static String every(List<String> talk, int first) {
        return String.join("\n\n", IntStream.range(0, talk.size()).filter(index -> index % 2 == first)
                .mapToObj(talk::get).toList());
    }

    private List<Answered> coded(TaskDefinition task, List<TaskItem> asked) {
        CodeRunner code = runner.orElseThrow(() -> new IllegalArgumentException("task " + task.name()
                + " runs code that the model writes, and no runner was named. With --code-runner COMMAND it runs there:"
                + " in an empty folder, without this environment, with a time limit. Name one that confines what it runs."));
        List<String> answers = model.generate(asked.stream().map(item -> new AskedModel.Prompt(
                List.of(item.filled(task.prompt())), task.until(), task.maxTokens())).toList(), drawing);
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            TaskItem item = asked.get(index);
            TaskItem.Program program = item.program().orElseThrow(() -> new IllegalArgumentException("task " + task.name()
                    + ": item '" + item.id() + "' has no test to run"));
            boolean isRight = code.succeeds(program.before() + answers.get(index) + program.after());
            double pass = new PassAtK(1).of(1, isRight ? 1 : 0);
            return new Answered(new Item(item.id(), item.cluster(), item.filled(task.prompt()), item.expected()),
                    new Answer(answers.get(index), Map.of("pass@1", pass), Optional.empty()));
        }).toList();
    }

    private static List<Measure> measures(TaskDefinition task, List<TaskItem> asked, List<Answered> answered) {
        List<Measure> measures = new ArrayList<>();
        var bootstrap = Bootstrap.standard(1);
        for (String name : answered.getFirst().answer().scores().keySet()) {
            measures.add(Measure.named(name, signature(task, name), answered, bootstrap));
        }
        if (task.kind() == Kind.INSTRUCTIONS) {
            for (Reading reading : Reading.values()) {
                measures.add(instructionLevel(asked, answered, reading));
            }
        }
        measures.addAll(Consistencies.measures(task, asked, answered));
        Likelihood likelihood = answered.stream().flatMap(one -> one.answer().likelihood().stream())
                .reduce(Likelihood.none(), Likelihood::plus);
        if (likelihood.bytes() > 0) {
            measures.add(Measure.bitsPerByte(likelihood));
        }
        if (likelihood.tokens() > 0) {
            measures.add(Measure.perplexity(likelihood, "own"));
        }
        return measures;
    }

    private static String signature(TaskDefinition task, String name) {
        return switch (task.kind()) {
            case CHOICE -> IntStream.range(0, MultipleChoice.Measure.values().length)
                    .mapToObj(i -> MultipleChoice.Measure.values()[i]).filter(measure -> measure.label().equals(name))
                    .map(MultipleChoice.Measure::signature).findFirst().orElse(name);
            case LAST_WORD -> "acc|token:all-greedy|version:1";
            case INSTRUCTIONS -> InstructionFollowing.signature(name.contains("strict") ? Reading.STRICT : Reading.LOOSE);
            case CODE -> PASSES.stream().map(PassAtK::new).filter(pass -> pass.name().equals(name))
                    .map(PassAtK::signature).findFirst().orElse(name);
            case GENERATE, ROLLING, TURNS -> name.equals(Likeness.NAME) ? Likeness.signature()
                    : task.textMetrics().stream().filter(metric -> metric.name().equals(name)).map(Metric::signature).findFirst().orElse(name);
        };
    }

    private static Measure instructionLevel(List<TaskItem> asked, List<Answered> answered, Reading reading) {
        var followed = IntStream.range(0, asked.size()).boxed()
                .flatMap(index -> answered.get(index).answer().texts().stream().flatMap(text -> InstructionFollowing.of(
                        asked.get(index).instructions(), text, reading).followed().stream())).toList();
        return new Measure("inst_level_" + label(reading) + "_acc", followed.stream().mapToInt(one -> one ? 1 : 0).average()
                .orElse(0), OptionalDouble.empty(), true, InstructionFollowing.signature(reading));
    }
}
