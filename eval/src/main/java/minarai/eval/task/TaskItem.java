package minarai.eval.task;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import minarai.eval.ifeval.InstructionFollowing.Instruction;

/// One item of a task as it was read.
///
/// @param id           unique within the task
/// @param cluster      what it shares with others, its id where nothing
/// @param fields       texts by name, for the templates
/// @param choices      options of a multiple choice, else empty
/// @param right        indexes of the right ones
/// @param expected     acceptable answers, empty where none is known
/// @param instructions that a rule can check
/// @param program      what decides on generated code
public record TaskItem(String id, String cluster, Map<String, String> fields, List<String> choices, List<Integer> right,
        List<String> expected, List<Instruction> instructions, Optional<Program> program) {

    private static final Pattern FIELD = Pattern.compile("\\{\\{(.*?)}}", Pattern.DOTALL);

    /// What surrounds generated code.
    ///
    /// @param before code it continues
    /// @param after  code that fails where it is wrong
    public record Program(String before, String after) {
    }

    public TaskItem {
        fields = Map.copyOf(fields);
        choices = List.copyOf(choices);
        right = List.copyOf(right);
        expected = List.copyOf(expected);
        instructions = List.copyOf(instructions);
    }

    static TaskItem choosing(String id, Map<String, String> fields, List<String> choices, List<Integer> right) {
        return new TaskItem(id, id, fields, choices, right, right.stream().map(choices::get).toList(), List.of(),
                Optional.empty());
    }

    static TaskItem answering(String id, String cluster, Map<String, String> fields, List<String> expected) {
        return new TaskItem(id, cluster, fields, List.of(), List.of(), expected, List.of(), Optional.empty());
    }

    /// Other words for the question, in the fields `paraphrase1` and on.
    List<String> paraphrases() {
        return fields.entrySet().stream().filter(field -> field.getKey().matches("paraphrase\\d+"))
                .sorted(Map.Entry.comparingByKey()).map(Map.Entry::getValue).toList();
    }

    /// The id of the item whose question this one asks in other words, its own where it says none.
    String paraphraseOf() {
        return fields.getOrDefault("paraphrase_of", id);
    }

    /// The same item as one of those that share the value of a field.
    ///
    /// @throws IllegalArgumentException if it has no such field
    TaskItem clusteredBy(String field) {
        return in(filled("{{" + field + "}}"));
    }

    /// The same item as one of a cluster.
    TaskItem in(String other) {
        return new TaskItem(id, other, fields, choices, right, expected, instructions, program);
    }

    /// The same item with other texts in some of its fields.
    TaskItem asking(Map<String, String> otherwise) {
        Map<String, String> changed = new TreeMap<>(fields);
        changed.putAll(otherwise);
        return new TaskItem(id, cluster, changed, choices, right, expected, instructions, program);
    }

    /// The fields a template names, each once, in the order of the template.
    static List<String> named(String template) {
        return FIELD.matcher(template).results().map(match -> match.group(1).strip()).distinct().toList();
    }

    /// A template with every `{{field}}` replaced.
    ///
    /// @throws IllegalArgumentException if a field is unknown
    String filled(String template) {
        var filled = new StringBuilder();
        int at = 0;
        for (int open = template.indexOf("{{"); open >= 0; open = template.indexOf("{{", at)) {
            int close = template.indexOf("}}", open);
            if (close < 0) {
                throw new IllegalArgumentException("the template '" + template + "' has {{ without }}");
            }
            String name = template.substring(open + 2, close).strip();
            String value = fields.get(name);
            if (value == null) {
                throw new IllegalArgumentException("the template '" + template + "' names {{" + name + "}}, but item '"
                        + id + "' has " + fields.keySet().stream().sorted().toList());
            }
            filled.append(template, at, open).append(value);
            at = close + 2;
        }
        return filled.append(template, at, template.length()).toString();
    }
}
