package minarai.eval.metric;

import java.text.Normalizer;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// One step of a normalisation.
public sealed interface Step {

    String apply(String text);

    /// The step's part of a signature, e.g. `case:lower`.
    String signature();

    /// What counts as punctuation.
    enum Alphabet {
        /// Python's `string.punctuation`: the 32 signs of ASCII.
        ASCII,
        /// Unicode's general categories P and S, which contain those 32.
        UNICODE
    }

    record LowerCase() implements Step {
        @Override
        public String apply(String text) {
            return text.toLowerCase(Locale.ROOT);
        }

        @Override
        public String signature() {
            return "case:lower";
        }
    }

    /// Unicode compatibility composition (NFKC): `１２` becomes `12`, `ｶﾞ` becomes `ガ`.
    record Compose() implements Step {
        @Override
        public String apply(String text) {
            return Normalizer.normalize(text, Normalizer.Form.NFKC);
        }

        @Override
        public String signature() {
            return "unicode:nfkc";
        }
    }

    record DropPunctuation(Alphabet alphabet) implements Step {
        @Override
        public String apply(String text) {
            return switch (alphabet) {
                case ASCII -> keep(text, c -> !Characters.isAsciiPunctuation(c));
                case UNICODE -> keep(text, c -> !Characters.isPunctuation(c));
            };
        }

        @Override
        public String signature() {
            return "punct:no-" + alphabet.name().toLowerCase(Locale.ROOT);
        }
    }

    /// Removes decimal digits of ASCII.
    record DropDigits() implements Step {
        @Override
        public String apply(String text) {
            return keep(text, c -> c < '0' || c > '9');
        }

        @Override
        public String signature() {
            return "digits:no";
        }
    }

    /// Replaces the words `a`, `an` and `the`, already in lower case, by a blank. A word is a run of letters, digits
    /// and underscores of any script.
    record DropArticles() implements Step {
        private static final Set<String> ARTICLES = Set.of("a", "an", "the");

        @Override
        public String apply(String text) {
            var result = new StringBuilder(text.length());
            int at = 0;
            while (at < text.length()) {
                int end = wordEnd(text, at);
                if (end > at) {
                    String word = text.substring(at, end);
                    result.append(ARTICLES.contains(word) ? " " : word);
                    at = end;
                } else {
                    int c = text.codePointAt(at);
                    result.appendCodePoint(c);
                    at += Character.charCount(c);
                }
            }
            return result.toString();
        }

        private static int wordEnd(String text, int from) {
            int end = from;
            while (end < text.length() && Characters.isWord(text.codePointAt(end))) {
                end += Character.charCount(text.codePointAt(end));
            }
            return end;
        }

        @Override
        public String signature() {
            return "articles:no";
        }
    }

    /// Runs of blanks become one blank; none remain at the ends.
    record SqueezeBlanks() implements Step {
        @Override
        public String apply(String text) {
            return Arrays.stream(Characters.splitAtBlanks(text)).collect(Collectors.joining(" "));
        }

        @Override
        public String signature() {
            return "blanks:one";
        }
    }

    record DropBlanks() implements Step {
        @Override
        public String apply(String text) {
            return keep(text, c -> !Characters.isBlank(c));
        }

        @Override
        public String signature() {
            return "blanks:no";
        }
    }

    /// Removes whatever the pattern finds.
    record DropPattern(Pattern pattern) implements Step {
        @Override
        public String apply(String text) {
            return pattern.matcher(text).replaceAll("");
        }

        @Override
        public String signature() {
            return "drop:" + pattern.pattern();
        }
    }

    private static String keep(String text, IntPredicate kept) {
        return text.codePoints().filter(kept)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }
}
