package minarai.tokenizer.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Template source to tokens, with Jinja's rules of white space.
final class Lexer {
    private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(?:-%}\\s*|%})");
    private static final Pattern END_RAW = Pattern.compile(
            "\\{%([-+]?)\\s*endraw\\s*(?:\\+%}|-%}\\s*|(%})\\n?)");
    private static final List<String> OPERATORS = List.of("//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%",
            "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ",", ";");

    private final String source;
    private final Syntax syntax;
    private final Session session;
    private final List<Token> tokens = new ArrayList<>();
    private final Deque<Character> open = new ArrayDeque<>();
    private int at;
    private boolean isLineStart = true;

    Lexer(String source, Syntax syntax, Session session) {
        this.source = source;
        this.syntax = syntax;
        this.session = session;
    }

    /// Newlines as `\n`, and one newline at the end dropped.
    static String normalized(String source) {
        String unix = source.replace("\r\n", "\n").replace('\r', '\n');
        return unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
    }

    List<Token> tokens() {
        while (at < source.length()) {
            text();
        }
        add(Token.Kind.END, "", at);
        return tokens;
    }

    private void text() {
        int begin = nextTag(at);
        if (begin < 0) {
            addData(source.substring(at), at);
            at = source.length();
            return;
        }
        char sign = begin + 2 < source.length() ? source.charAt(begin + 2) : ' ';
        char kind = source.charAt(begin + 1);
        addData(beforeTag(source.substring(at, begin), sign, kind != '{'), at);
        boolean isSigned = sign == '-' || sign == '+';
        at = begin + (isSigned ? 3 : 2);
        if (kind == '#') {
            comment(begin);
        } else if (kind == '{') {
            add(Token.Kind.EXPRESSION_BEGIN, "", begin);
            isLineStart = false;
            tag(begin, "}}", Token.Kind.EXPRESSION_END);
        } else {
            Matcher raw = RAW.matcher(source).region(begin, source.length());
            if (raw.lookingAt()) {
                at = raw.end();
                raw(begin);
                return;
            }
            add(Token.Kind.STATEMENT_BEGIN, "", begin);
            isLineStart = false;
            tag(begin, "%}", Token.Kind.STATEMENT_END);
        }
    }

    private int nextTag(int from) {
        for (int i = source.indexOf('{', from); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private String beforeTag(String text, char sign, boolean isBlock) {
        if (sign == '-') {
            return text.substring(0, Strings.endOfContent(text));
        }
        if (sign == '+' || !syntax.lstripBlocks() || !isBlock) {
            return text;
        }
        int line = text.lastIndexOf('\n') + 1;
        boolean isIndent = (line > 0 || isLineStart) && Strings.startOfContent(text, line) == text.length();
        return isIndent ? text.substring(0, line) : text;
    }

    private void comment(int begin) {
        int end = source.indexOf("#}", at);
        if (end < 0) {
            throw fault(begin, "the comment has no end '#}'");
        }
        char sign = end > at ? source.charAt(end - 1) : ' ';
        at = end + 2;
        afterBlock(sign);
    }

    /// White space behind a closed statement or comment.
    private void afterBlock(char sign) {
        if (sign == '-') {
            at = Strings.startOfContent(source, at);
        } else if (sign != '+' && syntax.trimBlocks() && at < source.length() && source.charAt(at) == '\n') {
            at++;
        }
        isLineStart = source.charAt(at - 1) == '\n';
    }

    private void raw(int begin) {
        Matcher end = END_RAW.matcher(source);
        if (!end.find(at)) {
            throw fault(begin, "'raw' has no 'endraw'");
        }
        isLineStart = source.charAt(at - 1) == '\n';
        char sign = end.group(1).isEmpty() ? ' ' : end.group(1).charAt(0);
        addData(beforeTag(source.substring(at, end.start()), sign, true), at);
        boolean keepsNewline = end.group(2) != null && !syntax.trimBlocks();
        at = keepsNewline ? end.end(2) : end.end();
        isLineStart = source.charAt(at - 1) == '\n';
    }

    /// Tokens up to and including the end of the tag.
    private void tag(int begin, String end, Token.Kind endKind) {
        open.clear();
        while (true) {
            at = Strings.startOfContent(source, at);
            if (at >= source.length()) {
                throw fault(begin, "the tag has no end '" + end + "'");
            }
            if (open.isEmpty() && closes(end, endKind)) {
                return;
            }
            token();
        }
    }

    private boolean closes(String end, Token.Kind endKind) {
        boolean isStatement = endKind == Token.Kind.STATEMENT_END;
        char sign = source.charAt(at);
        boolean isSigned = (sign == '-' || sign == '+' && isStatement) && source.startsWith(end, at + 1);
        if (!isSigned && !source.startsWith(end, at)) {
            return false;
        }
        add(endKind, "", at);
        at += isSigned ? 3 : 2;
        if (isStatement) {
            afterBlock(isSigned ? sign : ' ');
        } else {
            at = isSigned ? Strings.startOfContent(source, at) : at;
            isLineStart = source.charAt(at - 1) == '\n';
        }
        return true;
    }

    private void token() {
        int character = source.codePointAt(at);
        if (character >= '0' && character <= '9') {
            number();
        } else if (character == '_' || Character.isUnicodeIdentifierStart(character)) {
            name();
        } else if (character == '\'' || character == '"') {
            string((char) character);
        } else {
            operator(character);
        }
    }

    private void name() {
        int start = at;
        while (at < source.length() && isNamePart(source.codePointAt(at))) {
            at += Character.charCount(source.codePointAt(at));
        }
        add(Token.Kind.NAME, source.substring(start, at), start);
    }

    private static boolean isNamePart(int character) {
        return Character.isUnicodeIdentifierPart(character) && !Character.isIdentifierIgnorable(character);
    }

    private void number() {
        int start = at;
        boolean mayHaveFraction = start == 0 || source.charAt(start - 1) != '.';
        digits();
        int whole = at;
        if (mayHaveFraction && isDigitAt(at + 1) && source.charAt(at) == '.') {
            at++;
            digits();
        }
        if (mayHaveFraction && at < source.length() && (source.charAt(at) | 0x20) == 'e') {
            int sign = at + 1 < source.length() && "+-".indexOf(source.charAt(at + 1)) >= 0 ? 1 : 0;
            if (isDigitAt(at + 1 + sign)) {
                at += 1 + sign;
                digits();
            }
        }
        String text = source.substring(start, at).replace("_", "");
        boolean isWhole = at == whole;
        if (isWhole && text.length() > 1 && text.charAt(0) == '0' && !text.chars().allMatch(c -> c == '0')) {
            throw fault(start, "a number may not begin with 0: " + text);
        }
        add(isWhole ? Token.Kind.INTEGER : Token.Kind.FLOAT, text, start);
    }

    private void digits() {
        while (isDigitAt(at) || at < source.length() && source.charAt(at) == '_' && isDigitAt(at + 1)) {
            at++;
        }
    }

    private boolean isDigitAt(int index) {
        return index < source.length() && source.charAt(index) >= '0' && source.charAt(index) <= '9';
    }

    private void string(char quote) {
        int start = at++;
        while (at < source.length() && source.charAt(at) != quote) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        if (at >= source.length()) {
            throw fault(start, "the string has no closing " + quote);
        }
        add(Token.Kind.STRING, Escapes.resolved(source.substring(start + 1, at), start, this::fault), start);
        at++;
    }

    private void operator(int character) {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, at)) {
                balance(operator);
                add(Token.Kind.OPERATOR, operator, at);
                at += operator.length();
                return;
            }
        }
        throw fault(at, "unexpected character '" + Character.toString(character) + "'");
    }

    private void balance(String operator) {
        switch (operator) {
            case "(" -> open.push(')');
            case "[" -> open.push(']');
            case "{" -> open.push('}');
            case ")", "]", "}" -> {
                if (open.isEmpty() || open.pop() != operator.charAt(0)) {
                    throw fault(at, "'" + operator + "' closes nothing that is open");
                }
            }
            default -> {
            }
        }
    }

    private void addData(String data, int from) {
        if (!data.isEmpty()) {
            add(Token.Kind.DATA, data, from);
        }
    }

    private void add(Token.Kind kind, String text, int from) {
        tokens.add(new Token(kind, text, from));
    }

    private TemplateException fault(int offset, String reason) {
        session.at(offset);
        return session.fault(reason);
    }
}
