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
public record Answer(String text, Map<String, Double> scores, Optional<Likelihood> likelihood, List<Option> options) {

    /// A free answer.
    ///
    /// @throws IllegalArgumentException if a score lies outside 0…1
    public Answer(String text, Map<String, Double> scores, Optional<Likelihood> likelihood) {
        this(text, scores, likelihood, List.of());
    }

    /// @throws IllegalArgumentException if a score lies outside 0…1
    public Answer {
        options = List.copyOf(options);
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
        return new Answer(text, scores, Optional.of(measured), options);
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
