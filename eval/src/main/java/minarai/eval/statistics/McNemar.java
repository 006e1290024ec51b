package minarai.eval.statistics;

import org.apache.commons.math3.distribution.BinomialDistribution;

/// The exact two-sided McNemar test on items that two models answered: of the items on which they differ, is a split
/// this uneven likely if neither were better? On scores that are not just right or wrong the same sum is the sign test.
///
/// @param wins   items on which the second did better
/// @param losses items on which the first did better
/// @see <a href="https://doi.org/10.1007/BF02295996">McNemar 1947</a>
public record McNemar(int wins, int losses) {

    /// @throws IllegalArgumentException if a count is negative
    public McNemar {
        if (wins < 0 || losses < 0) {
            throw new IllegalArgumentException(
                    "McNemar: " + wins + " wins and " + losses + " losses; counts are not negative");
        }
    }

    /// `min(1, 2 * P(X <= min(wins, losses)))` for X binomial with one half; 1 where the models never differ.
    public double p() {
        int discordant = Math.addExact(wins, losses);
        if (wins == losses) {
            return 1;
        }
        var fair = new BinomialDistribution(null, discordant, 0.5);
        return Math.min(1, 2 * fair.cumulativeProbability(Math.min(wins, losses)));
    }

    public static String signature() {
        return "mcnemar|exact|two-sided|version:1";
    }
}
