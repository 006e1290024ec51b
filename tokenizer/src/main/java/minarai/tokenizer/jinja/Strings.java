package minarai.tokenizer.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// Plain string operations with Python's meaning.
final class Strings {
    private static final int SHORT_PATTERN = 16;

    private Strings() {
    }

    /// What Python's `str.isspace` accepts.
    static boolean isSpace(int character) {
        return character >= 0x09 && character <= 0x0d || character >= 0x1c && character <= 0x20 || character == 0x85
                || character == 0xa0 || character == 0x1680 || character >= 0x2000 && character <= 0x200a
                || character == 0x2028 || character == 0x2029 || character == 0x202f || character == 0x205f
                || character == 0x3000;
    }

    /// The first index from `from` on that is not white space.
    static int startOfContent(String text, int from) {
        int start = from;
        while (start < text.length() && isSpace(text.charAt(start))) {
            start++;
        }
        return start;
    }

    /// One past the last character that is not white space.
    static int endOfContent(String text) {
        int end = text.length();
        while (end > 0 && isSpace(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    static boolean isBlank(String text) {
        return startOfContent(text, 0) == text.length();
    }

    static Text stripped(Session session, Text text, IntPredicate strips, boolean left, boolean right) {
        session.spend(text.length());
        String characters = text.characters();
        int start = 0;
        int end = characters.length();
        while (left && start < end && strips.test(characters.codePointAt(start))) {
            start += Character.charCount(characters.codePointAt(start));
        }
        while (right && end > start && strips.test(characters.codePointBefore(end))) {
            end -= Character.charCount(characters.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    /// Whether each code point is one UTF-16 unit.
    static boolean isFlat(Session session, String text) {
        session.spend(1 + text.length() / 16);
        return text.codePointCount(0, text.length()) == text.length();
    }

    static int codePoints(Session session, String text) {
        session.spend(text.length() / 16);
        return text.codePointCount(0, text.length());
    }

    static List<Value> characters(Session session, Text text) {
        session.spend(text.length());
        var characters = new ArrayList<Value>();
        int at = 0;
        while (at < text.length()) {
            int next = at + Character.charCount(text.characters().codePointAt(at));
            characters.add(text.substring(at, next));
            at = next;
        }
        return characters;
    }

    /// As [String#indexOf(String, int)], but linear also for hostile patterns.
    static int indexOf(Session session, String text, String pattern, int from) {
        if (pattern.length() <= SHORT_PATTERN) {
            int found = text.indexOf(pattern, from);
            session.spend(1 + (found < 0 ? Math.max(0, text.length() - from) : found - from) / 4);
            return found;
        }
        session.spend(1L + pattern.length());
        int[] fallback = fallbacks(pattern);
        int matched = 0;
        for (int i = Math.max(0, from); i < text.length(); i++) {
            while (matched > 0 && text.charAt(i) != pattern.charAt(matched)) {
                matched = fallback[matched - 1];
            }
            matched += text.charAt(i) == pattern.charAt(matched) ? 1 : 0;
            if (matched == pattern.length()) {
                session.spend(i - from);
                return i - matched + 1;
            }
        }
        session.spend(Math.max(0, text.length() - from));
        return -1;
    }

    /// Knuth, Morris and Pratt's table: for each prefix, its longest proper border.
    private static int[] fallbacks(String pattern) {
        int[] borders = new int[pattern.length()];
        int length = 0;
        for (int i = 1; i < pattern.length(); i++) {
            while (length > 0 && pattern.charAt(i) != pattern.charAt(length)) {
                length = borders[length - 1];
            }
            length += pattern.charAt(i) == pattern.charAt(length) ? 1 : 0;
            borders[i] = length;
        }
        return borders;
    }

    /// @param count at most so many replacements; negative for all
    static Text replaced(Session session, Text text, Text old, Text replacement, long count) {
        var result = new TextBuilder(session);
        String characters = text.characters();
        int at = 0;
        long left = count < 0 ? Long.MAX_VALUE : count;
        if (old.length() == 0) {
            while (left-- > 0) {
                result.append(replacement);
                if (at == characters.length()) {
                    return result.build();
                }
                int next = at + Character.charCount(characters.codePointAt(at));
                result.append(text, at, next);
                at = next;
            }
            return result.append(text, at, characters.length()).build();
        }
        for (; left > 0; left--) {
            int found = indexOf(session, characters, old.characters(), at);
            if (found < 0) {
                break;
            }
            result.append(text, at, found).append(replacement);
            at = found + old.length();
        }
        return result.append(text, at, characters.length()).build();
    }

    /// `text.split(separator, limit)`; a negative limit splits everywhere.
    static List<Value> split(Session session, Text text, Text separator, long limit) {
        var parts = new ArrayList<Value>();
        int at = 0;
        while (limit < 0 || parts.size() < limit) {
            int found = indexOf(session, text.characters(), separator.characters(), at);
            if (found < 0) {
                break;
            }
            parts.add(text.substring(at, found));
            at = found + separator.length();
        }
        parts.add(text.substring(at, text.length()));
        return parts;
    }

    /// `text.split(None, limit)`: at stretches of white space, none at the ends.
    static List<Value> words(Session session, Text text, long limit) {
        session.spend(text.length());
        String characters = text.characters();
        var parts = new ArrayList<Value>();
        int at = startOfContent(characters, 0);
        while (at < characters.length()) {
            if (limit >= 0 && parts.size() >= limit) {
                parts.add(text.substring(at, characters.length()));
                return parts;
            }
            int end = at;
            while (end < characters.length() && !isSpace(characters.charAt(end))) {
                end++;
            }
            parts.add(text.substring(at, end));
            at = startOfContent(characters, end);
        }
        return parts;
    }

    /// The lines of a text, without or with their ends.
    static List<Value> lines(Session session, Text text, boolean keepsEnds) {
        session.spend(text.length());
        String characters = text.characters();
        var lines = new ArrayList<Value>();
        int start = 0;
        for (int i = 0; i < characters.length(); i++) {
            char character = characters.charAt(i);
            boolean isEnd = character >= 0x0a && character <= 0x0d || character >= 0x1c && character <= 0x1e
                    || character == 0x85 || character == 0x2028 || character == 0x2029;
            if (isEnd) {
                int end = character == '\r' && characters.startsWith("\n", i + 1) ? i + 2 : i + 1;
                lines.add(text.substring(start, keepsEnds ? end : i));
                start = end;
                i = end - 1;
            }
        }
        if (start < characters.length()) {
            lines.add(text.substring(start, characters.length()));
        }
        return lines;
    }
}
