package minarai.eval.metric;

import java.util.ArrayList;
import java.util.List;

/// chrF: F of character n-grams, and with word n-grams besides chrF++. Made for languages that inflect or have no
/// blanks.
///
/// @param characters longest character n-grams, customarily 6
/// @param words      longest word n-grams: 0 for chrF, 2 for chrF++
/// @param beta       how much more recall counts than precision, customarily 2
/// @param isSmoothed whether every order counts, absent ones as next to nothing; otherwise only those both texts have
/// @param keepsBlanks whether blanks are characters too
/// @see <a href="https://aclanthology.org/W15-3049">Popović 2015</a>
public record CharacterF(int characters, int words, double beta, boolean isSmoothed, boolean keepsBlanks)
        implements Metric {

    private static final double NEXT_TO_NOTHING = 1e-16;

    /// For each order: n-grams of the answer, of the reference, and common ones.
    private record Counts(long[] answer, long[] reference, long[] common) {

        Counts(int orders) {
            this(new long[orders], new long[orders], new long[orders]);
        }

        void add(Counts other) {
            for (int n = 0; n < answer.length; n++) {
                answer[n] += other.answer[n];
                reference[n] += other.reference[n];
                common[n] += other.common[n];
            }
        }
    }

    /// @throws IllegalArgumentException if an order is out of range or beta is not positive
    public CharacterF {
        if (characters < 1 || characters > 20 || words < 0 || words > 20 || !(beta > 0)) {
            throw new IllegalArgumentException("chrF over " + characters + " characters and " + words
                    + " words at beta "
                    + beta + "; needed: 1 to 20 characters, 0 to 20 words, a positive beta; usually 6, 0 and 2");
        }
    }

    /// chrF2: six characters, no words, beta 2.
    public static CharacterF chrF() {
        return new CharacterF(6, 0, 2, false, false);
    }

    /// chrF2++: six characters, two words, beta 2.
    public static CharacterF plusPlus() {
        return new CharacterF(6, 2, 2, false, false);
    }

    @Override
    public String name() {
        return words == 0 ? "chrf" : "chrf++";
    }

    @Override
    public String signature() {
        return name() + "|nrefs:var|case:mixed|eff:" + (isSmoothed ? "no" : "yes") + "|nc:" + characters + "|nw:"
                + words
                + "|beta:" + (beta == Math.rint(beta) ? String.valueOf((long) beta) : String.valueOf(beta)) + "|space:"
                + (keepsBlanks ? "yes" : "no") + "|version:1";
    }

    /// A fraction of 1; published figures are in percent.
    @Override
    public double score(String answer, List<String> references) {
        return score(List.of(answer), List.of(references));
    }

    /// Over a corpus: counts of the best reference of each answer are added up.
    ///
    /// @throws IllegalArgumentException if there are not as many lists of references as answers, or one is empty
    public double score(List<String> answers, List<List<String>> references) {
        Metric.requirePairs(answers, references);
        var sum = new Counts(characters + words);
        for (int item = 0; item < answers.size(); item++) {
            var best = new Counts(characters + words);
            double most = -1;
            for (String reference : references.get(item)) {
                Counts counts = counts(answers.get(item), reference);
                double score = score(counts);
                if (score > most) {
                    most = score;
                    best = counts;
                }
            }
            sum.add(best);
        }
        return score(sum);
    }

    private Counts counts(String answer, String reference) {
        var counts = new Counts(characters + words);
        List<Integer> letters = letters(answer);
        List<Integer> expectedLetters = letters(reference);
        for (int n = 1; n <= characters; n++) {
            put(counts, n - 1, letters, expectedLetters, n);
        }
        if (words > 0) {
            List<String> tokens = tokens(answer);
            List<String> expectedTokens = tokens(reference);
            for (int n = 1; n <= words; n++) {
                put(counts, characters + n - 1, tokens, expectedTokens, n);
            }
        }
        return counts;
    }

    private static <T> void put(Counts counts, int at, List<T> answer, List<T> reference, int order) {
        counts.reference[at] = Math.max(0, reference.size() - order + 1);
        counts.answer[at] = counts.reference[at] == 0 ? 0 : Math.max(0, answer.size() - order + 1);
        counts.common[at] = Grams.common(Grams.of(answer, order), Grams.of(reference, order));
    }

    private double score(Counts counts) {
        double smoothed = 0;
        double precisions = 0;
        double recalls = 0;
        int used = 0;
        for (int n = 0; n < counts.answer.length; n++) {
            double precision = counts.answer[n] > 0 ? (double) counts.common[n] / counts.answer[n] : NEXT_TO_NOTHING;
            double recall = counts.reference[n] > 0 ? (double) counts.common[n] / counts.reference[n] : NEXT_TO_NOTHING;
            smoothed += new Overlap(precision, recall).f(beta);
            if (counts.answer[n] > 0 && counts.reference[n] > 0) {
                precisions += precision;
                recalls += recall;
                used++;
            }
        }
        if (isSmoothed) {
            return smoothed / counts.answer.length;
        }
        return used == 0 ? 0 : new Overlap(precisions / used, recalls / used).f(beta);
    }

    private List<Integer> letters(String text) {
        return text.codePoints().filter(c -> keepsBlanks || !Characters.isBlank(c)).boxed().toList();
    }

    /// Words, a sign at the end or the beginning split off.
    private static List<String> tokens(String text) {
        List<String> tokens = new ArrayList<>();
        for (String word : Characters.splitAtBlanks(text)) {
            int last = word.length() - 1;
            if (last > 0 && Characters.isAsciiPunctuation(word.charAt(last))) {
                tokens.add(word.substring(0, last));
                tokens.add(word.substring(last));
            } else if (last > 0 && Characters.isAsciiPunctuation(word.charAt(0))) {
                tokens.add(word.substring(0, 1));
                tokens.add(word.substring(1));
            } else {
                tokens.add(word);
            }
        }
        return tokens;
    }
}
