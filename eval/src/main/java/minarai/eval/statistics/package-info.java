/// Intervals, tests and the sample sizes they need.
///
/// Decisions:
/// - **Exact where exact is cheap.** McNemar and its power are sums of binomials; no normal approximation at n = 30.
/// - **Clusters are resampled**, since questions about one entity stand and fall together (Miller 2024,
///   <https://arxiv.org/abs/2411.00640>).
/// - **A bootstrap that has nothing to resample does not claim certainty.** Where every cluster agrees, the percentile
///   interval would have width zero. The Wilson bound for "0 of n clusters differ" widens it.
/// - **The same figures on every machine**: draws are a function of (seed, draw, position) by SplitMix64, and Commons
///   Math computes its functions in Java.
/// - **A prediction-powered interval of few labels is studentised, and never shorter than one with a disagreement added
///   in each direction.** Few labels may show no error of the machine at all; the normal interval then covered the
///   truth in 86 of 100 draws at 20 labels.
/// - **It counts clusters, not items.** A cluster's part in the standard error is the square of all its items together,
///   those people rated and those they did not: twenty questions about one entity are one that was asked twenty times.
///   Below five rated clusters there is no such interval.
@NullMarked
package minarai.eval.statistics;

import org.jspecify.annotations.NullMarked;
