package minarai.eval.metric;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Steps applied in order to answer and reference alike before they are compared.
public record Normalisation(List<Step> steps) {

    public Normalisation {
        steps = List.copyOf(steps);
    }

    /// No change at all.
    public static Normalisation none() {
        return new Normalisation(List.of());
    }

    /// SQuAD's: lower case, no ASCII punctuation, no English articles, single blanks.
    ///
    /// @see <a href="https://arxiv.org/abs/1606.05250">Rajpurkar et al. 2016, section 6.1</a>
    public static Normalisation squad() {
        return new Normalisation(List.of(new Step.LowerCase(), new Step.DropPunctuation(Step.Alphabet.ASCII),
                new Step.DropArticles(), new Step.SqueezeBlanks()));
    }

    /// Super-NaturalInstructions': as SQuAD's, but `a`, `an` and `the` stay.
    ///
    /// @see <a href="https://arxiv.org/abs/2204.07705">Wang et al. 2022</a>
    public static Normalisation keepingArticles() {
        return new Normalisation(List.of(new Step.LowerCase(), new Step.DropPunctuation(Step.Alphabet.ASCII),
                new Step.SqueezeBlanks()));
    }

    /// As the one before, but marks stay, too.
    public static Normalisation keepingMarks() {
        return new Normalisation(List.of(new Step.LowerCase(), new Step.SqueezeBlanks()));
    }

    /// Of SQuAD's, the one that keeps articles and the one that keeps marks, too, the first that leaves something of
    /// every text that is not blank: to SQuAD's `(A)` is nothing, which an empty answer equals, and to the second
    /// `] )` is.
    public static Normalisation leaving(List<String> texts) {
        return Stream.of(squad(), keepingArticles()).filter(one -> texts.stream().noneMatch(text -> !text.isBlank()
                && one.apply(text).isBlank())).findFirst().orElseGet(Normalisation::keepingMarks);
    }

    /// For text without blanks between words, such as Japanese: NFKC, lower case, no Unicode punctuation, no blanks.
    public static Normalisation unspaced() {
        return new Normalisation(List.of(new Step.Compose(), new Step.LowerCase(),
                new Step.DropPunctuation(Step.Alphabet.UNICODE), new Step.DropBlanks()));
    }

    public String apply(String text) {
        String result = text;
        for (Step step : steps) {
            result = step.apply(result);
        }
        return result;
    }

    /// The steps in order, separated by `|`; `as-is` where there are none.
    public String signature() {
        return steps.isEmpty() ? "as-is" : steps.stream().map(Step::signature).collect(Collectors.joining("|"));
    }
}
