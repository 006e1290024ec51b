package minarai.eval.report;

import java.util.Locale;

/// Text as markup. What comes out is well-formed in HTML and in XML 1.0, whatever goes in.
final class Markup {

    private Markup() {
    }

    /// Text of an element. Characters that cannot be seen, or that change how their neighbours are seen, become their
    /// code points in a marked span.
    static String text(String text) {
        var markup = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (isHidden(c)) {
                markup.append("<span class=\"code\">").append(name(c)).append("</span>");
            } else {
                append(markup, c);
            }
        });
        return markup.toString();
    }

    /// The value of an attribute, or any text where no element may stand; quotes are not included.
    static String plain(String text) {
        var markup = new StringBuilder(text.length() + 16);
        text.codePoints().forEach(c -> {
            if (isHidden(c)) {
                markup.append(name(c));
            } else {
                append(markup, c);
            }
        });
        return markup.toString();
    }

    /// A number for a coordinate: at most two decimals.
    static String number(double value) {
        String number = String.format(Locale.ROOT, "%.2f", value == 0 ? 0.0 : value);
        return number.contains(".") ? number.replaceFirst("\\.?0+$", "") : number;
    }

    private static void append(StringBuilder markup, int c) {
        switch (c) {
            case '&' -> markup.append("&amp;");
            case '<' -> markup.append("&lt;");
            case '>' -> markup.append("&gt;");
            case '"' -> markup.append("&quot;");
            case '\'' -> markup.append("&#39;");
            default -> markup.appendCodePoint(c);
        }
    }

    /// Controls but tab and newline; lone surrogates; noncharacters; direction and other invisible format characters,
    /// but for the joiners that scripts and emoji need.
    private static boolean isHidden(int c) {
        if (c == '\n' || c == '\t' || c == 0x200c || c == 0x200d) {
            return false;
        }
        int type = Character.getType(c);
        return type == Character.CONTROL || type == Character.SURROGATE || type == Character.FORMAT
                || type == Character.LINE_SEPARATOR || type == Character.PARAGRAPH_SEPARATOR
                || (c & 0xfffe) == 0xfffe || c >= 0xfdd0 && c <= 0xfdef;
    }

    private static String name(int c) {
        return String.format(Locale.ROOT, "U+%04X", c);
    }
}
