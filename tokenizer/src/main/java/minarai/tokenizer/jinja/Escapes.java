package minarai.tokenizer.jinja;

import java.util.function.BiFunction;

/// The escapes of a string literal, as in Python.
final class Escapes {

    private Escapes() {
    }

    static String resolved(String raw, int offset, BiFunction<Integer, String, TemplateException> fault) {
        if (raw.indexOf('\\') < 0) {
            return raw;
        }
        var result = new StringBuilder();
        int i = 0;
        while (i < raw.length()) {
            char character = raw.charAt(i++);
            if (character != '\\') {
                result.append(character);
                continue;
            }
            char escape = raw.charAt(i++);
            switch (escape) {
                case 'n' -> result.append('\n');
                case 't' -> result.append('\t');
                case 'r' -> result.append('\r');
                case 'b' -> result.append('\b');
                case 'f' -> result.append('\f');
                case 'a' -> result.append('\u0007');
                case 'v' -> result.append('\u000b');
                case '\\', '\'', '"' -> result.append(escape);
                case '\n' -> result.append("");
                case 'x', 'u', 'U' -> {
                    int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : 8;
                    result.appendCodePoint(hexadecimal(raw, i, digits, offset, fault));
                    i += digits;
                }
                case '0', '1', '2', '3', '4', '5', '6', '7' -> {
                    int end = octalEnd(raw, i);
                    result.append((char) Integer.parseInt(raw.substring(i - 1, end), 8));
                    i = end;
                }
                case 'N' -> throw fault.apply(offset, "character names (\\N) in strings are not supported");
                default -> result.append('\\').append(escape);
            }
        }
        return result.toString();
    }

    /// Octal escapes have at most three digits.
    private static int octalEnd(String raw, int second) {
        int end = second;
        while (end < raw.length() && end < second + 2 && raw.charAt(end) >= '0' && raw.charAt(end) <= '7') {
            end++;
        }
        return end;
    }

    private static int hexadecimal(String raw, int from, int digits, int offset,
            BiFunction<Integer, String, TemplateException> fault) {
        int value = 0;
        for (int i = from; i < from + digits; i++) {
            int digit = i < raw.length() ? Character.digit(raw.charAt(i), 16) : -1;
            if (digit < 0 || value > Character.MAX_CODE_POINT >> 4) {
                throw fault.apply(offset, "an escape in the string needs " + digits + " hexadecimal digits");
            }
            value = value << 4 | digit;
        }
        if (value > Character.MAX_CODE_POINT) {
            throw fault.apply(offset, "an escape in the string is beyond U+10FFFF");
        }
        return value;
    }
}
