package minarai.eval.metric;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The harmonic mean of precision and recall over the multiset of tokens. Two empty texts score 1, one empty text 0,
/// as in SQuAD 2.0.
///
/// @see <a href="https://arxiv.org/abs/1806.03822">Rajpurkar et al. 2018</a>
public record TokenF1(Normalisation normalisation, Unit unit) implements Metric {

    /// What a token is.
    public enum Unit {
        /// What blanks separate.
        WORD,
        /// A Unicode code point.
        CHAR
    }

    /// SQuAD's F1, over words.
    public static TokenF1 squad() {
        return new TokenF1(Normalisation.squad(), Unit.WORD);
    }

    /// For Japanese and other text without blanks: over code points.
    public static TokenF1 unspaced() {
        return new TokenF1(Normalisation.unspaced(), Unit.CHAR);
    }

    @Override
    public String name() {
        return "f1";
    }

    @Override
    public String signature() {
        return name() + "|" + normalisation.signature() + "|tok:" + unit.name().toLowerCase(Locale.ROOT)
                + "|empty:equal|refs:max|version:1";
    }

    @Override
    public double score(String answer, List<String> references) {
        String[] tokens = tokens(answer);
        return Metric.best(references, reference -> f1(tokens, tokens(reference)));
    }

    private String[] tokens(String text) {
        String normalised = normalisation.apply(text);
        return switch (unit) {
            case WORD -> Characters.splitAtBlanks(normalised);
            case CHAR -> normalised.codePoints().mapToObj(Character::toString).toArray(String[]::new);
        };
    }

    private static double f1(String[] answer, String[] reference) {
        if (answer.length == 0 || reference.length == 0) {
            return answer.length == reference.length ? 1 : 0;
        }
        Map<String, Integer> left = new HashMap<>();
        Arrays.stream(reference).forEach(token -> left.merge(token, 1, Integer::sum));
        long common = Arrays.stream(answer).filter(token -> left.merge(token, -1, Integer::sum) >= 0).count();
        return 2.0 * common / ((double) answer.length + reference.length);
    }
}
