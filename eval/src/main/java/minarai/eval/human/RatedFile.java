package minarai.eval.human;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import minarai.eval.task.Csv;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads answers that people rated, in JSON lines, a JSON array or CSV; by its fields a row is one of
///
/// - `answer` with `scores`, and where known `references` or `reference`, `metrics`, `task`, `cluster`, `question`,
///   `system`; in CSV ratings are the columns `human` and `human_NAME`, scores from elsewhere `metric_NAME`;
/// - UniEval's: `system_output` with `scores`, and where known `predict_scores`, `source` and `system_id`;
/// - SummEval's: `sys_summs`, a summary with `scores` for each system, and `ref_summs`.
///
/// @see <a href="https://arxiv.org/abs/2007.12626">Fabbri et al. 2021</a>
/// @see <a href="https://arxiv.org/abs/2210.07197">Zhong et al. 2022</a>
public final class RatedFile {

    private static final long MAX_BYTES = 1L << 28;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private RatedFile() {
    }

    /// @throws IllegalArgumentException if a row is none of the three, a rating is no finite number, or none is there
    /// @throws UncheckedIOException     if the file cannot be read
    public static List<RatedAnswer> read(Path file) {
        String text = text(file);
        String start = text.stripLeading();
        var answers = new ArrayList<RatedAnswer>();
        if (start.startsWith("[")) {
            int number = 0;
            for (JsonNode row : json(text, file.toString())) {
                number++;
                add(row, file + " element " + number, answers);
            }
        } else if (start.startsWith("{")) {
            int number = 0;
            for (String line : text.split("\n", -1)) {
                number++;
                if (!line.isBlank()) {
                    String place = file + " line " + number;
                    add(json(line, place), place, answers);
                }
            }
        } else {
            table(Csv.rows(text, file.toString()), file, answers);
        }
        if (answers.isEmpty()) {
            throw new IllegalArgumentException("reading " + file + ": it has no answer that people rated");
        }
        return answers;
    }

    private static String text(Path file) {
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("reading " + file + ": " + Files.size(file)
                        + " bytes; rated answers have at most " + MAX_BYTES);
            }
            return Files.readString(file);
        } catch (CharacterCodingException malformed) {
            throw new IllegalArgumentException("reading " + file + ": it is not UTF-8; convert it", malformed);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the rated answers in " + file, failure);
        }
    }

    private static JsonNode json(String text, String place) {
        try {
            return JSON.readTree(text);
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("reading " + place + ": it is not JSON, "
                    + malformed.getOriginalMessage(), malformed);
        }
    }

    private static void add(JsonNode row, String place, List<RatedAnswer> answers) {
        if (row.path("sys_summs").isObject()) {
            List<String> references = texts(row.path("ref_summs"), row.path("ref_summ"), place);
            row.path("sys_summs").properties().forEach(system -> answers.add(new RatedAnswer("",
                    cluster(row, row.path("id"), place), system.getKey(),
                    text(system.getValue(), "sys_summ", place + ", system " + system.getKey()), references,
                    scores(system.getValue().path("scores"), place + ", system " + system.getKey()), Map.of())));
        } else if (row.has("system_output")) {
            answers.add(new RatedAnswer(row.path("task").asString(""), cluster(row, row.path("source"), place),
                    row.path("system_id").asString(""), text(row, "system_output", place),
                    texts(row.path("references"), row.path("reference"), place), scores(row.path("scores"), place),
                    row.has("predict_scores") ? scores(row.path("predict_scores"), place) : Map.of()));
        } else {
            answers.add(new RatedAnswer(row.path("task").asString(""), cluster(row, row.path("question"), place),
                    row.path("system").asString(""), text(row, "answer", place),
                    texts(row.path("references"), row.path("reference"), place), scores(row.path("scores"), place),
                    row.has("metrics") ? scores(row.path("metrics"), place) : Map.of()));
        }
    }

    /// What the row says, else what was asked, else the row itself.
    private static String cluster(JsonNode row, JsonNode asked, String place) {
        return row.path("cluster").asString(asked.asString(place));
    }

    private static String text(JsonNode row, String key, String place) {
        if (!row.path(key).isString()) {
            throw new IllegalArgumentException("reading " + place + ": there is no text under '" + key
                    + "'; needed: answer, system_output or sys_summs, with scores of people");
        }
        return row.path(key).asString();
    }

    private static List<String> texts(JsonNode many, JsonNode one, String place) {
        if (many.valueStream().anyMatch(text -> !text.isString())) {
            throw new IllegalArgumentException("reading " + place + ": a reference is not a text");
        }
        return many.isArray() && !many.isEmpty() ? many.valueStream().map(JsonNode::asString).toList()
                : one.isString() ? List.of(one.asString()) : List.of();
    }

    private static Map<String, Double> scores(JsonNode scores, String place) {
        if (!scores.isObject() || scores.isEmpty()) {
            throw new IllegalArgumentException("reading " + place + ": scores is " + scores
                    + "; needed: an object of numbers, one for each thing that was rated, e.g. {\"relevance\": 4}");
        }
        var read = new LinkedHashMap<String, Double>();
        scores.properties().forEach(score -> {
            if (!score.getValue().isNumber() || !Double.isFinite(score.getValue().asDouble())) {
                throw new IllegalArgumentException("reading " + place + ": the score " + score.getKey() + " is "
                        + score.getValue() + "; needed: a number");
            }
            read.put(score.getKey(), score.getValue().asDouble());
        });
        return read;
    }

    private static void table(List<List<String>> rows, Path file, List<RatedAnswer> answers) {
        List<String> header = rows.isEmpty() ? List.of() : rows.getFirst().stream().map(String::strip).toList();
        Set<String> known = Set.copyOf(header);
        if (!known.contains("answer") || header.stream().noneMatch(RatedFile::isRating)) {
            throw new IllegalArgumentException("reading " + file + ": its columns are " + header
                    + "; needed: answer and human (or human_NAME), and where known reference, metric_NAME, task,"
                    + " cluster, system");
        }
        for (int number = 1; number < rows.size(); number++) {
            List<String> cells = rows.get(number);
            String place = file + " row " + (number + 1);
            if (cells.size() != header.size()) {
                throw new IllegalArgumentException("reading " + place + ": it has " + cells.size() + " fields; needed: "
                        + header.size());
            }
            var fields = new LinkedHashMap<String, String>();
            var people = new LinkedHashMap<String, Double>();
            var machine = new LinkedHashMap<String, Double>();
            for (int column = 0; column < header.size(); column++) {
                String name = header.get(column);
                String cell = cells.get(column);
                if (isRating(name)) {
                    people.put(name.equals("human") ? name : name.substring("human_".length()), number(cell, place));
                } else if (name.startsWith("metric_")) {
                    machine.put(name.substring("metric_".length()), number(cell, place));
                } else {
                    fields.put(name, cell);
                }
            }
            String reference = fields.getOrDefault("reference", "");
            answers.add(new RatedAnswer(fields.getOrDefault("task", ""), fields.getOrDefault("cluster", place),
                    fields.getOrDefault("system", ""), fields.getOrDefault("answer", ""),
                    reference.isBlank() ? List.of() : List.of(reference), people, machine));
        }
    }

    private static boolean isRating(String column) {
        return column.equals("human") || column.startsWith("human_");
    }

    private static double number(String cell, String place) {
        try {
            double number = Double.parseDouble(cell.strip());
            if (Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException none) {
            throw new IllegalArgumentException("reading " + place + ": the rating '" + cell + "' is no number", none);
        }
        throw new IllegalArgumentException("reading " + place + ": the rating '" + cell + "' is not finite");
    }
}
