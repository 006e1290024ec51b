package minarai.cli;

import java.util.ArrayList;
import java.util.List;

/// A table in plain text. Columns of figures are set flush right.
final class TextTable {

    private static final String GAP = "  ";

    private final List<String[]> rows = new ArrayList<>();

    /// @param headings one a column; none for a table without headings
    TextTable(String... headings) {
        if (headings.length > 0) {
            rows.add(headings);
        }
    }

    TextTable row(String... cells) {
        rows.add(cells);
        return this;
    }

    @Override
    public String toString() {
        int columns = rows.stream().mapToInt(row -> row.length).max().orElse(0);
        var text = new StringBuilder();
        for (int number = 0; number < rows.size(); number++) {
            var line = new StringBuilder();
            for (int column = 0; column < rows.get(number).length; column++) {
                String cell = rows.get(number)[column];
                String blanks = " ".repeat(width(column) - width(cell));
                line.append(column == 0 ? "" : GAP).append(isFigures(column) ? blanks + cell
                        : column == columns - 1 ? cell : cell + blanks);
            }
            text.append(number == 0 ? "" : "\n").append(line.toString().stripTrailing());
        }
        return text.toString();
    }

    private int width(int column) {
        return rows.stream().filter(row -> column < row.length).mapToInt(row -> width(row[column])).max().orElse(0);
    }

    private boolean isFigures(int column) {
        return column > 0 && rows.stream().skip(1).filter(row -> column < row.length && !row[column].isEmpty())
                .allMatch(row -> Ink.without(row[column]).matches("[-−+]?[0-9].*"));
    }

    /// Columns on a screen: characters of East Asian scripts take two.
    private static int width(String text) {
        return Ink.without(text).codePoints().map(character -> isWide(character) ? 2 : 1).sum();
    }

    private static boolean isWide(int character) {
        return character >= 0x1100 && character <= 0x115F || character >= 0x2E80 && character <= 0xA4CF
                || character >= 0xAC00 && character <= 0xD7A3 || character >= 0xF900 && character <= 0xFAFF
                || character >= 0xFE30 && character <= 0xFE6F || character >= 0xFF00 && character <= 0xFF60
                || character >= 0xFFE0 && character <= 0xFFE6 || character >= 0x1F300 && character <= 0x1FAFF
                || character >= 0x20000 && character <= 0x3FFFD;
    }
}
