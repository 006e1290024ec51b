package minarai.tokenizer.jinja;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The filters that turn one value into another; those over sequences are in [SequenceFilters].
final class Filters {

    /// What `input | name(arguments)` does.
    @FunctionalInterface
    interface Filter {
        Value apply(Session session, Value input, Arguments arguments);
    }

    private static final Map<String, Filter> ALL = all();

    private Filters() {
    }

    static boolean isKnown(String name) {
        return ALL.containsKey(name);
    }

    static Value apply(Session session, String name, Value input, Arguments arguments) {
        session.spend(1);
        Filter filter = ALL.get(name);
        if (filter == null) {
            throw session.fault("there is no filter '" + name + "'");
        }
        return filter.apply(session, input, arguments);
    }

    private static Map<String, Filter> all() {
        var all = new HashMap<String, Filter>();
        SequenceFilters.addTo(all);
        texts(all);
        numbers(all);
        all.put("tojson", Json::written);
        all.put("default", Filters::otherwise);
        all.put("d", Filters::otherwise);
        all.put("attr", (session, input, arguments) ->
                Members.attribute(session, input, arguments.bind(session, "attr", "name").text("name").characters()));
        return Map.copyOf(all);
    }

    private static void texts(Map<String, Filter> all) {
        all.put("string", (session, input, arguments) -> plain(session, "string", input, arguments));
        all.put("safe", (session, input, arguments) -> plain(session, "safe", input, arguments));
        all.put("upper", (session, input, arguments) -> upper(session, plain(session, "upper", input, arguments)));
        all.put("lower", (session, input, arguments) -> lower(session, plain(session, "lower", input, arguments)));
        all.put("title", (session, input, arguments) ->
                Formats.titledWords(plain(session, "title", input, arguments)));
        all.put("capitalize", (session, input, arguments) ->
                Formats.capitalized(session, plain(session, "capitalize", input, arguments)));
        all.put("escape", Filters::escaped);
        all.put("e", Filters::escaped);
        all.put("trim", (session, input, arguments) -> {
            var bound = arguments.bind(session, "trim", "chars");
            return Methods.stripped(session, Printer.text(session, input), bound.textIfGiven("chars"), true, true);
        });
        all.put("replace", (session, input, arguments) -> {
            var bound = arguments.bind(session, "replace", "old", "new", "count");
            return Strings.replaced(session, Printer.text(session, input), Printer.text(session, bound.need("old")),
                    Printer.text(session, bound.need("new")),
                    bound.given("count").map(count -> Operators.index(session, count)).orElse(-1L));
        });
        all.put("center", (session, input, arguments) -> Formats.padded(session, Printer.text(session, input),
                arguments.bind(session, "center", "width").whole("width", 80), Text.trusted(" "), true, true));
        all.put("format", (session, input, arguments) ->
                Formats.percent(session, Printer.text(session, input), arguments.positional()));
        all.put("wordcount", (session, input, arguments) ->
                Value.of((long) Strings.words(session, plain(session, "wordcount", input, arguments), -1).size()));
        all.put("indent", Filters::indented);
        all.put("truncate", Filters::truncated);
    }

    private static void numbers(Map<String, Filter> all) {
        all.put("int", Filters::whole);
        all.put("float", Filters::real);
        all.put("round", Filters::rounded);
        all.put("abs", (session, input, arguments) -> {
            arguments.bind(session, "abs");
            double number = Operators.number(input)
                    .orElseThrow(() -> session.fault("abs needs a number, not " + Operators.type(input)));
            return number < 0 ? Arithmetic.negated(session, input)
                    : input instanceof Value.Real ? Value.of(Math.abs(number))
                    : Value.of(Operators.index(session, input));
        });
    }

    static Text upper(Session session, Text text) {
        session.spend(text.length());
        return text.withCharacters(text.characters().toUpperCase(Locale.ROOT));
    }

    static Text lower(Session session, Text text) {
        session.spend(text.length());
        return text.withCharacters(text.characters().toLowerCase(Locale.ROOT));
    }

    private static Text plain(Session session, String filter, Value input, Arguments arguments) {
        arguments.bind(session, filter);
        Text text = Printer.text(session, input);
        session.spend(text.length());
        return text;
    }

