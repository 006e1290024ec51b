package minarai.eval.metric;

import java.util.List;

/// 1 where the normalised answer equals a normalised reference, else 0.
public record ExactMatch(Normalisation normalisation) implements Metric {

    /// SQuAD's exact match.
    public static ExactMatch squad() {
        return new ExactMatch(Normalisation.squad());
    }

    /// Super-NaturalInstructions' exact match, which keeps the articles.
    public static ExactMatch keepingArticles() {
        return new ExactMatch(Normalisation.keepingArticles());
    }

    /// For Japanese and other text without blanks.
    public static ExactMatch unspaced() {
        return new ExactMatch(Normalisation.unspaced());
    }

    @Override
    public String name() {
        return "exact_match";
    }

    @Override
    public String signature() {
        return name() + "|" + normalisation.signature() + "|refs:max|version:1";
    }

    @Override
    public double score(String answer, List<String> references) {
        String normalised = normalisation.apply(answer);
        return Metric.best(references, reference -> normalised.equals(normalisation.apply(reference)) ? 1 : 0);
    }
}
