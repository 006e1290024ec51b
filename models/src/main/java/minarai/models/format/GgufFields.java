package minarai.models.format;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The metadata of one GGUF file, each key asked for by name and checked.
final class GgufFields {

    private final Map<String, GgufValue> values;
    private final Set<String> asked = new HashSet<>();

    GgufFields(Map<String, GgufValue> values) {
        this.values = values;
    }

    boolean has(String key) {
        return find(key).isPresent();
    }

    Optional<GgufValue> find(String key) {
        asked.add(key);
        return Optional.ofNullable(values.get(key));
    }

    Optional<String> text(String key) {
        return find(key).map(value -> {
            if (value instanceof GgufValue.Text(String text)) {
                return text;
            }
            throw wrong(key, value, "a text");
        });
    }

    Optional<Boolean> flag(String key) {
        return find(key).map(value -> {
            if (value instanceof GgufValue.Flag(boolean isSo)) {
                return isSo;
            }
            throw wrong(key, value, "true or false");
        });
    }

    /// A number that an int holds and that is not negative. A list of a number for each layer is that number where all
    /// are the same.
    Optional<Integer> size(String key) {
        return find(key).map(value -> switch (value) {
            case GgufValue.Whole(_, long number) when number >= 0 && number <= Integer.MAX_VALUE -> (int) number;
            case GgufValue.Items(_, var items) when items.stream().distinct().count() == 1
                    && items.getFirst() instanceof GgufValue.Whole(_, long number)
                    && number >= 0 && number <= Integer.MAX_VALUE -> (int) number;
            case GgufValue.Items _ -> throw wrong(key, value, "the same number for all layers; models whose layers "
                    + "differ in size are not supported");
            case GgufValue.Whole _, GgufValue.Real _, GgufValue.Flag _, GgufValue.Text _ ->
                    throw wrong(key, value, "a whole number from 0 to " + Integer.MAX_VALUE);
        });
    }

    /// A token's id, empty where the value is the one that stands for none.
    Optional<Integer> id(String key) {
        return find(key).filter(value -> !(value instanceof GgufValue.Whole(_, long number)
                && (number == 0xffff_ffffL || number == -1))).flatMap(_ -> size(key));
    }

    /// A number; one of FLOAT32 is the shortest decimal that rounds to it, as a person would have written it.
    Optional<Double> number(String key) {
        return find(key).map(value -> switch (value) {
            case GgufValue.Real(var type, double number) when Double.isFinite(number) ->
                    type == GgufValue.Type.FLOAT32 ? Double.parseDouble(Float.toString((float) number)) : number;
            case GgufValue.Whole(_, long number) -> (double) number;
            case GgufValue.Real _, GgufValue.Flag _, GgufValue.Text _, GgufValue.Items _ ->
                    throw wrong(key, value, "a finite number");
        });
    }

    /// A list of texts, empty where the key is absent.
    List<String> texts(String key) {
        return items(key).stream().map(item -> {
            if (item instanceof GgufValue.Text(String text)) {
                return text;
            }
            throw wrong(key, item, "a list of texts");
        }).toList();
    }

    List<Float> numbers(String key) {
        return items(key).stream().map(item -> {
            if (item instanceof GgufValue.Real(_, double number)) {
                return (float) number;
            }
            throw wrong(key, item, "a list of numbers");
        }).toList();
    }

    List<Integer> integers(String key) {
        return items(key).stream().map(item -> {
            if (item instanceof GgufValue.Whole(_, long number) && number == (int) number) {
                return (int) number;
            }
            throw wrong(key, item, "a list of whole numbers");
        }).toList();
    }

    private List<GgufValue> items(String key) {
        return find(key).map(value -> {
            if (value instanceof GgufValue.Items(_, var items)) {
                return items;
            }
            throw wrong(key, value, "a list");
        }).orElse(List.of());
    }

    /// Refuses keys that begin with `prefix` and that nobody asked for: they may change the computation.
    void refuseOthers(String prefix) {
        for (String key : values.keySet()) {
            if (key.startsWith(prefix) && !asked.contains(key)) {
                throw new IllegalArgumentException("the key %s is not supported; it may change the computation"
                        .formatted(key));
            }
        }
    }

    IllegalArgumentException wrong(String key, GgufValue value, String needed) {
        String text = value.toString();
        return new IllegalArgumentException("the key %s is %s; needed is %s".formatted(key,
                text.length() > 80 ? text.substring(0, 80) + "…" : text, needed));
    }
}
