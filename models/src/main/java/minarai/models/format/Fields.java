package minarai.models.format;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The keys of one JSON object of a configuration, each asked for by name and checked; what nobody asked for can be
/// refused. A key whose value is `null` counts as absent.
final class Fields {

    private final String where;
    private final ObjectNode object;
    private final Set<String> asked = new HashSet<>();

    /// @param where what is being read, for messages
    Fields(String where, ObjectNode object) {
        this.where = where;
        this.object = object;
    }

    Optional<JsonNode> find(String key) {
        asked.add(key);
        return Optional.ofNullable(object.get(key)).filter(value -> !value.isNull());
    }

    boolean has(String key) {
        return find(key).isPresent();
    }

    int integer(String key, int least, int most) {
        return optionalInteger(key, least, most).orElseThrow(() -> missing(key));
    }

    OptionalInt optionalInteger(String key, int least, int most) {
        var value = find(key);
        if (value.isEmpty()) {
            return OptionalInt.empty();
        }
        var number = value.get();
        if (!number.isIntegralNumber() || !number.canConvertToInt()
                || number.intValue() < least || number.intValue() > most) {
            throw wrong(key, "a whole number from %d to %d".formatted(least, most));
        }
        return OptionalInt.of(number.intValue());
    }

    double number(String key, double least, double most) {
        return optionalNumber(key, least, most).orElseThrow(() -> missing(key));
    }

    OptionalDouble optionalNumber(String key, double least, double most) {
        var value = find(key);
        if (value.isEmpty()) {
            return OptionalDouble.empty();
        }
        double number = value.get().isNumber() ? value.get().asDouble() : Double.NaN;
        if (!(number >= least && number <= most)) {
            throw wrong(key, "a number from %s to %s".formatted(least, most));
        }
        return OptionalDouble.of(number);
    }

    boolean flag(String key, boolean absent) {
        var value = find(key);
        if (value.isPresent() && !value.get().isBoolean()) {
            throw wrong(key, "true or false");
        }
        return value.map(JsonNode::booleanValue).orElse(absent);
    }

    Optional<String> text(String key) {
        var value = find(key);
        if (value.isPresent() && !value.get().isString()) {
            throw wrong(key, "a text");
        }
        return value.map(JsonNode::stringValue);
    }

    Optional<Fields> object(String key) {
        var value = find(key);
        if (value.isPresent() && !(value.get() instanceof ObjectNode)) {
            throw wrong(key, "an object {…}");
        }
        return value.map(node -> new Fields(where + ", " + key, (ObjectNode) node));
    }

    /// A list of texts, empty where the key is absent.
    List<String> texts(String key) {
        var texts = new ArrayList<String>();
        for (JsonNode item : items(key, "a list of texts")) {
            if (!item.isString()) {
                throw wrong(key, "a list of texts");
            }
            texts.add(item.stringValue());
        }
        return texts;
    }

    /// A whole number or a list of them, from 0 on; empty where the key is absent.
    List<Integer> integers(String key) {
        var value = find(key);
        if (value.isPresent() && value.get().isNumber()) {
            return List.of(integer(key, 0, Integer.MAX_VALUE));
        }
        var integers = new ArrayList<Integer>();
        for (JsonNode item : items(key, "a whole number or a list of them")) {
            if (!item.isIntegralNumber() || !item.canConvertToInt() || item.intValue() < 0) {
                throw wrong(key, "a whole number from 0 on, or a list of them");
            }
            integers.add(item.intValue());
        }
        return integers;
    }

    /// A list of numbers.
    List<Double> numbers(String key) {
        var numbers = new ArrayList<Double>();
        for (JsonNode item : items(key, "a list of numbers")) {
            if (!item.isNumber() || !Double.isFinite(item.asDouble())) {
                throw wrong(key, "a list of numbers");
            }
            numbers.add(item.asDouble());
        }
        if (numbers.isEmpty()) {
            throw missing(key);
        }
        return numbers;
    }

    Set<String> keys() {
        var keys = new LinkedHashSet<String>();
        object.propertyNames().forEach(keys::add);
        return keys;
    }

    boolean isAsked(String key) {
        return asked.contains(key);
    }

    /// Refuses a key that nobody asked for, unless it is known to be harmless.
    void refuseOthers(Set<String> harmless) {
        for (String key : keys()) {
            if (!asked.contains(key) && !harmless.contains(key)) {
                throw new IllegalArgumentException(("reading %s: the key %s (%s) is not known here and may change what "
                        + "the model computes, so it is not ignored").formatted(where, key, shown(object.get(key))));
            }
        }
    }

    IllegalArgumentException wrong(String key, String needed) {
        return new IllegalArgumentException("reading %s: %s is %s; it must be %s"
                .formatted(where, key, shown(object.get(key)), needed));
    }

    IllegalArgumentException missing(String key) {
        return new IllegalArgumentException("reading %s: the key %s is missing".formatted(where, key));
    }

    private List<JsonNode> items(String key, String needed) {
        var value = find(key);
        if (value.isPresent() && !value.get().isArray()) {
            throw wrong(key, needed);
        }
        var items = new ArrayList<JsonNode>();
        value.ifPresent(list -> list.forEach(items::add));
        return items;
    }

    private static String shown(JsonNode value) {
        String text = value.toString();
        return text.length() <= 80 ? text : text.substring(0, 80) + "…";
    }
}
