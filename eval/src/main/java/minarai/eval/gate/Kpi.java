package minarai.eval.gate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// A threshold that was set before anything was measured.
///
/// @param task             whose figure
/// @param metric           e.g. `exact_match`, or `judge` for a judged win rate
/// @param threshold        that the figure has to reach
/// @param isHigherBetter   whether it has to lie above, rather than below
/// @param costOfError      what it costs to be wrong
/// @param owner            who answers for it
public record Kpi(String task, String metric, double threshold, boolean isHigherBetter, Cost costOfError,
        String owner) {

    private static final Set<String> KEYS = Set.of("task", "metric", "threshold", "at_most", "cost_of_error", "owner");

    /// What it costs to be wrong.
    public enum Cost {
        LOW, HIGH
    }

    /// @throws IllegalArgumentException if the threshold is not finite or nobody owns it
    public Kpi {
        if (!Double.isFinite(threshold) || owner.isBlank() || task.isBlank() || metric.isBlank()) {
            throw new IllegalArgumentException("a KPI on " + task + " / " + metric + " with the threshold " + threshold
                    + ", owned by '" + owner + "'; needed: a task, a metric, a finite threshold and an owner");
        }
    }

    /// The list under `kpis`.
    ///
    /// @throws IllegalArgumentException if there is none, a key is unknown or a value is not of its kind
    public static List<Kpi> list(JsonNode file) {
        List<Kpi> kpis = new ArrayList<>();
        for (JsonNode one : file.path("kpis")) {
            for (String key : one.propertyNames()) {
                if (!KEYS.contains(key)) {
                    throw new IllegalArgumentException("a KPI has the unknown key '" + key + "'; known are "
                            + KEYS.stream().sorted().toList());
                }
            }
            boolean isUpper = one.has("at_most");
            JsonNode threshold = isUpper ? one.path("at_most") : one.path("threshold");
            if (!threshold.isNumber() || isUpper && one.has("threshold")) {
                throw new IllegalArgumentException("a KPI on " + one.path("metric")
                        + " needs a number under either threshold or at_most");
            }
            kpis.add(new Kpi(text(one, "task"), text(one, "metric"), threshold.asDouble(), !isUpper,
                    cost(text(one, "cost_of_error")), text(one, "owner")));
        }
        if (kpis.isEmpty()) {
            throw new IllegalArgumentException("the file names no KPI; needed: a list under kpis, each with task,"
                    + " metric, threshold (or at_most), cost_of_error and owner");
        }
        return kpis;
    }

    private static Cost cost(String name) {
        return switch (name) {
            case "low" -> Cost.LOW;
            case "high" -> Cost.HIGH;
            default -> throw new IllegalArgumentException("the cost of an error is '" + name
                    + "'; needed: low or high");
        };
    }

    private static String text(JsonNode one, String key) {
        if (!one.path(key).isString()) {
            throw new IllegalArgumentException("a KPI has no text under '" + key + "'; " + one);
        }
        return one.path(key).asString();
    }

    /// As a reader sees it, e.g. `town exact_match at least 0.8`.
    public String sentence() {
        return String.format(Locale.ROOT, "%s %s %s %s", task, metric, isHigherBetter ? "at least"
                : "at most", threshold);
    }
}
