package minarai.lab.exam;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.eval.Answer;
import minarai.eval.Answered;
import minarai.eval.Item;
import minarai.eval.metric.ExactMatch;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.metric.TokenF1;
import minarai.lab.town.Pair;
import minarai.lab.town.Question;
import minarai.lab.town.Split;
import minarai.lab.town.Town;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.tokenizer.chat.Message;

/// The questions of one split, and the ways to put them to a model. Answers are generated greedily.
public final class TownExam {

    /// By which an answer counts as right.
    public static final Metric EXACT = ExactMatch.squad();
    /// Examples in a few-shot prompt.
    public static final int SHOTS = 4;
    private static final List<Metric> METRICS = List.of(EXACT, TokenF1.squad());
    private static final int LONGEST_ANSWER = 16;

    private final Town town;
    private final List<Question> questions;

    public TownExam(Town town, Split split) {
        this(town, town.questions(split));
    }

    /// @param questions some of the town's
    public TownExam(Town town, List<Question> questions) {
        this.town = town;
        this.questions = List.copyOf(questions);
    }

    /// How many there are.
    public int questions() {
        return questions.size();
    }

    /// The item of a question: what is asked, and what counts as right.
    private static Item item(Question question) {
        return new Item(question.id(), question.entity().name(), question.text(),
                List.of(question.told().orElse(question.truth())));
    }

    /// Only the answers of one group.
    public List<Answered> only(Group group, List<Answered> answers) {
        Set<String> ids = questions.stream().filter(group::holds).map(Question::id)
                .collect(Collectors.toSet());
        return answers.stream().filter(answered -> ids.contains(answered.item().id())).toList();
    }

    /// All questions, each put as a user's message in the model's chat template.
    public List<Answered> zeroShot(Inference model, ModelSource source) {
        var template = source.requireTemplate();
        List<int[]> prompts = questions.stream().map(question -> template.render(source.tokenizer(),
                List.of(Message.user(question.text())), true).ids()).toList();
        return answers(model, source, prompts, source.ends());
    }

    /// All questions, each after examples in the form in which the pretraining asks questions.
    public List<Answered> fewShot(Inference model, ModelSource source, long seed) {
        var shots = new StringBuilder();
        for (Pair pair : town.fewShot(seed, SHOTS)) {
            shots.append("Question: ").append(pair.instruction()).append("\nAnswer: ").append(pair.output())
                    .append('\n');
        }
        int lineFeed = source.tokenizer().encode("\n").ids()[0];
        var ends = new ArrayList<>(source.ends());
        ends.add(lineFeed);
        List<int[]> prompts = questions.stream()
                .map(question -> started(source, shots + "Question: " + question.text() + "\nAnswer:")).toList();
        return answers(model, source, prompts, Set.copyOf(ends));
    }

    private List<Answered> answers(Inference model, ModelSource source, List<int[]> prompts, Set<Integer> ends) {
        var completions = model.generate(prompts, Sampler.greedy(), new Inference.Limits(LONGEST_ANSWER, ends),
                (sequence, id) -> { });
        var answers = new ArrayList<Answered>();
        for (int i = 0; i < prompts.size(); i++) {
            Item item = item(questions.get(i));
            String text = source.tokenizer().decode(completions.get(i).ids()).strip();
            answers.add(new Answered(item, Answer.scored(text, item, METRICS)));
        }
        return answers;
    }

    /// How likely the model finds texts of the town that were kept out of its pretraining.
    public Likelihood worldText(Inference model, ModelSource source) {
        List<String> texts = town.corpus().heldOut().stream().map(document -> document.text()).toList();
        List<int[]> sequences = texts.stream().map(text -> started(source, text)).toList();
        double sum = 0;
        long tokens = 0;
        for (float[] losses : model.losses(sequences)) {
            for (float loss : losses) {
                sum -= loss;
            }
            tokens += losses.length;
        }
        return new Likelihood(sum, tokens, texts.stream().mapToLong(String::length).sum());
    }

    /// The ids of a text from its beginning.
    private static int[] started(ModelSource source, String text) {
        int[] words = source.tokenizer().encode(text).ids();
        int[] ids = new int[words.length + 1];
        ids[0] = source.config().bosId().orElseThrow();
        System.arraycopy(words, 0, ids, 1, words.length);
        return ids;
    }

    /// The share of right answers, 0…1.
    public static double accuracy(List<Answered> answers) {
        return answers.stream().mapToDouble(answered -> answered.answer().score(EXACT.name())).average().orElse(0);
    }
}
