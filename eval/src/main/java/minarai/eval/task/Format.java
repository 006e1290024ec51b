package minarai.eval.task;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import minarai.eval.ifeval.InstructionFollowing.Instruction;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// How the items of a task are written, and the task such a file is where no task file says otherwise.
public enum Format {
    /// Question, four options and a letter, without a header.
    MMLU("mmlu", Kind.CHOICE, "{{question}}\nA. {{A}}\nB. {{B}}\nC. {{C}}\nD. {{D}}\nAnswer:"),
    /// `question` and `answer`, which ends in `#### number`.
    GSM8K("gsm8k", Kind.GENERATE, "Question: {{question}}\nAnswer:"),
    /// Questions with correct and incorrect answers, separated by semicolons, and the best one (`Best Answer`, in
    /// some versions `answer`), which becomes the first choice.
    TRUTHFULQA("truthfulqa", Kind.CHOICE, "Q: {{question}}\nA:"),
    /// `text`, the last word of which is to be found.
    LAMBADA("lambada", Kind.LAST_WORD, "{{context}}"),
    /// `examples` with `input` and `target`.
    BBH("bbh", Kind.GENERATE, "Q: {{question}}\nA:"),
    /// `question`, `choice0` to `choice4`, `label`.
    JCOMMONSENSEQA("jcommonsenseqa", Kind.CHOICE, "質問:{{question}}\n答え:"),
    /// `sentence1`, `sentence2`, `label`.
    JNLI("jnli", Kind.CHOICE, "前提:{{sentence1}}\n仮説:{{sentence2}}\n関係:"),
    /// `prompt`, `instruction_id_list`, `kwargs`.
    IFEVAL("ifeval", Kind.INSTRUCTIONS, "{{prompt}}"),
    /// `question_id`, `category`, `turns`.
    MT_BENCH("mt_bench", Kind.TURNS, "{{turn1}}"),
    /// `task_id`, `prompt`, `test`, `entry_point`; may be gzipped.
    HUMANEVAL("humaneval", Kind.CODE, "{{prompt}}"),
    /// Any texts by name; `answer` or `output` (a text or a list) is what is expected, `choices` and `label` make a
    /// choice, `question` or `instruction` is asked.
    JSONL("jsonl", Kind.GENERATE, "{{question}}");

    private static final int MAX_BYTES = 1 << 28;
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final List<String> LETTERS = List.of("A", "B", "C", "D");
    private static final List<String> RELATIONS = List.of("entailment", "contradiction", "neutral");
    private static final List<String> JAPANESE_RELATIONS = List.of("含意", "矛盾", "中立");

    private final String label;
    private final Kind kind;
    private final String prompt;

    Format(String label, Kind kind, String prompt) {
        this.label = label;
        this.kind = kind;
        this.prompt = prompt;
    }

    /// As it is called in task files and before a file's name.
    public String label() {
        return label;
    }

    Kind kind() {
        return kind;
    }

    String prompt() {
        return prompt;
    }

    /// @throws IllegalArgumentException if there is no such format
    public static Format named(String name) {
        return Arrays.stream(values()).filter(format -> format.label.equals(name)).findFirst().orElseThrow(() ->
                new IllegalArgumentException("no format of items is called '" + name + "'; there are "
                        + Arrays.stream(values()).map(Format::label).toList()));
    }

    /// Reads the items of a file.
    ///
    /// @throws IllegalArgumentException if the file is not of this format
    /// @throws UncheckedIOException     if it cannot be read
    public List<TaskItem> read(Path file) {
        String text = text(file, MAX_BYTES);
        try {
            List<TaskItem> items = switch (this) {
                case MMLU -> numbered(Csv.rows(text, file.toString()), file, Format::mmlu);
                case TRUTHFULQA -> truthful(Csv.rows(text, file.toString()), file);
                case BBH -> numbered(list(JSON.readTree(text).path("examples")), file, Format::bigBench);
                case GSM8K, LAMBADA, JCOMMONSENSEQA, JNLI, IFEVAL, MT_BENCH, HUMANEVAL, JSONL ->
                        numbered(text.lines().filter(line -> !line.isBlank()).map(JSON::readTree).toList(), file,
                                this::line);
            };
            if (items.isEmpty()) {
                throw new IllegalArgumentException("reading " + file + " as " + label + ": there is no item in it");
            }
            requireIdsOfTheirOwn(items, file);
            return items;
        } catch (JacksonException malformed) {
            throw new IllegalArgumentException("reading " + file + " as " + label + ": "
                    + malformed.getOriginalMessage(), malformed);
        }
    }

