package minarai.train.data;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// Reads the rows of a file of pairs one after the other: JSON lines, a JSON array, CSV or TSV; the content tells
/// which. What is held is one row, whatever the file's size.
public final class RowReader implements Closeable {

    private final InputStream in;
    private final MessageDigest digest;
    private final Utf8Lines lines;
    private final Rows rows;

    private RowReader(InputStream in, MessageDigest digest, Utf8Lines lines, Rows rows) {
        this.in = in;
        this.digest = digest;
        this.lines = lines;
        this.rows = rows;
    }

    /// Opens a file.
    ///
    /// @throws IllegalArgumentException if it is missing, a folder, empty, or not UTF-8 where it begins
    /// @throws UncheckedIOException     if it cannot be read
    public static RowReader open(Path file) {
        return open(file, Dataset.LONGEST_ROW);
    }

    static RowReader open(Path file, int longestLine) {
        requireFile(file);
        try {
            return of(new BufferedInputStream(Files.newInputStream(file)), file.toString(), longestLine);
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot read the pairs in " + file, failure);
        }
    }

    /// Reads a stream, which is closed with the reader, or at once if this fails.
    ///
    /// @param name as errors name it
    public static RowReader of(InputStream stream, String name) {
        return of(stream, name, Dataset.LONGEST_ROW);
    }

    private static RowReader of(InputStream stream, String name, int longestLine) {
        MessageDigest digest = Sha256.digest();
        var in = new DigestInputStream(stream, digest);
        var lines = new Utf8Lines(in, name, longestLine);
        boolean isSound = false;
        try {
            var reader = new RowReader(in, digest, lines, rows(lines, name));
            isSound = true;
            return reader;
        } finally {
            if (!isSound) {
                close(in, name);
            }
        }
    }

    private static Rows rows(Utf8Lines lines, String name) {
        String first = lines.peek().orElseThrow(() -> empty(name));
        char start = first.strip().charAt(0);
        if (start == '[') {
            return new JsonArray(lines, Json.mapper());
        }
        String lower = name.toLowerCase(Locale.ROOT);
        boolean isJson = start == '{' || Stream.of(".jsonl", ".json", ".ndjson").anyMatch(lower::endsWith);
        return isJson ? new JsonLines(lines, Json.mapper()) : new Table(lines, first, Json.mapper());
    }

    /// The next row; empty at the end.
    ///
    /// @throws IllegalArgumentException if it is none, with its place; where [#isResumable()], the next call goes on
    ///                                  with the row behind it
    public Optional<Row> next() {
        return rows.next();
    }

    /// Whether what comes after a row that cannot be read can be: rows that are lines can.
    public boolean isResumable() {
        return rows instanceof JsonLines;
    }

    /// The line that was read last.
    public Place place() {
        return lines.place();
    }

    /// SHA-256 of all bytes; the rest of them is read.
    public String sha256() {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException failure) {
            throw new UncheckedIOException(lines.place() + ": cannot read on", failure);
        }
        return Sha256.hex(digest);
    }

    @Override
    public void close() {
        rows.close();
        close(in, lines.place().file());
    }

    private static void close(InputStream in, String name) {
        try {
            in.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(name + ": cannot be closed", failure);
        }
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

    static IllegalArgumentException empty(String name) {
        return new IllegalArgumentException(name + " holds no pairs. A line of it should look like "
                + "{\"instruction\": \"…\", \"output\": \"…\"}");
    }
}
