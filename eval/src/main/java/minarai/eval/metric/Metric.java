package minarai.eval.metric;

import java.util.List;
import java.util.function.ToDoubleFunction;

/// A score in 0…1 of one answer; higher is better.
public sealed interface Metric permits ExactMatch, TokenF1, Rouge, Bleu, CharacterF, RefusalMatch {

    /// The name result files use, e.g. `exact_match`.
    String name();

    /// Everything that decides the score, e.g. `f1|case:lower|…|tok:char|refs:max|version:1`.
    String signature();

    /// The best score against any of the references.
    ///
    /// @param references acceptable answers, at least one
    /// @throws IllegalArgumentException if there is no reference
    double score(String answer, List<String> references);

    /// The best of `one` over the references.
    static double best(List<String> references, ToDoubleFunction<String> one) {
        return references.stream().mapToDouble(one).max().orElseThrow(Metric::noReference);
    }

    /// Each answer needs references of its own.
    static void requirePairs(List<String> answers, List<List<String>> references) {
        if (answers.size() != references.size()) {
            throw new IllegalArgumentException("scoring " + answers.size() + " answers against references for "
                    + references.size() + "; each answer needs its own list of references");
        }
        if (references.stream().anyMatch(List::isEmpty)) {
            throw noReference();
        }
    }

    static IllegalArgumentException noReference() {
        return new IllegalArgumentException(
                "scoring an answer: there is no expected answer; give at least one, or leave the item out");
    }
}
