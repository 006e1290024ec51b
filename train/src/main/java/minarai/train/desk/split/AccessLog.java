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
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import minarai.train.data.Sha256;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The reads of frozen parts, one JSON object a line, appended and never changed. `hash` is the SHA-256 of the hash of
/// the line before, or of `split.json` before the first, a line feed, and the line's text without its hash. What is not
/// ended by a line feed is what a kill left of a line: its read did not take place, and the next line replaces it.
///
/// @param file    where it lies
/// @param start   what the first line is chained to
/// @param isBegun whether it was there from the first; if not, it may be missing, as before the first read
public record AccessLog(Path file, String start, boolean isBegun) {

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

    /// Whether there is one.
    public boolean isThere() {
        return Files.exists(file);
    }

    /// The hash of the last line, in which all before it are; that of `split.json` where there is none.
    ///
    /// @throws IllegalArgumentException as [#lines()]
    public String last() {
        lines();
        List<String> texts = texts();
        return texts.isEmpty() ? start : hash(texts.getLast()).orElseThrow();
    }

    /// All lines, oldest first.
    ///
    /// @throws IllegalArgumentException if a line is not as it was written, one before another is missing, or all are
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
        requireBegun();
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.READ);
                var lock = channel.lock()) {
            String previous = last();
            var line = new Line(Instant.now().truncatedTo(ChronoUnit.SECONDS), System.getProperty("user.name",
                    "unknown"),
                    command, part, sha256);
            var bytes = ByteBuffer.wrap((chained(previous, line) + "\n").getBytes(StandardCharsets.UTF_8));
            channel.truncate(whole().length);
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
        requireBegun();
        return new String(whole(), StandardCharsets.UTF_8).lines().toList();
    }

    /// The bytes up to the last line feed.
    private byte[] whole() {
        try {
            byte[] bytes = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
            int end = bytes.length;
            while (end > 0 && bytes[end - 1] != '\n') {
                end--;
            }
            return Arrays.copyOf(bytes, end);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading " + file, failure);
        }
    }

    private void requireBegun() {
        if (isBegun && !Files.exists(file)) {
            throw new IllegalArgumentException(("%s is missing, in which the reads of the frozen parts are recorded: it"
                    + " was written with the split. Put it back, or split again under another name").formatted(file));
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
            throw new IllegalArgumentException(place + ": not a line of a log of reads, with time, user, command, part"
                    + " and sha256; put the log back as it was", malformed);
        }
    }

    private static Optional<String> hash(String text) {
        return Optional.of(JSON.readTree(text).path("hash").asString("")).filter(hash -> !hash.isEmpty());
    }
}
