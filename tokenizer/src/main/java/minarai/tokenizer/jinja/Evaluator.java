package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Expressions to values.
final class Evaluator {
    private final Session session;

    Evaluator(Session session) {
        this.session = session;
    }

    Value value(Expression expression, Scope scope) {
        session.enter();
        session.spend(1);
        session.at(expression.at());
        Value value = switch (expression) {
            case Expression.Constant constant -> constant.value();
            case Expression.Name name -> scope.find(name.name())
                    .orElseGet(() -> new Value.Undefined("'" + name.name() + "' is undefined"));
            case Expression.Display display -> new Sequence(display.kind(), values(display.elements(), scope));
            case Expression.Dictionary dictionary -> mapping(dictionary, scope);
            case Expression.Attribute attribute -> attribute(attribute, scope);
            case Expression.Subscript subscript -> subscript(subscript, scope);
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call call -> call(call, scope, Optional.empty());
            case Expression.Filtered filtered ->
                filtered(filtered.filter(), value(filtered.input(), scope), scope);
            case Expression.Tested tested -> tested(tested, scope);
            case Expression.Not not -> Value.of(!isTrue(not.operand(), scope));
            case Expression.Signed signed -> signed(signed, scope);
            case Expression.Arithmetic arithmetic -> arithmetic(arithmetic, scope);
            case Expression.Concatenation concatenation ->
                Formats.joined(session, Text.EMPTY, values(concatenation.parts(), scope));
            case Expression.Comparison comparison -> comparison(comparison, scope);
            case Expression.Both both -> {
                Value left = value(both.left(), scope);
                yield Operators.isTrue(session, left) ? value(both.right(), scope) : left;
            }
            case Expression.Either either -> {
                Value left = value(either.left(), scope);
                yield Operators.isTrue(session, left) ? left : value(either.right(), scope);
            }
            case Expression.Conditional conditional -> conditional(conditional, scope);
        };
        session.leave();
        return value;
    }

    boolean isTrue(Expression expression, Scope scope) {
        return Operators.isTrue(session, value(expression, scope));
    }

    private List<Value> values(List<Expression> expressions, Scope scope) {
        var values = new ArrayList<Value>();
        for (Expression expression : expressions) {
            values.add(value(expression, scope));
        }
        return values;
    }

    private Value mapping(Expression.Dictionary dictionary, Scope scope) {
        var entries = new ArrayList<Mapping.Entry>();
        for (Expression.Pair pair : dictionary.pairs()) {
            entries.add(new Mapping.Entry(value(pair.key(), scope), value(pair.value(), scope)));
        }
        session.at(dictionary.at());
        return Mapping.ofEntries(session, entries);
    }

    private Value attribute(Expression.Attribute attribute, Scope scope) {
        Value of = value(attribute.of(), scope);
        session.at(attribute.at());
        return Members.attribute(session, of, attribute.name());
    }

    private Value subscript(Expression.Subscript subscript, Scope scope) {
        Value of = value(subscript.of(), scope);
        Value index = value(subscript.index(), scope);
        session.at(subscript.at());
        return Members.element(session, of, index);
    }

    private Value slice(Expression.Slice slice, Scope scope) {
        Value of = value(slice.of(), scope);
        Optional<Long> start = bound(slice.start(), scope);
        Optional<Long> stop = bound(slice.stop(), scope);
        Optional<Long> step = bound(slice.step(), scope);
        session.at(slice.at());
        return Members.slice(session, of, start, stop, step);
    }

    private Optional<Long> bound(Optional<Expression> expression, Scope scope) {
        return expression.map(bound -> value(bound, scope)).filter(bound -> !(bound instanceof Value.None))
                .map(bound -> Operators.index(session, bound));
    }

    Value filtered(Expression.FilterCall filter, Value input, Scope scope) {
        Arguments arguments = arguments(filter.arguments(), scope, Optional.empty());
        session.at(filter.at());
        return Filters.apply(session, filter.name(), input, arguments);
    }

    private Value tested(Expression.Tested tested, Scope scope) {
        Value input = value(tested.input(), scope);
        Arguments arguments = arguments(tested.arguments(), scope, Optional.empty());
        session.at(tested.at());
        return Value.of(Tests.apply(session, tested.test(), input, arguments));
    }

