package minarai.eval;

import java.util.List;
import minarai.eval.metric.Likelihood;

/// What tuning cost: text the base was good at, and questions it had right.
///
/// @param text   which text the likelihoods are of
/// @param before likelihood of the text under the base
/// @param after  likelihood of the same text under the tuned model
/// @param lost   items right before and wrong after
/// @param known  how many items were right before
public record Forgetting(String text, Likelihood before, Likelihood after, List<ItemResult> lost, int known) {

    /// @throws IllegalArgumentException if the likelihoods are not of the same text, or more is lost than was known
    public Forgetting {
        lost = List.copyOf(lost);
        if (before.bytes() != after.bytes() || before.bytes() == 0) {
            throw new IllegalArgumentException("forgetting on " + text + ": " + before.bytes() + " bytes before and "
                    + after.bytes() + " after; both models must be measured on the same text, which is not empty");
        }
        if (lost.size() > known) {
            throw new IllegalArgumentException("forgetting on " + text + ": " + lost.size() + " items lost of "
                    + known + " known before");
        }
    }

    /// Takes the lost items from results scored with `metric`.
    public static Forgetting of(String text, Likelihood before, Likelihood after, String metric,
            List<ItemResult> results) {
        var known = results.stream().filter(result -> result.base().isRight(metric)).toList();
        var lost = known.stream().filter(result -> !result.tuned().isRight(metric)).toList();
        return new Forgetting(text, before, after, lost, known.size());
    }

    /// Growth of bits per byte relative to before; positive is forgetting.
    public double growth() {
        return after.bitsPerByte() / before.bitsPerByte() - 1;
    }
}
