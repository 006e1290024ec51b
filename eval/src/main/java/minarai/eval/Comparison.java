package minarai.eval;

import java.util.List;
import java.util.Locale;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;
import minarai.eval.statistics.McNemar;
import minarai.eval.statistics.Observation;

/// Base against tuned on the same items, by one metric.
///
/// @param task       what was asked, as a reader should see it
/// @param metric     name of the metric
/// @param base       mean score of the base
/// @param tuned      mean score of the tuned model
/// @param difference tuned minus base, paired by item
/// @param test       exact test on the items that differ; it takes items as independent, the intervals do not
/// @param results    all items
public record Comparison(String task, String metric, Estimate base, Estimate tuned, Estimate difference,
        McNemar test, List<ItemResult> results) {

    private static final double LEVEL = 0.05;

    public Comparison {
        results = List.copyOf(results);
    }

    /// @throws IllegalArgumentException if there are no results or one lacks a score by this metric
    public static Comparison of(String task, String metric, List<ItemResult> results, Bootstrap bootstrap) {
        if (results.isEmpty()) {
            throw new IllegalArgumentException("comparing on " + task
                    + ": no item was answered by both models; do the two evaluations share ids?");
        }
        int wins = (int) results.stream().filter(result -> result.isWin(metric)).count();
        int losses = (int) results.stream().filter(result -> result.isLoss(metric)).count();
        var base = results.stream().map(one -> new Answered(one.item(), one.base())).toList();
        var tuned = results.stream().map(one -> new Answered(one.item(), one.tuned())).toList();
        var gains = results.stream()
                .map(result -> new Observation(result.item().cluster(), result.gain(metric))).toList();
        return new Comparison(task, metric, bootstrap.score(Answered.observations(base, metric)),
                bootstrap.score(Answered.observations(tuned, metric)), bootstrap.difference(gains),
                new McNemar(wins, losses), results);
    }

    public List<ItemResult> wins() {
        return results.stream().filter(result -> result.isWin(metric)).toList();
    }

    public List<ItemResult> losses() {
        return results.stream().filter(result -> result.isLoss(metric)).toList();
    }

    /// Items the tuned model did not get entirely right.
    public List<ItemResult> wrong() {
        return results.stream().filter(result -> !result.tuned().isRight(metric)).toList();
    }

    /// Whether a difference is shown: the test rejects at 5 % and the clustered interval excludes none.
    public boolean isShown() {
        return test.p() <= LEVEL && !difference.interval().contains(0);
    }

    /// The outcome in plain words, e.g. `Tuning helped: 83.3 % instead of 13.3 % on 30 items (…).`
    public String sentence() {
        String outcome = !isShown() ? "No difference is shown" : difference.value() > 0 ? "Tuning helped"
                : "Tuning made it worse";
        var interval = difference.interval();
        return String.format(Locale.ROOT, "%s: %s %% instead of %s %% on %d items (%s points, %s %% interval %s to %s;"
                + " p %s).", outcome, Figures.percent(tuned.value()), Figures.percent(base.value()), results.size(),
                Figures.points(difference.value()), Figures.percent(interval.level()),
                Figures.points(interval.low()), Figures.points(interval.high()), Figures.p(test.p()));
    }
}
