package minarai.eval;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.metric.MultipleChoice.Option;

/// What a model said to an item, and how it was scored.
///
/// @param text       the answer as generated
/// @param scores     by name of the metric, each in 0…1
/// @param likelihood of the first expected answer given the prompt, where it was measured
/// @param options    what it could choose from and how likely it found each; empty where it answered freely
/// @param drawn      all answers where several were drawn, of which the text is the first; otherwise empty
public record Answer(String text, Map<String, Double> scores, Optional<Likelihood> likelihood, List<Option> options,
        List<String> drawn) {

    /// A free answer.
    ///
    /// @throws IllegalArgumentException if a score lies outside 0…1
    public Answer(String text, Map<String, Double> scores, Optional<Likelihood> likelihood) {
        this(text, scores, likelihood, List.of(), List.of());
    }

    /// What was chosen of several options.
    ///
    /// @throws IllegalArgumentException if a score lies outside 0…1
    public Answer(String text, Map<String, Double> scores, Optional<Likelihood> likelihood, List<Option> options) {
        this(text, scores, likelihood, options, List.of());
    }

    /// @throws IllegalArgumentException if a score lies outside 0…1
    public Answer {
        options = List.copyOf(options);
        drawn = List.copyOf(drawn);
        scores = Collections.unmodifiableMap(new TreeMap<>(scores));
        scores.forEach((metric, score) -> {
            if (!(score >= 0 && score <= 1)) {
                throw new IllegalArgumentException(
                        "an answer's " + metric + " is " + score + "; scores lie in 0…1");
            }
        });
    }

    /// Scores an answer to an item with every metric.
    public static Answer scored(String text, Item item, List<Metric> metrics) {
        Map<String, Double> scores = new TreeMap<>();
        metrics.forEach(metric -> scores.put(metric.name(), metric.score(text, item.expected())));
        return new Answer(text, scores, Optional.empty());
    }

    /// The same answer with the likelihood of the expected one.
    public Answer with(Likelihood measured) {
        return new Answer(text, scores, Optional.of(measured), options, drawn);
    }

    /// All answers that were given.
    public List<String> texts() {
        return drawn.isEmpty() ? List.of(text) : drawn;
    }

    /// Several answers to one item as one: the text of the first, all texts, and of each score the mean.
    ///
    /// @throws IllegalArgumentException if there is none or they were scored with different metrics
    public static Answer drawn(List<Answer> answers) {
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("no answer was drawn; needed: at least one");
        }
        Answer first = answers.getFirst();
        Map<String, Double> means = new TreeMap<>();
        first.scores.keySet().forEach(metric -> means.put(metric, Math.clamp(answers.stream()
                .mapToDouble(answer -> answer.score(metric)).sum() / answers.size(), 0.0, 1.0)));
        return new Answer(first.text, means, first.likelihood, first.options,
                answers.stream().map(Answer::text).toList());
    }

    /// The same answer with other scores.
    public Answer scored(Map<String, Double> others) {
        return new Answer(text, others, likelihood, options, drawn);
    }

    /// @throws IllegalArgumentException if the answer was not scored with this metric
    public double score(String metric) {
        Double score = scores.get(metric);
        if (score == null) {
            throw new IllegalArgumentException("an answer has no score named " + metric + "; it has "
                    + scores.keySet() + ". Were both evaluations made with the same metrics?");
        }
        return score;
    }

    /// Whether the score is the best possible one.
    public boolean isRight(String metric) {
        return score(metric) == 1;
    }
}
