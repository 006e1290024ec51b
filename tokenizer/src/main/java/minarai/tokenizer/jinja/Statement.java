package minarai.tokenizer.jinja;

import java.util.List;
import java.util.Optional;

/// The statements of the language. `at` is the offset in the source.
sealed interface Statement {

    int at();

    record Data(int at, Text text) implements Statement {
    }

    record Print(int at, Expression expression) implements Statement {
    }

    record Set(int at, Target target, Expression value) implements Statement {
    }

    record SetBlock(int at, Target target, List<Expression.FilterCall> filters, List<Statement> body)
            implements Statement {
    }

    record If(int at, List<Branch> branches, List<Statement> otherwise) implements Statement {
    }

    record Branch(Expression test, List<Statement> body) {
    }

    record For(int at, Target target, Expression items, Optional<Expression> condition, boolean isRecursive,
            List<Statement> body, List<Statement> otherwise) implements Statement {
    }

    record With(int at, List<Binding> bindings, List<Statement> body) implements Statement {
    }

    record Binding(Target target, Expression value) {
    }

    record Macro(int at, String name, List<Parameter> parameters, List<Statement> body) implements Statement {
    }

    record Parameter(String name, Optional<Expression> otherwise) {
    }

    record CallBlock(int at, Expression.Call call, List<Parameter> parameters, List<Statement> body)
            implements Statement {
    }

    record FilterBlock(int at, List<Expression.FilterCall> filters, List<Statement> body) implements Statement {
    }

    /// What the model is trained to write.
    record Generation(int at, List<Statement> body) implements Statement {
    }

    record Break(int at) implements Statement {
    }

    record Continue(int at) implements Statement {
    }

    /// What can be assigned to.
    sealed interface Target {
        record Variable(String name) implements Target {
        }

        /// `namespace.name`.
        record Member(int at, String namespace, String name) implements Target {
        }

        record Several(int at, List<Target> targets) implements Target {
        }
    }
}
