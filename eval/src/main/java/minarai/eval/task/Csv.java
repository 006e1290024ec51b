package minarai.eval.task;

import java.util.ArrayList;
import java.util.List;

/// Reads comma-separated values: quoted fields may hold commas, line breaks and doubled quotes (RFC 4180).
public final class Csv {

    private Csv() {
    }

    /// The rows; blank lines are left out.
    ///
    /// @throws IllegalArgumentException if a quote is not closed
    public static List<List<String>> rows(String text, String place) {
        List<List<String>> rows = new ArrayList<>();
        List<String> row = new ArrayList<>();
        var field = new StringBuilder();
        boolean isQuoted = false;
        for (int at = text.startsWith("\ufeff") ? 1 : 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (isQuoted) {
                if (c == '"' && at + 1 < text.length() && text.charAt(at + 1) == '"') {
                    field.append(c);
                    at++;
                } else if (c == '"') {
                    isQuoted = false;
                } else {
                    field.append(c);
                }
            } else if (c == '"' && field.isEmpty()) {
                isQuoted = true;
            } else if (c == ',') {
                row.add(field.toString());
                field.setLength(0);
            } else if (c == '\n') {
                finish(rows, row, field);
                row = new ArrayList<>();
            } else if (c != '\r') {
                field.append(c);
            }
        }
        if (isQuoted) {
            throw new IllegalArgumentException("reading " + place + ": a quote in row " + (rows.size() + 1)
                    + " is never closed; a quote within a field is written twice");
        }
        finish(rows, row, field);
        return rows;
    }

    private static void finish(List<List<String>> rows, List<String> row, StringBuilder field) {
        if (!row.isEmpty() || !field.isEmpty()) {
            row.add(field.toString());
            rows.add(row);
        }
        field.setLength(0);
    }
}
