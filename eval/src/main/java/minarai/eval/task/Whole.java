package minarai.eval.task;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import minarai.eval.Answered;
import minarai.eval.metric.Bleu;
import minarai.eval.metric.LabelF1;
import minarai.eval.metric.Normalisation;
import minarai.eval.metric.Words;
import minarai.eval.results.Measure;

/// What is measured on all answers of a task together and has no value for one of them.
enum Whole {
    /// F1 of each label that is expected, and their mean.
    LABELS("f1_by_label"),
    /// BLEU of the corpus of answers.
    BLEU("bleu_corpus"),
    /// The same by characters.
    BLEU_JA("bleu_corpus_ja");

    private static final int MOST_LABELS = 50;

    private final String label;

    Whole(String label) {
        this.label = label;
    }

    /// What task files call them.
    static List<String> labels() {
        return Arrays.stream(values()).map(whole -> whole.label).toList();
    }

    /// The figures that a task asks for.
    static List<Measure> measures(TaskDefinition task, List<Answered> answered) {
        List<String> answers = new ArrayList<>();
        List<List<String>> expected = new ArrayList<>();
        answered.forEach(one -> one.answer().texts().forEach(text -> {
            answers.add(task.extracted(text));
            expected.add(one.item().expected());
        }));
        return Arrays.stream(values()).filter(whole -> task.metrics().contains(whole.label))
                .flatMap(whole -> switch (whole) {
                    case LABELS -> ofLabels(task, answers, expected).stream();
                    case BLEU -> List.of(bleu(task, whole, Words.MTEVAL, answers, expected)).stream();
                    case BLEU_JA -> List.of(bleu(task, whole, Words.CHARACTERS, answers, expected)).stream();
                }).toList();
    }

    private static Measure bleu(TaskDefinition task, Whole whole, Words words, List<String> answers,
            List<List<String>> expected) {
        var bleu = new Bleu(words, 4, new Bleu.Smoothing.Exponential(), false);
        return new Measure(whole.label, bleu.score(answers, expected), OptionalDouble.empty(), true,
                whole.label + "|" + bleu.corpusSignature("var") + "|version:1" + Measures.extracted(task));
    }

    /// An answer that is no label counts against the label that was expected, and is none of its own.
    private static List<Measure> ofLabels(TaskDefinition task, List<String> answers, List<List<String>> expected) {
        var normalisation = Normalisation.leaving(expected.stream().map(List::getFirst).toList());
        List<String> right = expected.stream().map(each -> normalisation.apply(each.getFirst())).toList();
        List<String> labels = right.stream().distinct().sorted().toList();
        if (labels.size() > MOST_LABELS) {
            throw new IllegalArgumentException("task " + task.name() + ": " + LABELS.label + " of " + labels.size()
                    + " different expected answers; labels are few, at most " + MOST_LABELS);
        }
        var found = LabelF1.of(answers.stream().map(normalisation::apply).toList(), right,
                right.stream().map(each -> 1.0).toList());
        String signature = LABELS.label + "|" + normalisation.signature() + "|labels:expected|version:1"
                + Measures.extracted(task);
        List<Measure> measures = new ArrayList<>();
        measures.add(new Measure("f1_macro", labels.stream().mapToDouble(found::of).average().orElse(0),
                OptionalDouble.empty(), true, signature));
        labels.forEach(each -> measures.add(new Measure("f1_of " + each, found.of(each), OptionalDouble.empty(), true,
                signature)));
        return measures;
    }
}
