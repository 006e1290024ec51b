package minarai.models.format;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Regular expressions from files, matched against module paths. An expression that backtracks without end is refused
/// rather than waited for.
///
/// Work is counted in characters that are looked at. As a group may match nothing, and so be gone through again and
/// again without a look at any, each is made to begin with one.
final class PathPattern {

    private static final int MAX_LENGTH = 1024;
    /// Compiling goes one level down the stack for each.
    private static final int MAX_GROUPS = 64;
    private static final int MAX_PATH = 512;
    private static final int MAX_STEPS = 50_000;
    /// Matches anywhere; whether a word ends there takes a look at a character of any text that has one.
    private static final String LOOK = "(?:\\b)?+";
    /// What a group may open with; flags and names are not among it.
    private static final Pattern OPENING = Pattern.compile("\\((?:\\?(?:[:=!>]|<[=!]))?(?!\\?)");

    private PathPattern() {
    }

    static void check(String expression) {
        compile(expression);
    }

    static boolean matches(String expression, String path) {
        if (path.isEmpty() || path.length() > MAX_PATH) {
            throw new IllegalArgumentException("a module path has %d characters; 1 to %d are matched"
                    .formatted(path.length(), MAX_PATH));
        }
        try {
            return compile(expression).matcher(new Counted(path, new int[1])).matches();
        } catch (StackOverflowError deep) {
            throw new IllegalArgumentException("matching '%s' goes too deep; use a simpler expression than %s"
                    .formatted(path, expression), deep);
        }
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
            Pattern.compile(expression);
            return Pattern.compile(looking(expression));
        } catch (PatternSyntaxException unsound) {
            throw new IllegalArgumentException("'%s' is not a regular expression: %s"
                    .formatted(expression, unsound.getDescription()), unsound);
        }
    }

    /// The same expression, each of whose groups begins with a look at a character.
    private static String looking(String expression) {
        var looking = new StringBuilder();
        var opening = OPENING.matcher(expression);
        int classes = 0;
        for (int at = 0; at < expression.length();) {
            char character = expression.charAt(at);
            int end = at + 1;
            if (character == '\\' && end < expression.length()) {
                requireCharacter(expression, expression.charAt(end++));
            } else if (character == '[') {
                classes++;
            } else if (character == ']' && classes > 0) {
                classes--;
            } else if (character == '(' && classes == 0) {
                if (!opening.region(at, expression.length()).lookingAt()) {
                    throw new IllegalArgumentException("'%s' has a group with flags or a name; write it without"
                            .formatted(expression));
                }
                end = opening.end();
            }
            looking.append(expression, at, end).append(character == '(' && classes == 0 ? LOOK : "");
            at = end;
        }
        return looking.toString();
    }

    /// Behind these escapes a bracket is none.
    private static void requireCharacter(String expression, char escaped) {
        if (escaped == 'Q' || escaped == 'c') {
            throw new IllegalArgumentException(("'%s' has the escape \\%s, which is not supported in a pattern of "
                    + "module paths").formatted(expression, escaped));
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
