package minarai.tokenizer.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// `'%s of %d' % values` and `'{} of {n}'.format(values)`, as far as templates use them.
final class Formats {

    private Formats() {
    }

    static Text percent(Session session, Text format, List<Value> values) {
        var result = new TextBuilder(session);
        String characters = format.characters();
        int used = 0;
        int at = 0;
        for (int sign = characters.indexOf('%'); sign >= 0; sign = characters.indexOf('%', at)) {
            result.append(format, at, sign);
            at = sign + 1;
            int decimals = 6;
            if (at + 1 < characters.length() && characters.charAt(at) == '.'
                    && Character.digit(characters.charAt(at + 1), 10) >= 0) {
                decimals = Character.digit(characters.charAt(at + 1), 10);
                at += 2;
            }
            char kind = at < characters.length() ? characters.charAt(at) : ' ';
            at++;
            if (kind == '%') {
                result.append(format, at - 1, at);
                continue;
            }
            if (used == values.size()) {
                throw session.fault("the format '" + characters + "' needs more than " + used + " values");
            }
            result.append(converted(session, kind, decimals, values.get(used++)));
        }
        if (used < values.size()) {
            throw session.fault("the format '" + characters + "' uses " + used + " of " + values.size() + " values");
        }
        return result.append(format, at, characters.length()).build();
    }

    private static Text converted(Session session, char kind, int decimals, Value value) {
        return switch (kind) {
            case 's' -> Printer.text(session, value);
            case 'r' -> Printer.representation(session, value);
            case 'd', 'i' -> Text.trusted(Long.toString((long) numeric(session, value)));
            case 'f' -> Text.trusted(new BigDecimal(numeric(session, value))
                    .setScale(decimals, RoundingMode.HALF_EVEN).toPlainString());
            default -> throw session.fault("'%" + kind + "' is not supported in a format");
        };
    }

    private static double numeric(Session session, Value value) {
        double number = Operators.number(value)
                .orElseThrow(() -> session.fault("the format needs a number, not " + Operators.type(value)));
        if (!Double.isFinite(number)) {
            throw session.fault("the format needs a finite number");
        }
        return number;
    }

    static Text braces(Session session, Text format, Arguments arguments) {
        var result = new TextBuilder(session);
        String characters = format.characters();
        int at = 0;
        int automatic = 0;
        while (at < characters.length()) {
            int brace = at;
            while (brace < characters.length() && "{}".indexOf(characters.charAt(brace)) < 0) {
                brace++;
            }
            result.append(format, at, brace);
            if (brace == characters.length()) {
                break;
            }
            if (characters.startsWith("{{", brace) || characters.startsWith("}}", brace)) {
                result.append(format, brace, brace + 1);
                at = brace + 2;
                continue;
            }
            int end = characters.indexOf('}', brace);
            if (end <= brace) {
                throw session.fault("a single '" + characters.charAt(brace) + "' in the format");
            }
            String field = characters.substring(brace + 1, end);
            String name = field.isEmpty() ? Integer.toString(automatic++) : field;
            Value value = argument(arguments, name)
                    .orElseThrow(() -> session.fault("the format has no argument for {" + field + "}"));
            result.append(Printer.text(session, value));
            at = end + 1;
        }
        return result.build();
    }

    private static Optional<Value> argument(Arguments arguments, String name) {
        boolean isIndex = !name.isEmpty() && name.length() < 9 && name.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!isIndex) {
            return Optional.ofNullable(arguments.named().get(name)).map(Mapping.Entry::value);
        }
        int index = Integer.parseInt(name);
        return index < arguments.positional().size() ? Optional.of(arguments.positional().get(index))
                : Optional.empty();
    }

    /// `text.title()`: each stretch of letters with a capital first, the rest small.
    static Text titled(Text text) {
        var result = new StringBuilder();
        boolean isInside = false;
        for (int character : text.characters().codePoints().toArray()) {
            boolean isCased = Character.isLetter(character) && (Character.isUpperCase(character)
                    || Character.isLowerCase(character) || Character.isTitleCase(character));
            result.appendCodePoint(isInside ? Character.toLowerCase(character) : Character.toTitleCase(character));
            isInside = isCased;
        }
        return text.withCharacters(result.toString());
    }

    /// The `title` filter: a capital after white space, hyphen or opening bracket.
    static Text titledWords(Text text) {
        var result = new StringBuilder();
        boolean isFirst = true;
        for (int character : text.characters().codePoints().toArray()) {
            result.appendCodePoint(isFirst ? Character.toUpperCase(character) : Character.toLowerCase(character));
            isFirst = Strings.isSpace(character) || "-({[<".indexOf(character) >= 0;
        }
        return text.withCharacters(result.toString());
    }

    /// The first character capital, the rest small.
    static Text capitalized(Session session, Text text) {
        if (text.length() == 0) {
            return text;
        }
        int first = Character.charCount(text.characters().codePointAt(0));
        String head = Character.toString(Character.toTitleCase(text.characters().codePointAt(0)));
        Text rest = text.substring(first, text.length());
        return new TextBuilder(session).append(text.substring(0, first).withCharacters(head))
                .append(rest.withCharacters(rest.characters().toLowerCase(Locale.ROOT))).build();
    }

    /// `text` in a field of `width` code points.
    static Text padded(Session session, Text text, long width, Text fill, boolean left, boolean right) {
        long missing = Math.max(0, width - Strings.codePoints(session, text.characters()));
        long before = left && right ? missing / 2 + (missing & width & 1) : left ? missing : 0;
        Value padding = Arithmetic.apply(session, "*", fill, Value.of(before));
        Value after = Arithmetic.apply(session, "*", fill, Value.of(right ? missing - before : 0));
        return new TextBuilder(session).append((Text) padding).append(text).append((Text) after).build();
    }

    /// The texts of the values with a separator between.
    static Text joined(Session session, Text separator, List<Value> values) {
        var result = new TextBuilder(session);
        boolean isFirst = true;
        for (Value value : new ArrayList<>(values)) {
            if (!isFirst) {
                result.append(separator);
            }
            result.append(Printer.text(session, value));
            isFirst = false;
        }
        return result.build();
    }
}
