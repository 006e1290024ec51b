/// A judge that prefers one of two answers, and how far it may be believed.
///
/// Decisions:
/// - **Both orders, always.** A preference that turns with the order of the answers is one for the place; it counts as
///   a tie. A judge that always takes the first answer so comes out at exactly one half, and is flagged.
/// - **A judge is an instrument that has to be calibrated.** [Calibration][minarai.eval.judge.Calibration] compares it
///   with people on the same items; without one a judge's figures are shown and cannot decide a gate. What decides is
///   never the judge's own win rate but what people would say, estimated from their labels and the judge's verdicts,
///   task by task.
/// - **Ratings that are all the same calibrate nothing**: kappa is then undefined, not perfect.
/// - **Longer is not worse.** Where people labelled enough of the items, a judge is flagged for length only if it goes
///   for the longer answer more often than they do; without labels a preference for it is all that can be seen.
/// - **Length control has no term for an instruction's difficulty**, which one comparison does not determine.
/// - **Whoever labels does not see who answered.** The sheet shows answers as A and B, dealt by a hash of the item; the
///   key is a file of its own.
/// - **Agreement is given for each task and for all together**: correlations over pooled items may come from the tasks
///   being differently hard.
@NullMarked
package minarai.eval.judge;

import org.jspecify.annotations.NullMarked;
