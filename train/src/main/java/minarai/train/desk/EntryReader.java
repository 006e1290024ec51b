package minarai.train.desk;

import java.io.Closeable;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import minarai.train.data.Place;
import minarai.train.data.Row;
import minarai.train.data.RowReader;
import tools.jackson.databind.JsonNode;

/// Reads a file of pairs in any of the desk's shapes, one entry after the other. What is held is one row, and the ids
/// that were given out.
public final class EntryReader implements Closeable {

    private final RowReader rows;
    private final Ids ids = new Ids();
    private final ArrayDeque<Entry> waiting = new ArrayDeque<>();
    private Optional<Entry> first = Optional.empty();

    private EntryReader(RowReader rows) {
        this.rows = rows;
    }

    /// @throws IllegalArgumentException if the file is missing, empty, or not UTF-8 where it begins
    public static EntryReader open(Path file) {
        return new EntryReader(RowReader.open(file));
    }

    /// Reads a stream, which is closed with the reader.
    ///
    /// @param name as errors name it
    public static EntryReader of(InputStream in, String name) {
        return new EntryReader(RowReader.of(in, name));
    }

    /// All entries of a file.
    public static List<Entry> all(Path file) {
        var all = new ArrayList<Entry>();
        try (var reader = open(file)) {
            for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                all.add(entry.get());
            }
        }
        return all;
    }

    /// The next entry; empty at the end.
    ///
    /// @throws IllegalArgumentException if the row is none: its place, what it has, and what was expected; where
    ///                                  [#isResumable()], the next call goes on with the row behind it
    public Optional<Entry> next() {
        while (waiting.isEmpty()) {
            Optional<Row> row = rows.next();
            if (row.isEmpty()) {
                return Optional.empty();
            }
            waiting.addAll(entries(Headings.canonical(row.get())));
        }
        return Optional.of(waiting.removeFirst());
    }

    /// Whether what comes after a row that cannot be read can be.
    public boolean isResumable() {
        return rows.isResumable();
    }

    /// The line that was read last.
    public Place place() {
        return rows.place();
    }

    private List<Entry> entries(Row row) {
        var shapes = new Shapes(row);
        List<Shapes.Draft> drafts = shapes.drafts();
        var extras = shapes.extras();
        Optional<String> own = text(row, "id");
        String origin = text(row, "origin").orElse(row.place().toString());
        var entries = new ArrayList<Entry>();
        for (Shapes.Draft draft : drafts) {
            String suffix = drafts.size() > 1 ? "/" + (entries.size() + 1) : "";
            var entry = new Entry("", row.place(), origin, draft.prompt(), draft.answer(), draft.rejected(),
                    draft.isGood(), extras);
            requireSameKind(entry);
            String content = entry.contentId();
            String id = own.map(given -> given + suffix).orElse(content);
            entries.add(ids.distinct(entry.named(id), own.isPresent()));
        }
        return entries;
    }

    private void requireSameKind(Entry entry) {
        if (first.isEmpty()) {
            first = Optional.of(entry);
        } else if (first.get().kind() != entry.kind()) {
            throw entry.place().problem("the row is %s, but that of line %d is %s. One file holds one kind; split it"
                    .formatted(describe(entry), first.get().place().line(), describe(first.get())));
        }
    }

    private static String describe(Entry entry) {
        return switch (entry.kind()) {
            case ANSWERED -> "a question with its answer";
            case PREFERRED -> "a preference (chosen, rejected)";
            case JUDGED -> "a judged answer (completion, label)";
        };
    }

    private static Optional<String> text(Row row, String key) {
        JsonNode value = row.fields().path(key);
        if (value.isMissingNode() || value.isNull() || value.isString() && value.stringValue().isBlank()) {
            return Optional.empty();
        }
        if (!value.isString() && !value.isIntegralNumber()) {
            throw row.place().problem("the %s must be text or a whole number".formatted(key));
        }
        return Optional.of(value.asString());
    }

    @Override
    public void close() {
        rows.close();
    }
}
