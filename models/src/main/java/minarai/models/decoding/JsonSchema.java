package minarai.models.decoding;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What a text in JSON must look like: the part of JSON Schema that can be followed byte by byte.
///
/// Understood: `type` (one or several), `properties`, `required`, `additionalProperties` as true or false, `items`,
/// `minItems`, `maxItems`, `minLength`, `maxLength`, `enum` and `const` of texts, numbers, truth values and null,
/// `$ref` to `$defs` or `definitions` without recursion. Remarks such as `title` are passed over; every other keyword
/// is refused.
///
/// @see <a href="https://json-schema.org/draft/2020-12">JSON Schema 2020-12</a>
public final class JsonSchema {

    private static final JsonMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(100).maxNumberLength(64)
                            .maxDocumentLength(1 << 20).build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    private static final Set<String> REMARKS = Set.of("$schema", "$id", "$comment", "title", "description", "default",
            "examples", "deprecated", "readOnly", "writeOnly", "$defs", "definitions");
    private static final int MOST = 10_000;

    private final JsonNode root;
    private final Map<String, Form> defined = new HashMap<>();
    private final Set<String> open = new HashSet<>();
    private final Set<String> literals = new LinkedHashSet<>();
    private final Form form;

    private JsonSchema(JsonNode root) {
        this.root = root;
        form = form(root, "#");
    }

    /// @throws IllegalArgumentException if it is not JSON, not a sound schema, or has a keyword that is not supported
    public static JsonSchema of(String json) {
        try {
            return new JsonSchema(JSON.readTree(json));
        } catch (JacksonException unreadable) {
            throw new IllegalArgumentException("the schema is not sound JSON: " + unreadable.getOriginalMessage(),
                    unreadable);
        }
    }

    Form form() {
        return form;
    }

    /// Texts that must be written as they are.
    Set<String> literals() {
        return Set.copyOf(literals);
    }

    private Form form(JsonNode schema, String at) {
        if (!schema.isObject()) {
            throw wrong(at, "is %s, not an object {…}".formatted(schema));
        }
        var keys = new Keywords(schema, at);
        if (schema.has("$ref")) {
            keys.requireOnly("$ref");
            return defined(schema.get("$ref"), at);
        }
        if (schema.has("enum") || schema.has("const")) {
            keys.requireOnly("enum", "const", "type");
            return literals(schema, at);
        }
        List<String> types = types(schema, at);
        keys.requireFitting(types);
        var forms = new ArrayList<Form>();
        types.forEach(type -> forms.add(ofType(type, schema, at)));
        return forms.size() == 1 ? forms.getFirst() : new Form.Either(List.copyOf(forms));
    }

    private Form defined(JsonNode reference, String at) {
        String name = reference.isString() ? reference.stringValue() : reference.toString();
        Form known = defined.get(name);
        if (known != null) {
            return known;
        }
        JsonNode target = name.matches("#/(\\$defs|definitions)/[^/~%]+") ? root.at(name.substring(1)) : root.at("/ ");
        if (target.isMissingNode()) {
            throw wrong(at, "has the $ref \"%s\", which is not there (supported: #/$defs/NAME)".formatted(name));
        }
        if (!open.add(name)) {
            throw wrong(at, "has the $ref \"%s\" within itself; recursion is not supported".formatted(name));
        }
        Form form = form(target, name);
        open.remove(name);
        defined.put(name, form);
        return form;
    }

    private static List<String> types(JsonNode schema, String at) {
        JsonNode type = schema.path("type");
        if (type.isMissingNode() && (schema.has("properties") || schema.has("items"))) {
            return List.of(schema.has("properties") ? "object" : "array");
        }
        var types = new ArrayList<String>();
        if (type.isString()) {
            types.add(type.stringValue());
        } else {
            type.forEach(each -> types.add(each.asString("")));
        }
        if (types.isEmpty() || types.size() != Set.copyOf(types).size()) {
            throw wrong(at, "needs a \"type\", an \"enum\", a \"const\" or a \"$ref\"");
        }
        if (types.contains("number")) {
            types.remove("integer");
        }
        return types;
    }

