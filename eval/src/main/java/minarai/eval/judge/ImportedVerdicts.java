package minarai.eval.judge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import minarai.eval.task.Csv;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Verdicts that were given elsewhere, by people or by another judge: JSON lines or CSV with `id` and `verdict` (base, tie
/// or tuned), or with `id`, `base_first` and `tuned_first` where both orders were asked.
///
/// @param baseFirst  by item, where the base's answer stood first
/// @param tunedFirst where the other did; the same where one verdict was given
public record ImportedVerdicts(Map<String, Verdict> baseFirst, Map<String, Verdict> tunedFirst) {

    private static final long MAX_BYTES = 1L << 28;

    public ImportedVerdicts {
        baseFirst = new LinkedHashMap<>(baseFirst);
        tunedFirst = new LinkedHashMap<>(tunedFirst);
    }

    /// Whether both orders were asked on some item.
    public boolean hasBothOrders() {
        return !baseFirst.equals(tunedFirst);
    }

    /// @throws IllegalArgumentException if a line is no verdict
    /// @throws UncheckedIOException     if the file cannot be read
    public static ImportedVerdicts read(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("reading " + file + ": " + Files.size(file)
                        + " bytes; verdicts have at most " + MAX_BYTES);
            }
            String text = Files.readString(file);
            return text.stripLeading().startsWith("{") ? ofLines(text, file) : ofTable(Csv.rows(text, file.toString()), file);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the verdicts in " + file, failure);
        }
    }

    private static ImportedVerdicts ofLines(String text, Path file) {
        var verdicts = new ImportedVerdicts(Map.of(), Map.of());
        var mapper = JsonMapper.builder().build();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (!line.isBlank()) {
                try {
                    JsonNode row = mapper.readTree(line);
                    String one = row.path("verdict").asString("");
                    verdicts.put(row.path("id").asString(""), row.path("base_first").asString(one),
                            row.path("tuned_first").asString(one), file + " line " + number);
                } catch (JacksonException malformed) {
                    throw new IllegalArgumentException("reading " + file + " line " + number + ": "
                            + malformed.getOriginalMessage(), malformed);
                }
            }
        }
        return verdicts;
    }

    private static ImportedVerdicts ofTable(List<List<String>> rows, Path file) {
        List<String> header = rows.isEmpty() ? List.of() : rows.getFirst();
        int id = header.indexOf("id");
        int base = Math.max(header.indexOf("base_first"), header.indexOf("verdict"));
        int tuned = Math.max(header.indexOf("tuned_first"), header.indexOf("verdict"));
        if (id < 0 || base < 0 || tuned < 0) {
            throw new IllegalArgumentException("reading " + file + ": its columns are " + header
                    + "; needed: id and verdict, or id, base_first and tuned_first");
        }
        var verdicts = new ImportedVerdicts(Map.of(), Map.of());
        for (int row = 1; row < rows.size(); row++) {
            List<String> fields = rows.get(row);
            if (fields.size() <= Math.max(id, Math.max(base, tuned))) {
                throw new IllegalArgumentException("reading " + file + ": row " + (row + 1) + " has " + fields.size()
                        + " fields; needed: " + header.size());
            }
            verdicts.put(fields.get(id), fields.get(base), fields.get(tuned), file + " row " + (row + 1));
        }
        return verdicts;
    }

    private void put(String id, String base, String tuned, String place) {
        if (id.isBlank() || baseFirst.containsKey(id)) {
            throw new IllegalArgumentException("reading " + place + ": the id '" + id + "' is "
                    + (id.isBlank() ? "blank" : "there twice"));
        }
        try {
            baseFirst.put(id, Verdict.named(base));
            tunedFirst.put(id, Verdict.named(tuned));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("reading " + place + ": " + wrong.getMessage(), wrong);
        }
    }
}
