package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;

/// `+ - * / // % **` of Python on 64-bit integers, floats, strings and lists.
final class Arithmetic {

    private Arithmetic() {
    }

    static Value apply(Session session, String operator, Value left, Value right) {
        session.spend(1);
        if (operator.equals("+") && left instanceof Text a && right instanceof Text b) {
            return new TextBuilder(session).append(a).append(b).build();
        }
        if (operator.equals("+") && left instanceof Sequence a && right instanceof Sequence b && isJoinable(a, b)) {
            return joined(session, a, b);
        }
        if (operator.equals("*") && Operators.isWhole(right) && isRepeatable(left)) {
            return repeated(session, left, Operators.index(session, right));
        }
        if (operator.equals("*") && Operators.isWhole(left) && isRepeatable(right)) {
            return repeated(session, right, Operators.index(session, left));
        }
        if (operator.equals("%") && left instanceof Text format) {
            List<Value> values = right instanceof Sequence tuple && tuple.isTuple() ? tuple.elements()
                    : List.of(right);
            return Formats.percent(session, format, values);
        }
        if (Operators.isWhole(left) && Operators.isWhole(right)) {
            return whole(session, operator, Operators.index(session, left), Operators.index(session, right));
        }
        double a = Operators.number(left).orElseThrow(() -> mismatch(session, operator, left, right));
        double b = Operators.number(right).orElseThrow(() -> mismatch(session, operator, left, right));
        return real(session, operator, a, b);
    }

    static Value negated(Session session, Value value) {
        return switch (value) {
            case Value.Real real -> Value.of(-real.number());
            case Value.Whole _, Value.Bool _ -> whole(session, "-", 0, Operators.index(session, value));
            default -> throw session.fault("'-' needs a number, not " + Operators.type(value));
        };
    }

    static Value whole(Session session, String operator, long left, long right) {
        boolean divides = operator.equals("/") || operator.equals("//") || operator.equals("%");
        if (divides && right == 0) {
            throw session.fault("division by zero");
        }
        try {
            return switch (operator) {
                case "+" -> Value.of(Math.addExact(left, right));
                case "-" -> Value.of(Math.subtractExact(left, right));
                case "*" -> Value.of(Math.multiplyExact(left, right));
                case "/" -> Value.of((double) left / right);
                case "//" -> Value.of(Math.floorDivExact(left, right));
                case "%" -> Value.of(Math.floorMod(left, right));
                case "**" -> right < 0 ? real(session, "**", left, right) : Value.of(power(left, right));
                default -> throw session.fault("there is no operator '" + operator + "'");
            };
        } catch (ArithmeticException overflow) {
            throw session.fault("the result of '" + operator + "' does not fit 64 bits");
        }
    }

    private static long power(long base, long exponent) {
        long result = 1;
        long factor = base;
        for (long left = exponent; left > 0; left >>= 1) {
            result = (left & 1) == 1 ? Math.multiplyExact(result, factor) : result;
            factor = left > 1 ? Math.multiplyExact(factor, factor) : factor;
        }
        return result;
    }

    private static Value real(Session session, String operator, double left, double right) {
        boolean divides = operator.equals("/") || operator.equals("//") || operator.equals("%");
        if (divides && right == 0 || operator.equals("**") && left == 0 && right < 0) {
            throw session.fault("division by zero");
        }
        return Value.of(switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / right;
            case "//" -> Math.floor(left / right);
            case "%" -> left - right * Math.floor(left / right);
            case "**" -> StrictMath.pow(left, right);
            default -> throw session.fault("there is no operator '" + operator + "'");
        });
    }

    private static TemplateException mismatch(Session session, String operator, Value left, Value right) {
        for (Value side : List.of(left, right)) {
            if (side instanceof Value.Undefined undefined) {
                return session.fault(undefined.reason());
            }
        }
        return session.fault("'" + operator + "' cannot combine " + Operators.type(left) + " and "
                + Operators.type(right));
    }

    private static boolean isJoinable(Sequence left, Sequence right) {
        return left.kind() == right.kind() && (left.isTuple() || left.kind() == Sequence.Kind.LIST);
    }

    private static Value joined(Session session, Sequence left, Sequence right) {
        session.spend(left.elements().size() + (long) right.elements().size());
        var elements = new ArrayList<>(left.elements());
        elements.addAll(right.elements());
        session.checkLength(elements.size());
        return new Sequence(left.kind(), elements);
    }

    private static boolean isRepeatable(Value value) {
        return value instanceof Text
                || value instanceof Sequence sequence && (sequence.isTuple() || sequence.kind() == Sequence.Kind.LIST);
    }

    private static Value repeated(Session session, Value value, long times) {
        long size = value instanceof Text text ? text.length() : ((Sequence) value).elements().size();
        long count = Math.max(0, size == 0 ? 0 : times);
        session.checkLength(count > Integer.MAX_VALUE ? count : count * size);
        session.spend(count * size);
        if (value instanceof Text text) {
            var result = new TextBuilder(session);
            for (long i = 0; i < count; i++) {
                result.append(text);
            }
            return result.build();
        }
        Sequence sequence = (Sequence) value;
        var elements = new ArrayList<Value>();
        for (long i = 0; i < count; i++) {
            elements.addAll(sequence.elements());
        }
        return new Sequence(sequence.kind(), elements);
    }
}
