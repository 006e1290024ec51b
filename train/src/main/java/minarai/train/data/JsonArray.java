package minarai.train.data;

import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The elements of one JSON array, read one after the other.
final class JsonArray implements Rows {

    private final Utf8Lines lines;
    private final LineReader reader;
    private final JsonParser parser;
    private boolean isAtEnd;

    JsonArray(Utf8Lines lines, JsonMapper mapper) {
        this.lines = lines;
        this.reader = new LineReader(lines, Dataset.LONGEST_ROW);
        try {
            this.parser = mapper.createParser(reader);
            parser.nextToken();
        } catch (JacksonException failure) {
            throw problem(failure);
        }
    }

    @Override
    public Optional<Row> next() {
        if (isAtEnd) {
            return Optional.empty();
        }
        reader.startRow();
        try {
            if (parser.nextToken() == JsonToken.END_ARRAY) {
                isAtEnd = true;
                requireNothingMore();
                return Optional.empty();
            }
            var place = place(parser.currentTokenLocation().getLineNr());
            JsonNode element = parser.readValueAsTree();
            return Optional.of(new Row(place, element));
        } catch (JacksonException failure) {
            throw problem(failure);
        }
    }

    private void requireNothingMore() {
        if (parser.nextToken() != null) {
            throw place(parser.currentTokenLocation().getLineNr())
                    .problem("something follows the end of the array; one file holds one array");
        }
    }

    private IllegalArgumentException problem(JacksonException failure) {
        Place place = Json.location(failure).map(at -> place(at.getLineNr())).orElseGet(lines::place);
        return place.problem(Json.problem(failure)
                + ". Inside the array there must be objects with commas between them; is the file whole?");
    }

    private Place place(int parserLine) {
        return new Place(lines.place().file(), reader.fileLine(parserLine));
    }

    @Override
    public void close() {
        parser.close();
    }
}
