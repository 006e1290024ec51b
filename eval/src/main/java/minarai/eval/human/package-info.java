/// Which metric may be trusted: how far each goes together with what people said of the same answers.
///
/// Decisions:
/// - **Pooled and within.** Over all answers a metric may follow the people only because some questions are harder than
///   others; within the answers to one question it then tells nothing apart. Both are given, and it is said where they
///   disagree (Simpson's paradox).
/// - **Length is always among the metrics.** A metric that follows people no better than the number of characters does
///   measures little else.
/// - **Intervals resample clusters**, the answers to one question, and p-values are Holm's over all metrics and all
///   that people rated.
/// - **Figures of a file are correlated as they are**: scores that another program gave need no references.
@NullMarked
package minarai.eval.human;

import org.jspecify.annotations.NullMarked;
