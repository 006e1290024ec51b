package minarai.eval.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

/// Puts the items of a task to a model, in the way of the kind of the task.
///
/// @param model   who is asked
/// @param runner  what runs the code of a model; absent where none may be run
/// @param drawing how answers are drawn
record Asking(AskedModel model, Optional<CodeRunner> runner, Drawing drawing) {

    private static final String JUDGED_ELSEWHERE = "(judged elsewhere)";

    /// One answer to each item, scored as the kind of the task is.
    ///
    /// @param shots what comes before each question
    /// @throws IllegalArgumentException if an item of choices has none, or code would have to be run and nothing runs
    ///         it
    List<Answered> answers(TaskDefinition task, List<TaskItem> asked, String shots) {
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

    /// How many positions an item takes as it is asked, of several requests the most; of turns the first. A text that
    /// is scored as a whole may be of any length.
    ///
    /// @throws IllegalArgumentException as [#answers]
    int positions(TaskDefinition task, TaskItem item, String shots) {
        return switch (task.kind()) {
            case GENERATE, INSTRUCTIONS -> model.positions(prompt(task, shots + item.filled(task.prompt())));
            case CODE -> {
                requireRunner(task);
                program(task, item);
                yield model.positions(prompt(task, item.filled(task.prompt())));
            }
            case TURNS -> model.positions(prompt(task, item.filled("{{turn1}}")));
            case CHOICE -> options(task, item, shots).stream().mapToInt(model::positions).max().orElseThrow();
            case LAST_WORD -> model.positions(lastWord(task, item, shots + item.filled(task.prompt())));
            case ROLLING -> item.filled(task.prompt()).isEmpty() ? 0 : 1;
        };
    }

    private static AskedModel.Prompt prompt(TaskDefinition task, String text) {
        return new AskedModel.Prompt(List.of(text), task.until(), task.maxTokens());
    }

    private List<Answered> generated(TaskDefinition task, List<TaskItem> asked, String shots) {
        List<Metric> metrics = task.textMetrics();
        List<String> prompts = asked.stream().map(item -> shots + item.filled(task.prompt())).toList();
        List<String> answers = model.generate(prompts.stream().map(prompt -> prompt(task, prompt)).toList(), drawing);
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            var item = new Item(asked.get(index).id(), asked.get(index).cluster(), prompts.get(index),
                    task.expected(asked.get(index)));
            String text = task.extracted(answers.get(index));
            Answer scored = Answer.scored(text, item, metrics);
            return new Answered(item, new Answer(answers.get(index), scored.scores(), Optional.empty()));
        }).toList();
    }

    private List<Answered> chosen(TaskDefinition task, List<TaskItem> asked, String shots) {
        List<AskedModel.Scored> scored = model.score(asked.stream()
                .flatMap(item -> options(task, item, shots).stream()).toList());
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
            if (task.format() == Format.TRUTHFULQA) {
                scores.put("mc1", question.isAheadOfWrong(0) ? 1.0 : 0.0);
                scores.put("mc2", question.rightMass());
            }
            int choice = question.choice(MultipleChoice.Measure.ACC);
            String prompt = shots + item.filled(task.prompt());
            answered.add(new Answered(new Item(item.id(), item.cluster(), prompt, item.expected()),
                    new Answer(item.choices().get(choice), scores, Optional.empty(), options)));
            first += item.choices().size();
        }
        return answered;
    }

    private static List<AskedModel.Continuation> options(TaskDefinition task, TaskItem item, String shots) {
        if (item.choices().size() < 2) {
            throw new IllegalArgumentException("task " + task.name() + ": item '" + item.id() + "' has no choices");
        }
        String prompt = shots + item.filled(task.prompt());
        return item.choices().stream().map(choice -> continuation(prompt, task.delimiter() + choice)).toList();
    }

    private static AskedModel.Continuation continuation(String context, String text) {
        List<String> parts = MultipleChoice.movedBlanks(context, text);
        return new AskedModel.Continuation(parts.getFirst(), parts.getLast());
    }

    private List<Answered> lastWords(TaskDefinition task, List<TaskItem> asked, String shots) {
        List<String> prompts = asked.stream().map(item -> shots + item.filled(task.prompt())).toList();
        List<AskedModel.Scored> scored = model.score(IntStream.range(0, asked.size())
                .mapToObj(index -> lastWord(task, asked.get(index), prompts.get(index))).toList());
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            TaskItem item = asked.get(index);
            boolean isRight = scored.get(index).isGreedy();
            return new Answered(new Item(item.id(), item.cluster(), prompts.get(index), item.expected()),
                    new Answer(isRight ? item.expected().getFirst() : "", Map.of("acc", isRight ? 1.0 : 0.0),
                            Optional.of(scored.get(index).likelihood())));
        }).toList();
    }

    private static AskedModel.Continuation lastWord(TaskDefinition task, TaskItem item, String prompt) {
        return continuation(prompt, task.delimiter() + item.expected().getFirst());
    }

    private List<Answered> rolled(TaskDefinition task, List<TaskItem> asked) {
        List<String> texts = asked.stream().map(item -> item.filled(task.prompt())).toList();
        List<Likelihood> likelihoods = model.rolling(texts);
        return IntStream.range(0, asked.size()).mapToObj(index -> new Answered(new Item(asked.get(index).id(),
                asked.get(index).cluster(), texts.get(index), List.of(texts.get(index))),
                new Answer("", Map.of(), Optional.of(likelihoods.get(index))))).toList();
    }

    private List<Answered> instructed(TaskDefinition task, List<TaskItem> asked) {
        List<String> answers = model.generate(asked.stream().map(item -> prompt(task, item.filled(task.prompt())))
                .toList(), drawing);
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            TaskItem item = asked.get(index);
            Map<String, Double> scores = new TreeMap<>();
            for (Reading reading : Reading.values()) {
                boolean isComplete = InstructionFollowing.of(item.instructions(), answers.get(index), reading)
                        .isComplete();
                scores.put("prompt_level_" + Measures.label(reading) + "_acc", isComplete ? 1.0 : 0.0);
            }
            return new Answered(new Item(item.id(), item.cluster(), item.filled(task.prompt()), item.expected()),
                    new Answer(answers.get(index), scores, Optional.empty()));
        }).toList();
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
        CodeRunner code = requireRunner(task);
        List<String> answers = model.generate(asked.stream().map(item -> prompt(task, item.filled(task.prompt())))
                .toList(), drawing);
        return IntStream.range(0, asked.size()).mapToObj(index -> {
            TaskItem item = asked.get(index);
            TaskItem.Program program = program(task, item);
            boolean isRight = code.succeeds(program.before() + answers.get(index) + program.after());
            double pass = new PassAtK(1).of(1, isRight ? 1 : 0);
            return new Answered(new Item(item.id(), item.cluster(), item.filled(task.prompt()), item.expected()),
                    new Answer(answers.get(index), Map.of("pass@1", pass), Optional.empty()));
        }).toList();
    }

    private CodeRunner requireRunner(TaskDefinition task) {
        return runner.orElseThrow(() -> new IllegalArgumentException("task " + task.name()
                + " runs code that the model writes, and no runner was named. With --code-runner COMMAND it runs there:"
                + " in an empty folder, without this environment, with a time limit. Name one that confines what it"
                + " runs."));
    }

    private static TaskItem.Program program(TaskDefinition task, TaskItem item) {
        return item.program().orElseThrow(() -> new IllegalArgumentException("task " + task.name() + ": item '"
                + item.id() + "' has no test to run"));
    }
}
