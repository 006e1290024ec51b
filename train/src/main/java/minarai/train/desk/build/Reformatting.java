package minarai.train.desk.build;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import minarai.train.data.KeyedHash;
import minarai.train.data.Names;
import minarai.train.data.Row;
import minarai.train.data.RowReader;
import minarai.train.desk.Entry;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// Labelled rows as pairs in several wordings.
///
/// @param templates of which some are chosen for each row
/// @param perRow    how many
/// @param fields    the row's key for a template's field, where they differ
/// @param seed      of the choice
public record Reformatting(List<Template> templates, int perRow, Map<String, String> fields, long seed) {

    private static final int MOST_OPTIONS = 50;
    private static final String OPTIONS = "options";

    /// @throws IllegalArgumentException if there are fewer templates than a row is to have
    public Reformatting {
        templates = List.copyOf(templates);
        fields = Map.copyOf(fields);
        if (perRow < 1 || perRow > templates.size()) {
            throw new IllegalArgumentException("a row can have 1 to %d of the %d templates, not %d".formatted(
                    templates.size(), templates.size(), perRow));
        }
    }

    /// All pairs, in the order of the rows.
    ///
    /// @param file of rows with the fields that the templates name
    /// @throws IllegalArgumentException if a row lacks a field, with its place
    public List<Entry> of(Path file) {
        var rows = new ArrayList<Row>();
        try (var reader = RowReader.open(file)) {
            for (Optional<Row> row = reader.next(); row.isPresent(); row = reader.next()) {
                rows.add(row.get());
            }
        }
        Map<String, String> options = new HashMap<>();
        var entries = new ArrayList<Entry>();
        var hash = new KeyedHash("template", seed);
        for (Row row : rows) {
            String text = row.fields().toString();
            List<Template> chosen = templates.stream()
                    .sorted(Comparator.comparingLong((Template each) -> hash.of(each.name() + "\t" + text)))
                    .limit(perRow).toList();
            for (Template template : chosen) {
                entries.add(entry(row, template, field -> field.equals(OPTIONS)
                        ? options.computeIfAbsent(template.answerField().orElse(""), answer -> options(rows, answer))
                        : value(row, field)));
            }
        }
        return entries;
    }

    private static Entry entry(Row row, Template template, UnaryOperator<String> value) {
        Entry entry = Entry.pair("", row.place(), template.ask(value), template.say(value));
        Entry labelled = entry.with("template", StringNode.valueOf(template.name()));
        return labelled.named(labelled.contentId());
    }

    private String value(Row row, String field) {
        String key = fields.getOrDefault(field, field);
        JsonNode value = row.fields().path(key);
        if (!value.isValueNode() || value.isNull() || value.asString().isBlank()) {
            Set<String> keys = new TreeSet<>(row.fields().propertyNames());
            throw row.place().problem(("a template asks for {%s}, and the row has no %s%s. It has %s; --field %s=KEY"
                    + " says which is meant").formatted(field, key, Names.suggestion(key, keys), Names.list(keys),
                    field));
        }
        return value.asString();
    }

    /// The different answers of all rows, in alphabetical order.
    private String options(List<Row> rows, String answer) {
        Set<String> options = rows.stream().map(row -> value(row, answer))
                .collect(Collectors.toCollection(TreeSet::new));
        if (options.size() > MOST_OPTIONS) {
            throw new IllegalArgumentException(("a template lists the {options}, but the rows have %,d different"
                    + " answers; at most "
                    + "%d make sense. Is %s the label?").formatted(options.size(), MOST_OPTIONS, answer));
        }
        return String.join(", ", options);
    }
}
