package minarai.train.run;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/// A JSON object on one line, written key by key in a form that leaves nothing open: no blanks, numbers as Java writes
/// them, in texts a backslash before quotation marks and backslashes, and a backslash, a `u` and four lower-case digits
/// for what is below a blank and for surrogates. All else is UTF-8.
final class LineText {

    private final StringBuilder text = new StringBuilder("{");

    LineText add(String key, String value) {
        return key(key).quoted(value);
    }

    LineText add(String key, int value) {
        key(key).text.append(value);
        return this;
    }

    /// The number for a reader, then all its bits under the key with `_bits`: sixteen hexadecimal digits, IEEE 754.
    LineText add(String key, double value) {
        key(key).text.append(value);
        return add(key + "_bits", bits(value));
    }

    LineText add(String key, List<String> values) {
        key(key).text.append('[');
        String separator = "";
        for (String value : values) {
            text.append(separator);
            quoted(value);
            separator = ",";
        }
        text.append(']');
        return this;
    }

    LineText add(String key, Map<String, String> values) {
        key(key).text.append('{');
        String separator = "";
        for (var entry : values.entrySet()) {
            text.append(separator);
            quoted(entry.getKey()).text.append(':');
            quoted(entry.getValue());
            separator = ",";
        }
        text.append('}');
        return this;
    }

    static String bits(double value) {
        return String.format(Locale.ROOT, "%016x", Double.doubleToRawLongBits(value));
    }

    private LineText key(String key) {
        if (text.length() > 1) {
            text.append(',');
        }
        quoted(key).text.append(':');
        return this;
    }

    private LineText quoted(String value) {
        text.append('"');
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                text.append('\\').append(c);
            } else if (c < ' ' || Character.isSurrogate(c)) {
                text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            } else {
                text.append(c);
            }
        }
        text.append('"');
        return this;
    }

    /// The whole object.
    @Override
    public String toString() {
        return text + "}";
    }
}
