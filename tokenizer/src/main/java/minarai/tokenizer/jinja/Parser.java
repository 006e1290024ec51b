package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import minarai.tokenizer.jinja.Expression.FilterCall;
import minarai.tokenizer.jinja.Statement.Target;

/// Tokens to statements.
final class Parser {
    private final TokenReader in;
    private final ExpressionParser expressions;
    private int loops;

    Parser(List<Token> tokens, Session session) {
        this.in = new TokenReader(tokens, session);
        this.expressions = new ExpressionParser(in);
    }

    List<Statement> template() {
        return body("", Set.of());
    }

    /// Statements up to the `{%` and the name of one of the ends; the name is left to be read.
    private List<Statement> body(String opened, Set<String> ends) {
        in.session().enter();
        var statements = new ArrayList<Statement>();
        while (true) {
            Token token = in.next();
            switch (token.kind()) {
                case DATA -> statements.add(new Statement.Data(token.at(), Text.trusted(token.text())));
                case EXPRESSION_BEGIN -> {
                    statements.add(new Statement.Print(token.at(), expressions.tuple(true, Set.of())));
                    in.expect(Token.Kind.EXPRESSION_END, "'}}'");
                }
                case STATEMENT_BEGIN -> {
                    if (in.is(Token.Kind.NAME) && ends.contains(in.current().text())) {
                        in.session().leave();
                        return List.copyOf(statements);
                    }
                    statements.addAll(statement());
                    endOfTag();
                }
                case END -> {
                    if (!ends.isEmpty()) {
                        throw in.fault(token, "'" + opened + "' has no end: expected " + String.join(" or ", ends));
                    }
                    in.session().leave();
                    return List.copyOf(statements);
                }
                case EXPRESSION_END, STATEMENT_END, NAME, STRING, INTEGER, FLOAT, OPERATOR ->
                    throw in.fault(token, "unexpected " + token.described());
            }
        }
    }

    private void endOfTag() {
        in.expect(Token.Kind.STATEMENT_END, "'%}'");
    }

    /// The rest of the opening tag and the body; the end's name is read.
    private List<Statement> block(String opened, String end) {
        in.skipOperator(":");
        endOfTag();
        List<Statement> body = body(opened, Set.of(end));
        in.next();
        return body;
    }

    private List<Statement> statement() {
        Token tag = in.expect(Token.Kind.NAME, "the name of a tag");
        int at = tag.at();
        return switch (tag.text()) {
            case "set" -> List.of(set(at));
            case "if" -> List.of(branches(at));
            case "for" -> List.of(loop(at));
            case "with" -> List.of(with(at));
            case "macro" -> List.of(macro(at));
            case "call" -> List.of(callBlock(tag));
            case "filter" -> List.of(new Statement.FilterBlock(at, filters(true), block("filter", "endfilter")));
            case "generation" -> List.of(new Statement.Generation(at, outsideLoops("generation", "endgeneration")));
            case "print" -> print(at);
            case "break", "continue" -> List.of(jump(tag));
            default -> throw in.fault(tag, "there is no tag '" + tag.text() + "' here");
        };
    }

    private Statement jump(Token tag) {
        if (loops == 0) {
            throw in.fault(tag, "'" + tag.text() + "' outside a loop");
        }
        return tag.text().equals("break") ? new Statement.Break(tag.at()) : new Statement.Continue(tag.at());
    }

    private List<Statement> print(int at) {
        var prints = new ArrayList<Statement>();
        while (!in.is(Token.Kind.STATEMENT_END)) {
            if (!prints.isEmpty()) {
                in.expectOperator(",");
            }
            prints.add(new Statement.Print(at, expressions.expression()));
        }
        return prints;
    }

    private Statement set(int at) {
        Target target = target(Set.of());
        if (in.skipOperator("=")) {
            return new Statement.Set(at, target, expressions.tuple(true, Set.of()));
        }
        return new Statement.SetBlock(at, target, filters(false), block("set", "endset"));
    }

    private List<FilterCall> filters(boolean startsWithName) {
        var filters = new ArrayList<FilterCall>();
        if (startsWithName) {
            filters.add(expressions.filter());
        }
        while (in.skipOperator("|")) {
            filters.add(expressions.filter());
        }
        return List.copyOf(filters);
    }

