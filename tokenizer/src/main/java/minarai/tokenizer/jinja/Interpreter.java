package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

import minarai.tokenizer.jinja.Statement.Target;

/// Statements to text.
final class Interpreter {
    private final Session session;
    private final Evaluator evaluator;
    private int generations;

    /// Where control goes after a statement.
    private enum Flow { ON, BREAK, CONTINUE }

    Interpreter(Session session) {
        this.session = session;
        this.evaluator = new Evaluator(session);
    }

    Text render(List<Statement> statements, Map<String, Value> variables) {
        Scope globals = Scope.outermost(Globals.all());
        Scope scope = globals.inner();
        variables.forEach(scope::put);
        return captured(statements, scope);
    }

    private Text captured(List<Statement> body, Scope scope) {
        var out = new TextBuilder(session);
        run(body, scope, out);
        return out.build();
    }

    private Flow run(List<Statement> statements, Scope scope, TextBuilder out) {
        session.enter();
        Flow flow = Flow.ON;
        for (int i = 0; i < statements.size() && flow == Flow.ON; i++) {
            session.spend(1);
            session.at(statements.get(i).at());
            flow = run(statements.get(i), scope, out);
        }
        session.leave();
        return flow;
    }

    private Flow run(Statement statement, Scope scope, TextBuilder out) {
        return switch (statement) {
            case Statement.Data data -> {
                out.append(data.text());
                yield Flow.ON;
            }
            case Statement.Print print -> {
                Value value = evaluator.value(print.expression(), scope);
                session.at(print.at());
                out.append(Printer.text(session, value));
                yield Flow.ON;
            }
            case Statement.Set set -> {
                assign(set.target(), evaluator.value(set.value(), scope), scope);
                yield Flow.ON;
            }
            case Statement.SetBlock block -> filtered(block.body(), block.filters(), scope,
                    value -> assign(block.target(), value, scope));
            case Statement.FilterBlock block -> filtered(block.body(), block.filters(), scope,
                    value -> out.append(Printer.text(session, value)));
            case Statement.If branches -> branch(branches, scope, out);
            case Statement.For loop -> {
                loop(loop, evaluator.value(loop.items(), scope), scope, 1, out);
                yield Flow.ON;
            }
            case Statement.With with -> with(with, scope, out);
            case Statement.Macro macro -> {
                scope.put(macro.name(), macro(macro.name(), macro.parameters(), macro.body(), scope));
                yield Flow.ON;
            }
            case Statement.CallBlock block -> {
                call(block, scope, out);
                yield Flow.ON;
            }
            case Statement.Generation generation -> {
                out.append(captured(generation.body(), scope.inner()).generatedBy(++generations));
                yield Flow.ON;
            }
            case Statement.Break _ -> Flow.BREAK;
            case Statement.Continue _ -> Flow.CONTINUE;
        };
    }

    private void call(Statement.CallBlock block, Scope scope, TextBuilder out) {
        Function caller = macro("caller", block.parameters(), block.body(), scope);
        out.append(Printer.text(session, evaluator.call(block.call(), scope, Optional.of(caller))));
    }

    /// Hands on what a body writes, through filters; nothing if the body leaves a loop.
    private Flow filtered(List<Statement> body, List<Expression.FilterCall> filters, Scope scope,
            Consumer<Value> consumer) {
        var inner = new TextBuilder(session);
        Flow flow = run(body, scope.inner(), inner);
        if (flow == Flow.ON) {
            Value value = inner.build();
            for (Expression.FilterCall filter : filters) {
                value = evaluator.filtered(filter, value, scope);
            }
            consumer.accept(value);
        }
        return flow;
    }

    private Flow branch(Statement.If branches, Scope scope, TextBuilder out) {
        for (Statement.Branch branch : branches.branches()) {
            if (evaluator.isTrue(branch.test(), scope)) {
                return run(branch.body(), scope, out);
            }
        }
        return run(branches.otherwise(), scope, out);
    }

    private Flow with(Statement.With with, Scope scope, TextBuilder out) {
        Scope inner = scope.inner();
        for (Statement.Binding binding : with.bindings()) {
            assign(binding.target(), evaluator.value(binding.value(), scope), inner);
        }
        return run(with.body(), inner, out);
    }

