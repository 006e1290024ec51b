package minarai.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import minarai.eval.results.Measure;
import minarai.eval.results.TaskResult;
import minarai.eval.task.AskedModel;
import minarai.eval.task.Kind;
import minarai.eval.task.TaskDefinition;
import minarai.eval.task.TaskRunner;

/// Why two scores of the same model on the same items differ: the items asked with and without the chat template, with
/// and without what ends an answer, with and without examples, side by side.
///
/// @param task     what was asked
/// @param variants in which ways, and what came out; the first is what the others are compared with
record Explanation(TaskDefinition task, List<Variant> variants) {

    /// @param name    in what it differs
    /// @param changed items whose score by the first measure differs from that of the first variant
    record Variant(String name, TaskResult result, int changed) {
    }

    /// @param models by whether the chat template is used
    /// @param hasTemplate whether there is one
    static Explanation of(TaskDefinition task, boolean hasTemplate, Function<Boolean, AskedModel> models,
            Function<AskedModel, TaskRunner> runners) {
        var asked = new LinkedHashMap<String, TaskResult>();
        ask(asked, task, "template off", runners.apply(models.apply(false)));
        if (hasTemplate) {
            ask(asked, task, "template on", runners.apply(models.apply(true)));
        }
        var variants = new ArrayList<Variant>();
        TaskResult first = asked.firstEntry().getValue();
        asked.forEach((name, result) -> variants.add(new Variant(name, result, changed(first, result))));
        return new Explanation(task, List.copyOf(variants));
    }

    private static void ask(Map<String, TaskResult> asked, TaskDefinition task, String name, TaskRunner runner) {
        asked.put(name, runner.result(task));
        boolean isGenerated = task.kind() == Kind.GENERATE;
        if (isGenerated && !task.until().equals(List.of("\n"))) {
            asked.put(name + ", ends at a line break", runner.result(task.with(List.of("\n"), task.shots())));
        }
        if (isGenerated && !task.until().isEmpty()) {
            asked.put(name + ", ends only by itself", runner.result(task.with(List.of(), task.shots())));
        }
        if (task.shots() > 0 && task.shotsFrom().isPresent()) {
            asked.put(name + ", no examples", runner.result(task.with(task.until(), 0)));
        }
    }

    private static int changed(TaskResult first, TaskResult other) {
        String measure = first.measures().getFirst().name();
        int changed = 0;
        for (int item = 0; item < Math.min(first.answered().size(), other.answered().size()); item++) {
            var one = first.answered().get(item).answer().scores();
            changed += one.containsKey(measure)
                    && !one.get(measure).equals(other.answered().get(item).answer().scores().get(measure)) ? 1 : 0;
        }
        return changed;
    }

    void show(Console console) {
        var names = variants.getFirst().result().measures().stream().map(Measure::name).toList();
        var header = new ArrayList<>(List.of("asked with"));
        header.addAll(names);
        header.add("items that change");
        var table = new TextTable(header.toArray(String[]::new));
        for (Variant variant : variants) {
            var row = new ArrayList<>(List.of(variant.name));
            names.forEach(name -> row.add(variant.result.measures().stream()
                    .filter(measure -> measure.name().equals(name))
                    .map(measure -> "%.4f".formatted(measure.value())).findFirst().orElse("")));
            row.add(variant == variants.getFirst() ? "" : String.valueOf(variant.changed));
            table.row(row.toArray(String[]::new));
        }
        console.line("%s, %s%n%s", task.name(), Figures.count(variants.getFirst().result().answered().size(), "item"),
                table);
        variants.getFirst().result().measures().forEach(measure -> console.line("  %s", measure.signature()));
    }

    Map<String, Object> fields() {
        var list = new ArrayList<Map<String, Object>>();
        for (Variant variant : variants) {
            var measures = new LinkedHashMap<String, Object>();
            variant.result.measures().forEach(measure -> measures.put(measure.name(), measure.value()));
            list.add(Map.of("variant", variant.name, "measures", measures, "changed", variant.changed));
        }
        return Map.of("task", task.name(), "items", variants.getFirst().result().answered().size(), "variants", list);
    }
}
