/// What two models answered to the same questions, and what may be said about the difference.
///
/// The order of things: an [Item][minarai.eval.Item] is asked, an [Answer][minarai.eval.Answer] comes back and is
/// scored by metrics; base and tuned answers to the same item make an [ItemResult][minarai.eval.ItemResult]; results
/// make a [Comparison][minarai.eval.Comparison] (did it help?) and a [Forgetting][minarai.eval.Forgetting] (what did
/// it cost?). Nothing here runs a model: what a model said is handed in.
///
/// Decisions:
/// - **Only items both models answered are compared.** A paired test on the same questions needs several times fewer
///   questions than two separate scores, and an item that only one side saw would be a difference of questions, not
///   of models. Pairing names what it left out.
/// - **An interval resamples clusters, not items.** Two questions about one person are not two pieces of evidence.
/// - **A score of an item lies in 0…1**, higher is better. Everything else (bits per byte) is a
///   [Likelihood][minarai.eval.metric.Likelihood], not a score.
/// - **Every number carries its method**: a metric prints its signature, a statistic its name, seed and draws.
@NullMarked
package minarai.eval;

import org.jspecify.annotations.NullMarked;
