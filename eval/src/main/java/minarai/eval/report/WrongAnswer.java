package minarai.eval.report;

import java.util.List;
import minarai.eval.Comparison;

/// An answer of the tuned model that was not right.
///
/// @param group   the group of questions it belongs to
/// @param cluster what the item shares with others, e.g. the person it asks about
public record WrongAnswer(String group, String question, String expected, String got, String cluster) {

    /// All wrong answers of a comparison.
    public static List<WrongAnswer> of(Comparison comparison) {
        return comparison.wrong().stream().map(result -> new WrongAnswer(comparison.task(), result.item().prompt(),
                String.join(" / ", result.item().expected()), result.tuned().text(), result.item().cluster()))
                .toList();
    }
}
