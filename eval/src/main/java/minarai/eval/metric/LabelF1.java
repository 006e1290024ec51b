package minarai.eval.metric;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// F1 of a classification, by label.
///
/// @param byLabel what was counted for each label that occurs, in the order of the labels
public record LabelF1(Map<String, Counts> byLabel) {

    /// @param right    weight of the items that have the label and were given it
    /// @param given    of those that were given it
    /// @param expected of those that have it
    public record Counts(double right, double given, double expected) {

        public double f1() {
            return given + expected == 0 ? 0 : 2 * right / (given + expected);
        }

        private Counts plus(Counts other) {
            return new Counts(right + other.right, given + other.given, expected + other.expected);
        }
    }

    public LabelF1 {
        byLabel = Collections.unmodifiableMap(new TreeMap<>(byLabel));
    }

    /// @param weights of the items
    /// @throws IllegalArgumentException if the lists differ in length or are empty
    public static LabelF1 of(List<String> given, List<String> expected, List<Double> weights) {
        if (given.size() != expected.size() || weights.size() != given.size() || given.isEmpty()) {
            throw new IllegalArgumentException("F1 of " + given.size() + " labels against " + expected.size() + " with "
                    + weights.size() + " weights; needed: one of each for every item, and an item at least");
        }
        Map<String, Counts> counts = new TreeMap<>();
        for (int item = 0; item < given.size(); item++) {
            double weight = weights.get(item);
            boolean isRight = given.get(item).equals(expected.get(item));
            counts.merge(given.get(item), new Counts(isRight ? weight : 0, weight, 0), Counts::plus);
            counts.merge(expected.get(item), new Counts(0, 0, weight), Counts::plus);
        }
        return new LabelF1(counts);
    }

    /// F1 of one label; 0 where it never occurs.
    public double of(String label) {
        return byLabel.getOrDefault(label, new Counts(0, 0, 0)).f1();
    }

    /// The mean over the labels.
    public double macro() {
        return byLabel.values().stream().mapToDouble(Counts::f1).average().orElse(0);
    }

    /// Over all items together: accuracy, where each has one label.
    public double micro() {
        return byLabel.values().stream().reduce(new Counts(0, 0, 0), Counts::plus).f1();
    }

    /// The mean over the labels, weighted by how often each is expected.
    public double weighted() {
        double all = byLabel.values().stream().mapToDouble(Counts::expected).sum();
        return byLabel.values().stream().mapToDouble(counts -> counts.f1() * counts.expected / all).sum();
    }
}
