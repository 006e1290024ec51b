package minarai.train.run;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.train.check.Refusal;
import minarai.train.data.Json;
import minarai.train.data.Names;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// `run.json`: all that determines a run, written before its first step.
///
/// @param recipe    the resolved recipe, key by key
/// @param seed      of the run
/// @param hashes    SHA-256 of what went in: `base`, each file of the model, `template`, `data` …
/// @param versions  of what it was done with: `minarai`, `numerics`, `java` …
/// @param overrides refusals that were allowed by name
public record RunRecord(Map<String, Object> recipe, long seed, Map<String, String> hashes, Map<String, String> versions,
        List<Refusal> overrides) {

    /// The key that marks the file as ours; its value is the version of the format.
    static final String MARK = "minarai_run";
    private static final int FORMAT = 1;
    private static final List<String> KEYS =
            List.of(MARK, "recipe", "seed", "hashes", "versions", "overrides");

    public RunRecord {
        recipe = Collections.unmodifiableMap(new LinkedHashMap<>(recipe));
        hashes = Collections.unmodifiableMap(new LinkedHashMap<>(hashes));
        versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
        overrides = List.copyOf(overrides);
    }

    /// The record as indented JSON with a line feed at its end; the same record gives the same bytes.
    public String toJson() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put(MARK, FORMAT);
        fields.put("recipe", recipe);
        fields.put("seed", seed);
        fields.put("hashes", hashes);
        fields.put("versions", versions);
        fields.put("overrides", overrides.stream().map(RunRecord::fields).toList());
        String json = JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(fields);
        return json.replace(System.lineSeparator(), "\n") + "\n";
    }

    /// @param file as errors name it
    /// @throws IllegalArgumentException if the JSON is not such a record
    static RunRecord parse(byte[] json, Path file) {
        JsonNode root;
        try {
            root = JsonMapper.builder().build().readTree(new String(json, StandardCharsets.UTF_8));
        } catch (JacksonException failure) {
            throw problem(file, "not JSON: " + Json.reason(failure));
        }
        if (root.path(MARK).asInt(0) != FORMAT) {
            throw problem(file, "%s must be %d, the only version known".formatted(MARK, FORMAT));
        }
        for (String key : root.propertyNames()) {
            if (!KEYS.contains(key)) {
                throw problem(file, "unknown key " + Names.clipped(key) + Names.suggestion(key, KEYS));
            }
        }
        if (!root.path("seed").isIntegralNumber()) {
            throw problem(file, "seed must be a whole number");
        }
        var overrides = new ArrayList<Refusal>();
        for (JsonNode refusal : root.path("overrides")) {
            overrides.add(new Refusal(text(refusal, "override", file), text(refusal, "example", file),
                    text(refusal, "place", file), text(refusal, "reason", file), text(refusal, "remedy", file)));
        }
        var recipe = new LinkedHashMap<String, Object>();
        object(root, "recipe", file).properties().forEach(entry -> recipe.put(entry.getKey(), plain(entry.getValue())));
        return new RunRecord(recipe, root.path("seed").asLong(), texts(root, "hashes", file),
                texts(root, "versions", file), overrides);
    }

    private static Map<String, Object> fields(Refusal refusal) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("override", refusal.override());
        fields.put("example", refusal.exampleId());
        fields.put("place", refusal.place());
        fields.put("reason", refusal.reason());
        fields.put("remedy", refusal.remedy());
        return fields;
    }

    private static JsonNode object(JsonNode root, String key, Path file) {
        if (!root.path(key).isObject()) {
            throw problem(file, key + " must be an object");
        }
        return root.path(key);
    }

    private static Map<String, String> texts(JsonNode root, String key, Path file) {
        JsonNode object = object(root, key, file);
        var texts = new LinkedHashMap<String, String>();
        object.propertyNames().forEach(name -> texts.put(name, text(object, name, file)));
        return texts;
    }

    private static String text(JsonNode object, String key, Path file) {
        if (!object.path(key).isString()) {
            throw problem(file, Names.clipped(key) + " must be text");
        }
        return object.path(key).stringValue();
    }

    /// Numbers, truth values, texts, and lists and maps of them as Java has them.
    private static Object plain(JsonNode value) {
        return switch (value.getNodeType()) {
            case NUMBER -> value.isIntegralNumber() ? (Object) value.asLong() : (Object) value.asDouble();
            case BOOLEAN -> value.asBoolean();
            case ARRAY -> value.values().stream().map(RunRecord::plain).toList();
            case STRING -> value.stringValue();
            case OBJECT -> {
                var map = new LinkedHashMap<String, Object>();
                value.properties().forEach(entry -> map.put(entry.getKey(), plain(entry.getValue())));
                yield map;
            }
            case NULL, BINARY, MISSING, POJO -> value.toString();
        };
    }

    private static IllegalArgumentException problem(Path file, String sentence) {
        return new IllegalArgumentException("%s: %s. The record of a run must not be edited; was the file damaged?"
                .formatted(file, sentence));
    }
}
