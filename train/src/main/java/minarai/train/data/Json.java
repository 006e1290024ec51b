package minarai.train.data;

import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON from files of pairs: strict, without repeated keys, and bounded.
final class Json {

    private Json() {
    }

    static JsonMapper mapper() {
        var constraints = StreamReadConstraints.builder()
                .maxNestingDepth(32)
                .maxStringLength(Dataset.LONGEST_ROW)
                .maxNumberLength(100)
                .maxNameLength(1000)
                .build();
        var factory = JsonFactory.builder()
                .streamReadConstraints(constraints)
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .build();
        return JsonMapper.builder(factory).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    }

    /// What the parser did not like, on one line and not too long, after the column it was at.
    static String problem(JacksonException failure) {
        String first = failure.getOriginalMessage().lines().findFirst().orElse("");
        String clipped = first.length() > 200 ? first.substring(0, 200) + "…" : first;
        String column = location(failure).map(at -> "column %d: ".formatted(at.getColumnNr())).orElse("");
        return column + "not JSON: " + clipped;
    }

    /// Where the parser was; a breach of the bounds does not always tell.
    static Optional<TokenStreamLocation> location(JacksonException failure) {
        return Optional.ofNullable(failure.getLocation());
    }

    /// What a value is, for errors: `a number`, `a list`.
    static String describe(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case STRING -> "text";
            case NULL -> "null";
            case NUMBER, BOOLEAN, BINARY, MISSING, POJO ->
                    "a " + value.getNodeType().name().toLowerCase(Locale.ROOT);
        };
    }
}
