package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/// `text.method(arguments)` with Python's meaning.
final class TextMethods {

    private TextMethods() {
    }

    static Value call(Session session, Text text, String name, Arguments arguments) {
        session.spend(1L + text.length() / 8);
        return switch (name) {
            case "strip", "lstrip", "rstrip" -> Methods.stripped(session, text,
                    arguments.bind(session, name, "chars").textIfGiven("chars"), !name.equals("rstrip"),
                    !name.equals("lstrip"));
            case "split", "rsplit" -> split(session, text, name, arguments);
            case "splitlines" -> Sequence.list(Strings.lines(session, text,
                    arguments.bind(session, name, "keepends").flag("keepends", false)));
            case "startswith", "endswith" -> Value.of(hasAffix(session, text, name, arguments));
            case "replace" -> replaced(session, text, arguments);
            case "removeprefix", "removesuffix" -> withoutAffix(session, text, name, arguments);
            case "find", "rfind", "index" -> find(session, text, name, arguments);
            case "count" -> Value.of(count(session, text, arguments.bind(session, name, "sub").text("sub")));
            case "join" -> joined(session, text, arguments);
            case "format" -> Formats.braces(session, text, arguments);
            case "zfill", "ljust", "rjust", "center" -> padded(session, text, name, arguments);
            case "partition", "rpartition" -> partition(session, text, name, arguments);
            default -> {
                arguments.bind(session, name);
                yield alone(session, text, name);
            }
        };
    }

    private static Value alone(Session session, Text text, String name) {
        session.spend(text.length());
        return switch (name) {
            case "upper" -> Filters.upper(session, text);
            case "lower", "casefold" -> Filters.lower(session, text);
            case "title" -> Formats.titled(text);
            case "capitalize" -> Formats.capitalized(session, text);
            case "swapcase" -> swapped(text);
            case "isdigit", "isdecimal", "isnumeric" -> all(text, Character::isDigit);
            case "isalpha" -> all(text, Character::isLetter);
            case "isalnum" -> all(text, Character::isLetterOrDigit);
            case "isspace" -> all(text, Strings::isSpace);
            case "isupper" -> Value.of(Tests.isCased(session, text.characters(), true));
            case "islower" -> Value.of(Tests.isCased(session, text.characters(), false));
            default -> throw session.fault("strings have no method '" + name + "'");
        };
    }

    private static Value all(Text text, IntPredicate test) {
        return Value.of(text.length() > 0 && text.characters().codePoints().allMatch(test));
    }

