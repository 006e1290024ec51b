package minarai.tokenizer.jinja;

import java.math.BigDecimal;
import java.util.HexFormat;
import java.util.List;

/// Values as Python prints them.
final class Printer {
    private static final int LARGEST_PLAIN_EXPONENT = 16;
    private static final int SMALLEST_PLAIN_EXPONENT = -4;

    private Printer() {
    }

    /// What `{{ value }}` writes.
    static Text text(Session session, Value value) {
        return switch (value) {
            case Text text -> text;
            case Value.Undefined _ -> Text.EMPTY;
            default -> representation(session, value);
        };
    }

    /// Python's `repr`.
    static Text representation(Session session, Value value) {
        var out = new TextBuilder(session);
        write(session, out, value);
        return out.build();
    }

    private static void write(Session session, TextBuilder out, Value value) {
        session.enter();
        switch (value) {
            case Value.None _ -> out.append("None");
            case Value.Bool bool -> out.append(bool.isTrue() ? "True" : "False");
            case Value.Whole whole -> out.append(Long.toString(whole.number()));
            case Value.Real real -> out.append(real(real.number()));
            case Value.Undefined _ -> out.append("Undefined");
            case Text text -> quote(out, text);
            case Sequence sequence -> sequence(session, out, sequence);
            case Mapping mapping -> mapping(session, out, mapping);
            case Generator _, Namespace _, Function _, Loop _ ->
                throw session.fault(Operators.type(value) + " has no text to print");
        }
        session.leave();
    }

    private static void sequence(Session session, TextBuilder out, Sequence sequence) {
        switch (sequence.kind()) {
            case LIST -> elements(session, out, "[", sequence.elements(), "]");
            case TUPLE -> elements(session, out, "(", sequence.elements(),
                    sequence.elements().size() == 1 ? ",)" : ")");
            case RANGE, VIEW -> throw session.fault(Operators.type(sequence)
                    + " has no text to print; '| list' makes it a list");
        }
    }

    private static void elements(Session session, TextBuilder out, String begin, List<Value> elements, String end) {
        out.append(begin);
        for (int i = 0; i < elements.size(); i++) {
            out.append(i > 0 ? ", " : "");
            write(session, out, elements.get(i));
        }
        out.append(end);
    }

    private static void mapping(Session session, TextBuilder out, Mapping mapping) {
        out.append("{");
        boolean isFirst = true;
        for (Mapping.Entry entry : mapping.entries()) {
            out.append(isFirst ? "" : ", ");
            write(session, out, entry.key());
            out.append(": ");
            write(session, out, entry.value());
            isFirst = false;
        }
        out.append("}");
    }

    private static void quote(TextBuilder out, Text text) {
        String characters = text.characters();
        boolean hasSingle = characters.indexOf('\'') >= 0;
        char quote = hasSingle && characters.indexOf('"') < 0 ? '"' : '\'';
        out.append(String.valueOf(quote));
        int at = 0;
        int i = 0;
        while (i < characters.length()) {
            int character = characters.codePointAt(i);
            int next = i + Character.charCount(character);
            String escaped = escape(character, quote);
            if (!escaped.isEmpty()) {
                out.append(text, at, i);
                out.append(escaped, text.substring(i, next).source());
                at = next;
            }
            i = next;
        }
        out.append(text, at, characters.length());
        out.append(String.valueOf(quote));
    }

    private static String escape(int character, char quote) {
        if (character == quote || character == '\\') {
            return "\\" + (char) character;
        }
        return switch (character) {
            case '\n' -> "\\n";
            case '\r' -> "\\r";
            case '\t' -> "\\t";
            default -> isPrintable(character) ? "" : character < 0x100
                    ? "\\x" + HexFormat.of().toHexDigits((byte) character) : character < 0x10000
                    ? Json.escaped((char) character) : "\\U" + HexFormat.of().toHexDigits(character);
        };
    }

    private static boolean isPrintable(int character) {
        return character == ' ' || switch (Character.getType(character)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.PRIVATE_USE,
                    Character.UNASSIGNED, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
                    Character.SPACE_SEPARATOR -> false;
            default -> true;
        };
    }

    /// A float with the fewest digits that give it back.
    static String real(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal exact = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        int exponent = exact.precision() - exact.scale() - 1;
        if (exponent >= SMALLEST_PLAIN_EXPONENT && exponent < LARGEST_PLAIN_EXPONENT) {
            String plain = exact.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = exact.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        String sign = number < 0 ? "-" : "";
        return sign + digits.charAt(0) + fraction + "e" + (exponent < 0 ? "-" : "+")
                + (Math.abs(exponent) < 10 ? "0" : "") + Math.abs(exponent);
    }
}
