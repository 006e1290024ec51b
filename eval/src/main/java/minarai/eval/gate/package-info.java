/// Whether to go on: thresholds that were set beforehand against figures that were measured, decided by a person.
///
/// Decisions:
/// - **A threshold is met only where the interval lies beyond it.** A figure above the threshold whose interval reaches
///   below it is a reason to measure more, not to go.
/// - **Only a text as a whole has a figure without an interval.** A mean whose items' scores are not known extends,
///   whatever it is; so does a judged win rate whose judge was not calibrated on that task, or shows a preference for a
///   place or a length.
/// - **A threshold that is missed by all of the interval stops**, whatever an error costs. Where a figure misses it and
///   the interval reaches across, the cost of an error weighs: a costly one stops, others extend.
/// - **Without thresholds there is no decision**, and the page of a comparison says so. Thresholds that are set after
///   the figures are seen decide nothing either; the hash of the file is in the decision's line.
/// - **A decision is a line of a chain**: it holds the hash of the line before and of the figures and thresholds it
///   rests on, and a person's name. Altering or removing an earlier line breaks the chain for whoever kept the last
///   hash. It does not prove who wrote it; with a key the line also carries an HMAC, which proves that whoever wrote it
///   held the key.
@NullMarked
package minarai.eval.gate;

import org.jspecify.annotations.NullMarked;
