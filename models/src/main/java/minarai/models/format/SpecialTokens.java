package minarai.models.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The tokens that tokenizer_config.json names for the beginning and the end of a text, as their spelling.
public record SpecialTokens(Optional<String> bos, Optional<String> eos) {

    private static final long MOST_BYTES = 1 << 26;

    static SpecialTokens none() {
        return new SpecialTokens(Optional.empty(), Optional.empty());
    }

    /// Those of a tokenizer's folder; none where it has no tokenizer_config.json, or is no folder.
    ///
    /// @throws IllegalArgumentException if the file is not a sound JSON object
    public static SpecialTokens ofFolder(Path folder) {
        Path file = folder.resolve("tokenizer_config.json");
        return Files.isRegularFile(file) ? read(file) : none();
    }

    /// @throws IllegalArgumentException if the file is not a sound JSON object
    static SpecialTokens read(Path file) {
        var settings = JsonFile.read(file, MOST_BYTES);
        return new SpecialTokens(token(settings.path("bos_token")), token(settings.path("eos_token")));
    }

    /// A token is a text, or an object that has it as `content`.
    private static Optional<String> token(JsonNode token) {
        JsonNode text = token.isObject() ? token.path("content") : token;
        return text.isString() && !text.stringValue().isEmpty() ? Optional.of(text.stringValue()) : Optional.empty();
    }
}
