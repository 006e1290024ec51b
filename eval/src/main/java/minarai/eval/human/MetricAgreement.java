package minarai.eval.human;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import minarai.eval.metric.Metric;
import minarai.eval.statistics.ClusteredCorrelation;
import minarai.eval.statistics.ClusteredCorrelation.Pair;
import minarai.eval.statistics.Correlation;
import minarai.eval.statistics.Holm;

/// How far metrics go together with people, by task and pooled.
///
/// @param rows       each metric against each thing that people rated, pooled first, then task by task
/// @param signatures of the metrics that were computed, by their names
public record MetricAgreement(List<Row> rows, Map<String, String> signatures) {

    /// The name of the metric that is always there: characters of the answer.
    public static final String LENGTH = "answer_length";
    private static final long SEED = 1;

    /// A metric and something that people rated.
    ///
    /// @param task     blank for all tasks together
    /// @param rated    what people rated
    /// @param answers  that have both
    /// @param pooled   over all answers
    /// @param adjusted its p-value after Holm over the metrics and all that was rated
    /// @param within   among the answers of one cluster; empty where no cluster has two answers that differ in both
    /// @param systems  of the means of systems; empty where fewer than three are named
    public record Row(String task, String rated, String metric, int answers, ClusteredCorrelation pooled,
            double adjusted, Optional<Within> within, Optional<Correlation> systems) {

        /// Whether what holds over all answers is the reverse of what holds within the clusters.
        public boolean isReversed() {
            return within.map(mean -> mean.spearman * pooled.correlation().spearman() < 0).orElse(false);
        }
    }

    /// Means of coefficients over clusters.
    ///
    /// @param clusters in which neither side is constant
    public record Within(double spearman, double kendall, int clusters) {
    }

    /// A way to score answers.
    private record Scoring(String name, Function<RatedAnswer, Optional<Double>> score) {
    }

    public MetricAgreement {
        rows = List.copyOf(rows);
        signatures = new LinkedHashMap<>(signatures);
    }

    /// @param metrics are computed against references; scores of the file and the length are there anyway
    /// @throws IllegalArgumentException if there are fewer than two answers, or metrics and one without references
    public static MetricAgreement of(List<RatedAnswer> answers, List<Metric> metrics) {
        if (answers.size() < 2 || !metrics.isEmpty()
                && answers.stream().anyMatch(answer -> answer.references().isEmpty())) {
            throw new IllegalArgumentException("comparing " + answers.size() + " answers with people by the metrics "
                    + metrics.stream().map(Metric::name).toList()
                    + "; needed: two answers at least, each with a reference");
        }
        List<Scoring> scorings = scorings(answers, metrics);
        var rows = new ArrayList<>(rows("", answers, scorings));
        Map<String, List<RatedAnswer>> tasks = answers.stream().collect(Collectors.groupingBy(RatedAnswer::task,
                LinkedHashMap::new, Collectors.toList()));
        if (tasks.size() > 1) {
            tasks.forEach((task, some) -> rows.addAll(rows(task, some, scorings)));
        }
        var signatures = new LinkedHashMap<String, String>();
        metrics.forEach(metric -> signatures.put(metric.name(), metric.signature()));
        signatures.put(LENGTH, LENGTH + "|unit:code-points|version:1");
        return new MetricAgreement(rows, signatures);
    }

    private static List<Scoring> scorings(List<RatedAnswer> answers, List<Metric> metrics) {
        List<Scoring> scorings = new ArrayList<>();
        for (Metric metric : metrics) {
            Map<RatedAnswer, Double> scores = new IdentityHashMap<>();
            answers.forEach(answer -> scores.put(answer, metric.score(answer.answer(), answer.references())));
            scorings.add(new Scoring(metric.name(), answer -> Optional.ofNullable(scores.get(answer))));
        }
        Set<String> given = new LinkedHashSet<>();
        answers.forEach(answer -> given.addAll(answer.machine().keySet()));
        given.forEach(name -> scorings.add(new Scoring(name,
                answer -> Optional.ofNullable(answer.machine().get(name)))));
        scorings.add(new Scoring(LENGTH, answer -> Optional.of(
                (double) answer.answer().codePointCount(0, answer.answer().length()))));
        return scorings;
    }

    private static List<Row> rows(String task, List<RatedAnswer> answers, List<Scoring> scorings) {
        Set<String> rated = new LinkedHashSet<>();
        answers.forEach(answer -> rated.addAll(answer.people().keySet()));
        List<Row> rows = new ArrayList<>();
        for (String dimension : rated) {
            for (Scoring scoring : scorings) {
                List<RatedAnswer> both = answers.stream().filter(answer -> answer.people().containsKey(dimension)
                        && scoring.score.apply(answer).isPresent()).toList();
                if (both.size() > 1) {
                    rows.add(row(task, dimension, scoring, both));
                }
            }
        }
        List<Double> adjusted = Holm.adjust(rows.stream().map(row -> row.pooled.p()).toList());
        List<Row> finished = new ArrayList<>();
        for (int number = 0; number < rows.size(); number++) {
            Row row = rows.get(number);
            finished.add(new Row(row.task, row.rated, row.metric, row.answers, row.pooled, adjusted.get(number),
                    row.within, row.systems));
        }
        return finished;
    }

    private static Row row(String task, String rated, Scoring scoring, List<RatedAnswer> answers) {
        var pooled = ClusteredCorrelation.of(pairs(rated, scoring, answers, RatedAnswer::cluster), SEED);
        return new Row(task, rated, scoring.name, answers.size(), pooled, pooled.p(),
                within(pairs(rated, scoring, answers, RatedAnswer::cluster)),
                systems(pairs(rated, scoring, answers, RatedAnswer::system)));
    }

    private static List<Pair> pairs(String rated, Scoring scoring, List<RatedAnswer> answers,
            Function<RatedAnswer, String> group) {
        return answers.stream().map(answer -> new Pair(group.apply(answer), answer.people().get(rated),
                scoring.score.apply(answer).orElseThrow())).toList();
    }

    private static Optional<Within> within(List<Pair> pairs) {
        List<Correlation> inside = grouped(pairs).values().stream().filter(some -> some.size() > 1)
                .map(MetricAgreement::correlation).filter(one -> Double.isFinite(one.spearman())).toList();
        return inside.isEmpty() ? Optional.empty() : Optional.of(new Within(
                inside.stream().mapToDouble(Correlation::spearman).average().orElseThrow(),
                inside.stream().mapToDouble(Correlation::kendall).average().orElseThrow(), inside.size()));
    }

    private static Optional<Correlation> systems(List<Pair> pairs) {
        Map<String, List<Pair>> systems = grouped(pairs);
        systems.remove("");
        return systems.size() < 3 ? Optional.empty() : Optional.of(correlation(systems.entrySet().stream()
                .map(system -> new Pair(system.getKey(), mean(system.getValue(), Pair::x),
                        mean(system.getValue(), Pair::y))).toList()));
    }

    /// To nine decimals: means that are equal are to be ties, however their sums were rounded.
    private static double mean(List<Pair> pairs, ToDoubleFunction<Pair> value) {
        return Math.rint(1e9 * pairs.stream().mapToDouble(value).average().orElseThrow()) / 1e9;
    }

    private static Map<String, List<Pair>> grouped(List<Pair> pairs) {
        return pairs.stream().collect(Collectors.groupingBy(Pair::cluster, LinkedHashMap::new, Collectors.toList()));
    }

    private static Correlation correlation(List<Pair> pairs) {
        return Correlation.of(pairs.stream().map(Pair::x).toList(), pairs.stream().map(Pair::y).toList());
    }
}
