package minarai.train;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.BiFunction;
import minarai.train.data.Names;
import org.jspecify.annotations.Nullable;

/// Keys and values from YAML or `key=value`, read one key at a time with its type and range. A key that nothing reads
/// is an error.
final class Settings {

    private final Map<String, Object> values = new LinkedHashMap<>();
    private final Set<String> read = new LinkedHashSet<>();

    Settings(Map<String, ?> settings) {
        settings.forEach((key, value) -> values.put(key, present(key, value)));
    }

    private static Object present(String key, @Nullable Object value) {
        if (value == null || value instanceof String text && text.isBlank()) {
            throw problem(key, "has no value; give it one, or leave the key out");
        }
        return value;
    }

    boolean has(String key) {
        return values.containsKey(key);
    }

    int integer(String key, int fallback, int least, int most) {
        return integer(key, least, most).orElse(fallback);
    }

    OptionalInt integer(String key, int least, int most) {
        return find(key).map(value -> OptionalInt.of((int) whole(key, value, least, most))).orElse(OptionalInt.empty());
    }

    long longInteger(String key, long fallback) {
        return find(key).map(value -> whole(key, value, Long.MIN_VALUE, Long.MAX_VALUE)).orElse(fallback);
    }

    double number(String key, double fallback, Range range) {
        return number(key, range).orElse(fallback);
    }

    OptionalDouble number(String key, Range range) {
        return find(key).map(value -> OptionalDouble.of(real(key, value, range))).orElse(OptionalDouble.empty());
    }

    boolean truth(String key, boolean fallback) {
        return find(key).map(value -> switch (value.toString()) {
            case "true" -> true;
            case "false" -> false;
            case String other -> throw problem(key, other, "must be true or false");
        }).orElse(fallback);
    }

    Optional<String> text(String key) {
        return find(key).map(value -> {
            if (value instanceof Collection || value instanceof Map) {
                throw problem(key, value, "must be text");
            }
            return value.toString();
        });
    }

    /// One of the constants, by its name in lower case.
    <E extends Enum<E>> E choice(String key, E fallback, List<E> constants) {
        List<String> names = constants.stream().map(Settings::name).toList();
        return find(key).map(value -> {
            int index = names.indexOf(value.toString());
            if (index < 0) {
                throw problem(key, value, "must be " + String.join(" or ", names)
                        + Names.suggestion(value.toString(), names));
            }
            return constants.get(index);
        }).orElse(fallback);
    }

    /// A YAML list, or names with commas between them; each once.
    List<String> list(String key, List<String> fallback) {
        return find(key).map(value -> {
            List<String> items = new ArrayList<>();
            if (value instanceof Collection<?> collection) {
                collection.forEach(item -> items.add(String.valueOf(item).strip()));
            } else {
                List.of(value.toString().split(",", -1)).forEach(item -> items.add(item.strip()));
            }
            if (items.stream().anyMatch(String::isEmpty) || new LinkedHashSet<>(items).size() < items.size()) {
                throw problem(key, value, "must be different names with commas between them");
            }
            return List.copyOf(items);
        }).orElse(fallback);
    }

    /// Numbers by pattern: a YAML map, or `PATTERN:NUMBER` with commas between them.
    <T> SequencedMap<String, T> pattern(String key, BiFunction<String, Object, T> number) {
        var numbers = new LinkedHashMap<String, T>();
        find(key).ifPresent(value -> entries(key, value).forEach((pattern, each) ->
                numbers.put(pattern, number.apply(key + " " + pattern, each))));
        return numbers;
    }

    private static Map<String, Object> entries(String key, Object value) {
        var entries = new LinkedHashMap<String, Object>();
        if (value instanceof Map<?, ?> map) {
            map.forEach((pattern, each) -> entries.put(String.valueOf(pattern), String.valueOf(each)));
            return entries;
        }
        for (String entry : value.toString().split(",", -1)) {
            int colon = entry.lastIndexOf(':');
            if (colon < 1 || entries.put(entry.substring(0, colon).strip(), entry.substring(colon + 1)) != null) {
                throw problem(key, value, "must be different PATTERN:NUMBER with commas between them, e.g. q_proj:16");
            }
        }
        return entries;
    }

    /// The one of two names of a key that is set.
    ///
    /// @throws IllegalArgumentException if both are
    String either(String key, String other) {
        read.add(key);
        read.add(other);
        if (has(key) && has(other)) {
            throw problem(other, "is another name of %s; set one of them".formatted(key));
        }
        return has(other) ? other : key;
    }

    /// @throws IllegalArgumentException if there is a key that was not read
    void requireAllRead() {
        for (String key : values.keySet()) {
            if (!read.contains(key)) {
                throw problem(Names.clipped(key), "unknown" + Names.nearest(key, read)
                        .map(name -> "; did you mean " + name + "?")
                        .orElseGet(() -> "; known are " + String.join(", ", read)));
            }
        }
    }

    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    static IllegalArgumentException problem(String key, String sentence) {
        return new IllegalArgumentException(key + ": " + sentence);
    }

    private static IllegalArgumentException problem(String key, Object value, String sentence) {
        return new IllegalArgumentException("%s=%s: %s".formatted(key, Names.clipped(value.toString()), sentence));
    }

    private Optional<Object> find(String key) {
        read.add(key);
        return Optional.ofNullable(values.get(key));
    }

    static long whole(String key, Object value, long least, long most) {
        String needed = most == Long.MAX_VALUE ? "must be a whole number"
                : "must be a whole number from %d to %d".formatted(least, most);
        try {
            long number = Long.parseLong(value.toString().strip());
            if (number < least || number > most) {
                throw problem(key, value, needed);
            }
            return number;
        } catch (NumberFormatException notWhole) {
            throw problem(key, value, needed);
        }
    }

    static double real(String key, Object value, Range range) {
        try {
            double number = Double.parseDouble(value.toString().strip());
            if (!range.holds(number)) {
                throw problem(key, value, "must be a number " + range);
            }
            return number;
        } catch (NumberFormatException notNumber) {
            throw problem(key, value, "must be a number " + range);
        }
    }

    /// Finite numbers from `least`, which itself may be excluded, to `most`.
    record Range(double least, boolean isLeastIncluded, double most) {

        static Range from(double least, double most) {
            return new Range(least, true, most);
        }

        static Range above(double least, double most) {
            return new Range(least, false, most);
        }

        boolean holds(double number) {
            return (isLeastIncluded ? number >= least : number > least) && number <= most && Double.isFinite(number);
        }

        @Override
        public String toString() {
            return (isLeastIncluded ? "from " : "above ") + least + " to " + most;
        }
    }
}
