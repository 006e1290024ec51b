package minarai.eval.ifeval;

import java.util.List;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/// What an instruction names: a number, a relation, keywords.
record Arguments(String instruction, JsonNode values) {

    int number(String name) {
        JsonNode value = values.path(name);
        if (!value.isNumber() || !value.canConvertToInt() && value.asDouble() != Math.rint(value.asDouble())) {
            throw wrong(name, "a whole number");
        }
        return (int) value.asDouble();
    }

    String text(String name) {
        JsonNode value = values.path(name);
        if (!value.isString()) {
            throw wrong(name, "a text");
        }
        return value.asString();
    }

    List<String> texts(String name) {
        JsonNode value = values.path(name);
        if (!value.isArray() || value.isEmpty()) {
            throw wrong(name, "a list of texts");
        }
        return StreamSupport.stream(value.spliterator(), false).map(JsonNode::asString).toList();
    }

    /// Whether a count satisfies the relation under `relation` to the number under `threshold`.
    boolean isSatisfied(int count, String relation, String threshold) {
        return switch (text(relation)) {
            case "less than", "未満" -> count < number(threshold);
            case "at least", "以上" -> count >= number(threshold);
            default -> throw wrong(relation, "'less than' or 'at least', 未満 or 以上");
        };
    }

    private IllegalArgumentException wrong(String name, String needed) {
        return new IllegalArgumentException("the instruction " + instruction + " has " + name + " = "
                + values.path(name) + "; needed: " + needed);
    }
}