    private Form ofType(String type, JsonNode schema, String at) {
        return switch (type) {
            case "object" -> members(schema, at);
            case "array" -> items(schema, at);
            case "string" -> new Form.Text(count(schema, "minLength", 0, at),
                    atLeast(count(schema, "minLength", 0, at), count(schema, "maxLength", Integer.MAX_VALUE, at), at));
            case "number" -> new Form.Figures(false);
            case "integer" -> new Form.Figures(true);
            case "boolean" -> new Form.Literals(List.of(bytes("true"), bytes("false")));
            case "null" -> new Form.Literals(List.of(bytes("null")));
            default -> throw wrong(at, "has the unknown type \"%s\"".formatted(type));
        };
    }

    private Form members(JsonNode schema, String at) {
        if (schema.has("additionalProperties") && !schema.get("additionalProperties").isBoolean()) {
            throw wrong(at, "has the keyword \"additionalProperties\" with a schema, which is not supported; say true "
                    + "or false");
        }
        var required = new HashSet<String>();
        schema.path("required").forEach(name -> required.add(name.asString("")));
        var properties = new ArrayList<Form.Property>();
        for (var each : schema.path("properties").properties()) {
            String key = JSON.writeValueAsString(each.getKey()) + ":";
            literals.add(key);
            properties.add(new Form.Property(bytes(key), form(each.getValue(), at + "/properties/" + each.getKey()),
                    required.remove(each.getKey())));
        }
        if (!required.isEmpty()) {
            throw wrong(at, "requires %s, which its properties do not have".formatted(required));
        }
        return Form.Members.of(properties);
    }

    private Form items(JsonNode schema, String at) {
        if (!schema.has("items")) {
            throw wrong(at, "is an array and needs \"items\"");
        }
        int least = count(schema, "minItems", 0, at);
        return new Form.Items(form(schema.get("items"), at + "/items"), least,
                atLeast(least, count(schema, "maxItems", Integer.MAX_VALUE, at), at));
    }

    private static int count(JsonNode schema, String key, int otherwise, String at) {
        if (!schema.has(key)) {
            return otherwise;
        }
        JsonNode value = schema.get(key);
        if (!value.isInt() || value.intValue() < 0 || value.intValue() > MOST) {
            throw wrong(at, "has \"%s\": %s; needed is a whole number from 0 to %,d".formatted(key, value, MOST));
        }
        return value.intValue();
    }

    private static int atLeast(int least, int most, String at) {
        if (most < least) {
            throw wrong(at, "asks for at least %d and at most %d".formatted(least, most));
        }
        return most;
    }

    private Form literals(JsonNode schema, String at) {
        var values = schema.has("const") ? List.of(schema.get("const"))
                : StreamSupport.stream(schema.get("enum").spliterator(), false).toList();
        var texts = new LinkedHashSet<String>();
        List<String> types = schema.has("type") ? types(schema, at) : List.of();
        for (JsonNode value : values) {
            if (value.isContainer()) {
                throw wrong(at, "has the value %s; objects and arrays are not supported in enum and const"
                        .formatted(value));
            }
            if (!types.isEmpty() && types.stream().noneMatch(type -> isOf(type, value))) {
                throw wrong(at, "has the value %s, which is not of the type %s".formatted(value, types));
            }
            texts.add(JSON.writeValueAsString(value));
        }
        if (texts.isEmpty() || schema.has("enum") && schema.has("const")) {
            throw wrong(at, "needs either an \"enum\" with a value or a \"const\"");
        }
        literals.addAll(texts);
        return new Form.Literals(texts.stream().map(JsonSchema::bytes).toList());
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "string" -> value.isString();
            case "number" -> value.isNumber();
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> false;
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static IllegalArgumentException wrong(String at, String fault) {
        return new IllegalArgumentException("the schema at %s %s".formatted(at, fault));
    }

    /// The keywords of one schema.
    private record Keywords(JsonNode schema, String at) {

        void requireOnly(String... known) {
            for (String key : schema.propertyNames()) {
                if (!REMARKS.contains(key) && !Set.of(known).contains(key)) {
                    throw wrong(at, "has the keyword \"%s\", which is not supported %s".formatted(key,
                            known.length > 0 ? "beside " + String.join(", ", known) : "there"));
                }
            }
        }

        void requireFitting(List<String> types) {
            var known = new LinkedHashSet<>(List.of("type"));
            for (String type : types) {
                known.addAll(switch (type) {
                    case "object" -> List.of("properties", "required", "additionalProperties");
                    case "array" -> List.of("items", "minItems", "maxItems");
                    case "string" -> List.of("minLength", "maxLength");
                    default -> List.of();
                });
            }
            requireOnly(known.toArray(String[]::new));
        }
    }
}
