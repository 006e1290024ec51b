package minarai.eval.metric;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// ROUGE: overlap of n-grams (1, 2), the longest common subsequence (L), or its union over the sentences that line
/// breaks separate (LSUM). The score is F1, the best over the references.
///
/// @param kind     what is counted
/// @param words    the cut into tokens; the customary one has none for Japanese
/// @param isStemmed whether Porter's stemmer is applied to tokens of more than three letters
/// @param counting how n-grams that repeat are counted
/// @see <a href="https://aclanthology.org/W04-1013">Lin 2004</a>
public record Rouge(Kind kind, Words words, boolean isStemmed, Counting counting) implements Metric {

    /// What is counted.
    public enum Kind {
        ONE("rouge1"), TWO("rouge2"), L("rougeL"), LSUM("rougeLsum");

        private final String label;

        Kind(String label) {
            this.label = label;
        }
    }

    /// How n-grams that repeat are counted.
    public enum Counting {
        /// As often as they occur, clipped to the smaller count.
        CLIPPED,
        /// Once.
        DISTINCT
    }

    /// The customary form: runs of ASCII letters and digits, no stemmer.
    public static Rouge customary(Kind kind) {
        return new Rouge(kind, Words.ROUGE, false, Counting.CLIPPED);
    }

    /// With Porter's stemmer, as Super-NaturalInstructions counts it.
    public static Rouge stemmed(Kind kind) {
        return new Rouge(kind, Words.ROUGE, true, Counting.CLIPPED);
    }

    /// For text without blanks between words.
    ///
    /// @param words [Words#CHARACTERS] or [Words#JAPANESE]
    public static Rouge unspaced(Kind kind, Words words) {
        return new Rouge(kind, words, false, Counting.CLIPPED);
    }

    @Override
    public String name() {
        return kind.label;
    }

    @Override
    public String signature() {
        return name() + "|tok:" + words.signature() + "|stem:" + (isStemmed ? "porter" : "no") + "|count:"
                + counting.name().toLowerCase(Locale.ROOT) + "|score:f1|refs:max|version:1";
    }

    @Override
    public double score(String answer, List<String> references) {
        return best(answer, references).f1();
    }

    /// Precision and recall against the reference of the best F1.
    ///
    /// @throws IllegalArgumentException if there is no reference
    public Overlap best(String answer, List<String> references) {
        return references.stream().map(reference -> overlap(answer, reference))
                .max(Comparator.comparingDouble(Overlap::f1)).orElseThrow(Metric::noReference);
    }

    private Overlap overlap(String answer, String reference) {
        return switch (kind) {
            case ONE -> grams(tokens(answer), tokens(reference), 1);
            case TWO -> grams(tokens(answer), tokens(reference), 2);
            case L -> longest(tokens(answer), tokens(reference));
            case LSUM -> longestUnion(sentences(answer), sentences(reference));
        };
    }

    private Overlap grams(List<String> answer, List<String> reference, int order) {
        Map<List<String>, Integer> inAnswer = Grams.of(answer, order);
        Map<List<String>, Integer> inReference = Grams.of(reference, order);
        if (counting == Counting.DISTINCT) {
            inAnswer.replaceAll((gram, count) -> 1);
            inReference.replaceAll((gram, count) -> 1);
        }
        return Overlap.of(Grams.common(inAnswer, inReference), Grams.total(inAnswer), Grams.total(inReference));
    }

    private static Overlap longest(List<String> answer, List<String> reference) {
        return Overlap.of(lengths(reference, answer)[reference.size()][answer.size()], answer.size(),
                reference.size());
    }

    private static Overlap longestUnion(List<List<String>> answer, List<List<String>> reference) {
        Map<String, Integer> leftInAnswer = new HashMap<>(Grams.counted(flat(answer)));
        Map<String, Integer> leftInReference = new HashMap<>(Grams.counted(flat(reference)));
        int hits = 0;
        for (List<String> sentence : reference) {
            var union = new BitSet();
            answer.forEach(other -> addCommon(sentence, other, union));
            for (int position : union.stream().toArray()) {
                String token = sentence.get(position);
                if (leftInAnswer.getOrDefault(token, 0) > 0 && leftInReference.getOrDefault(token, 0) > 0) {
                    leftInAnswer.merge(token, -1, Integer::sum);
                    leftInReference.merge(token, -1, Integer::sum);
                    hits++;
                }
            }
        }
        return Overlap.of(hits, flat(answer).size(), flat(reference).size());
    }

    /// Adds the positions in `sentence` of one longest common subsequence.
    private static void addCommon(List<String> sentence, List<String> other, BitSet positions) {
        int[][] lengths = lengths(sentence, other);
        int i = sentence.size();
        int j = other.size();
        while (i > 0 && j > 0) {
            if (sentence.get(i - 1).equals(other.get(j - 1))) {
                positions.set(i - 1);
                i--;
                j--;
            } else if (lengths[i][j - 1] > lengths[i - 1][j]) {
                j--;
            } else {
                i--;
            }
        }
    }

    /// Lengths of the longest common subsequences of all beginnings.
    private static int[][] lengths(List<String> one, List<String> other) {
        var lengths = new int[one.size() + 1][other.size() + 1];
        for (int i = 1; i <= one.size(); i++) {
            for (int j = 1; j <= other.size(); j++) {
                lengths[i][j] = one.get(i - 1).equals(other.get(j - 1)) ? lengths[i - 1][j - 1] + 1
                        : Math.max(lengths[i - 1][j], lengths[i][j - 1]);
            }
        }
        return lengths;
    }

    private List<List<String>> sentences(String text) {
        return text.lines().filter(line -> !line.isEmpty()).map(this::tokens).toList();
    }

    private List<String> tokens(String text) {
        List<String> tokens = words.of(text);
        return isStemmed ? tokens.stream().map(token -> token.length() > 3 ? PorterStemmer.stem(token) : token).toList()
                : tokens;
    }

    private static List<String> flat(List<List<String>> sentences) {
        var flat = new ArrayList<String>();
        sentences.forEach(flat::addAll);
        return flat;
    }
}
