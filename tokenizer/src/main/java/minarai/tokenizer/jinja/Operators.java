package minarai.tokenizer.jinja;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/// Python's operators on values.
final class Operators {

    private enum Key { NONE, UNDEFINED }

    private Operators() {
    }

    /// A type as an error names it.
    static String type(Value value) {
        return switch (value) {
            case Value.None _ -> "None";
            case Value.Bool _ -> "a boolean";
            case Value.Whole _ -> "an integer";
            case Value.Real _ -> "a float";
            case Value.Undefined _ -> "undefined";
            case Text _ -> "a string";
            case Sequence sequence -> switch (sequence.kind()) {
                case LIST -> "a list";
                case TUPLE -> "a tuple";
                case RANGE -> "a range";
                case VIEW -> "a view of a mapping";
            };
            case Mapping _ -> "a mapping";
            case Generator _ -> "a generator";
            case Namespace _ -> "a namespace";
            case Function function -> "the function " + function.name();
            case Loop _ -> "'loop'";
        };
    }

    static boolean isTrue(Session session, Value value) {
        session.spend(1);
        return switch (value) {
            case Value.None _ -> false;
            case Value.Bool bool -> bool.isTrue();
            case Value.Whole whole -> whole.number() != 0;
            case Value.Real real -> real.number() != 0;
            case Value.Undefined _ -> false;
            case Text text -> text.length() > 0;
            case Sequence sequence -> !sequence.elements().isEmpty();
            case Mapping mapping -> mapping.size() > 0;
            case Generator _, Namespace _, Function _, Loop _ -> true;
        };
    }

    /// The elements that a loop over the value visits. A generator is used up.
    static List<Value> elements(Session session, Value value) {
        List<Value> elements = switch (value) {
            case Text text -> Strings.characters(session, text);
            case Sequence sequence -> sequence.elements();
            case Mapping mapping -> mapping.keys();
            case Generator generator -> generator.drain();
            case Value.Undefined _ -> List.of();
            case Value.None _, Value.Bool _, Value.Whole _, Value.Real _, Namespace _, Function _, Loop _ ->
                throw session.fault(type(value) + " cannot be iterated");
        };
        session.spend(elements.size());
        return elements;
    }

    static long length(Session session, Value value) {
        session.spend(1);
        return switch (value) {
            case Text text -> Strings.codePoints(session, text.characters());
            case Sequence sequence -> sequence.elements().size();
            case Mapping mapping -> mapping.size();
            case Value.Undefined _ -> 0;
            case Loop loop -> ((Value.Whole) loop.attribute("length")).number();
            case Value.None _, Value.Bool _, Value.Whole _, Value.Real _, Generator _, Namespace _, Function _ ->
                throw session.fault(type(value) + " has no length");
        };
    }

    /// An integer, as an index or a count.
    static long index(Session session, Value value) {
        return switch (value) {
            case Value.Whole whole -> whole.number();
            case Value.Bool bool -> bool.isTrue() ? 1 : 0;
            default -> throw session.fault("an integer is needed, not " + type(value));
        };
    }

    static boolean isWhole(Value value) {
        return value instanceof Value.Whole || value instanceof Value.Bool;
    }

    static OptionalDouble number(Value value) {
        return switch (value) {
            case Value.Whole whole -> OptionalDouble.of(whole.number());
            case Value.Real real -> OptionalDouble.of(real.number());
            case Value.Bool bool -> OptionalDouble.of(bool.isTrue() ? 1 : 0);
            default -> OptionalDouble.empty();
        };
    }

    static boolean equal(Session session, Value left, Value right) {
        session.spend(1);
        if (left instanceof Text a && right instanceof Text b) {
            session.spend(Math.min(a.length(), b.length()) / 16);
            return a.characters().equals(b.characters());
        }
        if (isWhole(left) && isWhole(right)) {
            return index(session, left) == index(session, right);
        }
        if (number(left).isPresent() && number(right).isPresent()) {
            double a = number(left).getAsDouble();
            double b = number(right).getAsDouble();
            return !Double.isNaN(a) && !Double.isNaN(b) && compareNumbers(left, right) == 0;
        }
        session.enter();
        boolean isEqual = switch (left) {
            case Value.None _ -> right instanceof Value.None;
            case Value.Undefined _ -> right instanceof Value.Undefined;
            case Sequence a -> right instanceof Sequence b && a.kind() == b.kind()
                    && equalElements(session, a.elements(), b.elements());
            case Mapping a -> right instanceof Mapping b && equalMappings(session, a, b);
            case Text _, Value.Bool _, Value.Whole _, Value.Real _, Generator _, Namespace _, Function _, Loop _ ->
                left == right;
        };
        session.leave();
        return isEqual;
    }

