package minarai.eval.judge;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import minarai.eval.task.Csv;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Verdicts that were given elsewhere, by people or by another judge: JSON lines or CSV with `task`, `id` and `verdict`
/// (base, tie or tuned), or with `base_first` and `tuned_first` in place of it where both orders were asked. Items of
/// different tasks may have the same id; `task` may be left out where it is clear without.
public record ImportedVerdicts(Map<Key, Both> verdicts) {

    /// What a verdict is on.
    ///
    /// @param task blank where the file does not say
    public record Key(String task, String id) {
    }

    /// @param baseFirst  where the base's answer stood first
    /// @param tunedFirst where the other did; the same where one verdict was given
    public record Both(Verdict baseFirst, Verdict tunedFirst) {

        /// What both orders agree on, else a tie.
        public Verdict verdict() {
            return Verdict.agreed(baseFirst, tunedFirst);
        }
    }

    private static final long MAX_BYTES = 1L << 28;
    private static final int SHOWN = 5;

    public ImportedVerdicts {
        verdicts = new LinkedHashMap<>(verdicts);
    }

    public static ImportedVerdicts none() {
        return new ImportedVerdicts(Map.of());
    }

    /// The verdict on an item of a task, or one that names the id and no task.
    public Optional<Both> on(String task, String id) {
        return Optional.ofNullable(verdicts.getOrDefault(new Key(task, id), verdicts.get(new Key("", id))));
    }

    /// @param ids of the items of each task that was asked
    /// @throws IllegalArgumentException if a verdict names no task and items of several tasks have its id
    public void requireClear(Map<String, ? extends Collection<String>> ids) {
        Map<String, Long> tasks = ids.values().stream().flatMap(Collection::stream)
                .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
        List<String> unclear = verdicts.keySet().stream().filter(key -> key.task.isEmpty()
                && tasks.getOrDefault(key.id, 0L) > 1).map(Key::id).limit(SHOWN).toList();
        if (!unclear.isEmpty()) {
            throw new IllegalArgumentException("the verdicts on the ids " + unclear
                    + " name no task, and several of the tasks "
                    + ids.keySet().stream().sorted().toList() + " have items of these ids; write the task beside each"
                    + " id, under task, as judge sheet and judge import do");
        }
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
            return text.stripLeading().startsWith("{") ? ofLines(text, file)
                    : ofTable(Csv.rows(text, file.toString()), file);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the verdicts in " + file, failure);
        }
    }

    private static ImportedVerdicts ofLines(String text, Path file) {
        var verdicts = none();
        var mapper = JsonMapper.builder().build();
        int number = 0;
        for (String line : text.lines().toList()) {
            number++;
            if (!line.isBlank()) {
                try {
                    JsonNode row = mapper.readTree(line);
                    String one = row.path("verdict").asString("");
                    verdicts.put(new Key(row.path("task").asString(""), row.path("id").asString("")),
                            row.path("base_first").asString(one),
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
        int task = header.indexOf("task");
        int id = header.indexOf("id");
        int base = Math.max(header.indexOf("base_first"), header.indexOf("verdict"));
        int tuned = Math.max(header.indexOf("tuned_first"), header.indexOf("verdict"));
        if (id < 0 || base < 0 || tuned < 0) {
            throw new IllegalArgumentException("reading " + file + ": its columns are " + header
                    + "; needed: id and verdict, or id, base_first and tuned_first");
        }
        var verdicts = none();
        for (int row = 1; row < rows.size(); row++) {
            List<String> fields = rows.get(row);
            if (fields.size() <= Math.max(Math.max(task, id), Math.max(base, tuned))) {
                throw new IllegalArgumentException("reading " + file + ": row " + (row + 1) + " has " + fields.size()
                        + " fields; needed: " + header.size());
            }
            verdicts.put(new Key(task < 0 ? "" : fields.get(task), fields.get(id)), fields.get(base), fields.get(tuned),
                    file + " row " + (row + 1));
        }
        return verdicts;
    }

    private void put(Key key, String base, String tuned, String place) {
        if (key.id.isBlank() || verdicts.containsKey(key)) {
            throw new IllegalArgumentException("reading " + place + ": the id '" + key.id + "' is "
                    + (key.id.isBlank() ? "blank" : "there twice"
                    + (key.task.isEmpty() ? "" : " in the task " + key.task)));
        }
        try {
            verdicts.put(key, new Both(Verdict.named(base), Verdict.named(tuned)));
        } catch (IllegalArgumentException wrong) {
            throw new IllegalArgumentException("reading " + place + ": " + wrong.getMessage(), wrong);
        }
    }
}
