package minarai.eval.metric;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Whether a model says the same to the same question, asked again or in other words. It says nothing on whether that
/// is right.
///
/// @param agreement mean over the questions of the share of pairs of answers that are equal
/// @param unanimous share of questions all of whose answers are equal
/// @param majority  mean over the questions of the share of the most frequent answer
/// @param questions how many were asked
public record Consistency(double agreement, double unanimous, double majority, int questions) {

    /// @param answers for each question, at least two
    /// @throws IllegalArgumentException if there is no question or one has fewer than two answers
    public static Consistency of(List<List<String>> answers, Normalisation normalisation) {
        if (answers.isEmpty() || answers.stream().anyMatch(each -> each.size() < 2)) {
            throw new IllegalArgumentException("consistency over " + answers.size()
                    + " questions; needed: at least one question, and two answers or more to each");
        }
        double agreement = 0;
        double unanimous = 0;
        double majority = 0;
        for (List<String> each : answers) {
            Map<String, Integer> counts = new HashMap<>();
            each.forEach(answer -> counts.merge(normalisation.apply(answer), 1, Integer::sum));
            double n = each.size();
            agreement += counts.values().stream().mapToDouble(c -> c * (c - 1.0)).sum() / (n * (n - 1));
            unanimous += counts.size() == 1 ? 1 : 0;
            majority += counts.values().stream().mapToInt(Integer::intValue).max().orElseThrow() / n;
        }
        int count = answers.size();
        return new Consistency(agreement / count, unanimous / count, majority / count, count);
    }

    /// @param over what varied: `paraphrases` or `samples`
    public static String signature(String over, Normalisation normalisation) {
        return "consistency|over:" + over + "|" + normalisation.signature() + "|agreement:pairs|version:1";
    }
}
