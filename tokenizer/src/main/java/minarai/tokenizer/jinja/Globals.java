package minarai.tokenizer.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The functions every template has.
final class Globals {
    /// As in Jinja2's sandbox.
    private static final long LONGEST_RANGE = 100_000;

    /// Work of writing a part of the time: far more than the characters that come of it.
    private static final int FORMATTING = 100;

    private Globals() {
    }

    static Map<String, Value> all() {
        return Map.of("range", new Function("range", Globals::range), "dict", new Function("dict", Globals::dict),
                "namespace", new Function("namespace", Globals::namespace),
                "joiner", new Function("joiner", Globals::joiner),
                "raise_exception", new Function("raise_exception", Globals::raise),
                "strftime_now", new Function("strftime_now", Globals::now));
    }

    private static Value range(Session session, Arguments arguments) {
        List<Long> numbers = arguments.positional().stream().map(value -> Operators.index(session, value)).toList();
        if (numbers.isEmpty() || numbers.size() > 3 || !arguments.named().isEmpty()) {
            throw session.fault("range takes one to three integers");
        }
        long start = numbers.size() > 1 ? numbers.get(0) : 0;
        long stop = numbers.get(numbers.size() > 1 ? 1 : 0);
        long step = numbers.size() > 2 ? numbers.get(2) : 1;
        if (step == 0) {
            throw session.fault("the step of a range must not be 0");
        }
        double count = Math.ceil(((double) stop - start) / step);
        if (count > LONGEST_RANGE) {
            throw session.fault("a range may have at most " + LONGEST_RANGE + " elements");
        }
        var elements = new ArrayList<Value>();
        for (long i = 0; i < count; i++) {
            elements.add(Value.of(start + i * step));
        }
        session.spend(elements.size());
        return new Sequence(Sequence.Kind.RANGE, elements);
    }

    /// The pairs of an optional mapping or list of pairs, then the named arguments.
    private static List<Mapping.Entry> entries(Session session, String function, Arguments arguments) {
        var entries = new ArrayList<Mapping.Entry>();
        if (arguments.positional().size() > 1) {
            throw session.fault(function + " takes at most one positional argument");
        }
        for (Value argument : arguments.positional()) {
            List<Value> pairs = argument instanceof Mapping mapping ? mapping.items()
                    : Operators.elements(session, argument);
            for (Value pair : pairs) {
                List<Value> both = Operators.elements(session, pair);
                if (both.size() != 2) {
                    throw session.fault(function + " needs pairs, not " + both.size() + " elements");
                }
                entries.add(new Mapping.Entry(both.get(0), both.get(1)));
            }
        }
        entries.addAll(arguments.named().values());
        return entries;
    }

    private static Value dict(Session session, Arguments arguments) {
        return Mapping.ofEntries(session, entries(session, "dict", arguments));
    }

    private static Value namespace(Session session, Arguments arguments) {
        var namespace = new Namespace();
        for (Mapping.Entry entry : entries(session, "namespace", arguments)) {
            if (!(entry.key() instanceof Text name)) {
                throw session.fault("namespace needs names, not " + Operators.type(entry.key()));
            }
            namespace.put(name.characters(), entry.value());
        }
        return namespace;
    }

    /// A function that is empty at its first call and the separator afterwards.
    private static Value joiner(Session session, Arguments arguments) {
        Value separator = arguments.bind(session, "joiner", "sep").find("sep").orElse(Text.trusted(", "));
        var used = new Namespace();
        return new Function("joiner", (inner, none) -> {
            none.bind(inner, "joiner");
            boolean isFirst = used.get("is_used") instanceof Value.Undefined;
            used.put("is_used", Value.of(true));
            return isFirst ? Text.EMPTY : separator;
        });
    }

    private static Value raise(Session session, Arguments arguments) {
        Value message = arguments.bind(session, "raise_exception", "message").need("message");
        throw session.raised(Printer.text(session, message).characters());
    }

    private static Value now(Session session, Arguments arguments) {
        Text format = arguments.bind(session, "strftime_now", "format").text("format");
        String characters = format.characters();
        var result = new TextBuilder(session);
        int at = 0;
        while (at < characters.length()) {
            int sign = characters.indexOf('%', at);
            boolean isCode = sign >= 0 && sign + 1 < characters.length();
            result.append(format, at, isCode ? sign : characters.length());
            at = isCode ? sign + 2 : characters.length();
            if (isCode) {
                result.append(formatted(session, session.clock(), characters.charAt(sign + 1)),
                        format.substring(sign, at).source());
            }
        }
        return result.build();
    }

    private static String formatted(Session session, LocalDateTime time, char code) {
        session.spend(FORMATTING);
        if (code == '%') {
            return "%";
        }
        if (code == 'Z' || code == 'z') {
            return "";
        }
        String pattern = pattern(code)
                .orElseThrow(() -> session.fault("strftime_now: '%" + code + "' is not supported"));
        return DateTimeFormatter.ofPattern(pattern, Locale.US).format(time);
    }

    private static Optional<String> pattern(char code) {
        return Optional.of(switch (code) {
            case 'Y' -> "uuuu";
            case 'y' -> "uu";
            case 'm' -> "MM";
            case 'd' -> "dd";
            case 'H' -> "HH";
            case 'I' -> "hh";
            case 'M' -> "mm";
            case 'S' -> "ss";
            case 'f' -> "SSSSSS";
            case 'p' -> "a";
            case 'j' -> "DDD";
            case 'a' -> "EEE";
            case 'A' -> "EEEE";
            case 'b', 'h' -> "MMM";
            case 'B' -> "MMMM";
            case 'F' -> "uuuu-MM-dd";
            case 'T' -> "HH:mm:ss";
            case 'R' -> "HH:mm";
            case 'D', 'x' -> "MM/dd/uu";
            case 'X' -> "HH:mm:ss";
            default -> "";
        }).filter(pattern -> !pattern.isEmpty());
    }
}
