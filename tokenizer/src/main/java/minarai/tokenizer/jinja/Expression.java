package minarai.tokenizer.jinja;

import java.util.List;
import java.util.Optional;

/// The expressions of the language. `at` is the offset in the source.
sealed interface Expression {

    int at();

    record Constant(int at, Value value) implements Expression {
    }

    record Name(int at, String name) implements Expression {
    }

    /// `[a, b]` or `(a, b)`.
    record Display(int at, Sequence.Kind kind, List<Expression> elements) implements Expression {
    }

    record Dictionary(int at, List<Pair> pairs) implements Expression {
    }

    record Pair(Expression key, Expression value) {
    }

    record Attribute(int at, Expression of, String name) implements Expression {
    }

    record Subscript(int at, Expression of, Expression index) implements Expression {
    }

    record Slice(int at, Expression of, Optional<Expression> start, Optional<Expression> stop,
            Optional<Expression> step) implements Expression {
    }

    record Call(int at, Expression function, CallArguments arguments) implements Expression {
    }

    record Filtered(int at, Expression input, FilterCall filter) implements Expression {
    }

    /// `input is test(arguments)`.
    record Tested(int at, Expression input, String test, CallArguments arguments) implements Expression {
    }

    record Not(int at, Expression operand) implements Expression {
    }

    /// `-a` or `+a`.
    record Signed(int at, boolean isNegative, Expression operand) implements Expression {
    }

    record Arithmetic(int at, String operator, Expression left, Expression right) implements Expression {
    }

    /// `a ~ b ~ c`.
    record Concatenation(int at, List<Expression> parts) implements Expression {
    }

    /// `a < b <= c`.
    record Comparison(int at, Expression first, List<Step> steps) implements Expression {
    }

    /// @param operator `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `not in`
    record Step(int at, String operator, Expression operand) {
    }

    record Both(int at, Expression left, Expression right) implements Expression {
    }

    record Either(int at, Expression left, Expression right) implements Expression {
    }

    record Conditional(int at, Expression test, Expression then, Optional<Expression> otherwise)
            implements Expression {
    }

    record FilterCall(int at, String name, CallArguments arguments) {
    }

    record Keyword(String name, Expression value) {
    }

    /// @param spread      what follows `*`
    /// @param spreadNamed what follows `**`
    record CallArguments(List<Expression> positional, List<Keyword> named, Optional<Expression> spread,
            Optional<Expression> spreadNamed) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());
    }
}
