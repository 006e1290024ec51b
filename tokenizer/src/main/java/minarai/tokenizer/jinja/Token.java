package minarai.tokenizer.jinja;

/// A piece of a template's source.
///
/// @param text the characters, a string's without quotes and with escapes resolved
/// @param at   offset in the source
record Token(Kind kind, String text, int at) {

    enum Kind { DATA, EXPRESSION_BEGIN, EXPRESSION_END, STATEMENT_BEGIN, STATEMENT_END, NAME, STRING, INTEGER, FLOAT,
        OPERATOR, END }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    /// How an error names it.
    String described() {
        return switch (kind) {
            case DATA -> "text";
            case EXPRESSION_BEGIN -> "'{{'";
            case EXPRESSION_END -> "'}}'";
            case STATEMENT_BEGIN -> "'{%'";
            case STATEMENT_END -> "'%}'";
            case STRING -> "a string";
            case NAME, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
            case END -> "the end of the template";
        };
    }
}