    private Value signed(Expression.Signed signed, Scope scope) {
        Value operand = value(signed.operand(), scope);
        session.at(signed.at());
        if (signed.isNegative()) {
            return Arithmetic.negated(session, operand);
        }
        if (Operators.number(operand).isEmpty()) {
            throw session.fault("'+' needs a number, not " + Operators.type(operand));
        }
        return operand instanceof Value.Bool ? Value.of(Operators.index(session, operand)) : operand;
    }

    private Value arithmetic(Expression.Arithmetic arithmetic, Scope scope) {
        Value left = value(arithmetic.left(), scope);
        Value right = value(arithmetic.right(), scope);
        session.at(arithmetic.at());
        return Arithmetic.apply(session, arithmetic.operator(), left, right);
    }

    private Value comparison(Expression.Comparison comparison, Scope scope) {
        Value left = value(comparison.first(), scope);
        for (Expression.Step step : comparison.steps()) {
            Value right = value(step.operand(), scope);
            session.at(step.at());
            if (!holds(step.operator(), left, right)) {
                return Value.of(false);
            }
            left = right;
        }
        return Value.of(true);
    }

    private boolean holds(String operator, Value left, Value right) {
        return switch (operator) {
            case "==" -> Operators.equal(session, left, right);
            case "!=" -> !Operators.equal(session, left, right);
            case "<" -> Operators.compare(session, left, right) < 0;
            case "<=" -> Operators.compare(session, left, right) <= 0;
            case ">" -> Operators.compare(session, left, right) > 0;
            case ">=" -> Operators.compare(session, left, right) >= 0;
            case "in" -> Operators.contains(session, right, left);
            case "not in" -> !Operators.contains(session, right, left);
            default -> throw session.fault("there is no comparison '" + operator + "'");
        };
    }

    private Value conditional(Expression.Conditional conditional, Scope scope) {
        if (isTrue(conditional.test(), scope)) {
            return value(conditional.then(), scope);
        }
        return conditional.otherwise().map(otherwise -> value(otherwise, scope))
                .orElseGet(() -> new Value.Undefined("the inline 'if' is false and has no 'else'"));
    }

    /// @param caller what `caller()` is to the macro called
    Value call(Expression.Call call, Scope scope, Optional<Function> caller) {
        Value called = value(call.function(), scope);
        Arguments arguments = arguments(call.arguments(), scope, caller);
        session.at(call.at());
        Optional<Function> function = switch (called) {
            case Function direct -> Optional.of(direct);
            case Loop loop -> loop.recursion();
            case Value.Undefined undefined -> throw session.fault(undefined.reason());
            default -> Optional.empty();
        };
        session.enter();
        Value result = function.orElseThrow(() -> session.fault(Operators.type(called) + " cannot be called"))
                .body().call(session, arguments);
        session.leave();
        return result;
    }

    private Arguments arguments(Expression.CallArguments arguments, Scope scope, Optional<Function> caller) {
        if (arguments == Expression.CallArguments.NONE && caller.isEmpty()) {
            return Arguments.NONE;
        }
        List<Value> positional = values(arguments.positional(), scope);
        arguments.spread().ifPresent(spread ->
                positional.addAll(Operators.elements(session, value(spread, scope))));
        var named = new LinkedHashMap<String, Mapping.Entry>();
        for (Expression.Keyword keyword : arguments.named()) {
            put(named, Text.trusted(keyword.name()), value(keyword.value(), scope));
        }
        arguments.spreadNamed().ifPresent(spread -> {
            if (!(value(spread, scope) instanceof Mapping mapping)) {
                throw session.fault("'**' needs a mapping");
            }
            session.spend(mapping.size());
            mapping.entries().forEach(entry ->
                    put(named, Printer.text(session, entry.key()), entry.value()));
        });
        caller.ifPresent(function -> named.put("caller", new Mapping.Entry(Text.trusted("caller"), function)));
        return new Arguments(positional, named);
    }

    private void put(Map<String, Mapping.Entry> named, Text name, Value value) {
        if (named.put(name.characters(), new Mapping.Entry(name, value)) != null) {
            throw session.fault("the argument '" + name + "' is given twice");
        }
    }
}
