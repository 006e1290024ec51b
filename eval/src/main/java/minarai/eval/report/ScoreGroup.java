package minarai.eval.report;

import java.util.List;
import minarai.eval.Comparison;

/// Scores of all arms on one kind of question.
///
/// @param name        e.g. `Told true`
/// @param explanation what these questions are, in one sentence
public record ScoreGroup(String name, String explanation, List<Score> scores) {

    public ScoreGroup {
        scores = List.copyOf(scores);
    }

    /// A base and the tuned model.
    public static ScoreGroup of(String explanation, Comparison comparison) {
        return new ScoreGroup(comparison.task(), explanation, List.of(
                Score.base("Base", comparison.base(), comparison.test().p()),
                Score.tuned("Tuned", comparison.tuned())));
    }

    /// The base in both forms and the tuned model, all on the same items.
    public static ScoreGroup of(String explanation, Comparison zeroShot, Comparison fewShot) {
        return new ScoreGroup(zeroShot.task(), explanation, List.of(
                Score.base("Base, zero-shot", zeroShot.base(), zeroShot.test().p()),
                Score.base("Base, few-shot", fewShot.base(), fewShot.test().p()),
                Score.tuned("Tuned", zeroShot.tuned())));
    }
}
