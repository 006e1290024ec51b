package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import minarai.eval.results.TaskResult;
import tools.jackson.databind.JsonNode;

/// In what two evaluations of a task were made differently, as their results record it: scores may differ for that and
/// not for the models.
///
/// @param settings by name, what A has and what B has
record Differences(Map<String, Both> settings) {

    private static final String UNKNOWN = "not recorded";
    private static final List<String> OF_ALL_TASKS = List.of("limit", "numerics", "allow");
    private static final String TEMPLATE = "chat_template";
    private static final int LONGEST = 60;

    /// A setting of both evaluations.
    record Both(String a, String b) {

        @Override
        public String toString() {
            return "A %s, B %s".formatted(clipped(a), clipped(b));
        }

        private static String clipped(String value) {
            return value.isBlank() ? "'" + value + "'" : TokenText.clipped(value, LONGEST);
        }
    }

    /// @param base  results of one evaluation
    /// @param tuned of the other; where either is not there, nothing is known
    static Differences between(Path base, Path tuned, String task) {
        var found = new LinkedHashMap<String, Both>();
        if (Files.isRegularFile(base) && Files.isRegularFile(tuned)) {
            Map<String, String> first = settings(InputLines.json(base), task);
            Map<String, String> second = settings(InputLines.json(tuned), task);
            var names = new TreeSet<>(first.keySet());
            names.addAll(second.keySet());
            for (String name : names) {
                var both = new Both(first.getOrDefault(name, UNKNOWN), second.getOrDefault(name, UNKNOWN));
                if (!both.a.equals(both.b)) {
                    found.put(name, both);
                }
            }
            if (found.containsKey(TaskResult.CHAT)) {
                found.remove(TEMPLATE);
            }
        }
        return new Differences(found);
    }

    private static Map<String, String> settings(JsonNode results, String task) {
        var settings = new TreeMap<String, String>();
        JsonNode config = results.path("configs").path(task);
        config.properties().forEach(each -> {
            switch (each.getKey()) {
                case "task", "task_alias" -> { }
                case "metadata" -> each.getValue().properties().forEach(setting -> put(settings, setting));
                case "metric_list" -> each.getValue().forEach(metric -> settings.put("signature of "
                        + metric.path("metric").asString(""), metric.path("signature").asString("")));
                default -> put(settings, each);
            }
        });
        if (config.path(TaskResult.CHAT).asBoolean(false)) {
            settings.put(TEMPLATE, results.path(TEMPLATE).asString(""));
        }
        OF_ALL_TASKS.stream().filter(name -> results.path("config").has(name)).forEach(name ->
                settings.put(name, text(results.path("config").path(name))));
        return settings;
    }

    private static void put(Map<String, String> settings, Map.Entry<String, JsonNode> setting) {
        settings.put(setting.getKey(), text(setting.getValue()));
    }

    private static String text(JsonNode value) {
        return value.isString() ? value.asString() : value.toString();
    }

    boolean isEmpty() {
        return settings.isEmpty();
    }

    /// A sentence, or nothing.
    String sentence() {
        return isEmpty() ? "" : "Asked differently (" + String.join(", ", settings.keySet()) + "). ";
    }

    Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        settings.forEach((name, both) -> fields.put(name, Map.of("a", both.a, "b", both.b)));
        return fields;
    }

    void show(Console console) {
        if (!isEmpty()) {
            var lines = new ArrayList<String>();
            settings.forEach((name, both) -> lines.add("    %s: %s".formatted(name, both)));
            console.line("  asked differently, which may be why scores differ:%n%s", String.join("\n", lines));
        }
    }
}
