package minarai.eval.statistics;

/// A number measured on one item.
///
/// @param cluster what the item shares with others, e.g. the person it asks about
public record Observation(String cluster, double value) {

    /// @throws IllegalArgumentException if the value is not finite
    public Observation {
        if (!Double.isFinite(value)) {
            throw new IllegalArgumentException(
                    "an observation in cluster " + cluster + " is " + value + "; a finite number is needed");
        }
    }
}