    private static boolean equalElements(Session session, List<Value> left, List<Value> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!equal(session, left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean equalMappings(Session session, Mapping left, Mapping right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (Map.Entry<Object, Mapping.Entry> entry : left.keyed().entrySet()) {
            var other = right.find(key(session, entry.getValue().key()));
            if (other.isEmpty() || !equal(session, entry.getValue().value(), other.get())) {
                return false;
            }
        }
        return true;
    }

    /// The order of two values; those of different kinds have none.
    static int compare(Session session, Value left, Value right) {
        session.spend(1);
        if (left instanceof Text a && right instanceof Text b) {
            session.spend(Math.min(a.length(), b.length()) / 16);
            return compareCodePoints(a.characters(), b.characters());
        }
        if (number(left).isPresent() && number(right).isPresent()) {
            return compareNumbers(left, right);
        }
        if (left instanceof Sequence a && right instanceof Sequence b && a.kind() == b.kind()
                && (a.isTuple() || a.kind() == Sequence.Kind.LIST)) {
            return compareElements(session, a.elements(), b.elements());
        }
        throw session.fault(type(left) + " and " + type(right) + " cannot be ordered");
    }

    static int compareElements(Session session, List<Value> left, List<Value> right) {
        session.enter();
        int shared = Math.min(left.size(), right.size());
        int order = Integer.compare(left.size(), right.size());
        for (int i = 0; i < shared; i++) {
            if (!equal(session, left.get(i), right.get(i))) {
                order = compare(session, left.get(i), right.get(i));
                break;
            }
        }
        session.leave();
        return order;
    }

    private static int compareNumbers(Value left, Value right) {
        if (left instanceof Value.Whole a && right instanceof Value.Whole b) {
            return Long.compare(a.number(), b.number());
        }
        double a = number(left).orElseThrow();
        double b = number(right).orElseThrow();
        boolean isExact = left instanceof Value.Real == right instanceof Value.Real || !Double.isFinite(a)
                || !Double.isFinite(b);
        return isExact ? (a == b ? 0 : Double.compare(a, b)) : exact(left).compareTo(exact(right));
    }

    private static BigDecimal exact(Value value) {
        return value instanceof Value.Whole whole ? BigDecimal.valueOf(whole.number())
                : new BigDecimal(number(value).orElseThrow());
    }

    private static int compareCodePoints(String left, String right) {
        int at = 0;
        int end = Math.min(left.length(), right.length());
        while (at < end && left.charAt(at) == right.charAt(at)) {
            at++;
        }
        if (at == end) {
            return Integer.compare(left.length(), right.length());
        }
        int start = at > 0 && Character.isLowSurrogate(left.charAt(at)) ? at - 1 : at;
        return Integer.compare(left.codePointAt(start), right.codePointAt(start));
    }

    static boolean contains(Session session, Value whole, Value part) {
        if (whole instanceof Text text) {
            if (part instanceof Text pattern) {
                return Strings.indexOf(session, text.characters(), pattern.characters(), 0) >= 0;
            }
            throw session.fault("'in' a string needs a string, not " + type(part));
        }
        if (whole instanceof Mapping mapping) {
            return mapping.contains(key(session, part));
        }
        for (Value element : elements(session, whole)) {
            if (equal(session, element, part)) {
                return true;
            }
        }
        return false;
    }

    /// What stands for a value among the keys of a mapping.
    static Object key(Session session, Value value) {
        session.spend(1);
        return switch (value) {
            case Text text -> {
                session.spend(text.length() / 16);
                yield text.characters();
            }
            case Value.Bool bool -> bool.isTrue() ? 1L : 0L;
            case Value.Whole whole -> whole.number();
            case Value.Real real -> real.number() == (long) real.number() ? (Object) (long) real.number()
                    : (Object) real.number();
            case Value.None _ -> Key.NONE;
            case Value.Undefined _ -> Key.UNDEFINED;
            case Sequence sequence when sequence.isTuple() -> tupleKey(session, sequence);
            case Generator _, Namespace _, Function _, Loop _ -> value;
            case Sequence _, Mapping _ -> throw session.fault(type(value) + " cannot be a key");
        };
    }

    private static TupleKey tupleKey(Session session, Sequence tuple) {
        session.enter();
        var keys = new ArrayList<>();
        tuple.elements().forEach(element -> keys.add(key(session, element)));
        session.leave();
        return new TupleKey(keys);
    }
}
