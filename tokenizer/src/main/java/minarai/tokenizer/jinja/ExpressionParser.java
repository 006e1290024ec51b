package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import minarai.tokenizer.jinja.Expression.CallArguments;
import minarai.tokenizer.jinja.Expression.FilterCall;

/// Expressions, from the weakest operator to the strongest, with the precedence of Jinja2.
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<Token.Kind> TEST_ARGUMENT = Set.of(Token.Kind.NAME, Token.Kind.STRING,
            Token.Kind.INTEGER, Token.Kind.FLOAT);

    private final TokenReader in;

    ExpressionParser(TokenReader in) {
        this.in = in;
    }

    Expression expression() {
        in.session().enter();
        Expression result = either();
        while (in.isName("if")) {
            int at = in.next().at();
            Expression test = either();
            Optional<Expression> otherwise = in.skipName("else") ? Optional.of(expression()) : Optional.empty();
            result = new Expression.Conditional(at, test, result, otherwise);
        }
        in.session().leave();
        return result;
    }

    /// One expression, or a tuple without parentheses. Where `hasConditional` is false a following `if` is left alone.
    Expression tuple(boolean hasConditional, Set<String> endNames) {
        return tuple(hasConditional ? this::expression : this::either, endNames, false);
    }

    private Expression tuple(Supplier<Expression> element, Set<String> endNames, boolean mayBeEmpty) {
        Token first = in.current();
        var elements = new ArrayList<Expression>();
        boolean isTuple = false;
        while (!isTupleEnd(endNames)) {
            elements.add(element.get());
            if (!in.skipOperator(",")) {
                break;
            }
            isTuple = true;
        }
        if (!isTuple && elements.size() == 1) {
            return elements.getFirst();
        }
        if (elements.isEmpty() && !mayBeEmpty) {
            throw in.fault(first, "expected an expression, found " + first.described());
        }
        return new Expression.Display(first.at(), Sequence.Kind.TUPLE, List.copyOf(elements));
    }

    private boolean isTupleEnd(Set<String> endNames) {
        Token token = in.current();
        return token.kind() == Token.Kind.EXPRESSION_END || token.kind() == Token.Kind.STATEMENT_END
                || token.isOperator(")") || token.kind() == Token.Kind.NAME && endNames.contains(token.text());
    }

    private Expression either() {
        Expression left = both();
        while (in.isName("or")) {
            int at = in.next().at();
            left = new Expression.Either(at, left, both());
        }
        return left;
    }

    private Expression both() {
        Expression left = not();
        while (in.isName("and")) {
            int at = in.next().at();
            left = new Expression.Both(at, left, not());
        }
        return left;
    }

    private Expression not() {
        if (!in.isName("not")) {
            return comparison();
        }
        int at = in.next().at();
        in.session().enter();
        Expression operand = not();
        in.session().leave();
        return new Expression.Not(at, operand);
    }

    private Expression comparison() {
        int at = in.current().at();
        Expression first = sum();
        var steps = new ArrayList<Expression.Step>();
        while (true) {
            Token token = in.current();
            if (token.kind() == Token.Kind.OPERATOR && COMPARISONS.contains(token.text())) {
                in.next();
                steps.add(new Expression.Step(token.at(), token.text(), sum()));
            } else if (in.skipName("in")) {
                steps.add(new Expression.Step(token.at(), "in", sum()));
            } else if (token.isName("not") && in.following().isName("in")) {
                in.next();
                in.next();
                steps.add(new Expression.Step(token.at(), "not in", sum()));
            } else {
                return steps.isEmpty() ? first : new Expression.Comparison(at, first, List.copyOf(steps));
            }
        }
    }

    private Expression sum() {
        return chain(this::concatenation, Set.of("+", "-"));
    }

    private Expression concatenation() {
        int at = in.current().at();
        var parts = new ArrayList<>(List.of(product()));
        while (in.skipOperator("~")) {
            parts.add(product());
        }
        return parts.size() == 1 ? parts.getFirst() : new Expression.Concatenation(at, List.copyOf(parts));
    }

    private Expression product() {
        return chain(this::power, Set.of("*", "/", "//", "%"));
    }

    private Expression power() {
        return chain(() -> unary(true), Set.of("**"));
    }

    private Expression chain(Supplier<Expression> operand, Set<String> operators) {
        Expression left = operand.get();
        while (in.is(Token.Kind.OPERATOR) && operators.contains(in.current().text())) {
            Token operator = in.next();
            left = new Expression.Arithmetic(operator.at(), operator.text(), left, operand.get());
        }
        return left;
    }

    private Expression unary(boolean hasFilters) {
        Expression operand;
        Token sign = in.current();
        if (sign.isOperator("-") || sign.isOperator("+")) {
            in.next();
            in.session().enter();
            operand = new Expression.Signed(sign.at(), sign.text().equals("-"), unary(false));
            in.session().leave();
        } else {
            operand = primary();
        }
        operand = postfix(operand);
        return hasFilters ? filtersAndTests(operand) : operand;
    }

    private Expression primary() {
        Token token = in.current();
        return switch (token.kind()) {
            case NAME -> name(in.next());
            case STRING -> strings();
            case INTEGER -> new Expression.Constant(token.at(), integer(in.next()));
            case FLOAT -> new Expression.Constant(token.at(), Value.of(Double.parseDouble(in.next().text())));
            case OPERATOR -> bracketed(token);
            case DATA, EXPRESSION_BEGIN, EXPRESSION_END, STATEMENT_BEGIN, STATEMENT_END, END ->
                throw in.fault(token, "expected an expression, found " + token.described());
        };
    }

    private static Expression name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Expression.Constant(token.at(), Value.of(true));
            case "false", "False" -> new Expression.Constant(token.at(), Value.of(false));
            case "none", "None" -> new Expression.Constant(token.at(), Value.none());
            default -> new Expression.Name(token.at(), token.text());
        };
    }

    private Expression strings() {
        int at = in.current().at();
        var text = new StringBuilder();
        while (in.is(Token.Kind.STRING)) {
            text.append(in.next().text());
        }
        return new Expression.Constant(at, Text.trusted(text.toString()));
    }

    private Value integer(Token token) {
        int digits = token.text().length();
        if (digits > 19 || digits == 19 && token.text().compareTo(Long.toString(Long.MAX_VALUE)) > 0) {
            throw in.fault(token, "the integer does not fit 64 bits");
        }
        return Value.of(Long.parseLong(token.text()));
    }

    private Expression bracketed(Token token) {
        if (in.skipOperator("(")) {
            Expression inner = tuple(this::expression, Set.of(), true);
            in.expectOperator(")");
            return inner;
        }
        if (in.skipOperator("[")) {
            var elements = new ArrayList<Expression>();
            while (!in.skipOperator("]")) {
                elements.add(expression());
                separator("]");
            }
            return new Expression.Display(token.at(), Sequence.Kind.LIST, List.copyOf(elements));
        }
        if (in.skipOperator("{")) {
            var pairs = new ArrayList<Expression.Pair>();
            while (!in.skipOperator("}")) {
                Expression key = expression();
                in.expectOperator(":");
                pairs.add(new Expression.Pair(key, expression()));
                separator("}");
            }
            return new Expression.Dictionary(token.at(), List.copyOf(pairs));
        }
        throw in.fault(token, "expected an expression, found " + token.described());
    }

    private void separator(String end) {
        if (!in.isOperator(end)) {
            in.expectOperator(",");
        }
    }

    private Expression postfix(Expression operand) {
        Expression result = operand;
        while (true) {
            Token token = in.current();
            if (in.skipOperator(".")) {
                result = member(token, result);
            } else if (in.skipOperator("[")) {
                result = subscript(token, result);
            } else if (token.isOperator("(")) {
                result = new Expression.Call(token.at(), result, arguments());
            } else {
                return result;
            }
        }
    }

    private Expression member(Token dot, Expression of) {
        if (in.is(Token.Kind.INTEGER)) {
            Token index = in.next();
            return new Expression.Subscript(dot.at(), of, new Expression.Constant(index.at(), integer(index)));
        }
        String name = in.expect(Token.Kind.NAME, "a name or number after '.'").text();
        return new Expression.Attribute(dot.at(), of, name);
    }

    private Expression subscript(Token bracket, Expression of) {
        Optional<Expression> start = in.isOperator(":") ? Optional.empty() : Optional.of(expression());
        if (start.isPresent() && in.skipOperator("]")) {
            return new Expression.Subscript(bracket.at(), of, start.get());
        }
        in.expectOperator(":");
        Optional<Expression> stop = in.isOperator(":") || in.isOperator("]") ? Optional.empty()
                : Optional.of(expression());
        Optional<Expression> step = in.skipOperator(":") && !in.isOperator("]") ? Optional.of(expression())
                : Optional.empty();
        in.expectOperator("]");
        return new Expression.Slice(bracket.at(), of, start, stop, step);
    }

    private Expression filtersAndTests(Expression operand) {
        Expression result = operand;
        while (true) {
            Token token = in.current();
            if (in.skipOperator("|")) {
                FilterCall filter = filter();
                result = new Expression.Filtered(filter.at(), result, filter);
            } else if (in.skipName("is")) {
                result = test(token, result);
            } else if (token.isOperator("(")) {
                result = new Expression.Call(token.at(), result, arguments());
            } else {
                return result;
            }
        }
    }

    /// `name(arguments)`, the `|` before it already read.
    FilterCall filter() {
        Token name = in.expect(Token.Kind.NAME, "the name of a filter");
        if (!Filters.isKnown(name.text())) {
            throw in.fault(name, "there is no filter '" + name.text() + "'");
        }
        return new FilterCall(name.at(), name.text(), in.isOperator("(") ? arguments() : CallArguments.NONE);
    }

    private Expression test(Token is, Expression operand) {
        boolean isNegated = in.skipName("not");
        Token name = in.expect(Token.Kind.NAME, "the name of a test");
        if (!Tests.isKnown(name.text())) {
            throw in.fault(name, "there is no test '" + name.text() + "'");
        }
        CallArguments arguments = CallArguments.NONE;
        Token next = in.current();
        if (next.isOperator("(")) {
            arguments = arguments();
        } else if ((TEST_ARGUMENT.contains(next.kind()) || next.isOperator("[") || next.isOperator("{"))
                && !next.isName("else") && !next.isName("or") && !next.isName("and")) {
            if (next.isName("is")) {
                throw in.fault(next, "tests cannot be chained with 'is'");
            }
            arguments = new CallArguments(List.of(postfix(primary())), List.of(), Optional.empty(), Optional.empty());
        }
        Expression tested = new Expression.Tested(is.at(), operand, name.text(), arguments);
        return isNegated ? new Expression.Not(is.at(), tested) : tested;
    }

    private CallArguments arguments() {
        in.expectOperator("(");
        var positional = new ArrayList<Expression>();
        var named = new ArrayList<Expression.Keyword>();
        Optional<Expression> spread = Optional.empty();
        Optional<Expression> spreadNamed = Optional.empty();
        while (!in.skipOperator(")")) {
            Token token = in.current();
            boolean isLate = spread.isPresent() || spreadNamed.isPresent();
            if (spread.isEmpty() && spreadNamed.isEmpty() && in.skipOperator("*")) {
                spread = Optional.of(expression());
            } else if (spreadNamed.isEmpty() && in.skipOperator("**")) {
                spreadNamed = Optional.of(expression());
            } else if (spreadNamed.isEmpty() && token.kind() == Token.Kind.NAME && in.following().isOperator("=")) {
                in.next();
                in.next();
                named.add(new Expression.Keyword(token.text(), expression()));
            } else if (!isLate && named.isEmpty()) {
                positional.add(expression());
            } else {
                throw in.fault(token, "a positional argument may not follow named arguments");
            }
            separator(")");
        }
        return new CallArguments(List.copyOf(positional), List.copyOf(named), spread, spreadNamed);
    }
}
