package minarai.eval.statistics;

import java.util.Locale;
import java.util.OptionalDouble;
import org.apache.commons.math3.distribution.BinomialDistribution;

/// How small a difference the exact McNemar test can be expected to find.
///
/// @param discordance share of items on which the two models differ, customarily 0.2
/// @param power       wanted chance of finding the difference, customarily 0.8
/// @param level       of the test, customarily 0.05
public record Power(double discordance, double power, double level) {

    /// Standard deviations of the number of discordant items that are summed over; what is left out is below 1e-15.
    private static final double REACH = 9;
    private static final double RESOLUTION = 1e-4;

    /// @throws IllegalArgumentException if a value is not between 0 and 1
    public Power {
        if (!(discordance > 0 && discordance < 1 && power > 0 && power < 1 && level > 0 && level < 1)) {
            throw new IllegalArgumentException("power " + power + " at level " + level + " and discordance "
                    + discordance + "; all three lie strictly between 0 and 1");
        }
    }

    /// 20 % discordance, 80 % power, 5 % level.
    public static Power standard() {
        return new Power(0.2, 0.8, 0.05);
    }

    /// The same, where one of several tests is to reject after Holm: the smallest p-value has to stay below the level
    /// divided by their number.
    ///
    /// @param tests at least 1
    public static Power standard(int tests) {
        return new Power(0.2, 0.8, 0.05 / tests);
    }

    /// The chance that the test finds a true difference: the sum over the number of discordant items, binomial, of the
    /// chance that the split among them is uneven enough.
    ///
    /// @param items      independent items, at least 1
    /// @param difference true difference of the two proportions, from 0 to the discordance
    /// @throws IllegalArgumentException if items or difference are out of range
    public double chance(int items, double difference) {
        if (items < 1 || items > 10_000_000 || !(difference >= 0 && difference <= discordance)) {
            throw new IllegalArgumentException("power on " + items + " items for a difference of " + difference
                    + "; needed: 1 to 10,000,000 items and a difference between 0 and the discordance " + discordance);
        }
        double better = (1 + difference / discordance) / 2;
        var discordant = new BinomialDistribution(null, items, discordance);
        double spread = REACH * Math.sqrt(items * discordance * (1 - discordance)) + 1;
        int first = (int) Math.max(1, items * discordance - spread);
        int last = (int) Math.min(items, items * discordance + spread);
        double chance = 0;
        int critical = -1;
        for (int count = first; count <= last; count++) {
            critical = critical(count, critical);
            if (critical >= 0) {
                var split = new BinomialDistribution(null, count, better);
                double rejected = split.cumulativeProbability(critical)
                        + 1 - split.cumulativeProbability(count - critical - 1);
                chance += discordant.probability(count) * rejected;
            }
        }
        return Math.min(1, chance);
    }

    /// The smallest difference found with the wanted power, to within a hundredth of a point; empty where even the
    /// largest possible one, all differing items in favour of one model, is not.
    public OptionalDouble smallestDifference(int items) {
        if (chance(items, discordance) < power) {
            return OptionalDouble.empty();
        }
        double low = 0;
        double high = discordance;
        while (high - low > RESOLUTION) {
            double middle = (low + high) / 2;
            if (chance(items, middle) < power) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return OptionalDouble.of(high);
    }

    /// One sentence for readers, e.g. `With 150 items, a true difference under about 11 points will probably not show
    /// …`. Items of a cluster stand and fall together, so a cluster counts as one.
    ///
    /// @param clusters they fall into, from 1
    public String statement(int items, int clusters) {
        String count = items + " items";
        return statement(clusters == items ? count : count + " in " + clusters + " clusters, each of which counts as"
                + " one", clusters);
    }

    /// The same of items that are clusters of their own.
    public String statement(int items) {
        return statement(items, items);
    }

    private String statement(String counted, int items) {
        String assumption = String.format(Locale.ROOT,
                " (exact McNemar test at %s %%, %s %% power, the models differing on %s %% of the items).",
                points(level), points(power), points(discordance));
        var smallest = smallestDifference(items);
        return smallest.isPresent()
                ? "With " + counted + ", a true difference under about " + points(smallest.getAsDouble())
                        + " points will probably not show" + assumption
                : "With " + counted + ", nothing under " + points(discordance) + " points can show" + assumption;
    }

    /// The largest number of losses that still rejects at `count` discordant items, or -1; it never falls as count
    /// grows, so the search goes on from where the last one ended.
    private int critical(int count, int from) {
        var fair = new BinomialDistribution(null, count, 0.5);
        if (from < 0) {
            return firstCritical(count, fair);
        }
        int critical = from;
        while (2 * fair.cumulativeProbability(critical + 1) <= level) {
            critical++;
        }
        return critical;
    }

    private int firstCritical(int count, BinomialDistribution fair) {
        int low = -1;
        int high = (count + 1) / 2;
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (2 * fair.cumulativeProbability(middle) <= level) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }

    private static String points(double share) {
        return String.format(Locale.ROOT, "%.1f", 100 * share).replaceFirst("\\.0$", "");
    }
}
