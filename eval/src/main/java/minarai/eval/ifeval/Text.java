package minarai.eval.ifeval;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Text as Python's `str` and `re` see it, which the published checkers were written in.
final class Text {

    private static final int FLAGS = Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES;

    private Text() {
    }

    static Pattern pattern(String regex) {
        return Pattern.compile(regex, FLAGS);
    }

    /// `^` and `$` match at lines.
    static Pattern linePattern(String regex) {
        return Pattern.compile(regex, FLAGS | Pattern.MULTILINE);
    }

    static Pattern word(String word) {
        return Pattern.compile(Pattern.quote(word), FLAGS | Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);
    }

    static int count(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        int count = 0;
        while (matcher.find()) {
            count++;
        }
        return count;
    }

    static boolean isBlank(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /// `str.strip()`.
    static String strip(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    /// `str.strip(characters)`.
    static String strip(String text, String characters) {
        int start = 0;
        int end = text.length();
        while (start < end && characters.indexOf(text.charAt(start)) >= 0) {
            start++;
        }
        while (end > start && characters.indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return text.substring(start, end);
    }

    static boolean isEmpty(String text) {
        return strip(text).isEmpty();
    }

    /// `str.isupper()`: a letter with case, and none that is not upper case.
    static boolean isUpper(String text) {
        return text.codePoints().anyMatch(Character::isUpperCase)
                && text.codePoints().noneMatch(c -> Character.isLowerCase(c) || Character.isTitleCase(c));
    }

    /// `str.islower()`.
    static boolean isLower(String text) {
        return text.codePoints().anyMatch(Character::isLowerCase)
                && text.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isTitleCase(c));
    }
}