    private static Text swapped(Text text) {
        var result = new StringBuilder();
        text.characters().codePoints().forEach(c -> result.appendCodePoint(
                Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c)));
        return text.withCharacters(result.toString());
    }

    private static Value split(Session session, Text text, String name, Arguments arguments) {
        var bound = arguments.bind(session, name, "sep", "maxsplit");
        Optional<Text> separator = bound.textIfGiven("sep");
        long limit = bound.whole("maxsplit", -1);
        if (separator.isPresent() && separator.get().length() == 0) {
            throw session.fault(name + ": the separator is empty");
        }
        boolean isFromRight = name.equals("rsplit") && limit >= 0;
        if (!isFromRight) {
            return Sequence.list(separator.map(at -> Strings.split(session, text, at, limit))
                    .orElseGet(() -> Strings.words(session, text, limit)));
        }
        Text at = separator.orElseThrow(() -> session.fault("rsplit with a limit needs a separator"));
        List<Value> parts = Strings.split(session, text, at, -1);
        int whole = (int) Math.max(0, parts.size() - 1 - limit);
        var result = new ArrayList<Value>();
        result.add(Formats.joined(session, at, parts.subList(0, whole + 1)));
        result.addAll(parts.subList(whole + 1, parts.size()));
        return Sequence.list(result);
    }

    private static boolean hasAffix(Session session, Text text, String name, Arguments arguments) {
        Value wanted = arguments.bind(session, name, "affix").need("affix");
        List<Value> choices = wanted instanceof Sequence tuple && tuple.isTuple() ? tuple.elements() : List.of(wanted);
        for (Value choice : choices) {
            if (!(choice instanceof Text affix)) {
                throw session.fault(name + " needs a string, not " + Operators.type(choice));
            }
            session.spend(1 + affix.length() / 16);
            if (name.equals("startswith") ? text.characters().startsWith(affix.characters())
                    : text.characters().endsWith(affix.characters())) {
                return true;
            }
        }
        return false;
    }

    private static Value withoutAffix(Session session, Text text, String name, Arguments arguments) {
        String affix = arguments.bind(session, name, "affix").text("affix").characters();
        if (name.equals("removeprefix")) {
            return text.characters().startsWith(affix) ? text.substring(affix.length(), text.length()) : text;
        }
        return text.characters().endsWith(affix) ? text.substring(0, text.length() - affix.length()) : text;
    }

    /// The three arguments of Python's `str.replace` have no names.
    private static Value replaced(Session session, Text text, Arguments arguments) {
        if (!arguments.named().isEmpty()) {
            throw session.fault("replace takes no named arguments");
        }
        var bound = arguments.bind(session, "replace", "old", "new", "count");
        return Strings.replaced(session, text, bound.text("old"), bound.text("new"), bound.whole("count", -1));
    }

    private static Value find(Session session, Text text, String name, Arguments arguments) {
        String wanted = arguments.bind(session, name, "sub").text("sub").characters();
        int found = name.equals("rfind") ? lastIndexOf(session, text.characters(), wanted)
                : Strings.indexOf(session, text.characters(), wanted, 0);
        if (found < 0 && name.equals("index")) {
            throw session.fault("index: the substring is not there");
        }
        return Value.of(found < 0 ? -1L : text.characters().codePointCount(0, found));
    }

    private static int lastIndexOf(Session session, String text, String wanted) {
        String reversedText = new StringBuilder(text).reverse().toString();
        String reversedWanted = new StringBuilder(wanted).reverse().toString();
        int found = Strings.indexOf(session, reversedText, reversedWanted, 0);
        return found < 0 ? -1 : text.length() - found - wanted.length();
    }

    private static long count(Session session, Text text, Text wanted) {
        return wanted.length() == 0 ? Strings.codePoints(session, text.characters()) + 1L
                : Strings.split(session, text, wanted, -1).size() - 1L;
    }

    private static Value joined(Session session, Text text, Arguments arguments) {
        List<Value> values = Operators.elements(session,
                arguments.bind(session, "join", "iterable").need("iterable"));
        for (Value value : values) {
            if (!(value instanceof Text)) {
                throw session.fault("join needs strings, not " + Operators.type(value));
            }
        }
        return Formats.joined(session, text, values);
    }

    private static Value padded(Session session, Text text, String name, Arguments arguments) {
        var bound = arguments.bind(session, name, "width", "fill");
        long width = Operators.index(session, bound.need("width"));
        if (name.equals("zfill")) {
            boolean isSigned = text.characters().startsWith("-") || text.characters().startsWith("+");
            int sign = isSigned ? 1 : 0;
            Text digits = Formats.padded(session, text.substring(sign, text.length()), width - sign,
                    Text.trusted("0"), true, false);
            return new TextBuilder(session).append(text.substring(0, sign)).append(digits).build();
        }
        Text fill = bound.textIfGiven("fill").orElse(Text.trusted(" "));
        if (Strings.codePoints(session, fill.characters()) != 1) {
            throw session.fault(name + ": the fill must be one character");
        }
        return Formats.padded(session, text, width, fill, !name.equals("ljust"), !name.equals("rjust"));
    }

    private static Value partition(Session session, Text text, String name, Arguments arguments) {
        Text separator = arguments.bind(session, name, "sep").text("sep");
        if (separator.length() == 0) {
            throw session.fault(name + ": the separator is empty");
        }
        boolean isFirst = name.equals("partition");
        int found = isFirst ? Strings.indexOf(session, text.characters(), separator.characters(), 0)
                : lastIndexOf(session, text.characters(), separator.characters());
        if (found < 0) {
            return isFirst ? Sequence.tuple(text, Text.EMPTY, Text.EMPTY)
                    : Sequence.tuple(Text.EMPTY, Text.EMPTY, text);
        }
        int after = found + separator.length();
        return Sequence.tuple(text.substring(0, found), text.substring(found, after),
                text.substring(after, text.length()));
    }
}
