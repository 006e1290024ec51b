package minarai.models.decoding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.StreamSupport;
import minarai.engine.Tensor;
import minarai.models.Sampler;
import minarai.models.SharedData;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.Tokenizers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Texts that have no model behind them: every logit is random, so every way a schema leaves open is taken.
class JsonGuidanceTest {

    private static final JsonMapper STRICT = JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    private static final String PERSON = """
            {"type": "object", "title": "a person", "additionalProperties": false,
             "required": ["name", "mood", "address"],
             "properties": {
               "nick": {"type": "string", "maxLength": 3},
               "name": {"type": "string", "minLength": 2},
               "nation": {"enum": ["葉", "nation", "na", 1, 12, -3.5, null]},
               "mood": {"enum": ["glad", "gladder", "sad \\"so\\"", true]},
               "age": {"type": ["integer", "null"]},
               "weights": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3},
               "address": {"$ref": "#/$defs/address"},
               "tags": {"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}},
             "$defs": {"address": {"type": "object", "properties": {"zip": {"type": "integer"}, "é": {"const": "x"}},
               "required": ["é"]}}}""";
    private static final List<String> SCHEMAS = List.of(PERSON, "{\"type\": \"number\"}", "{\"type\": \"string\"}",
            "{\"enum\": [1, 12, 123, \"a\", \"ab\"]}",
            "{\"type\": [\"array\", \"null\"], \"items\": {\"type\": \"null\"}}",
            "{\"type\": \"object\", \"properties\": {}}");

    @TempDir
    private Path folder;

    /// Draws tokens by random logits until the guide or an end token ends it.
    private static List<Integer> text(Guidance guidance, int vocabulary, int room, int seed, float temperature) {
        var random = new SplittableRandom(seed);
        var guide = guidance.follow(0, new int[] {1}, room);
        var sampler = new Sampler(temperature, 0, 1, 0, seed);
        var ids = new ArrayList<Integer>();
        boolean isOpen = true;
        while (isOpen && ids.size() < room) {
            Tensor logits = Tensor.zeros(1, vocabulary);
            for (int id = 0; id < vocabulary; id++) {
                logits.set(0, id, 4 * (float) random.nextDouble());
            }
            guide.shape(logits.data());
            int id = sampler.choose(logits, 0, 0, ids.size());
            if (id == 0) {
                return ids;
            }
            ids.add(id);
            isOpen = guide.isOpenAfter(id);
        }
        assertFalse(isOpen, "the text is not closed within " + room + " tokens: " + ids);
        return ids;
    }

    /// A validator that shares nothing with the code it checks.
    private static boolean isValid(JsonNode value, JsonNode schema, JsonNode root) {
        if (schema.has("$ref")) {
            return isValid(value, root.at(schema.get("$ref").stringValue().substring(1)), root);
        }
        if (schema.has("enum")) {
            return StreamSupport.stream(schema.get("enum").spliterator(), false).anyMatch(value::equals);
        }
        if (schema.has("const")) {
            return value.equals(schema.get("const"));
        }
        JsonNode type = schema.get("type");
        var types = type.isString() ? List.of(type.stringValue())
                : StreamSupport.stream(type.spliterator(), false).map(JsonNode::stringValue).toList();
        return types.stream().anyMatch(each -> isOf(each, value, schema, root));
    }

    private static boolean isOf(String type, JsonNode value, JsonNode schema, JsonNode root) {
        return switch (type) {
            case "object" -> value.isObject()
                    && StreamSupport.stream(schema.path("required").spliterator(), false)
                            .allMatch(name -> value.has(name.stringValue()))
                    && value.properties().stream().allMatch(each -> schema.get("properties").has(each.getKey())
                            && isValid(each.getValue(), schema.get("properties").get(each.getKey()), root));
            case "array" -> value.isArray() && value.size() >= schema.path("minItems").asInt(0)
                    && value.size() <= schema.path("maxItems").asInt(1 << 30)
                    && StreamSupport.stream(value.spliterator(), false)
                            .allMatch(each -> isValid(each, schema.get("items"), root));
            case "string" -> {
                int length = value.isString()
                        ? value.stringValue().codePointCount(0, value.stringValue().length()) : -1;
                yield length >= schema.path("minLength").asInt(0) && length <= schema.path("maxLength").asInt(1 << 30);
            }
            case "number" -> value.isNumber() && Double.isFinite(value.asDouble());
            case "integer" -> value.isIntegralNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> throw new IllegalStateException(type);
        };
    }

