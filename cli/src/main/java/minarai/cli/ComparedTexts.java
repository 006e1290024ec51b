package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import minarai.eval.Forgetting;
import minarai.eval.statistics.Bootstrap;
import minarai.eval.statistics.Estimate;

/// What tuning cost on texts, for programs and on the terminal.
///
/// @param figures    of both evaluations that no samples belong to, by task and measure, under `a` and `b`
/// @param forgetting of texts whose likelihoods are known each
/// @param differences in what each of these was measured differently
record ComparedTexts(Map<String, Map<String, Double>> figures, List<Forgetting> forgetting,
        Map<String, Differences> differences) {

    /// @param asked tasks with questions, which are no texts
    static ComparedTexts of(Path base, Path tuned, Set<String> asked, List<EvaluationFolder.Paired> texts) {
        var differences = new TreeMap<String, Differences>();
        texts.forEach(text -> differences.put(text.task(), text.differences()));
        var forgetting = texts.stream().map(text -> Forgetting.ofTexts(text.task(), text.pairing().results(),
                Bootstrap.standard(1))).toList();
        var figures = new TreeMap<String, Map<String, Double>>();
        if (Files.isDirectory(base) && Files.isDirectory(tuned)) {
            var before = EvaluationFolder.figures(base);
            EvaluationFolder.figures(tuned).forEach((name, after) -> {
                Double figure = before.get(name);
                if (figure != null && !asked.contains(name.substring(0, name.lastIndexOf('/')))) {
                    figures.put(name, Map.of("a", figure, "b", after));
                }
            });
        }
        return new ComparedTexts(figures, forgetting, differences);
    }

    /// How sure the change of a figure is; only that of bits per byte is known text by text.
    private Optional<Estimate> sure(String name) {
        return forgetting.stream().filter(one -> name.equals(one.text() + "/bits_per_byte")).findFirst()
                .flatMap(Forgetting::sure);
    }

    Map<String, Map<String, Object>> fields() {
        var fields = new LinkedHashMap<String, Map<String, Object>>();
        figures.forEach((name, both) -> {
            var text = new LinkedHashMap<String, Object>(both);
            sure(name).ifPresent(sure -> {
                text.put("growth", sure.value());
                text.put("interval", List.of(sure.interval().low(), sure.interval().high()));
                text.put("texts", sure.clusters());
            });
            Differences different = differences.get(name.substring(0, name.lastIndexOf('/')));
            if (different != null && !different.isEmpty()) {
                text.put("differences", different.fields());
            }
            fields.put(name, text);
        });
        return fields;
    }

    void show(Console console) {
        differences.forEach((text, different) -> {
            if (!different.isEmpty()) {
                console.line("%s", text);
                different.show(console);
            }
        });
        if (!figures.isEmpty()) {
            var table = new TextTable("text", "A", "B", "change", "95 % interval", "texts");
            figures.forEach((name, both) -> {
                var sure = sure(name);
                table.row(name, "%.4f".formatted(both.get("a")), "%.4f".formatted(both.get("b")),
                        "%+.1f %%".formatted(100 * (both.get("b") / both.get("a") - 1)),
                        sure.map(found -> "%+.1f to %+.1f %%".formatted(100 * found.interval().low(),
                                100 * found.interval().high())).orElse(""),
                        sure.map(found -> String.valueOf(found.clusters())).orElse(""));
            });
            console.line("%s", table);
        }
    }
}
