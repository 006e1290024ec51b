package minarai.eval;

/// An item and what both models said to it.
public record ItemResult(Item item, Answer base, Answer tuned) {

    /// Tuned minus base, in -1…1.
    ///
    /// @throws IllegalArgumentException if either was not scored with this metric
    public double gain(String metric) {
        return tuned.score(metric) - base.score(metric);
    }

    public boolean isWin(String metric) {
        return gain(metric) > 0;
    }

    public boolean isLoss(String metric) {
        return gain(metric) < 0;
    }
}
