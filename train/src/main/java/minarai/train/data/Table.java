package minarai.train.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.apache.commons.csv.DuplicateHeaderMode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// CSV or TSV with a header. Cells with line ends or separators stand in quotation marks, which are doubled inside.
final class Table implements Rows {

    private final String file;
    private final LineReader reader;
    private final CSVParser parser;
    private final Iterator<CSVRecord> records;
    private final JsonMapper mapper;
    private final List<String> header;

    Table(Utf8Lines lines, String firstLine, JsonMapper mapper) {
        this.file = lines.place().file();
        this.mapper = mapper;
        this.reader = new LineReader(lines, Dataset.LONGEST_ROW);
        var format = CSVFormat.RFC4180.builder()
                .setDelimiter(separator(firstLine))
                .setRecordSeparator('\n')
                .setIgnoreEmptyLines(false)
                .setDuplicateHeaderMode(DuplicateHeaderMode.DISALLOW)
                .get();
        try {
            this.parser = CSVParser.builder().setReader(reader).setFormat(format).get();
        } catch (IOException failure) {
            throw new UncheckedIOException(file + ": cannot be read", failure);
        }
        this.records = parser.iterator();
        this.header = header();
    }

    /// Tab, comma or semicolon: the one that is most frequent in the header.
    private static char separator(String firstLine) {
        char best = '\t';
        for (char candidate : new char[] {',', ';'}) {
            best = count(firstLine, candidate) > count(firstLine, best) ? candidate : best;
        }
        return best;
    }

    private static long count(String line, char separator) {
        return line.chars().filter(c -> c == separator).count();
    }

    private List<String> header() {
        Place place = new Place(file, reader.fileLine(1));
        List<String> names = read(place).map(row -> row.toList().stream().map(String::strip).toList())
                .orElse(List.of());
        if (new HashSet<>(names).size() < names.size()) {
            throw place.problem("the header names a column twice: " + Names.list(names));
        }
        return names;
    }

    @Override
    public Optional<Row> next() {
        while (true) {
            reader.startRow();
            Place place = new Place(file, reader.fileLine(parser.getCurrentLineNumber() + 1));
            Optional<CSVRecord> row = read(place);
            if (row.isEmpty()) {
                return Optional.empty();
            }
            if (row.get().size() > 1 || !row.get().get(0).isBlank()) {
                return Optional.of(row(place, row.get()));
            }
        }
    }

    private Optional<CSVRecord> read(Place place) {
        try {
            return records.hasNext() ? Optional.of(records.next()) : Optional.empty();
        } catch (UncheckedIOException failure) {
            throw place.problem(("the row that begins here cannot be read: %s. A cell that holds a separator, a "
                    + "line end or a ")
                    .formatted(failure.getCause().getMessage())
                    + "quotation mark must stand in quotation marks, and those inside it must be doubled");
        }
    }

    private Row row(Place place, CSVRecord cells) {
        if (cells.size() != header.size()) {
            throw place.problem(("the row has %d cells, the header %d (%s). A cell that holds the separator must "
                    + "stand in ")
                    .formatted(cells.size(), header.size(), Names.list(header)) + "quotation marks");
        }
        ObjectNode fields = mapper.createObjectNode();
        for (int i = 0; i < cells.size(); i++) {
            fields.put(header.get(i), cells.get(i));
        }
        return new Row(place, fields);
    }

    @Override
    public void close() {
        try {
            parser.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(file + ": cannot be closed", failure);
        }
    }
}