    private static Value otherwise(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "default", "default_value", "boolean");
        boolean isMissing = input instanceof Value.Undefined
                || bound.flag("boolean", false) && !Operators.isTrue(session, input);
        return isMissing ? bound.find("default_value").orElse(Text.EMPTY) : input;
    }

    private static Value escaped(Session session, Value input, Arguments arguments) {
        Text text = plain(session, "escape", input, arguments);
        var result = new TextBuilder(session);
        for (int i = 0; i < text.length(); i++) {
            Text character = text.substring(i, i + 1);
            switch (text.characters().charAt(i)) {
                case '&' -> result.append("&amp;", character.source());
                case '<' -> result.append("&lt;", character.source());
                case '>' -> result.append("&gt;", character.source());
                case '"' -> result.append("&#34;", character.source());
                case '\'' -> result.append("&#39;", character.source());
                default -> result.append(character);
            }
        }
        return result.build();
    }

    private static Value indented(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "indent", "width", "first", "blank");
        Text indent = bound.find("width").filter(width -> width instanceof Text).map(width -> (Text) width)
                .orElseGet(() -> (Text) Arithmetic.apply(session, "*", Text.trusted(" "),
                        Value.of(bound.whole("width", 4))));
        boolean indentsBlank = bound.flag("blank", false);
        var result = new TextBuilder(session);
        Text text = Printer.text(session, input);
        List<Value> lines = Strings.split(session, text, Text.trusted("\n"), -1);
        int at = 0;
        for (int i = 0; i < lines.size(); i++) {
            Text line = (Text) lines.get(i);
            if (i > 0) {
                result.append(text, at - 1, at);
            }
            at += line.length() + 1;
            boolean isIndented = i == 0 ? bound.flag("first", false) : indentsBlank || line.length() > 0;
            result.append(isIndented ? indent : Text.EMPTY).append(line);
        }
        return result.build();
    }

    private static Value truncated(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "truncate", "length", "killwords", "end", "leeway");
        Text text = Printer.text(session, input);
        Text end = bound.find("end").isPresent() ? bound.text("end") : Text.trusted("...");
        long length = bound.whole("length", 255);
        if (Strings.codePoints(session, text.characters()) <= length + bound.whole("leeway", 5)) {
            return text;
        }
        long kept = length - Strings.codePoints(session, end.characters());
        if (kept < 0) {
            throw session.fault("truncate: the length must be at least that of its end");
        }
        Text cut = text.substring(0, text.characters().offsetByCodePoints(0, (int) kept));
        int blank = cut.characters().lastIndexOf(' ');
        boolean cutsWord = bound.flag("killwords", false) || blank < 0;
        return new TextBuilder(session).append(cutsWord ? cut : cut.substring(0, blank)).append(end).build();
    }

    private static Value whole(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "int", "default", "base");
        Value otherwise = bound.find("default").orElse(Value.of(0L));
        if (Operators.isWhole(input)) {
            return Value.of(Operators.index(session, input));
        }
        double number = input instanceof Value.Real real ? real.number() : Double.NaN;
        if (input instanceof Text text) {
            session.spend(text.length());
            String digits = text.characters().strip();
            if (digits.matches("[+-]?[0-9]{1,18}") || bound.whole("base", 10) != 10) {
                return parsed(digits, (int) bound.whole("base", 10), otherwise);
            }
            number = parsedReal(session, text);
        }
        return Math.abs(number) < Long.MAX_VALUE ? Value.of((long) number) : otherwise;
    }

    private static Value parsed(String digits, int base, Value otherwise) {
        try {
            String bare = base == 16 && digits.toLowerCase(Locale.ROOT).startsWith("0x") ? digits.substring(2) : digits;
            return Value.of(Long.parseLong(bare, base));
        } catch (NumberFormatException notInThisBase) {
            return otherwise;
        }
    }

    private static double parsedReal(Session session, Text text) {
        session.spend(text.length());
        String digits = text.characters().strip();
        boolean isNumber = digits.length() < 400
                && digits.matches("[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?");
        return isNumber ? Double.parseDouble(digits) : Double.NaN;
    }

    private static Value real(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "float", "default");
        double number = input instanceof Text text ? parsedReal(session, text)
                : Operators.number(input).orElse(Double.NaN);
        return Double.isNaN(number) ? bound.find("default").orElse(Value.of(0.0)) : Value.of(number);
    }

    private static Value rounded(Session session, Value input, Arguments arguments) {
        var bound = arguments.bind(session, "round", "precision", "method");
        double number = Operators.number(input)
                .orElseThrow(() -> session.fault("round needs a number, not " + Operators.type(input)));
        long precision = bound.whole("precision", 0);
        if (!Double.isFinite(number) || Math.abs(precision) > 300) {
            throw session.fault("round needs a finite number and a precision within 300 digits");
        }
        var exact = new BigDecimal(number);
        RoundingMode mode = switch (bound.textIfGiven("method").map(Text::characters).orElse("common")) {
            case "common" -> RoundingMode.HALF_EVEN;
            case "ceil" -> RoundingMode.CEILING;
            case "floor" -> RoundingMode.FLOOR;
            default -> throw session.fault("round: the method is 'common', 'ceil' or 'floor'");
        };
        BigDecimal rounded = exact.setScale((int) precision, mode);
        boolean staysWhole = Operators.isWhole(input) && mode == RoundingMode.HALF_EVEN;
        return staysWhole ? Value.of(rounded.longValue()) : Value.of(rounded.doubleValue());
    }
}
