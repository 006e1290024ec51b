package minarai.tokenizer.jinja;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

import minarai.tokenizer.SharedData;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Goldens that other programs made, in `../shared/data/goldens`; a test that asks for one that is not there is
/// skipped.
public final class GoldenFiles {
    private static final JsonMapper MAPPER = new JsonMapper();

    private GoldenFiles() {
    }

    public static String text(String name) {
        try {
            return Files.readString(SharedData.at("goldens/" + name));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public static JsonNode json(String name) {
        return MAPPER.readTree(text(name));
    }

    public static List<JsonNode> jsonLines(String name) {
        var lines = new ArrayList<JsonNode>();
        text(name).lines().filter(line -> !line.isBlank()).forEach(line -> lines.add(MAPPER.readTree(line)));
        return lines;
    }
}
