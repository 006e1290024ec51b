package minarai.train.desk.scan;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import minarai.train.desk.text.Language;

/// What a scan found.
///
/// @param file           that was looked through
/// @param rows           how many there are, unreadable ones included
/// @param languages      how many questions are in each
/// @param unit           of lengths, `tokens` or `characters`
/// @param medianQuestion half of the questions have at most this length
/// @param medianAnswer   half of the answers have at most this length
/// @param categories     how many different ones are named
/// @param findings       by kind, the errors first, and then by row
public record Report(String file, int rows, Map<Language, Integer> languages, String unit, double medianQuestion,
        double medianAnswer, int categories, List<Finding> findings) {

    public Report {
        languages = Collections.unmodifiableMap(new EnumMap<>(languages));
        findings = List.copyOf(findings);
    }

    /// How many findings are errors.
    public long errors() {
        return findings.stream().filter(finding -> finding.kind().isError()).count();
    }

    /// How many findings are notes.
    public long notes() {
        return findings.size() - errors();
    }

    /// The findings of each kind that occurs.
    public Map<Kind, List<Finding>> byKind() {
        var groups = new EnumMap<Kind, List<Finding>>(Kind.class);
        Arrays.stream(Kind.values()).forEach(kind -> {
            List<Finding> found = findings.stream().filter(finding -> finding.kind() == kind).toList();
            if (!found.isEmpty()) {
                groups.put(kind, found);
            }
        });
        return groups;
    }

    /// How many rows have nothing against them; several pairs of one line are as many rows.
    public int sound() {
        Set<String> accused = new LinkedHashSet<>();
        findings.stream().filter(finding -> !finding.place().equals(file)).forEach(finding ->
                accused.add(finding.place() + "#" + finding.id()));
        return Math.max(0, rows - accused.size());
    }

    /// For programs: numbers of findings by kind, and all of them.
    public Map<String, Object> fields() {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("file", file);
        fields.put("rows", rows);
        fields.put("sound", sound());
        fields.put("errors", errors());
        fields.put("notes", notes());
        var counts = new LinkedHashMap<String, Integer>();
        byKind().forEach((kind, found) -> counts.put(kind.key(), found.size()));
        fields.put("counts", counts);
        var spoken = new LinkedHashMap<String, Integer>();
        languages.forEach((language, count) -> spoken.put(language.name().toLowerCase(Locale.ROOT), count));
        fields.put("languages", spoken);
        fields.put("length_unit", unit);
        fields.put("median_question", medianQuestion);
        fields.put("median_answer", medianAnswer);
        fields.put("findings", findings.stream().map(Report::fields).toList());
        return fields;
    }

    private static Map<String, String> fields(Finding finding) {
        var fields = new LinkedHashMap<String, String>();
        fields.put("kind", finding.kind().key());
        fields.put("severity", finding.kind().isError() ? "error" : "note");
        fields.put("place", finding.place());
        if (!finding.id().isEmpty()) {
            fields.put("id", finding.id());
        }
        fields.put("reason", finding.reason());
        fields.put("remedy", finding.remedy());
        return fields;
    }
}
