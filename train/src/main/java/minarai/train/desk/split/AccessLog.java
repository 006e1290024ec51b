package minarai.train.desk.split;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import minarai.train.data.Sha256;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The reads of frozen parts, one JSON object a line, appended and never changed. `hash` is the SHA-256 of the hash of
/// the line before, or of `split.json` before the first, a line feed, and the line's text without its hash.
///
/// @param file  where it lies; missing before the first read
/// @param start what the first line is chained to
public record AccessLog(Path file, String start) {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// A read.
    ///
    /// @param part   e.g. `test`
    /// @param sha256 of what was read
    public record Line(Instant time, String user, String command, String part, String sha256) {

        private ObjectNode json() {
            return JsonNodeFactory.instance.objectNode().put("time", time.toString()).put("user", user)
                    .put("command", command).put("part", part).put("sha256", sha256);
        }
    }

    /// All lines, oldest first.
    ///
    /// @throws IllegalArgumentException if a line is not as it was written, or one before it is missing
    public List<Line> lines() {
        var lines = new ArrayList<Line>();
        String previous = start;
        for (String text : texts()) {
            String place = file + ":" + (lines.size() + 1);
            Line line = parsed(text, place);
            Optional<String> hash = hash(text);
            if (!chained(previous, line).equals(text)) {
                throw new IllegalArgumentException(place
                        + ": the line is not chained to the one before it: one of the two was "
                        + "changed, taken out or put in, or split.json was");
            }
            previous = hash.orElseThrow();
            lines.add(line);
        }
        return lines;
    }

    /// Adds a read by this process's user, now.
    ///
    /// @throws IllegalArgumentException if the lines before are not as they were written
    void append(String part, String sha256, String command) {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.READ);
                var lock = channel.lock()) {
            lines();
            List<String> texts = texts();
            String previous = texts.isEmpty() ? start : hash(texts.getLast()).orElseThrow();
            var line = new Line(Instant.now().truncatedTo(ChronoUnit.SECONDS), System.getProperty("user.name",
                    "unknown"),
                    command, part, sha256);
            var bytes = ByteBuffer.wrap((chained(previous, line) + "\n").getBytes(StandardCharsets.UTF_8));
            channel.position(channel.size());
            while (bytes.hasRemaining() && lock.isValid()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException failure) {
            throw new UncheckedIOException(("the read of a frozen part must be recorded in %s, which cannot be written")
                    .formatted(file), failure);
        }
    }

    private List<String> texts() {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }

    private static String chained(String previous, Line line) {
        ObjectNode json = line.json();
        return JSON.writeValueAsString(json.put("hash", Sha256.of(previous + "\n" + JSON.writeValueAsString(json))));
    }

    private static Line parsed(String text, String place) {
        try {
            JsonNode json = JSON.readTree(text);
            return new Line(Instant.parse(json.path("time").asString("")), json.path("user").asString(""),
                    json.path("command").asString(""), json.path("part").asString(""), json.path("sha256")
                    .asString(""));
        } catch (JacksonException | DateTimeException malformed) {
            throw new IllegalArgumentException(place + ": not a line of a log of reads: " + malformed.getMessage(),
                    malformed);
        }
    }

    private static Optional<String> hash(String text) {
        return Optional.of(JSON.readTree(text).path("hash").asString("")).filter(hash -> !hash.isEmpty());
    }
}
