package minarai.train.data;

import java.io.Closeable;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The rows of a file of pairs, one at a time, whatever its form.
sealed interface Rows extends Closeable permits JsonLines, JsonArray, Table {

    /// The next row; empty at the end.
    Optional<Row> next();

    @Override
    void close();

    /// @param fields an object
    record Row(Place place, JsonNode fields) {

        /// @throws IllegalArgumentException if the value is not an object
        public Row {
            if (!fields.isObject()) {
                throw place.problem("a pair must be an object such as {\"instruction\": …, \"output\": …}, not "
                        + Json.describe(fields));
            }
        }
    }
}