    private Statement branches(int at) {
        var branches = new ArrayList<Statement.Branch>();
        List<Statement> otherwise = List.of();
        String end;
        do {
            Expression test = expressions.tuple(false, Set.of());
            in.skipOperator(":");
            endOfTag();
            branches.add(new Statement.Branch(test, body("if", Set.of("elif", "else", "endif"))));
            end = in.next().text();
        } while (end.equals("elif"));
        if (end.equals("else")) {
            otherwise = block("else", "endif");
        }
        return new Statement.If(at, List.copyOf(branches), otherwise);
    }

    private Statement loop(int at) {
        Target target = target(Set.of("in"));
        in.expectName("in");
        Expression items = expressions.tuple(false, Set.of("recursive"));
        Optional<Expression> condition = in.skipName("if") ? Optional.of(expressions.expression()) : Optional.empty();
        boolean isRecursive = in.skipName("recursive");
        in.skipOperator(":");
        endOfTag();
        loops++;
        List<Statement> body = body("for", Set.of("endfor", "else"));
        loops--;
        List<Statement> otherwise = in.next().text().equals("else") ? block("else", "endfor") : List.of();
        return new Statement.For(at, target, items, condition, isRecursive, body, otherwise);
    }

    private Statement with(int at) {
        var bindings = new ArrayList<Statement.Binding>();
        while (!in.is(Token.Kind.STATEMENT_END)) {
            if (!bindings.isEmpty()) {
                in.expectOperator(",");
            }
            Target target = new Target.Variable(in.expect(Token.Kind.NAME, "a name").text());
            in.expectOperator("=");
            bindings.add(new Statement.Binding(target, expressions.expression()));
        }
        return new Statement.With(at, List.copyOf(bindings), block("with", "endwith"));
    }

    private Statement macro(int at) {
        String name = in.expect(Token.Kind.NAME, "the name of the macro").text();
        List<Statement.Parameter> parameters = parameters();
        return new Statement.Macro(at, name, parameters, outsideLoops("macro", "endmacro"));
    }

    private Statement callBlock(Token tag) {
        List<Statement.Parameter> parameters = in.isOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw in.fault(tag, "'call' needs a call, e.g. {% call macro() %}");
        }
        return new Statement.CallBlock(tag.at(), call, parameters, outsideLoops("call", "endcall"));
    }

    /// A body from which no `break` reaches a loop around it.
    private List<Statement> outsideLoops(String opened, String end) {
        int around = loops;
        loops = 0;
        List<Statement> body = block(opened, end);
        loops = around;
        return body;
    }

    private List<Statement.Parameter> parameters() {
        in.expectOperator("(");
        var parameters = new ArrayList<Statement.Parameter>();
        while (!in.skipOperator(")")) {
            if (!parameters.isEmpty()) {
                in.expectOperator(",");
            }
            Token name = in.expect(Token.Kind.NAME, "the name of a parameter");
            Optional<Expression> otherwise = in.skipOperator("=") ? Optional.of(expressions.expression())
                    : Optional.empty();
            if (otherwise.isEmpty() && !parameters.isEmpty() && parameters.getLast().otherwise().isPresent()) {
                throw in.fault(name, "a parameter without default may not follow one that has it");
            }
            parameters.add(new Statement.Parameter(name.text(), otherwise));
        }
        return List.copyOf(parameters);
    }

    private Target target(Set<String> endNames) {
        Token first = in.current();
        var targets = new ArrayList<Target>();
        boolean isTuple = false;
        do {
            if (isTuple && isTargetEnd(endNames)) {
                break;
            }
            targets.add(singleTarget());
            isTuple |= in.isOperator(",");
        } while (in.skipOperator(","));
        return isTuple ? new Target.Several(first.at(), List.copyOf(targets)) : targets.getFirst();
    }

    private boolean isTargetEnd(Set<String> endNames) {
        Token token = in.current();
        return token.kind() == Token.Kind.STATEMENT_END || token.isOperator("=") || token.isOperator(")")
                || token.kind() == Token.Kind.NAME && endNames.contains(token.text());
    }

    private Target singleTarget() {
        Token token = in.current();
        if (in.skipOperator("(")) {
            in.session().enter();
            Target inner = target(Set.of());
            in.session().leave();
            in.expectOperator(")");
            return inner;
        }
        String name = in.expect(Token.Kind.NAME, "a name to assign to").text();
        if (Set.of("true", "false", "none", "True", "False", "None").contains(name)) {
            throw in.fault(token, "'" + name + "' cannot be assigned to");
        }
        if (in.skipOperator(".")) {
            String member = in.expect(Token.Kind.NAME, "a name after '.'").text();
            return new Target.Member(token.at(), name, member);
        }
        return new Target.Variable(name);
    }
}
