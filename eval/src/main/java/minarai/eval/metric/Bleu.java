package minarai.eval.metric;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// BLEU: the geometric mean of clipped n-gram precisions over a corpus, times a penalty for brevity.
///
/// @param words            the cut into tokens
/// @param order            longest n-grams, customarily 4
/// @param smoothing        what stands for a precision of zero
/// @param isEffectiveOrder whether the mean stops at the longest n-grams the answers have; for single sentences
/// @see <a href="https://aclanthology.org/P02-1040">Papineni et al. 2002</a>
/// @see <a href="https://aclanthology.org/W18-6319">Post 2018</a>
public record Bleu(Words words, int order, Smoothing smoothing, boolean isEffectiveOrder) implements Metric {

    /// What stands for a precision of zero.
    public sealed interface Smoothing {

        String signature();

        /// Nothing: the score becomes zero.
        record None() implements Smoothing {
            @Override
            public String signature() {
                return "none";
            }
        }

        /// `1 / (2^k total)` for the k-th order without a match (NIST).
        record Exponential() implements Smoothing {
            @Override
            public String signature() {
                return "exp";
            }
        }

        /// A number in place of the matches.
        record Floor(double value) implements Smoothing {
            @Override
            public String signature() {
                return String.format(Locale.ROOT, "floor[%.2f]", value);
            }
        }

        /// A number added to matches and totals of the orders from 2 on.
        record Add(double value) implements Smoothing {
            @Override
            public String signature() {
                return String.format(Locale.ROOT, "add-k[%.2f]", value);
            }
        }
    }

    /// What BLEU follows from; those of sentences add up to those of a corpus.
    ///
    /// @param matches         clipped matches by order
    /// @param totals          n-grams of the answers by order
    /// @param answerLength    tokens of the answers
    /// @param referenceLength tokens of the references of the closest length
    public record Counts(long[] matches, long[] totals, long answerLength, long referenceLength) {
    }

    /// @throws IllegalArgumentException if the order is not between 1 and 20
    public Bleu {
        if (order < 1 || order > 20) {
            throw new IllegalArgumentException("BLEU over n-grams up to " + order + "; needed: 1 to 20, usually 4");
        }
    }

    /// `tok:13a|smooth:exp` over a corpus.
    public static Bleu corpus() {
        return new Bleu(Words.MTEVAL, 4, new Smoothing.Exponential(), false);
    }

    /// For one sentence at a time, with effective order.
    public static Bleu sentence(Words words) {
        return new Bleu(words, 4, new Smoothing.Exponential(), true);
    }

    @Override
    public String name() {
        return "bleu";
    }

    /// As sacrebleu's, after the name; the number of references is that of each item.
    @Override
    public String signature() {
        return name() + "|" + corpusSignature("var") + "|version:1";
    }

    /// As sacrebleu writes it, e.g. `nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp`.
    ///
    /// @param references how many each answer has
    public String corpusSignature(String references) {
        return "nrefs:" + references + "|case:mixed|eff:" + (isEffectiveOrder ? "yes" : "no") + "|tok:"
                + words.signature() + "|smooth:" + smoothing.signature() + (order == 4 ? "" : "|order:" + order);
    }

    /// BLEU of one answer, a fraction of 1.
    @Override
    public double score(String answer, List<String> references) {
        return score(List.of(answer), List.of(references));
    }

    /// BLEU of a corpus, a fraction of 1.
    ///
    /// @param references for each answer, at least one
    /// @throws IllegalArgumentException if there are not as many lists of references as answers, or one is empty
    public double score(List<String> answers, List<List<String>> references) {
        return score(counts(answers, references));
    }

    /// @throws IllegalArgumentException if there are not as many lists of references as answers, or one is empty
    public Counts counts(List<String> answers, List<List<String>> references) {
        Metric.requirePairs(answers, references);
        var sum = new Counts(new long[order], new long[order], 0, 0);
        for (int item = 0; item < answers.size(); item++) {
            List<String> answer = words.of(answers.get(item));
            List<List<String>> expected = references.get(item).stream().map(words::of).toList();
            addCounts(answer, expected, sum);
            sum = new Counts(sum.matches, sum.totals, sum.answerLength + answer.size(),
                    sum.referenceLength + closestLength(answer.size(), expected));
        }
        return sum;
    }

    /// BLEU of counts, a fraction of 1.
    public double score(Counts counts) {
        boolean isAnyMatch = false;
        for (long matches : counts.matches) {
            isAnyMatch |= matches > 0;
        }
        if (!isAnyMatch) {
            return 0;
        }
        List<Double> precisions = precisions(counts);
        int used = isEffectiveOrder ? precisions.size() : counts.matches.length;
        if (precisions.size() < used || precisions.contains(0.0)) {
            return 0;
        }
        double logarithms = precisions.stream().mapToDouble(StrictMath::log).sum();
        double brevity = counts.answerLength < counts.referenceLength
                ? StrictMath.exp(1 - (double) counts.referenceLength / counts.answerLength) : 1;
        return brevity * StrictMath.exp(logarithms / used);
    }

    private List<Double> precisions(Counts counts) {
        List<Double> precisions = new ArrayList<>();
        double halving = 1;
        for (int n = 0; n < counts.matches.length && counts.totals[n] > 0; n++) {
            double added = smoothing instanceof Smoothing.Add(double value) && n > 0 ? value : 0;
            double matches = counts.matches[n] + added;
            double total = counts.totals[n] + added;
            if (matches > 0) {
                precisions.add(matches / total);
                continue;
            }
            switch (smoothing) {
                case Smoothing.Exponential() -> {
                    halving *= 2;
                    precisions.add(1 / (halving * total));
                }
                case Smoothing.Floor(double value) -> precisions.add(value / total);
                case Smoothing.None none -> precisions.add(0.0);
                case Smoothing.Add none -> precisions.add(0.0);
            }
        }
        return precisions;
    }

    private void addCounts(List<String> answer, List<List<String>> references, Counts sum) {
        for (int n = 1; n <= order; n++) {
            Map<List<String>, Integer> most = new HashMap<>();
            for (List<String> reference : references) {
                Grams.of(reference, n).forEach((gram, count) -> most.merge(gram, count, Math::max));
            }
            Map<List<String>, Integer> grams = Grams.of(answer, n);
            sum.matches[n - 1] += Grams.common(grams, most);
            sum.totals[n - 1] += Grams.total(grams);
        }
    }

    private static int closestLength(int length, List<List<String>> references) {
        int closest = references.getFirst().size();
        for (List<String> reference : references) {
            int distance = Math.abs(reference.size() - length);
            int best = Math.abs(closest - length);
            if (distance < best || distance == best && reference.size() < closest) {
                closest = reference.size();
            }
        }
        return closest;
    }
}
