package minarai.train.data;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import minarai.tokenizer.chat.Message;

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
        try (var rows = RowReader.open(file, longestLine)) {
            var reading = new Reading();
            for (Optional<Row> row = rows.next(); row.isPresent(); row = rows.next()) {
                reading.add(row.get());
            }
            Schema schema = reading.first.orElseThrow(() -> RowReader.empty(file.toString())).schema();
            return new Dataset(file, rows.sha256(), schema, List.copyOf(reading.examples), reading.ignoredKeys);
        }
    }

    /// The same pairs but for those of some ids. An id that the file does not have is passed over: whoever forgets a
    /// pair may delete its row, too.
    ///
    /// @throws IllegalArgumentException as [#without(Set)] does, but for unknown ids
    public Dataset less(Set<String> ids) {
        Set<String> known = ids();
        Set<String> present = ids.stream().filter(known::contains).collect(Collectors.toCollection(TreeSet::new));
        return present.isEmpty() ? this : without(present);
    }

    /// The ids of all pairs.
    public Set<String> ids() {
        return examples.stream().map(Example::id).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /// The same pairs but for some, as if the file had never held them.
    ///
    /// Of several pairs with one content, whose ids count them (`h`, `h-2` …), the last are taken out first: a file
    /// without one of three holds `h` and `h-2`.
    ///
    /// @param ids of pairs of this data set
    /// @throws IllegalArgumentException if an id is unknown, is followed by copies that are to stay, or none is left
    public Dataset without(Set<String> ids) {
        Set<String> known = ids();
        for (String id : ids) {
            if (!known.contains(id)) {
                throw new IllegalArgumentException("%s has no pair with the id %s%s".formatted(file, Names.clipped(id),
                        Names.suggestion(id, known)));
            }
        }
        List<Example> kept = examples.stream().filter(example -> !ids.contains(example.id())).toList();
        requireLastCopies(ids, kept);
        if (kept.isEmpty()) {
            throw new IllegalArgumentException("%s: without %s no pair is left".formatted(file, Names.list(ids)));
        }
        return new Dataset(file, sha256, schema, kept, ignoredKeys);
    }

    /// Ids of other pairs that hold the same words as some of these.
    ///
    /// @param ids of pairs of this data set
    public List<String> copies(Set<String> ids) {
        Set<String> contents = examples.stream().filter(example -> ids.contains(example.id()))
                .map(example -> Example.contentId(example.messages())).collect(Collectors.toSet());
        return examples.stream().filter(example -> !ids.contains(example.id()))
                .filter(example -> contents.contains(Example.contentId(example.messages()))).map(Example::id).toList();
    }

    private void requireLastCopies(Set<String> ids, List<Example> kept) {
        for (Example example : kept) {
            String content = Example.contentId(example.messages());
            boolean isCopy = example.id().matches(Pattern.quote(content) + "-[1-9][0-9]{0,8}");
            int number = isCopy ? Integer.parseInt(example.id().substring(content.length() + 1)) : 0;
            if (isCopy && (ids.contains(content) || ids.contains(content + "-" + (number - 1)))) {
                throw new IllegalArgumentException(("%s: %s holds the same words as one of the pairs to be taken out "
                        + "and would stay. Name it too (%s), or take out the last of the copies alone.").formatted(
                        example.origin(), example.id(), example.id()));
            }
        }
    }

    /// SHA-256 over the pairs alone, in hexadecimal: for each, in the order of ids (by UTF-16 units), the id and then
    /// all roles and contents, each text as its length in bytes (u32, big-endian) and its UTF-8. It does not depend on
    /// the form of the file or the order of its rows.
    public String contentSha256() {
        MessageDigest digest = Sha256.digest();
        examples.stream().sorted(Comparator.comparing(Example::id)).forEach(example -> {
            Example.addText(digest, example.id());
            example.messages().forEach(message -> {
                Example.addText(digest, message.role());
                Example.addText(digest, message.content());
            });
        });
        return Sha256.hex(digest);
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
            List<List<Message>> conversations = new Conversations(row, schema, false).read();
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
