package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import minarai.tokenizer.jinja.Filters.Filter;

/// The filters over lists, mappings and generators.
final class SequenceFilters {

    private SequenceFilters() {
    }

    static void addTo(Map<String, Filter> all) {
        all.put("length", (session, input, _) -> Value.of(Operators.length(session, input)));
        all.put("count", (session, input, _) -> Value.of(Operators.length(session, input)));
        all.put("list", (session, input, _) -> Sequence.list(Operators.elements(session, input)));
        all.put("items", SequenceFilters::items);
        all.put("dictsort", SequenceFilters::sortedItems);
        all.put("join", SequenceFilters::joined);
        all.put("first", (session, input, _) -> first(session, input));
        all.put("last", SequenceFilters::last);
        all.put("reverse", SequenceFilters::reversed);
        all.put("sort", SequenceFilters::sorted);
        all.put("unique", SequenceFilters::unique);
        all.put("min", (session, input, arguments) -> extreme(session, input, arguments, "min", -1));
        all.put("max", (session, input, arguments) -> extreme(session, input, arguments, "max", 1));
        all.put("sum", SequenceFilters::sum);
        all.put("map", SequenceFilters::mapped);
        all.put("select", (session, input, arguments) -> chosen(session, input, arguments, true));
        all.put("reject", (session, input, arguments) -> chosen(session, input, arguments, false));
        all.put("selectattr", (session, input, arguments) -> chosenByAttribute(session, input, arguments, true));
        all.put("rejectattr", (session, input, arguments) -> chosenByAttribute(session, input, arguments, false));
        all.put("groupby", SequenceFilters::grouped);
        all.put("batch", SequenceFilters::batches);
    }

    private static Value items(Session session, Value input, Arguments arguments) {
        arguments.bind(session, "items");
        return switch (input) {
            case Mapping mapping -> new Generator(mapping.items());
            case Value.Undefined _ -> new Generator(List.of());
            default -> throw session.fault("items needs a mapping, not " + Operators.type(input));
        };
    }

