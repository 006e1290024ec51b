package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

import tools.jackson.databind.JsonNode;

/// JSON to values, and values to the JSON that Python's `json.dumps` writes.
public final class Json {
    private static final int DEEPEST = 200;

    private final Session session;
    private final TextBuilder out;
    private final boolean isAscii;
    private final boolean sortsKeys;
    private final Optional<Text> indent;
    private final Text elementSeparator;
    private final Text keySeparator;

    private Json(Session session, Arguments.Bound options) {
        this.session = session;
        this.out = new TextBuilder(session);
        this.isAscii = options.flag("ensure_ascii", false);
        this.sortsKeys = options.flag("sort_keys", false);
        this.indent = options.given("indent").map(this::indentation);
        List<Value> separators = options.given("separators").map(value -> Operators.elements(session, value))
                .orElse(List.of(Text.trusted(indent.isPresent() ? "," : ", "), Text.trusted(": ")));
        if (separators.size() != 2 || !(separators.get(0) instanceof Text element)
                || !(separators.get(1) instanceof Text key)) {
            throw session.fault("tojson: 'separators' must be two strings");
        }
        this.elementSeparator = element;
        this.keySeparator = key;
    }

    /// A value whose strings, keys included, come from outside.
    ///
    /// @param source the number the strings carry, see [Text#from]
    public static Value value(JsonNode node, int source) {
        return value(node, source, 0);
    }

    private static Value value(JsonNode node, int source, int depth) {
        if (depth > DEEPEST) {
            throw new IllegalArgumentException("JSON for a chat template nests more than " + DEEPEST + " levels deep");
        }
        return switch (node.getNodeType()) {
            case NULL, MISSING -> Value.none();
            case BOOLEAN -> Value.of(node.booleanValue());
            case STRING -> Text.from(source, node.stringValue());
            case NUMBER -> number(node);
            case ARRAY -> {
                var elements = new ArrayList<Value>();
                node.forEach(element -> elements.add(value(element, source, depth + 1)));
                yield Sequence.list(elements);
            }
            case OBJECT -> {
                var entries = new ArrayList<Mapping.Entry>();
                node.properties().forEach(property -> entries.add(new Mapping.Entry(
                        Text.from(source, property.getKey()), value(property.getValue(), source, depth + 1))));
                yield Mapping.ofTextKeys(entries);
            }
            case BINARY, POJO -> throw new IllegalArgumentException("a " + node.getNodeType() + " is not JSON");
        };
    }

    private static Value number(JsonNode node) {
        if (!node.isIntegralNumber()) {
            return Value.of(node.doubleValue());
        }
        if (!node.canConvertToLong()) {
            throw new IllegalArgumentException("the integer " + node + " for a chat template does not fit 64 bits");
        }
        return Value.of(node.longValue());
    }

    /// The `tojson` of chat templates: `json.dumps` without ASCII escaping and without HTML escaping.
    static Text written(Session session, Value value, Arguments arguments) {
        var json = new Json(session,
                arguments.bind(session, "tojson", "ensure_ascii", "indent", "separators", "sort_keys"));
        json.write(value, 0);
        return json.out.build();
    }

    private Text indentation(Value value) {
        if (value instanceof Text text) {
            return text;
        }
        long width = Math.max(0, Operators.index(session, value));
        session.checkLength(width);
        session.spend(width);
        return Text.trusted(" ".repeat((int) width));
    }

    private void write(Value value, int level) {
        session.enter();
        switch (value) {
            case Value.None _ -> out.append("null");
            case Value.Bool bool -> out.append(bool.isTrue() ? "true" : "false");
            case Value.Whole whole -> out.append(Long.toString(whole.number()));
            case Value.Real real -> out.append(real(real.number()));
            case Text text -> quote(text);
            case Sequence sequence when sequence.isTuple() || sequence.kind() == Sequence.Kind.LIST ->
                array(sequence.elements(), level);
            case Mapping mapping -> object(mapping, level);
            case Sequence _, Value.Undefined _, Generator _, Namespace _, Function _, Loop _ ->
                throw session.fault(Operators.type(value) + " has no JSON form");
        }
        session.leave();
    }

    private static String real(double number) {
        return Double.isNaN(number) ? "NaN"
                : Double.isInfinite(number) ? (number > 0 ? "Infinity" : "-Infinity") : Printer.real(number);
    }

    private void array(List<Value> elements, int level) {
        if (elements.isEmpty()) {
            out.append("[]");
            return;
        }
        out.append("[");
        for (int i = 0; i < elements.size(); i++) {
            separate(i == 0, level + 1);
            write(elements.get(i), level + 1);
        }
        newLine(level);
        out.append("]");
    }

    private void object(Mapping mapping, int level) {
        List<Mapping.Entry> entries = new ArrayList<>(mapping.entries());
        if (entries.isEmpty()) {
            out.append("{}");
            return;
        }
        if (sortsKeys) {
            entries.sort((a, b) -> Operators.compare(session, a.key(), b.key()));
        }
        out.append("{");
        for (int i = 0; i < entries.size(); i++) {
            separate(i == 0, level + 1);
            quote(key(entries.get(i).key()));
            out.append(keySeparator);
            write(entries.get(i).value(), level + 1);
        }
        newLine(level);
        out.append("}");
    }

    private Text key(Value key) {
        return switch (key) {
            case Text text -> text;
            case Value.None _ -> Text.trusted("null");
            case Value.Bool bool -> Text.trusted(bool.isTrue() ? "true" : "false");
            case Value.Whole whole -> Text.trusted(Long.toString(whole.number()));
            case Value.Real real -> Text.trusted(real(real.number()));
            default -> throw session.fault(Operators.type(key) + " cannot be a key in JSON");
        };
    }

    private void separate(boolean isFirst, int level) {
        if (!isFirst) {
            out.append(elementSeparator);
        }
        newLine(level);
    }

    private void newLine(int level) {
        indent.ifPresent(unit -> {
            out.append("\n");
            for (int i = 0; i < level; i++) {
                out.append(unit);
            }
        });
    }

    private void quote(Text text) {
        String characters = text.characters();
        out.append("\"");
        int at = 0;
        for (int i = 0; i < characters.length(); i++) {
            char character = characters.charAt(i);
            String escaped = escape(character);
            if (!escaped.isEmpty()) {
                out.append(text, at, i);
                out.append(escaped, text.substring(i, i + 1).source());
                at = i + 1;
            }
        }
        out.append(text, at, characters.length());
        out.append("\"");
    }

    /// The escape of a UTF-16 unit, in four hexadecimal digits.
    static String escaped(char character) {
        return "\\u" + HexFormat.of().toHexDigits(character);
    }

    private String escape(char character) {
        return switch (character) {
            case '"' -> "\\\"";
            case '\\' -> "\\\\";
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            case '\b' -> "\\b";
            case '\f' -> "\\f";
            default -> character < 0x20 || isAscii && character > 0x7e ? escaped(character) : "";
        };
    }
}
