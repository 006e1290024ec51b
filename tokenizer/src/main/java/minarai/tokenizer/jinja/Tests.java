package minarai.tokenizer.jinja;

import java.util.Set;

/// `value is test`.
final class Tests {
    private static final Set<String> ALL = Set.of("defined", "undefined", "none", "true", "false", "boolean", "integer",
            "float", "number", "string", "mapping", "sequence", "iterable", "callable", "odd", "even", "divisibleby",
            "lower", "upper", "filter", "test", "eq", "==", "equalto", "ne", "!=", "lt", "<", "lessthan", "le", "<=",
            "gt", ">", "greaterthan", "ge", ">=", "in", "sameas", "escaped");

    private Tests() {
    }

    static boolean isKnown(String name) {
        return ALL.contains(name);
    }

    static boolean apply(Session session, String name, Value value, Arguments arguments) {
        session.spend(1);
        return switch (name) {
            case "eq", "==", "equalto" -> Operators.equal(session, value, other(session, name, arguments));
            case "ne", "!=" -> !Operators.equal(session, value, other(session, name, arguments));
            case "lt", "<", "lessthan" -> Operators.compare(session, value, other(session, name, arguments)) < 0;
            case "le", "<=" -> Operators.compare(session, value, other(session, name, arguments)) <= 0;
            case "gt", ">", "greaterthan" -> Operators.compare(session, value, other(session, name, arguments)) > 0;
            case "ge", ">=" -> Operators.compare(session, value, other(session, name, arguments)) >= 0;
            case "in" -> Operators.contains(session, other(session, name, arguments), value);
            case "sameas" -> isSame(session, value, other(session, name, arguments));
            case "divisibleby" -> isMultiple(session, value, other(session, name, arguments));
            default -> {
                arguments.bind(session, name);
                yield alone(session, name, value);
            }
        };
    }

    private static boolean alone(Session session, String name, Value value) {
        return switch (name) {
            case "defined" -> !(value instanceof Value.Undefined);
            case "undefined" -> value instanceof Value.Undefined;
            case "none" -> value instanceof Value.None;
            case "true" -> value instanceof Value.Bool bool && bool.isTrue();
            case "false" -> value instanceof Value.Bool bool && !bool.isTrue();
            case "boolean" -> value instanceof Value.Bool;
            case "integer" -> value instanceof Value.Whole;
            case "float" -> value instanceof Value.Real;
            case "number" -> Operators.number(value).isPresent();
            case "string" -> value instanceof Text;
            case "mapping" -> value instanceof Mapping;
            case "iterable" -> isSequence(value) || value instanceof Generator || value instanceof Value.Undefined
                    || value instanceof Loop;
            case "sequence" -> isSequence(value) || value instanceof Value.Undefined;
            case "callable" -> value instanceof Function || value instanceof Loop loop && loop.recursion().isPresent();
            case "odd" -> !isMultiple(session, value, Value.of(2L));
            case "even" -> isMultiple(session, value, Value.of(2L));
            case "lower" -> isCased(session, Printer.text(session, value).characters(), false);
            case "upper" -> isCased(session, Printer.text(session, value).characters(), true);
            case "filter" -> value instanceof Text text && Filters.isKnown(text.characters());
            case "test" -> value instanceof Text text && isKnown(text.characters());
            case "escaped" -> false;
            default -> throw session.fault("there is no test '" + name + "'");
        };
    }

    private static boolean isSequence(Value value) {
        return value instanceof Text || value instanceof Sequence || value instanceof Mapping;
    }

    private static boolean isSame(Session session, Value left, Value right) {
        boolean isSimple = left.getClass() == right.getClass() && !(left instanceof Sequence)
                && !(left instanceof Mapping);
        return left == right || isSimple && Operators.equal(session, left, right);
    }

    private static boolean isMultiple(Session session, Value value, Value of) {
        return Operators.equal(session, Arithmetic.apply(session, "%", value, of), Value.of(0L));
    }

    /// Whether there are letters with case, all of the case asked for.
    static boolean isCased(Session session, String text, boolean isUpper) {
        session.spend(text.length());
        boolean hasWrong = text.codePoints().anyMatch(c -> Character.isTitleCase(c)
                || (isUpper ? Character.isLowerCase(c) : Character.isUpperCase(c)));
        return !hasWrong && text.codePoints()
                .anyMatch(c -> isUpper ? Character.isUpperCase(c) : Character.isLowerCase(c));
    }

    private static Value other(Session session, String name, Arguments arguments) {
        return arguments.bind(session, name, "other").need("other");
    }
}