    private void loop(Statement.For statement, Value iterated, Scope scope, int depth, TextBuilder out) {
        List<Value> items = kept(statement, Operators.elements(session, iterated), scope);
        if (items.isEmpty()) {
            run(statement.otherwise(), scope.inner(), out);
            return;
        }
        Optional<Function> recursion = statement.isRecursive()
                ? Optional.of(new Function("loop", (inner, arguments) -> {
                    var nested = new TextBuilder(inner);
                    Value deeper = arguments.bind(inner, "loop", "iterable").need("iterable");
                    loop(statement, deeper, scope, depth + 1, nested);
                    return nested.build();
                })) : Optional.empty();
        var loop = new Loop(items, depth, recursion);
        for (int i = 0; i < items.size(); i++) {
            session.spend(1);
            session.at(statement.at());
            loop.at(i);
            Scope inner = scope.inner();
            assign(statement.target(), items.get(i), inner);
            inner.put("loop", loop);
            if (run(statement.body(), inner, out) == Flow.BREAK) {
                return;
            }
        }
    }

    private List<Value> kept(Statement.For statement, List<Value> items, Scope scope) {
        if (statement.condition().isEmpty()) {
            return items;
        }
        var kept = new ArrayList<Value>();
        for (Value item : items) {
            Scope inner = scope.inner();
            assign(statement.target(), item, inner);
            if (evaluator.isTrue(statement.condition().get(), inner)) {
                kept.add(item);
            }
        }
        return kept;
    }

    private void assign(Target target, Value value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.put(variable.name(), value);
            case Target.Member member -> {
                session.at(member.at());
                if (!(scope.find(member.namespace()).orElse(Value.none()) instanceof Namespace namespace)) {
                    throw session.fault("'" + member.namespace() + "' is not a namespace: only those have attributes "
                            + "that can be set");
                }
                namespace.put(member.name(), value);
            }
            case Target.Several several -> {
                session.at(several.at());
                List<Value> values = Operators.elements(session, value);
                if (values.size() != several.targets().size()) {
                    throw session.fault(values.size() + " values cannot be unpacked into " + several.targets().size()
                            + " names");
                }
                for (int i = 0; i < values.size(); i++) {
                    assign(several.targets().get(i), values.get(i), scope);
                }
            }
        }
    }

    private Function macro(String name, List<Statement.Parameter> parameters, List<Statement> body, Scope scope) {
        return new Function(name, (_, arguments) -> {
            Scope inner = scope.inner();
            bind(name, parameters, arguments, inner);
            return captured(body, inner);
        });
    }

    /// Sets the parameters of a macro, and `caller` where a call block gave one.
    private void bind(String name, List<Statement.Parameter> parameters, Arguments arguments, Scope inner) {
        var named = new HashMap<>(arguments.named());
        Optional.ofNullable(named.remove("caller")).ifPresent(caller -> inner.put("caller", caller.value()));
        List<Value> positional = arguments.positional();
        session.spend(parameters.size());
        for (int i = 0; i < parameters.size(); i++) {
            Statement.Parameter parameter = parameters.get(i);
            Optional<Value> byName = Optional.ofNullable(named.remove(parameter.name()))
                    .map(Mapping.Entry::value);
            if (i < positional.size() && byName.isPresent()) {
                throw session.fault(name + " is given '" + parameter.name() + "' twice");
            }
            Value value = i < positional.size() ? positional.get(i) : byName.orElseGet(() -> parameter.otherwise()
                    .map(otherwise -> evaluator.value(otherwise, inner))
                    .orElseGet(() -> new Value.Undefined("parameter '" + parameter.name() + "' was not provided")));
            inner.put(parameter.name(), value);
        }
        int extra = Math.max(0, positional.size() - parameters.size());
        if (extra > 0 || !named.isEmpty()) {
            throw session.fault(name + " takes " + parameters.size() + " arguments; " + extra
                    + " more and the names " + named.keySet().stream().sorted().toList() + " were given");
        }
    }
}
