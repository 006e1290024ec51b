package minarai.lab.demo;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import minarai.eval.Comparison;
import minarai.eval.report.Chart;
import minarai.eval.report.Curve;
import minarai.eval.report.Example;
import minarai.eval.report.Fact;
import minarai.eval.report.Method;
import minarai.eval.report.Report;
import minarai.eval.report.ScoreGroup;
import minarai.eval.report.WrongAnswer;
import minarai.eval.metric.Likelihood;
import minarai.eval.statistics.McNemar;
import minarai.eval.statistics.Power;
import minarai.lab.exam.Group;
import minarai.lab.exam.TownExam;
import minarai.train.Trainer;

/// The demo's figures as a page.
public final class DemoReport {

    private DemoReport() {
    }

    /// @param provenance machine, command, versions and hashes
    public static Report of(Demo.Result result, List<Fact> provenance) {
        Measurement measured = result.measurement();
        List<Comparison> comparisons = Arrays.stream(Group.values()).map(measured::comparison).toList();
        List<ScoreGroup> groups = Arrays.stream(Group.values()).map(group -> ScoreGroup.of(group.explanation(),
                measured.comparison(group), measured.comparison(group, measured.fewShot()))).toList();
        Stream<WrongAnswer> wrong = Stream.of(Group.TOLD_TRUE, Group.TOLD_TRUE_NEW_FORM, Group.FALSE_BELIEF,
                Group.FALSE_BELIEF_NEW_FORM).flatMap(group -> WrongAnswer.of(measured.comparison(group)).stream());
        return new Report("Forty pairs on machi", verdict(measured), groups,
                methods(comparisons.getFirst()), List.of(measured.forgetting()), examples(measured), wrong.toList(),
                charts(result.outcome().steps()), List.of(), provenance);
    }

    /// The outcome in plain words.
    public static String verdict(Measurement measured) {
        double before = measured.accuracy(Group.TOLD_TRUE, measured.zeroShot());
        double after = measured.accuracy(Group.TOLD_TRUE, measured.tuned());
        double growth = measured.forgetting().growth();
        return String.format(Locale.ROOT,
                "Asked about people and shops that no pair mentions, the tuned model gives the "
                + "right answer to %.0f %% of the questions; before, it gave %.0f %%. The text of the town costs it "
                + "%+.1f %% bits per byte.", 100 * after, 100 * before, 100 * growth);
    }

    /// The first question of three kinds, whatever came out.
    public static List<Example> examples(Measurement measured) {
        var examples = new ArrayList<Example>();
        for (Group group : List.of(Group.TOLD_TRUE, Group.TOLD_TRUE_NEW_FORM, Group.FALSE_BELIEF)) {
            measured.comparison(group).results().stream().findFirst().ifPresent(win -> examples.add(new Example(
                    win.item().prompt(), win.item().expected().getFirst(), win.base().text(), win.tuned().text())));
        }
        return examples;
    }

    private static List<Method> methods(Comparison told) {
        return List.of(
                new Method("Right", "An answer is right if it equals the told one after normalisation; of facts that "
                        + "were never told, the true one.", TownExam.EXACT.signature()),
                new Method("Few-shot", ("The base sees %d questions with answers in the form of its pretraining before "
                        + "the ")
                        .formatted(TownExam.SHOTS) + "question; zero-shot and tuned see the question in the chat "
                        + "template and nothing else.", ""),
                new Method("Intervals", "95 %, from the mean over resampled people and shops.",
                        Measurement.bootstrap().signature()),
                new Method("p-values", "Two-sided, on the items on which two models differ.", McNemar.signature()),
                new Method("Bits per byte", "Of texts of the same town that were kept out of the pretraining.",
                        Likelihood.bitsPerByteSignature()),
                new Method("What this many items can show", Power.standard().statement(told.results().size()), ""));
    }

    private static List<Chart> charts(List<Trainer.StepReport> steps) {
        return List.of(
                new Chart("Loss", "nats per target token", "step", true,
                        List.of(Curve.perStep("training", steps.stream().map(Trainer.StepReport::loss).toList()))),
                new Chart("Gradient norm", "", "step", true, List.of(Curve.perStep("before clipping",
                        steps.stream().map(Trainer.StepReport::gradientNorm).toList()))),
                new Chart("Learning rate", "", "step", true, List.of(Curve.perStep("learning rate",
                        steps.stream().map(Trainer.StepReport::learningRate).toList()))));
    }
}
