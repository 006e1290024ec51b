package minarai.tokenizer.jinja;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;

/// The methods of strings, mappings and lists that leave them as they are.
final class Methods {
    private static final Set<String> CHANGING = Set.of("append", "extend", "insert", "remove", "pop", "clear", "sort",
            "reverse", "update", "setdefault", "popitem");
    private static final Set<String> OF_TEXT = Set.of("strip", "lstrip", "rstrip", "split", "rsplit", "splitlines",
            "startswith", "endswith", "replace", "upper", "lower", "title", "capitalize", "swapcase", "casefold",
            "find", "rfind", "index", "count", "join", "format", "zfill", "ljust", "rjust", "center", "partition",
            "rpartition", "removeprefix", "removesuffix", "isdigit", "isalpha", "isalnum", "isspace", "isupper",
            "islower", "isdecimal", "isnumeric");
    private static final Set<String> OF_MAPPING = Set.of("get", "items", "keys", "values", "copy");
    private static final Set<String> OF_LIST = Set.of("index", "count", "copy");

    private Methods() {
    }

    /// The method of that name bound to the value.
    static Optional<Value> find(Value value, String name) {
        return switch (value) {
            case Text text when OF_TEXT.contains(name) -> Optional.of(new Function("str." + name,
                    (session, arguments) -> TextMethods.call(session, text, name, arguments)));
            case Mapping mapping when OF_MAPPING.contains(name) -> Optional.of(new Function("dict." + name,
                    (session, arguments) -> ofMapping(session, mapping, name, arguments)));
            case Sequence list when OF_LIST.contains(name) && list.kind() != Sequence.Kind.VIEW ->
                Optional.of(new Function("list." + name,
                        (session, arguments) -> ofList(session, list, name, arguments)));
            case Sequence _, Mapping _ when CHANGING.contains(name) -> Optional.of(new Value.Undefined("'" + name
                    + "' would change " + Operators.type(value) + ", which the immutable sandbox refuses"));
            default -> Optional.empty();
        };
    }

    private static Value ofMapping(Session session, Mapping mapping, String name, Arguments arguments) {
        if (name.equals("get")) {
            var bound = arguments.bind(session, "get", "key", "default");
            return mapping.find(Operators.key(session, bound.need("key")))
                    .orElseGet(() -> bound.find("default").orElse(Value.none()));
        }
        arguments.bind(session, name);
        session.spend(mapping.size());
        return switch (name) {
            case "items" -> new Sequence(Sequence.Kind.VIEW, mapping.items());
            case "keys" -> new Sequence(Sequence.Kind.VIEW, mapping.keys());
            case "values" -> new Sequence(Sequence.Kind.VIEW, mapping.values());
            default -> mapping;
        };
    }

    private static Value ofList(Session session, Sequence list, String name, Arguments arguments) {
        if (name.equals("copy")) {
            arguments.bind(session, name);
            return list;
        }
        Value wanted = arguments.bind(session, name, "value").need("value");
        List<Value> elements = list.elements();
        long count = 0;
        for (int i = 0; i < elements.size(); i++) {
            boolean isFound = Operators.equal(session, elements.get(i), wanted);
            if (isFound && name.equals("index")) {
                return Value.of((long) i);
            }
            count += isFound ? 1 : 0;
        }
        if (name.equals("index")) {
            throw session.fault("index: the value is not in the list");
        }
        return Value.of(count);
    }

    /// A text without the given characters, or without white space, at its ends.
    static Text stripped(Session session, Text text, Optional<Text> characters, boolean left, boolean right) {
        return Strings.stripped(session, text, characters.map(given -> oneOf(session, given))
                .orElse(Strings::isSpace), left, right);
    }

    private static IntPredicate oneOf(Session session, Text characters) {
        session.spend(characters.length());
        int[] sorted = characters.characters().codePoints().sorted().distinct().toArray();
        return c -> Arrays.binarySearch(sorted, c) >= 0;
    }
}
