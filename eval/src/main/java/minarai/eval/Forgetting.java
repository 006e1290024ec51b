package minarai.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import minarai.eval.metric.Likelihood;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;

/// What tuning cost: text the base was good at, and questions it had right.
///
/// @param text   which text the likelihoods are of
/// @param before likelihood of the text under the base
/// @param after  likelihood of the same text under the tuned model
/// @param lost   items right before and wrong after
/// @param known  how many items were right before
/// @param sure   how sure the growth is, where the likelihoods of several texts are known each
public record Forgetting(String text, Likelihood before, Likelihood after, List<ItemResult> lost, int known,
        Optional<Estimate> sure) {

    /// The same of a text that is known as a whole only.
    ///
    /// @throws IllegalArgumentException if the likelihoods are not of the same text, or more is lost than was known
    public Forgetting(String text, Likelihood before, Likelihood after, List<ItemResult> lost, int known) {
        this(text, before, after, lost, known, Optional.empty());
    }

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

    /// What tuning cost on several texts, of which each has the likelihood of both models. Texts of one cluster are
    /// drawn together.
    ///
    /// @throws IllegalArgumentException if there is none, or one has no likelihood
    public static Forgetting ofTexts(String name, List<ItemResult> texts, Bootstrap bootstrap) {
        var before = Likelihood.none();
        var after = Likelihood.none();
        var growths = new ArrayList<Bootstrap.Growth>();
        for (ItemResult text : texts) {
            Likelihood one = likelihood(name, text.item(), text.base());
            Likelihood other = likelihood(name, text.item(), text.tuned());
            before = before.plus(one);
            after = after.plus(other);
            if (one.tokens() > 0) {
                growths.add(new Bootstrap.Growth(text.item().cluster(), -one.logProbability(),
                        -other.logProbability()));
            }
        }
        return new Forgetting(name, before, after, List.of(), 0, Optional.of(bootstrap.growth(growths))
                .filter(estimate -> estimate.clusters() > 1));
    }

    private static Likelihood likelihood(String name, Item item, Answer answer) {
        return answer.likelihood().orElseThrow(() -> new IllegalArgumentException("forgetting on " + name
                + ": the text " + item.id() + " has no likelihood; were both evaluations made by eval?"));
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
