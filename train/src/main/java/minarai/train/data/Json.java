package minarai.train.data;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON from files of pairs: strict, without repeated keys, and bounded.
public final class Json {

    /// Where the parser says it was or began, which it does in terms of its own.
    private static final Pattern SOURCE = Pattern.compile(" ?\\(start marker at \\[Source: [^\\]]*]\\)"
            + "| ?(at )?\\[Source: [^\\]]*]");

    private static final int LONGEST_REASON = 200;

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
        String column = location(failure).map(at -> "column %d: ".formatted(at.getColumnNr())).orElse("");
        return column + "not JSON: " + reason(failure);
    }

    /// The same alone, without what only the parser's own program could use.
    public static String reason(JacksonException failure) {
        String first = SOURCE.matcher(failure.getOriginalMessage()).replaceAll("").lines().findFirst().orElse("");
        return first.length() > LONGEST_REASON ? first.substring(0, LONGEST_REASON) + "…" : first;
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
