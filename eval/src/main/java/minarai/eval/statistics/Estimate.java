package minarai.eval.statistics;

/// A mean, how sure it is, and what it rests on.
///
/// @param standardError of the mean; infinite where there are fewer than two clusters
/// @param method        how the interval came about
public record Estimate(double value, Interval interval, double standardError, int items, int clusters, String method) {
}
