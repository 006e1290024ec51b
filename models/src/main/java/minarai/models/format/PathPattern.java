package minarai.models.format;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Regular expressions from files, matched against module paths. An expression that backtracks without end is refused
/// rather than waited for.
final class PathPattern {

    private static final int MAX_LENGTH = 1024;
    /// Compiling goes one level down the stack for each.
    private static final int MAX_GROUPS = 64;
    private static final int MAX_PATH = 512;
    private static final int MAX_STEPS = 200_000;

    private PathPattern() {
    }

    static void check(String expression) {
        compile(expression);
    }

    static boolean matches(String expression, String path) {
        if (path.length() > MAX_PATH) {
            throw new IllegalArgumentException("a module path has %d characters; at most %d are matched"
                    .formatted(path.length(), MAX_PATH));
        }
        return compile(expression).matcher(new Counted(path, new int[1])).matches();
    }

    private static Pattern compile(String expression) {
        if (expression.isEmpty() || expression.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a pattern of module paths must have 1 to %d characters, not %d"
                    .formatted(MAX_LENGTH, expression.length()));
        }
        if (expression.chars().filter(character -> character == '(').count() > MAX_GROUPS) {
            throw new IllegalArgumentException("a pattern of module paths has more than %d groups"
                    .formatted(MAX_GROUPS));
        }
        try {
            return Pattern.compile(expression);
        } catch (PatternSyntaxException unsound) {
            throw new IllegalArgumentException("'%s' is not a regular expression: %s"
                    .formatted(expression, unsound.getDescription()), unsound);
        }
    }

    /// A text that counts how often it is looked at; parts of it count together.
    private record Counted(CharSequence text, int[] steps) implements CharSequence {

        @Override
        public char charAt(int index) {
            if (++steps[0] > MAX_STEPS) {
                throw new IllegalArgumentException("matching '%s' takes too long; use a simpler expression"
                        .formatted(text));
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return new Counted(text.subSequence(start, end), steps);
        }

        @Override
        public String toString() {
            return text.toString();
        }
    }
}
