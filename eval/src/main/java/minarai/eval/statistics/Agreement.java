package minarai.eval.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/// Agreement of raters beyond chance: 1 is perfect, 0 what chance would give. Where all ratings are the same there is
/// no chance to agree beyond, nought is divided by nought, and the result is NaN: such ratings do not tell a careful
/// rater from one who always says the same.
public final class Agreement {

    private Agreement() {
    }

    /// What a disagreement costs.
    public enum Weights {
        /// 1, however large it is.
        NONE,
        /// The distance of the labels in their order.
        LINEAR,
        /// Its square.
        QUADRATIC
    }

    /// The scale of ratings, which says how far two are apart.
    public enum Scale {
        NOMINAL, ORDINAL, INTERVAL
    }

    /// Cohen's kappa of two raters. The weights go by the place of labels among those that occur.
    ///
    /// @throws IllegalArgumentException if the lists differ in length or are empty
    /// @see <a href="https://doi.org/10.1037/h0026256">Cohen 1968</a>
    public static <T extends Comparable<T>> double cohen(List<T> one, List<T> other, Weights weights) {
        if (one.size() != other.size() || one.isEmpty()) {
            throw new IllegalArgumentException("Cohen's kappa of " + one.size() + " and " + other.size()
                    + " labels; needed: both raters' labels of the same items, one at least");
        }
        var all = new TreeSet<>(one);
        all.addAll(other);
        List<T> labels = List.copyOf(all);
        int count = one.size();
        double observed = 0;
        double expected = 0;
        for (int i = 0; i < count; i++) {
            observed += cost(labels.indexOf(one.get(i)), labels.indexOf(other.get(i)), weights);
        }
        for (int a = 0; a < labels.size(); a++) {
            for (int b = 0; b < labels.size(); b++) {
                expected += cost(a, b, weights) * frequency(one, labels.get(a)) * frequency(other,
                        labels.get(b)) / count;
            }
        }
        return expected == 0 ? Double.NaN : 1 - observed / expected;
    }

    private static double frequency(List<?> labels, Object label) {
        return labels.stream().filter(label::equals).count();
    }

    private static double cost(int a, int b, Weights weights) {
        return switch (weights) {
            case NONE -> a == b ? 0 : 1;
            case LINEAR -> Math.abs(a - b);
            case QUADRATIC -> (double) (a - b) * (a - b);
        };
    }

    /// Fleiss' kappa: each item was rated by as many raters, not necessarily the same ones.
    ///
    /// @param counts for each item, how many raters chose each label
    /// @throws IllegalArgumentException if there is no item, fewer than two raters, or items differ in raters
    /// @see <a href="https://doi.org/10.1037/h0031619">Fleiss 1971</a>
    public static double fleiss(List<List<Integer>> counts) {
        int raters = counts.isEmpty() ? 0 : counts.getFirst().stream().mapToInt(Integer::intValue).sum();
        if (raters < 2 || counts.stream().anyMatch(item -> item.size() != counts.getFirst().size()
                || item.stream().mapToInt(Integer::intValue).sum() != raters)) {
            throw new IllegalArgumentException("Fleiss' kappa over " + counts.size() + " items, the first with "
                    + raters
                    + " ratings; needed: the same labels and the same number of ratings, two at least, for each item");
        }
        double observed = 0;
        var totals = new double[counts.getFirst().size()];
        for (List<Integer> item : counts) {
            double pairs = 0;
            for (int label = 0; label < totals.length; label++) {
                totals[label] += item.get(label);
                pairs += item.get(label) * (item.get(label) - 1.0);
            }
            observed += pairs / (raters * (raters - 1.0)) / counts.size();
        }
        double expected = 0;
        for (double total : totals) {
            expected += Math.pow(total / ((double) raters * counts.size()), 2);
        }
        return Arrays.stream(totals).filter(total -> total > 0).count() == 1 ? Double.NaN
                : (observed - expected) / (1 - expected);
    }

    /// Krippendorff's alpha: any number of raters, ratings may be missing. Items with fewer than two ratings say
    /// nothing and are left out.
    ///
    /// @param items the ratings of each item
    /// @throws IllegalArgumentException if no item has two ratings
    /// @see <a href="https://www.asc.upenn.edu/sites/default/files/2021-03/Computing%20Krippendorff%27s%20Alpha-Reliability.pdf">Krippendorff 2011</a>
    public static double krippendorff(List<List<Double>> items, Scale scale) {
        List<List<Double>> rated = items.stream().filter(item -> item.size() > 1).toList();
        if (rated.isEmpty()) {
            throw new IllegalArgumentException("Krippendorff's alpha over " + items.size()
                    + " items: none has two ratings, so nothing can agree");
        }
        List<Double> values = new ArrayList<>(new TreeSet<>(rated.stream().flatMap(List::stream).toList()));
        Map<Double, Integer> counts = new HashMap<>();
        rated.forEach(item -> item.forEach(value -> counts.merge(value, 1, Integer::sum)));
        double all = counts.values().stream().mapToInt(Integer::intValue).sum();
        double observed = 0;
        for (List<Double> item : rated) {
            double sum = 0;
            for (int i = 0; i < item.size(); i++) {
                for (int j = 0; j < item.size(); j++) {
                    sum += i == j ? 0 : distance(item.get(i), item.get(j), scale, values, counts);
                }
            }
            observed += sum / (item.size() - 1);
        }
        double expected = 0;
        for (double a : values) {
            for (double b : values) {
                expected += counts.getOrDefault(a, 0) * (double) counts.getOrDefault(b, 0)
                        * distance(a, b, scale, values, counts);
            }
        }
        return expected == 0 ? Double.NaN : 1 - observed * (all - 1) / expected;
    }

    private static double distance(double a, double b, Scale scale, List<Double> values, Map<Double, Integer> counts) {
        if (a == b) {
            return 0;
        }
        return switch (scale) {
            case NOMINAL -> 1;
            case INTERVAL -> (a - b) * (a - b);
            case ORDINAL -> {
                double between = 0;
                for (double value : values) {
                    if (value >= Math.min(a, b) && value <= Math.max(a, b)) {
                        between += counts.getOrDefault(value, 0);
                    }
                }
                between -= (counts.getOrDefault(a, 0) + counts.getOrDefault(b, 0)) / 2.0;
                yield between * between;
            }
        };
    }
}