    private static Value sortedItems(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "dictsort", "case_sensitive", "by", "reverse");
        String by = bound.textIfGiven("by").map(Text::characters).orElse("key");
        if (!(input instanceof Mapping mapping) || !by.equals("key") && !by.equals("value")) {
            throw session.fault("dictsort needs a mapping, and 'by' is 'key' or 'value'");
        }
        boolean isCaseSensitive = bound.flag("case_sensitive", false);
        List<Value> items = sorted(session, mapping.items(), bound.flag("reverse", false), item -> {
            Value value = ((Sequence) item).elements().get(by.equals("key") ? 0 : 1);
            return isCaseSensitive ? value : withoutCase(session, value);
        });
        return Sequence.list(items);
    }

    private static Value joined(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "join", "d", "attribute");
        Text separator = bound.find("d").map(value -> Printer.text(session, value)).orElse(Text.EMPTY);
        List<Value> values = Operators.elements(session, input);
        return Formats.joined(session, separator, bound.given("attribute")
                .map(path -> values.stream().map(value -> attribute(session, value, path)).toList()).orElse(values));
    }

    private static Value first(Session session, Value input) {
        if (input instanceof Generator generator) {
            return generator.next().orElse(new Value.Undefined("there is no first item"));
        }
        List<Value> values = Operators.elements(session, input);
        return values.isEmpty() ? new Value.Undefined("there is no first item") : values.getFirst();
    }

    private static Value last(Session session, Value input, Arguments arguments) {
        arguments.bind(session, "last");
        if (input instanceof Generator) {
            throw session.fault("a generator has no last item; '| list' makes it a list");
        }
        List<Value> values = Operators.elements(session, input);
        return values.isEmpty() ? new Value.Undefined("there is no last item") : values.getLast();
    }

    private static Value reversed(Session session, Value input, Arguments arguments) {
        arguments.bind(session, "reverse");
        List<Value> reversed = Operators.elements(session, input).reversed();
        return input instanceof Text ? Formats.joined(session, Text.EMPTY, reversed) : new Generator(reversed);
    }

    /// What a sort looks at.
    @FunctionalInterface
    private interface Key {
        Value of(Value element);
    }

    private static Value sorted(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "sort", "reverse", "case_sensitive", "attribute");
        boolean isCaseSensitive = bound.flag("case_sensitive", false);
        Optional<Value> attribute = bound.given("attribute");
        List<Value> paths = attribute.isPresent() && attribute.get() instanceof Text text
                ? Strings.split(session, text, Text.trusted(","), -1) : attribute.stream().toList();
        return Sequence.list(sorted(session, Operators.elements(session, input), bound.flag("reverse", false),
                element -> {
                    List<Value> keys = paths.isEmpty() ? List.of(element)
                            : paths.stream().map(path -> attribute(session, element, path)).toList();
                    return Sequence.list(isCaseSensitive ? keys
                            : keys.stream().map(key -> withoutCase(session, key)).toList());
                }));
    }

    private static List<Value> sorted(Session session, List<Value> values, boolean isReversed, Key key) {
        record Keyed(Value key, Value value) {
        }
        Comparator<Keyed> order = (a, b) -> Operators.equal(session, a.key(), b.key()) ? 0
                : Operators.compare(session, a.key(), b.key());
        return values.stream().map(value -> new Keyed(key.of(value), value))
                .sorted(isReversed ? order.reversed() : order).map(Keyed::value).toList();
    }

    private static Value withoutCase(Session session, Value value) {
        return value instanceof Text text ? Filters.lower(session, text) : value;
    }

    private static Value unique(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "unique", "case_sensitive", "attribute");
        var seen = new HashSet<Object>();
        var unique = new ArrayList<Value>();
        for (Value element : Operators.elements(session, input)) {
            Value looked = bound.given("attribute").map(path -> attribute(session, element, path)).orElse(element);
            Value compared = bound.flag("case_sensitive", false) ? looked : withoutCase(session, looked);
            if (seen.add(Operators.key(session, compared))) {
                unique.add(element);
            }
        }
        return new Generator(unique);
    }

    private static Value extreme(Session session, Value input, Arguments arguments, String name, int sign) {
        var bound = arguments.bind(session, name, "case_sensitive", "attribute");
        List<Value> values = sorted(session, Operators.elements(session, input), sign > 0, element -> {
            Value looked = bound.given("attribute").map(path -> attribute(session, element, path)).orElse(element);
            return bound.flag("case_sensitive", false) ? looked : withoutCase(session, looked);
        });
        return values.isEmpty() ? new Value.Undefined("there is no item to take the " + name + " of")
                : values.getFirst();
    }

    private static Value sum(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "sum", "attribute", "start");
        Value sum = bound.find("start").orElse(Value.of(0L));
        for (Value element : Operators.elements(session, input)) {
            sum = Arithmetic.apply(session, "+", sum,
                    bound.given("attribute").map(path -> attribute(session, element, path)).orElse(element));
        }
        return sum;
    }

    private static Value mapped(Session session, Value input, Arguments arguments) {
        List<Value> values = Operators.elements(session, input);
        if (arguments.positional().isEmpty()) {
            var bound = arguments.bind(session, "map", "attribute", "default");
            Value path = bound.need("attribute");
            return new Generator(values.stream().map(value -> {
                Value found = attribute(session, value, path);
                return found instanceof Value.Undefined ? bound.find("default").orElse(found) : found;
            }).toList());
        }
        String filter = name(session, "map", arguments);
        Arguments rest = arguments.rest();
        return new Generator(values.stream().map(value -> Filters.apply(session, filter, value, rest)).toList());
    }

    private static Value chosen(Session session, Value input, Arguments arguments, boolean isWanted) {
        boolean hasTest = !arguments.positional().isEmpty();
        String test = hasTest ? name(session, "select", arguments) : "";
        return new Generator(elementsOrNone(session, input).stream().filter(value -> isWanted == (hasTest
                ? Tests.apply(session, test, value, arguments.rest()) : Operators.isTrue(session, value))).toList());
    }

    private static Value chosenByAttribute(Session session, Value input, Arguments arguments, boolean isWanted) {
        if (arguments.positional().isEmpty()) {
            throw session.fault("selectattr and rejectattr need the name of an attribute");
        }
        Value path = arguments.positional().getFirst();
        return new Generator(elementsOrNone(session, input).stream().filter(element -> {
            Value value = attribute(session, element, path);
            Arguments rest = arguments.rest();
            return isWanted == (rest.positional().isEmpty() ? Operators.isTrue(session, value)
                    : Tests.apply(session, name(session, "selectattr", rest), value, rest.rest()));
        }).toList());
    }

    /// Jinja2 lets these filters pass over anything false.
    private static List<Value> elementsOrNone(Session session, Value input) {
        return Operators.isTrue(session, input) ? Operators.elements(session, input) : List.of();
    }

    private static Value grouped(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "groupby", "attribute", "default", "case_sensitive");
        Value path = bound.need("attribute");
        Key key = element -> {
            Value found = attribute(session, element, path);
            Value value = found instanceof Value.Undefined ? bound.find("default").orElse(found) : found;
            return bound.flag("case_sensitive", false) ? value : withoutCase(session, value);
        };
        var groups = new ArrayList<Value>();
        var members = new ArrayList<Value>();
        List<Value> elements = sorted(session, Operators.elements(session, input), false, key);
        for (int i = 0; i < elements.size(); i++) {
            members.add(elements.get(i));
            boolean isLast = i == elements.size() - 1
                    || !Operators.equal(session, key.of(elements.get(i)), key.of(elements.get(i + 1)));
            if (isLast) {
                groups.add(Sequence.tuple(attribute(session, members.getFirst(), path), Sequence.list(members)));
                members.clear();
            }
        }
        return Sequence.list(groups);
    }

    private static Value batches(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "batch", "linecount", "fill_with");
        long size = Operators.index(session, bound.need("linecount"));
        if (size < 1) {
            throw session.fault("batch needs a positive size");
        }
        session.checkLength(size);
        var batches = new ArrayList<Value>();
        List<Value> elements = Operators.elements(session, input);
        for (int from = 0; from < elements.size(); from += (int) size) {
            var batch = new ArrayList<>(elements.subList(from, (int) Math.min(elements.size(), from + size)));
            bound.given("fill_with").ifPresent(fill -> {
                session.spend(size);
                while (batch.size() < size) {
                    batch.add(fill);
                }
            });
            batches.add(Sequence.list(batch));
        }
        return new Generator(batches);
    }

    private static String name(Session session, String filter, Arguments arguments) {
        if (arguments.positional().getFirst() instanceof Text name) {
            return name.characters();
        }
        throw session.fault(filter + " needs a name first, not " + Operators.type(arguments.positional().getFirst()));
    }

    /// The attribute at a path such as `function.name` or `0.id`.
    private static Value attribute(Session session, Value value, Value path) {
        if (!(path instanceof Text text)) {
            return Members.element(session, value, path);
        }
        Value found = value;
        for (Value part : Strings.split(session, text, Text.trusted("."), -1)) {
            String name = ((Text) part).characters();
            boolean isIndex = !name.isEmpty() && name.length() < 10 && name.chars().allMatch(c -> c >= '0' && c <= '9');
            found = Members.element(session, found, isIndex ? Value.of(Long.parseLong(name)) : part);
        }
        return found;
    }
}
