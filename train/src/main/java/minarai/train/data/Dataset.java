package minarai.train.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import minarai.tokenizer.chat.Message;
import minarai.train.data.Rows.Row;

/// The pairs of a file, in its order.
///
/// @param file        where they were read
/// @param sha256      of the bytes that were read
/// @param schema      of every row
/// @param examples    at least one
/// @param ignoredKeys keys that some row has and that no part of the conversation is read from
public record Dataset(Path file, String sha256, Schema schema, List<Example> examples, SortedSet<String> ignoredKeys) {

    /// The most bytes of a line and the most characters of a row.
    static final int LONGEST_ROW = 100_000_000;

    /// Reads pairs from JSON lines, a JSON array, CSV or TSV in any [Schema]; the content tells which.
    ///
    /// @throws IllegalArgumentException if the file is missing, empty, not UTF-8, or a row is not a pair: with the
    ///                                  file, the line and the remedy
    /// @throws UncheckedIOException     if the file cannot be read
    public static Dataset read(Path file) {
        return read(file, LONGEST_ROW);
    }

    static Dataset read(Path file, int longestLine) {
        requireFile(file);
        MessageDigest digest = Sha256.digest();
        try (InputStream in = new DigestInputStream(new BufferedInputStream(Files.newInputStream(file)), digest);
                var lines = new Utf8Lines(in, file.toString(), longestLine)) {
            var reading = new Reading();
            try (Rows rows = rows(lines, file)) {
                for (Optional<Row> row = rows.next(); row.isPresent(); row = rows.next()) {
                    reading.add(row.get());
                }
            }
            in.transferTo(OutputStream.nullOutputStream());
            Schema schema = reading.first.orElseThrow(() -> empty(file)).schema();
            return new Dataset(file, Sha256.hex(digest), schema, List.copyOf(reading.examples), reading.ignoredKeys);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read the pairs in " + file, failure);
        }
    }

    private static Rows rows(Utf8Lines lines, Path file) {
        String first = lines.peek().orElseThrow(() -> empty(file));
        char start = first.strip().charAt(0);
        if (start == '[') {
            return new JsonArray(lines, Json.mapper());
        }
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        boolean isJson = start == '{' || name.endsWith(".jsonl") || name.endsWith(".json") || name.endsWith(".ndjson");
        return isJson ? new JsonLines(lines, Json.mapper()) : new Table(lines, first, Json.mapper());
    }

    private static void requireFile(Path file) {
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException(file + " is a folder; name the file of pairs inside it");
        }
        if (!Files.exists(file)) {
            throw new IllegalArgumentException("no file of pairs at %s%s. Paths are relative to %s".formatted(file,
                    Names.suggestion(file.getFileName().toString(), siblings(file)), Path.of("").toAbsolutePath()));
        }
    }

    private static List<String> siblings(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.limit(1000).map(entry -> entry.getFileName().toString()).toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }

    private static IllegalArgumentException empty(Path file) {
        return new IllegalArgumentException(file + " holds no pairs. A line of it should look like "
                + "{\"instruction\": \"…\", \"output\": \"…\"}");
    }

    /// What has been read so far.
    private static final class Reading {

        private final List<Example> examples = new ArrayList<>();
        private final SortedSet<String> ignoredKeys = new TreeSet<>();
        private final Map<String, String> originOfId = new HashMap<>();
        private final Map<String, Integer> timesOfContent = new HashMap<>();
        private Optional<First> first = Optional.empty();

        private record First(Schema schema, Place place) {
        }

        void add(Row row) {
            Schema schema = Schema.of(row);
            First established = first.orElseGet(() -> new First(schema, row.place()));
            first = Optional.of(established);
            if (established.schema() != schema) {
                throw row.place().problem(("the pair is %s, but that of line %d is %s. One file holds one "
                        + "schema: convert one, ")
                        .formatted(schema, established.place().line(), established.schema()) + "or split the file");
            }
            ignoredKeys.addAll(schema.unread(row));
            List<List<Message>> conversations = new Conversations(row, schema).read();
            for (int i = 0; i < conversations.size(); i++) {
                List<Message> messages = conversations.get(i);
                String suffix = conversations.size() > 1 ? "/" + (i + 1) : "";
                String id = givenId(row).map(given -> given + suffix).orElseGet(() -> contentId(messages));
                add(new Example(id, messages, row.place().toString()), row.place());
            }
        }

        private void add(Example example, Place place) {
            String earlier = originOfId.putIfAbsent(example.id(), example.origin());
            if (earlier != null) {
                throw place.problem(("the id %s was given at %s already. Ids must differ; remove one of the two, "
                        + "or the ids")
                        .formatted(Names.clipped(example.id()), earlier));
            }
            examples.add(example);
        }

        private static Optional<String> givenId(Row row) {
            var id = row.fields().path("id");
            if (id.isMissingNode() || id.isNull()) {
                return Optional.empty();
            }
            boolean isUsable = id.isIntegralNumber() || id.isString() && !id.stringValue().isBlank();
            if (!isUsable) {
                throw row.place().problem("the id must be text or a whole number, not "
                        + (id.isString() ? "blank" : Json.describe(id)));
            }
            return Optional.of(id.asString());
        }

        /// A hash of the content; repetitions of the same content are numbered from the second on.
        private String contentId(List<Message> messages) {
            String hash = Example.contentId(messages);
            int times = timesOfContent.merge(hash, 1, Integer::sum);
            return times == 1 ? hash : hash + "-" + times;
        }
    }
}
