package minarai.tokenizer.jinja;

import java.util.List;

/// A place in a list of tokens.
final class TokenReader {
    private final List<Token> tokens;
    private final Session session;
    private int at;

    TokenReader(List<Token> tokens, Session session) {
        this.tokens = tokens;
        this.session = session;
    }

    Session session() {
        return session;
    }

    Token current() {
        return tokens.get(at);
    }

    Token following() {
        return tokens.get(Math.min(at + 1, tokens.size() - 1));
    }

    /// The current token; the place moves on.
    Token next() {
        Token token = tokens.get(at);
        at = Math.min(at + 1, tokens.size() - 1);
        return token;
    }

    boolean is(Token.Kind kind) {
        return current().kind() == kind;
    }

    boolean isName(String name) {
        return current().isName(name);
    }

    boolean isOperator(String operator) {
        return current().isOperator(operator);
    }

    boolean skipName(String name) {
        boolean isThere = isName(name);
        if (isThere) {
            next();
        }
        return isThere;
    }

    boolean skipOperator(String operator) {
        boolean isThere = isOperator(operator);
        if (isThere) {
            next();
        }
        return isThere;
    }

    Token expect(Token.Kind kind, String expected) {
        if (!is(kind)) {
            throw fault(current(), "expected " + expected + ", found " + current().described());
        }
        return next();
    }

    void expectOperator(String operator) {
        if (!skipOperator(operator)) {
            throw fault(current(), "expected '" + operator + "', found " + current().described());
        }
    }

    void expectName(String name) {
        if (!skipName(name)) {
            throw fault(current(), "expected '" + name + "', found " + current().described());
        }
    }

    TemplateException fault(Token token, String reason) {
        session.at(token.at());
        return session.fault(reason);
    }
}
