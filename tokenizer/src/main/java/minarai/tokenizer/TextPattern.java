package minarai.tokenizer;

import it.unimi.dsi.fastutil.ints.IntArrayList;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// A literal or a regular expression of a tokenizer file. Files write the Oniguruma dialect (Ruby syntax, Unicode
/// classes); what Java would read differently is translated or refused, never reinterpreted.
///
/// A pattern comes from outside, so matching has a budget of characters looked at, and deep recursion is an error that
/// names the pattern.
sealed interface TextPattern {

    /// The spans matched in `text`, in order: start, end, start, end …
    IntArrayList matches(String text);

    /// The pattern of an expression; a scanner where there is one.
    ///
    /// @throws IllegalArgumentException if the expression is invalid or uses what is not supported
    static TextPattern regex(String expression) {
        return WordScanner.of(expression).<TextPattern>map(Scanned::new).orElseGet(() -> compiled(expression));
    }

    /// The pattern of an expression, carried out by Java's regular expressions.
    static TextPattern compiled(String expression) {
        if (expression.length() > Regex.MAX_LENGTH) {
            throw new IllegalArgumentException("a regular expression of %d characters; at most %d are read"
                    .formatted(expression.length(), Regex.MAX_LENGTH));
        }
        int flags = Pattern.UNICODE_CHARACTER_CLASS | Pattern.MULTILINE | Pattern.UNIX_LINES;
        try {
            return new Regex(expression, Pattern.compile(new OnigurumaSyntax(expression).toJava(), flags));
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "regular expression \"%s\" cannot be read: %s".formatted(expression, e.getDescription()), e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("regular expression is nested too deeply: " + expression, e);
        }
    }

    /// Where the text itself occurs.
    record Literal(String text) implements TextPattern {
        @Override
        public IntArrayList matches(String in) {
            IntArrayList spans = new IntArrayList();
            if (text.isEmpty()) {
                return spans;
            }
            for (int at = in.indexOf(text); at >= 0; at = in.indexOf(text, at + text.length())) {
                spans.add(at);
                spans.add(at + text.length());
            }
            return spans;
        }
    }

    /// A well-known expression, scanned by hand.
    record Scanned(WordScanner scanner) implements TextPattern {
        @Override
        public IntArrayList matches(String text) {
            char[] units = text.toCharArray();
            IntArrayList spans = new IntArrayList(units.length / 2 + 2);
            for (int at = 0; at < units.length; ) {
                int end = scanner.end(units, at);
                spans.add(at);
                spans.add(end);
                at = end;
            }
            return spans;
        }
    }

    /// @param expression as the file spells it
    /// @param pattern    its translation
    record Regex(String expression, Pattern pattern) implements TextPattern {

        private static final int MAX_LENGTH = 20_000;

        @Override
        public IntArrayList matches(String text) {
            Matcher matcher = pattern.matcher(new Budgeted(text, expression));
            IntArrayList spans = new IntArrayList();
            int lastEnd = -1;
            try {
                while (matcher.find()) {
                    boolean isEmptyAfterMatch = matcher.start() == matcher.end() && matcher.start() == lastEnd;
                    if (!isEmptyAfterMatch) {
                        spans.add(matcher.start());
                        spans.add(matcher.end());
                        lastEnd = matcher.end();
                    }
                }
            } catch (StackOverflowError e) {
                throw new IllegalArgumentException("regular expression \"%s\" recurses too deeply on a text of %d "
                        .formatted(expression, text.length()) + "characters; encode the text in shorter parts", e);
            }
            return spans;
        }
    }

    /// Text that may be looked at some hundred times per character, which no sane pattern needs.
    final class Budgeted implements CharSequence {

        private static final long STEPS_PER_CHARACTER = 300;
        private static final long SPARE_STEPS = 1_000_000;

        private final String text;
        private final String expression;
        private long stepsLeft;

        Budgeted(String text, String expression) {
            this.text = text;
            this.expression = expression;
            stepsLeft = SPARE_STEPS + STEPS_PER_CHARACTER * text.length();
        }

        @Override
        public char charAt(int index) {
            if (--stepsLeft < 0) {
                throw new IllegalArgumentException("regular expression \"%s\" backtracks without end on a text of %d "
                        .formatted(expression, text.length()) + "characters; encode the text in shorter parts");
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
