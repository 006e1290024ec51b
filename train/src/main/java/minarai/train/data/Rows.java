package minarai.train.data;

import java.io.Closeable;
import java.util.Optional;

/// The rows of a file of pairs, one at a time, whatever its form.
sealed interface Rows extends Closeable permits JsonLines, JsonArray, Table {

    /// The next row; empty at the end.
    Optional<Row> next();

    @Override
    void close();
}
