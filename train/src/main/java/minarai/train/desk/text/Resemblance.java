package minarai.train.desk.text;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import minarai.train.data.Words;

/// Decides whether two texts say nearly the same.
public final class Resemblance {

    /// The estimated similarity from which two texts are compared in full.
    public static final double CANDIDATE = 0.5;
    private static final double SAME = 0.8;
    private static final double MAYBE = 0.6;
    private static final double SAME_WORDS = 0.9;
    private static final int FEWEST_GRAMS = 12;
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private final RougeL.Numbering numbering = new RougeL.Numbering();

    /// In how far they are the same: a Jaccard similarity of grams of .8, or of .6 with a ROUGE-L of .9, and the same
    /// numbers in the same order. Empty if they are not, or too short to tell.
    public Optional<String> between(String a, String b) {
        Grams grams = Grams.of(a);
        Grams others = Grams.of(b);
        if (Math.min(grams.hashes().length, others.hashes().length) < FEWEST_GRAMS || !numbers(a).equals(numbers(b))) {
            return Optional.empty();
        }
        double jaccard = grams.jaccard(others);
        if (jaccard >= SAME) {
            return Optional.of("Jaccard similarity %.2f".formatted(jaccard));
        }
        double rouge = jaccard < MAYBE ? 0 : numbering.of(a).f(numbering.of(b));
        return rouge < SAME_WORDS ? Optional.empty() : Optional.of("ROUGE-L %.2f".formatted(rouge));
    }

    private static String numbers(String text) {
        return NUMBER.matcher(Words.squeezed(text)).results().map(match -> match.group())
                .collect(Collectors.joining(" "));
    }
}
