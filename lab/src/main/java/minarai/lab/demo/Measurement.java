package minarai.lab.demo;

import java.util.List;
import minarai.eval.Answered;
import minarai.eval.Comparison;
import minarai.eval.Forgetting;
import minarai.eval.Pairing;
import minarai.eval.metric.Likelihood;
import minarai.eval.statistics.Bootstrap;
import minarai.lab.exam.Group;
import minarai.lab.exam.TownExam;

/// What was measured before and after tuning, on the same questions.
///
/// @param exam       the questions
/// @param zeroShot   answers of the base in the chat template
/// @param fewShot    answers of the base after examples in the form of its pretraining
/// @param tuned      answers of the tuned model in the chat template
/// @param textBefore likelihood of world text under the base
/// @param textAfter  the same under the tuned model
public record Measurement(TownExam exam, List<Answered> zeroShot, List<Answered> fewShot, List<Answered> tuned,
        Likelihood textBefore, Likelihood textAfter) {

    private static final Bootstrap BOOTSTRAP = Bootstrap.standard(1);

    static Bootstrap bootstrap() {
        return BOOTSTRAP;
    }

    /// The share of right answers of one group.
    public double accuracy(Group group, List<Answered> answers) {
        return TownExam.accuracy(exam.only(group, answers));
    }

    /// Base in the chat template against tuned.
    public Comparison comparison(Group group) {
        return comparison(group, zeroShot);
    }

    Comparison comparison(Group group, List<Answered> base) {
        var pairs = Pairing.of(exam.only(group, base), exam.only(group, tuned)).results();
        return Comparison.of(group.title(), TownExam.EXACT.name(), pairs, BOOTSTRAP);
    }

    /// What the base could answer after examples and the tuned model no longer answers, of the facts it was told as
    /// they are, and the world text.
    public Forgetting forgetting() {
        var known = Pairing.of(exam.only(Group.TOLD_TRUE, fewShot), exam.only(Group.TOLD_TRUE, tuned)).results();
        return Forgetting.of("texts of the town that were kept out of the pretraining", textBefore, textAfter,
                TownExam.EXACT.name(), known);
    }
}
