package minarai.train.data;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// One JSON object a line; blank lines are passed over.
record JsonLines(Utf8Lines lines, JsonMapper mapper) implements Rows {

    @Override
    public Optional<Row> next() {
        Optional<String> line = lines.next();
        while (line.isPresent() && line.get().isBlank()) {
            line = lines.next();
        }
        return line.map(this::parse);
    }

    private Row parse(String line) {
        Place place = lines.place();
        try {
            return new Row(place, mapper.readTree(line));
        } catch (JacksonException failure) {
            throw place.problem(Json.problem(failure) + ". Every line must hold one whole object; "
                    + "an object over several lines belongs into an array, [ … ]");
        }
    }

    @Override
    public void close() {
        // The lines are closed by who opened them.
    }
}
