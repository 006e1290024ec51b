package minarai.tokenizer;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// A value in a JSON file that knows its place, so that every error names the file and the field.
///
/// @param file the file's name
/// @param path from the root, e.g. `model.merges[3]`
/// @param node the value
record JsonField(String file, String path, JsonNode node) {

    private static final long MAX_BYTES = 256L << 20;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build();

    /// The root of a file.
    ///
    /// @throws IllegalArgumentException if the file is too large or no JSON
    /// @throws UncheckedIOException     if the file cannot be read
    static JsonField read(Path file) {
        try {
            long bytes = Files.size(file);
            if (bytes > MAX_BYTES) {
                throw new IllegalArgumentException("%s is %d bytes long; at most %d are read"
                        .formatted(file, bytes, MAX_BYTES));
            }
            return new JsonField(file.toString(), "", MAPPER.readTree(Files.readAllBytes(file)));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read " + file, e);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("%s is not valid JSON: %s".formatted(file, e.getMessage()), e);
        }
    }

    /// An error about this field.
    IllegalArgumentException error(String problem) {
        return new IllegalArgumentException("%s: %s %s".formatted(file, path.isEmpty() ? "the file" : path, problem));
    }

    /// An error about this field that another error explains.
    IllegalArgumentException error(IllegalArgumentException cause) {
        return new IllegalArgumentException(
                "%s: %s: %s".formatted(file, path.isEmpty() ? "the file" : path, cause.getMessage()), cause);
    }

    boolean isString() {
        return node.isString();
    }

    boolean isArray() {
        return node.isArray();
    }

    boolean isObject() {
        return node.isObject();
    }

    /// A member that must be there and not null.
    JsonField at(String name) {
        return find(name).orElseThrow(() -> error("has no \"" + name + "\""));
    }

    /// A member that may be absent or null.
    Optional<JsonField> find(String name) {
        if (!node.isObject()) {
            throw error("is %s but must be an object".formatted(kind()));
        }
        return node.optional(name).filter(member -> !member.isNull())
                .map(member -> new JsonField(file, path.isEmpty() ? name : path + "." + name, member));
    }

    /// Refuses members other than these.
    void allowOnly(String... names) {
        Set<String> unknown = new TreeSet<>(node.propertyNames());
        Set.of(names).forEach(unknown::remove);
        if (!unknown.isEmpty()) {
            throw error("has \"%s\", which is not known and may change the result"
                    .formatted(String.join("\", \"", unknown)));
        }
    }

    String text() {
        if (!node.isString()) {
            throw error("is %s but must be a string".formatted(kind()));
        }
        return node.stringValue();
    }

    String text(String name, String otherwise) {
        return find(name).map(JsonField::text).orElse(otherwise);
    }

    /// A string that text is compared with, or that is put into text, so that it may be no longer than a piece.
    String shortText() {
        if (text().length() > Vocabulary.LONGEST_PIECE) {
            throw error("has %d characters; at most %d are read".formatted(text().length(),
                    Vocabulary.LONGEST_PIECE));
        }
        return text();
    }

    String shortText(String name, String otherwise) {
        return find(name).map(JsonField::shortText).orElse(otherwise);
    }

    boolean flag() {
        if (!node.isBoolean()) {
            throw error("is %s but must be true or false".formatted(kind()));
        }
        return node.booleanValue();
    }

    boolean flag(String name, boolean otherwise) {
        return find(name).map(JsonField::flag).orElse(otherwise);
    }

    /// A whole number from `lowest` to `highest`.
    int integer(int lowest, int highest) {
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < lowest
                || node.intValue() > highest) {
            throw error("is %s but must be a whole number from %d to %d".formatted(kind(), lowest, highest));
        }
        return node.intValue();
    }

    double number() {
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            throw error("is %s but must be a number".formatted(kind()));
        }
        return node.doubleValue();
    }

    int id() {
        return integer(0, Vocabulary.MAX_SIZE - 1);
    }

    List<JsonField> elements() {
        if (!node.isArray()) {
            throw error("is %s but must be a list".formatted(kind()));
        }
        List<JsonField> elements = new ArrayList<>(node.size());
        for (int i = 0; i < node.size(); i++) {
            elements.add(new JsonField(file, path + "[" + i + "]", node.get(i)));
        }
        return elements;
    }

    /// The members of an object, in the file's order.
    Set<Map.Entry<String, JsonNode>> members() {
        if (!node.isObject()) {
            throw error("is %s but must be an object".formatted(kind()));
        }
        return node.properties();
    }

    private String kind() {
        String value = node.toString();
        return value.length() <= 40 ? value : value.substring(0, 40) + " …";
    }
}
