package minarai.eval.results;

import java.util.List;
import java.util.OptionalDouble;
import minarai.eval.Answered;
import minarai.eval.metric.Consistency;
import minarai.eval.metric.Likelihood;
import minarai.eval.metric.Metric;
import minarai.eval.metric.Normalisation;
import minarai.eval.statistics.Bootstrap;

/// One figure of a task.
///
/// @param name          e.g. `exact_match`
/// @param standardError where it is known
/// @param signature     everything that decides the figure
public record Measure(String name, double value, OptionalDouble standardError, boolean higherIsBetter,
        String signature) {

    /// The mean score of a metric.
    public static Measure score(Metric metric, List<Answered> answered, Bootstrap bootstrap) {
        return named(metric.name(), metric.signature(), answered, bootstrap);
    }

    /// The mean of the scores of a name.
    public static Measure named(String name, String signature, List<Answered> answered, Bootstrap bootstrap) {
        var estimate = bootstrap.score(Answered.observations(answered, name));
        var error = Double.isFinite(estimate.standardError())
                ? OptionalDouble.of(estimate.standardError()) : OptionalDouble.empty();
        return new Measure(name, estimate.value(), error, true, signature);
    }

    /// How consistent answers are, over the questions with two or more; no figure where there is none.
    ///
    /// @param name    what the figures' names begin with, e.g. `samples`
    /// @param over    what varied
    /// @param answers for each question
    public static List<Measure> consistency(String name, String over, List<List<String>> answers,
            Normalisation normalisation) {
        List<List<String>> several = answers.stream().filter(each -> each.size() > 1).toList();
        if (several.isEmpty()) {
            return List.of();
        }
        var found = Consistency.of(several, normalisation);
        String signature = Consistency.signature(over, normalisation);
        return List.of(new Measure(name + "_agreement", found.agreement(), OptionalDouble.empty(), true, signature),
                new Measure(name + "_unanimous", found.unanimous(), OptionalDouble.empty(), true, signature),
                new Measure(name + "_majority", found.majority(), OptionalDouble.empty(), true, signature));
    }

    public static Measure bitsPerByte(Likelihood likelihood) {
        return new Measure("bits_per_byte", likelihood.bitsPerByte(), OptionalDouble.empty(), false,
                Likelihood.bitsPerByteSignature());
    }

    /// Perplexity per token.
    ///
    /// @param tokenizer what identifies the tokenizer, e.g. its hash
    public static Measure perplexity(Likelihood likelihood, String tokenizer) {
        return new Measure("perplexity", likelihood.perplexity(), OptionalDouble.empty(), false,
                Likelihood.perplexitySignature(tokenizer));
    }
}
