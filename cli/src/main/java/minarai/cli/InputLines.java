package minarai.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import minarai.train.data.Json;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// JSON from files that a user names.
final class InputLines {

    private static final long LONGEST = 1L << 28;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private InputLines() {
    }

    /// Reads a file of one JSON value.
    ///
    /// @throws IllegalArgumentException if it is none
    static JsonNode json(Path file) {
        return parse(text(file), file.toString());
    }

    /// Takes each line of a file that is not blank, in its order; an error names file and line.
    static void each(Path file, LineWork work) {
        int number = 0;
        for (String line : text(file).split("\n", -1)) {
            number++;
            if (!line.isBlank()) {
                String place = file + ":" + number;
                work.take(parse(line, place), place);
            }
        }
    }

    /// Takes a line and its place, `file:line`.
    @FunctionalInterface
    interface LineWork {
        void take(JsonNode line, String place);
    }

    private static JsonNode parse(String text, String place) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("%s is not JSON: %s".formatted(place, Json.reason(malformed)),
                    malformed);
        }
    }

    /// A text in UTF-8.
    static String text(Path file) {
        try {
            if (Files.size(file) > LONGEST) {
                throw new IllegalArgumentException("%s has %d bytes; at most %d are read".formatted(file,
                        Files.size(file), LONGEST));
            }
            return Files.readString(file);
        } catch (CharacterCodingException malformed) {
            throw new IllegalArgumentException("%s is not UTF-8; convert it".formatted(file), malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }
}
