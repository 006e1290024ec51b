package minarai.train.data;

import java.io.Reader;
import java.util.Optional;

/// [Utf8Lines] as a stream of characters, for parsers of rows that take several lines. Line ends become line feeds.
final class LineReader extends Reader {

    private final Utf8Lines lines;
    private final long longestRow;
    private final int firstLine;
    private String line = "";
    private int position;
    private long rowCharacters;

    /// @param longestRow in characters; reading on within a longer row is refused
    LineReader(Utf8Lines lines, long longestRow) {
        this.lines = lines;
        this.longestRow = longestRow;
        this.firstLine = lines.number();
    }

    /// The number in the file of the parser's line, which it counts from 1.
    int fileLine(long parserLine) {
        return Math.toIntExact(Math.max(1, firstLine + parserLine - 1));
    }

    /// From here on, a new row is read.
    void startRow() {
        rowCharacters = 0;
    }

    @Override
    public int read(char[] target, int offset, int length) {
        if (position == line.length()) {
            Optional<String> next = lines.next();
            if (next.isEmpty()) {
                return -1;
            }
            line = next.get() + "\n";
            position = 0;
        }
        int count = Math.min(length, line.length() - position);
        line.getChars(position, position + count, target, offset);
        position += count;
        rowCharacters += count;
        if (rowCharacters > longestRow) {
            throw lines.place().problem("a row that ends here or later is longer than %,d characters. "
                    .formatted(longestRow)
                    + "Is a closing quotation mark or bracket missing further up?");
        }
        return count;
    }

    @Override
    public void close() {
        // The lines are closed by who opened them.
    }
}
