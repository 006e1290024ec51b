package minarai.tokenizer;

import java.util.Set;
import java.util.regex.Pattern;

/// Rewrites one Oniguruma expression (Ruby syntax) for [java.util.regex.Pattern].
///
/// Same in both: classes and their nesting, `&&`, greedy, lazy and possessive `? * +`, look-around, atomic groups.
/// Rewritten: `\h`, `\v`, `{,n}`, script names. Refused: POSIX brackets, `(?m)`, `(?x)`, `{n}+` (a repeated interval
/// there, possessive in Java), and letters after a backslash that the two read differently.
///
/// @see <a href="https://github.com/kkos/oniguruma/blob/master/doc/RE">Oniguruma regular expressions</a>
final class OnigurumaSyntax {

    private static final String SAME_ESCAPES = "AbBdDwWsSnrtfaezZxuRXk0123456789";
    private static final Pattern INTERVAL = Pattern.compile("\\{(\\d*)(,?)(\\d*)}");
    private static final Pattern CATEGORY = Pattern.compile("L[ultmo]?|M[nce]?|N[dlo]?|P[cdseifo]?|S[mcko]?"
            + "|Z[slp]?|C[cfsno]?");
    private static final Set<String> SAME_PROPERTIES = Set.of("Alpha", "Alnum", "Space", "Upper", "Lower", "Digit");

    private final String expression;
    private final StringBuilder java = new StringBuilder();
    private int at;
    private int classDepth;

    OnigurumaSyntax(String expression) {
        this.expression = expression;
    }

    /// @throws IllegalArgumentException if the expression uses what is not supported
    String toJava() {
        while (at < expression.length()) {
            char c = expression.charAt(at);
            if (c == '\\') {
                escape();
            } else if (c == '[') {
                openClass();
            } else if (classDepth > 0) {
                classDepth -= c == ']' ? 1 : 0;
                copy();
            } else if (c == '(' && expression.startsWith("(?", at)) {
                group();
            } else if (c == '{') {
                interval();
            } else {
                copy();
            }
        }
        return java.toString();
    }

    private void copy() {
        java.append(expression.charAt(at++));
    }

    private void openClass() {
        if (classDepth > 0 && expression.startsWith("[:", at)) {
            throw unsupported("a POSIX bracket");
        }
        classDepth++;
        copy();
        if (at < expression.length() && expression.charAt(at) == '^') {
            copy();
        }
        if (at < expression.length() && expression.charAt(at) == ']') {
            java.append("\\]");
            at++;
        }
    }

    private void escape() {
        if (at + 1 >= expression.length()) {
            throw unsupported("a backslash at the end");
        }
        char c = expression.charAt(at + 1);
        if (c == 'p' || c == 'P') {
            property();
        } else if (c == 'h') {
            java.append(classDepth > 0 ? "0-9a-fA-F" : "[0-9a-fA-F]");
            at += 2;
        } else if (c == 'v') {
            java.append("\\x0B");
            at += 2;
        } else if (Character.isLetterOrDigit(c) && SAME_ESCAPES.indexOf(c) < 0) {
            throw unsupported("\\" + c);
        } else {
            copy();
            copy();
        }
    }

    private void property() {
        int close = expression.indexOf('}', at);
        if (close < 0 || expression.charAt(at + 2) != '{') {
            throw unsupported("a property without braces");
        }
        boolean isNegated = expression.charAt(at + 1) == 'P';
        String name = expression.substring(at + 3, close);
        if (name.startsWith("^")) {
            isNegated = !isNegated;
            name = name.substring(1);
        }
        if (!name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '_')) {
            throw unsupported("the property " + name);
        }
        boolean isSame = CATEGORY.matcher(name).matches() || SAME_PROPERTIES.contains(name);
        java.append(isNegated ? "\\P{" : "\\p{").append(isSame ? "" : "Is").append(name).append('}');
        at = close + 1;
    }

    private void group() {
        String rest = expression.substring(at + 2, Math.min(expression.length(), at + 5));
        boolean isKnown = rest.startsWith(":") || rest.startsWith("=") || rest.startsWith("!") || rest.startsWith(">")
                || rest.startsWith("<") || rest.startsWith("i:") || rest.startsWith("i)") || rest.startsWith("-i:")
                || rest.startsWith("-i)");
        if (!isKnown) {
            throw unsupported("the group (?" + rest);
        }
        copy();
        copy();
    }

    private void interval() {
        var matcher = INTERVAL.matcher(expression).region(at, expression.length());
        if (!matcher.lookingAt() || (matcher.group(1).isEmpty() && matcher.group(3).isEmpty())) {
            java.append("\\{");
            at++;
            return;
        }
        String lowest = matcher.group(1).isEmpty() ? "0" : matcher.group(1);
        java.append('{').append(lowest).append(matcher.group(2)).append(matcher.group(3)).append('}');
        at = matcher.end();
        if (at < expression.length() && expression.charAt(at) == '+') {
            throw unsupported("a repeated interval, {n}+,");
        }
    }

    private IllegalArgumentException unsupported(String what) {
        return new IllegalArgumentException("%s at character %d of the regular expression \"%s\" is not supported"
                .formatted(what, at, expression));
    }
}