    private static void everyTextIsValid(PipelineTokenizer tokenizer, int vocabulary) {
        var lengths = new HashSet<Integer>();
        int texts = 0;
        for (String schema : SCHEMAS) {
            var guidance = new JsonGuidance(JsonSchema.of(schema), tokenizer, Set.of(0));
            int shortest = (int) JsonSchema.of(schema).form().shortest();
            JsonNode root = STRICT.readTree(schema);
            int seeds = schema.equals(PERSON) ? 100 : 20;
            for (int seed = 0; seed < seeds; seed++) {
                int room = seed < 20 ? shortest : shortest + seed;
                var ids = text(guidance, vocabulary, room, seed, seed % 5);
                var stream = tokenizer.streamingDecoder();
                var text = new StringBuilder();
                ids.forEach(id -> text.append(stream.add(id)));
                text.append(stream.finish());
                assertEquals(tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray()), text.toString());
                assertFalse(text.toString().contains("\uFFFD"), text.toString());
                JsonNode value = STRICT.reader().with(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                        .readTree(text.toString());
                assertTrue(isValid(value, root, root), "seed %d: %s".formatted(seed, text));
                lengths.add(text.length());
                texts++;
            }
        }
        assertEquals(200, texts);
        assertTrue(lengths.size() > 50, "the texts vary: " + lengths);
    }

    @Test
    void everyTextOfPiecesOfBytesParsesAndIsValid() {
        var tokenizer = SchemaTokenizers.bytes(folder);
        everyTextIsValid(tokenizer, tokenizer.vocabularySize());
    }

    @Test
    void everyTextOfPiecesOfCharactersParsesAndIsValid() {
        var tokenizer = SchemaTokenizers.characters(folder);
        everyTextIsValid(tokenizer, tokenizer.vocabularySize() + 7);
    }

    @ParameterizedTest
    @ValueSource(strings = {"models/stories260K/tok512.model", "tokenizers/gpt2/tokenizer.json",
        "goldens/hf/tokenizers/tiny-llama3style/tokenizer.json"})
    void realTokenizersWriteValidTextsToo(String name) {
        var tokenizer = Tokenizers.of(SharedData.path(name));
        var guidance = new JsonGuidance(JsonSchema.of(PERSON), tokenizer, Set.of());
        JsonNode root = STRICT.readTree(PERSON);
        for (int seed = 0; seed < 1; seed++) {
            int[] ids = text(guidance, tokenizer.vocabularySize(), 60, seed, 1).stream().mapToInt(id -> id).toArray();
            assertTrue(isValid(STRICT.readTree(tokenizer.decode(ids)), root, root), tokenizer.decode(ids));
        }
    }

    @Test
    void atTheLeastRoomOnlyShortestTextsAreLeft() {
        var tokenizer = SchemaTokenizers.bytes(folder);
        var guidance = new JsonGuidance(JsonSchema.of("{\"type\": \"object\", \"properties\": {\"a\": {\"type\": "
                + "\"string\"},\"b\": {\"type\": \"boolean\"}}, \"required\": [\"b\"]}"), tokenizer, Set.of(0));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> guidance.follow(0, new int[] {1}, 9)).getMessage()
                .contains("10 bytes"));
        for (int seed = 0; seed < 20; seed++) {
            var ids = text(guidance, tokenizer.vocabularySize(), 10, seed, 2);
            var text = tokenizer.decode(ids.stream().mapToInt(Integer::intValue).toArray());
            assertTrue(STRICT.readTree(text).has("b"), text);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"type\": \"string\", \"pattern\": \"a+\"}|#|pattern",
        "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\", \"minimum\": "
        + "3}}}|#/properties/a|minimum", "{\"anyOf\": [{\"type\": \"string\"}]}|#|needs a \"type\"",
        "{\"type\": \"array\", \"items\": {\"type\": \"null\"}, \"uniqueItems\": true}|#|uniqueItems",
        "{\"type\": \"object\", \"patternProperties\": {}}|#|patternProperties",
        "{\"type\": \"object\", \"additionalProperties\": {\"type\": \"null\"}}|#|additionalProperties",
        "{\"type\": \"object\", \"required\": [\"x\"]}|#|requires [x]",
        "{\"type\": \"thing\"}|#|thing", "{\"type\": \"array\"}|#|items", "{\"enum\": []}|#|enum",
        "{\"enum\": [[1]]}|#|not supported in enum", "{\"type\": \"integer\", \"enum\": [1.5]}|#|1.5",
        "{\"type\": \"string\", \"minLength\": -1}|#|minLength", "{\"$ref\": \"#/$defs/x\"}|#|not there",
        "{\"$ref\": \"#/$defs/x\", \"$defs\": {\"x\": {\"type\": \"array\", \"items\": {\"$ref\": "
        + "\"#/$defs/x\"}}}}|items|recursion",
        "{\"type\": \"string\", \"minLength\": 3, \"maxLength\": 2}|#|at least 3", "true|#|not an object",
        "{\"type\": \"string\"|JSON|sound", "{\"type\": \"string\", \"type\": \"null\"}|JSON|sound"})
    void whatIsNotUnderstoodIsNamed(String schema, String place, String name) {
        String message = assertThrows(IllegalArgumentException.class, () -> JsonSchema.of(schema)).getMessage();
        assertTrue(message.contains(place) && message.contains(name), message);
    }
}