    private void requireIdsOfTheirOwn(List<TaskItem> items, Path file) {
        Map<String, Integer> rows = new TreeMap<>();
        for (int row = 1; row <= items.size(); row++) {
            String id = items.get(row - 1).id();
            if (id.isBlank()) {
                throw new IllegalArgumentException("reading " + file + " as " + label + ": the id of row " + row
                        + " is blank; name it, or leave it out");
            }
            Integer first = rows.putIfAbsent(id, row);
            if (first != null) {
                throw new IllegalArgumentException("reading " + file + " as " + label + ": the rows " + first + " and "
                        + row + " have the same id '" + id + "', by which answers are told apart; needed: an id of its"
                        + " own for each (where an item names none it is the row's number)");
            }
        }
    }

    @FunctionalInterface
    private interface RowReader<T> {
        TaskItem read(String number, T row);
    }

    private <T> List<TaskItem> numbered(List<T> rows, Path file, RowReader<T> reader) {
        List<TaskItem> items = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            try {
                items.add(reader.read(String.valueOf(row + 1), rows.get(row)));
            } catch (IllegalArgumentException | IndexOutOfBoundsException wrong) {
                throw new IllegalArgumentException("reading " + file + " as " + label + ": row " + (row + 1) + ": "
                        + wrong.getMessage(), wrong);
            }
        }
        return items;
    }

    private TaskItem line(String number, JsonNode row) {
        return switch (this) {
            case GSM8K -> TaskItem.answering(number, number, Map.of("question", text(row, "question"), "answer",
                    text(row, "answer")), List.of(text(row, "answer").replaceFirst("(?s).*####\\s*", "")));
            case LAMBADA -> lastWord(number, text(row, "text"));
            case JCOMMONSENSEQA -> TaskItem.choosing("q" + text(row, "q_id"), Map.of("question", text(row, "question")),
                    IntStream.range(0, 5).mapToObj(i -> text(row, "choice" + i)).toList(),
                    List.of(row.path("label").asInt()));
            case JNLI -> TaskItem.choosing(text(row, "sentence_pair_id"), Map.of("sentence1", text(row, "sentence1"),
                    "sentence2", text(row, "sentence2")), JAPANESE_RELATIONS, List.of(relation(text(row, "label"))));
            case IFEVAL -> instructions(row);
            case MT_BENCH -> turns(row);
            case HUMANEVAL -> new TaskItem(text(row, "task_id"), text(row, "task_id"), Map.of("prompt",
                    text(row, "prompt")), List.of(), List.of(), List.of(row.path("canonical_solution").asString("")),
                    List.of(), Optional.of(new TaskItem.Program(text(row, "prompt"), "\n" + text(row, "test")
                    + "\ncheck(" + text(row, "entry_point") + ")\n")));
            case MMLU, TRUTHFULQA, BBH, JSONL -> plain(number, row);
        };
    }

    private static int relation(String label) {
        int index = RELATIONS.indexOf(label);
        if (index < 0) {
            throw new IllegalArgumentException("the label is '" + label + "'; needed: one of " + RELATIONS);
        }
        return index;
    }

    private static TaskItem mmlu(String number, List<String> row) {
        if (row.size() != 6 || !LETTERS.contains(row.get(5))) {
            throw new IllegalArgumentException("it has " + row.size() + " fields and the last is '" + row.getLast()
                    + "'; needed: a question, four options and A, B, C or D");
        }
        return TaskItem.choosing(number, Map.of("question", row.get(0), "A", row.get(1), "B", row.get(2), "C",
                row.get(3), "D", row.get(4)), LETTERS, List.of(LETTERS.indexOf(row.get(5))));
    }

    private List<TaskItem> truthful(List<List<String>> rows, Path file) {
        List<String> header = rows.isEmpty() ? List.of() : rows.getFirst();
        for (String name : List.of("question", "Correct Answers", "Incorrect Answers")) {
            if (header.stream().noneMatch(name::equalsIgnoreCase)) {
                throw new IllegalArgumentException("reading " + file + " as " + label + ": its header is " + header
                        + "; needed: a column " + name);
            }
        }
        List<String> best = List.of("best answer", "answer");
        if (header.stream().map(name -> name.toLowerCase(Locale.ROOT)).noneMatch(best::contains)) {
            throw new IllegalArgumentException("reading " + file + " as " + label + ": its header is " + header
                    + "; needed: a column Best Answer, for mc1");
        }
        List<String> names = header.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
        return numbered(rows.subList(1, rows.size()), file, (number, row) -> {
            String first = row.get(best.stream().mapToInt(names::indexOf).filter(at -> at >= 0).findFirst()
                    .orElseThrow()).strip();
            List<String> right = Stream.concat(Stream.of(first).filter(answer -> !answer.isEmpty()),
                    answers(row.get(names.indexOf("correct answers"))).stream()).distinct().toList();
            List<String> choices = new ArrayList<>(right);
            choices.addAll(answers(row.get(names.indexOf("incorrect answers"))));
            return TaskItem.choosing(number, Map.of("question", row.get(names.indexOf("question"))), choices,
                    IntStream.range(0, right.size()).boxed().toList());
        });
    }

    private static List<String> answers(String field) {
        return Arrays.stream(field.split(";")).map(String::strip).filter(answer -> !answer.isEmpty()).distinct()
                .toList();
    }

    private static TaskItem bigBench(String number, JsonNode row) {
        return TaskItem.answering(number, number, Map.of("question", text(row, "input"), "answer", text(row, "target")),
                List.of(text(row, "target")));
    }

    private static TaskItem lastWord(String number, String text) {
        int blank = text.strip().lastIndexOf(' ');
        if (blank < 1) {
            throw new IllegalArgumentException("the text has one word only, so nothing comes before the last");
        }
        String word = text.strip().substring(blank + 1);
        return TaskItem.answering(number, number, Map.of("context", text.strip().substring(0, blank), "answer", word),
                List.of(word));
    }

    private static TaskItem instructions(JsonNode row) {
        List<Instruction> instructions = IntStream.range(0, row.path("instruction_id_list").size()).mapToObj(index ->
                new Instruction(row.path("instruction_id_list").get(index).asString(), row.path("kwargs").path(index)))
                .toList();
        String id = row.has("key") ? row.path("key").asString() : text(row, "prompt");
        return new TaskItem(id, id, Map.of("prompt", text(row, "prompt")), List.of(), List.of(),
                instructions.stream().map(Instruction::id).toList(), instructions, Optional.empty());
    }

    private static TaskItem turns(JsonNode row) {
        Map<String, String> fields = new TreeMap<>();
        for (JsonNode turn : row.path("turns")) {
            fields.put("turn" + (fields.size() + 1), turn.asString());
        }
        if (fields.isEmpty()) {
            throw new IllegalArgumentException("it has no turns");
        }
        String id = text(row, "question_id");
        return TaskItem.answering(id, row.path("category").asString(id), fields, List.of());
    }

    private static TaskItem plain(String number, JsonNode row) {
        Map<String, String> fields = new TreeMap<>();
        row.properties().stream().filter(field -> field.getValue().isValueNode() && !field.getValue().isNull())
                .forEach(field -> fields.put(field.getKey(), field.getValue().asString()));
        for (String paraphrase : texts(row.path("paraphrases"))) {
            fields.put("paraphrase" + (fields.size() + 1), paraphrase);
        }
        if (row.has("instruction")) {
            fields.putIfAbsent("question", text(row, "instruction"));
        }
        JsonNode answer = row.has("answer") ? row.path("answer") : row.path("output");
        String id = fields.getOrDefault("id", number);
        String cluster = fields.getOrDefault("cluster", id);
        List<String> choices = texts(row.path("choices"));
        if (!choices.isEmpty()) {
            int label = row.path("label").isInt() ? row.path("label").asInt() : choices.indexOf(text(row, "answer"));
            return new TaskItem(id, cluster, fields, choices, List.of(label), List.of(choices.get(label)), List.of(),
                    Optional.empty());
        }
        return TaskItem.answering(id, cluster, fields, answer.isArray() ? texts(answer)
                : List.of(text(row, row.has("answer") ? "answer" : "output")));
    }

    private static List<String> texts(JsonNode array) {
        return list(array).stream().map(JsonNode::asString).toList();
    }

    private static List<JsonNode> list(JsonNode array) {
        return array.valueStream().toList();
    }

    private static String text(JsonNode row, String name) {
        JsonNode value = row.path(name);
        if (!value.isValueNode() || value.isNull()) {
            throw new IllegalArgumentException("it has no '" + name + "'");
        }
        return value.asString();
    }

    /// The text of a file, which may be gzipped.
    ///
    /// @param most bytes of the text
    /// @throws IllegalArgumentException if there are more, or they are not UTF-8
    static String text(Path file, int most) {
        try {
            byte[] bytes = read(file, most);
            ByteBuffer left = ByteBuffer.wrap(bytes);
            try {
                return StandardCharsets.UTF_8.newDecoder().decode(left).toString();
            } catch (CharacterCodingException malformed) {
                throw new IllegalArgumentException("reading " + file + ": it is not UTF-8 from byte "
                        + (left.position() + 1) + " on; convert it", malformed);
            }
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the items in " + file, failure);
        }
    }

    private static byte[] read(Path file, int most) throws IOException {
        long size = Files.size(file);
        byte[] bytes = size > most ? new byte[0] : Files.readAllBytes(file);
        if (bytes.length > 1 && bytes[0] == 0x1f && bytes[1] == (byte) 0x8b) {
            try (var unzipped = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
                bytes = unzipped.readNBytes(most + 1);
                size = bytes.length;
            }
        }
        if (size > most) {
            throw new IllegalArgumentException("reading " + file + ": more than " + most + " bytes; items have at most"
                    + " so many, unzipped");
        }
        return bytes;
    }
}
