package minarai.eval.statistics;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// How two lists of numbers go together. Which one to read depends on the question: Pearson on a straight line,
/// Spearman on the order, Kendall on the order with ties taken out.
///
/// @param pearson  of the values
/// @param spearman Pearson of the ranks, equal values sharing their average rank
/// @param kendall  tau-b: concordant less discordant pairs, ties taken out of the denominator
/// @param count    pairs of numbers
public record Correlation(double pearson, double spearman, double kendall, int count) {

    /// Each is not a number where one list is constant.
    ///
    /// @throws IllegalArgumentException if the lists differ in length, have fewer than two values, or one is not finite
    public static Correlation of(List<Double> x, List<Double> y) {
        if (x.size() != y.size() || x.size() < 2) {
            throw new IllegalArgumentException("correlation of " + x.size() + " with " + y.size()
                    + " values; needed: as many of both, and two at least");
        }
        for (int i = 0; i < x.size(); i++) {
            if (!Double.isFinite(x.get(i)) || !Double.isFinite(y.get(i))) {
                throw new IllegalArgumentException("correlation: the pair at " + i + " is " + x.get(i) + ", " + y.get(i)
                        + "; needed: finite numbers");
            }
        }
        return new Correlation(pearson(x, y), pearson(ranks(x), ranks(y)), kendall(x, y), x.size());
    }

    private static double pearson(List<Double> x, List<Double> y) {
        double meanX = x.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double meanY = y.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
        double xx = 0;
        double yy = 0;
        double xy = 0;
        for (int i = 0; i < x.size(); i++) {
            double dx = x.get(i) - meanX;
            double dy = y.get(i) - meanY;
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }
        return xy / Math.sqrt(xx * yy);
    }

    private static List<Double> ranks(List<Double> values) {
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingDouble(values::get));
        var ranks = new Double[values.size()];
        int first = 0;
        while (first < order.size()) {
            int end = first + 1;
            while (end < order.size() && values.get(order.get(end)).doubleValue() == values.get(order.get(first))) {
                end++;
            }
            for (int i = first; i < end; i++) {
                ranks[order.get(i)] = (first + 1 + end) / 2.0;
            }
            first = end;
        }
        return List.of(ranks);
    }

    private static double kendall(List<Double> x, List<Double> y) {
        long concordance = 0;
        long untiedX = 0;
        long untiedY = 0;
        for (int i = 0; i < x.size(); i++) {
            for (int j = 0; j < i; j++) {
                int dx = Double.compare(x.get(i), x.get(j));
                int dy = Double.compare(y.get(i), y.get(j));
                concordance += (long) dx * dy;
                untiedX += dx == 0 ? 0 : 1;
                untiedY += dy == 0 ? 0 : 1;
            }
        }
        return concordance / Math.sqrt((double) untiedX * untiedY);
    }
}
