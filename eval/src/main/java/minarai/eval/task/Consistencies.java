package minarai.eval.task;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.eval.Answered;
import minarai.eval.metric.Consistency;
import minarai.eval.metric.Normalisation;
import minarai.eval.results.Measure;

/// Whether a model says the same again: over the answers drawn to one item, and over items that ask the same in other
/// words. Such items name the one they repeat in the field `paraphrase_of`; where none does, those of one cluster of
/// the task count that expect the same answers.
final class Consistencies {

    private Consistencies() {
    }

    /// The figures there is something for.
    ///
    /// @param asked    the items
    /// @param answered the answers to them, in the same order
    static List<Measure> measures(TaskDefinition task, List<TaskItem> asked, List<Answered> answered) {
        if (task.kind() == Kind.CODE || task.kind() == Kind.ROLLING || task.kind() == Kind.LAST_WORD) {
            return List.of();
        }
        Normalisation normalisation = normalisation(task);
        List<List<String>> drawn = answered.stream()
                .map(one -> one.answer().drawn().stream().map(text -> compared(task, text)).toList()).toList();
        var measures = new ArrayList<>(Measure.consistency("samples", "samples", drawn, normalisation));
        boolean isNamed = asked.stream().anyMatch(item -> !item.paraphraseOf().equals(item.id()));
        Map<Object, List<String>> groups = new LinkedHashMap<>();
        for (int index = 0; index < asked.size(); index++) {
            TaskItem item = asked.get(index);
            Object group = isNamed ? item.paraphraseOf() : task.cluster().isPresent()
                    ? List.of(item.cluster(), item.expected()) : item.id();
            groups.computeIfAbsent(group, first -> new ArrayList<>())
                    .add(compared(task, answered.get(index).answer().text()));
        }
        measures.addAll(Measure.consistency("paraphrases", isNamed ? "paraphrase_of" : "cluster-with-equal-answers",
                List.copyOf(groups.values()), normalisation));
        return measures;
    }

    private static Normalisation normalisation(TaskDefinition task) {
        if (task.metrics().contains("number")) {
            return Normalisation.none();
        }
        if (task.metrics().stream().anyMatch(metric -> metric.endsWith("_marks"))) {
            return Normalisation.keepingMarks();
        }
        if (task.metrics().stream().anyMatch(metric -> metric.endsWith("_articles"))) {
            return Normalisation.keepingArticles();
        }
        return task.metrics().stream().anyMatch(metric -> metric.endsWith("_ja")) ? Normalisation.unspaced()
                : Normalisation.squad();
    }

    private static String compared(TaskDefinition task, String text) {
        return task.kind() == Kind.GENERATE ? task.extracted(text) : text;
    }
}
