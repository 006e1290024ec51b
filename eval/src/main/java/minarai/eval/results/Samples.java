package minarai.eval.results;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.eval.Answer;
import minarai.eval.Answered;
import minarai.eval.Item;
import minarai.eval.metric.Likelihood;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The answers of one task, a JSON object a line.
public final class Samples {

    private static final long MAX_BYTES = 1L << 30;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private Samples() {
    }

    /// Reads a samples file, ours or one of lm-evaluation-harness, whose documents have no clusters: there each item
    /// is one of its own.
    ///
    /// @throws IllegalArgumentException if a line is not a sample
    /// @throws UncheckedIOException     if the file cannot be read
    public static List<Answered> read(Path file) {
        List<Answered> answered = new ArrayList<>();
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException("reading " + file + ": " + Files.size(file)
                        + " bytes; a samples file has at most " + MAX_BYTES);
            }
            try (var reader = Files.newBufferedReader(file)) {
                int number = 0;
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                    number++;
                    if (!line.isBlank()) {
                        answered.add(parse(line, file + " line " + number));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("reading the samples in " + file + ": " + e.getMessage(), e);
        }
        return List.copyOf(answered);
    }

    static String lines(TaskResult task) {
        var lines = new StringBuilder();
        for (int number = 0; number < task.answered().size(); number++) {
            lines.append(JSON.writeValueAsString(sample(task, task.answered().get(number), number))).append('\n');
        }
        return lines.toString();
    }

    /// SHA-256 of the joined hashes of the samples; of nothing where there are none.
    static String taskHash(TaskResult task) {
        var joined = new StringBuilder();
        task.answered().forEach(one -> joined.append(documentHash(one.item())).append(sha256(one.item().prompt()))
                .append(sha256(one.item().expected().getFirst())));
        return sha256(joined.toString());
    }

    static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-256, which every JDK has to have", e);
        }
    }

    private static ObjectNode sample(TaskResult task, Answered one, int number) {
        var item = one.item();
        var answer = one.answer();
        var node = JsonNodeFactory.instance.objectNode().put("doc_id", number);
        node.set("doc", document(item));
        node.put("target", item.expected().getFirst());
        if (answer.options().isEmpty()) {
            node.putObject("arguments").putObject("gen_args_0").put("arg_0", item.prompt());
            var responses = node.putArray("resps").addArray();
            answer.texts().forEach(responses::add);
            node.putArray("filtered_resps").add(answer.text());
        } else {
            putOptions(node, item, answer, task.settings().getOrDefault(TaskResult.DELIMITER, " "));
        }
        node.put("filter", "none");
        var metrics = node.putArray("metrics");
        answer.scores().keySet().forEach(metrics::add);
        node.put("doc_hash", documentHash(item)).put("prompt_hash", sha256(item.prompt()))
                .put("target_hash", sha256(item.expected().getFirst()));
        answer.likelihood().ifPresent(likelihood -> node.putObject("likelihood")
                .put("log_probability", likelihood.logProbability()).put("tokens", likelihood.tokens())
                .put("bytes", likelihood.bytes()));
        answer.scores().forEach(node::put);
        return node;
    }

    /// As the harness writes a multiple choice: a request and a response for each option. What was chosen stands first
    /// among the filtered responses, which is where a reader of samples looks for the answer.
    private static void putOptions(ObjectNode node, Item item, Answer answer, String delimiter) {
        var arguments = node.putObject("arguments");
        var responses = node.putArray("resps");
        for (int index = 0; index < answer.options().size(); index++) {
            var option = answer.options().get(index);
            arguments.putObject("gen_args_" + index).put("arg_0", item.prompt()).put("arg_1",
                    delimiter + option.text());
            responses.addArray().addArray().add(option.logProbability());
        }
        node.putArray("filtered_resps").add(answer.text());
    }

    private static ObjectNode document(Item item) {
        var node = JsonNodeFactory.instance.objectNode().put("id", item.id()).put("cluster", item.cluster())
                .put("prompt", item.prompt());
        item.expected().forEach(node.putArray("expected")::add);
        return node;
    }

    private static String documentHash(Item item) {
        return sha256(JSON.writeValueAsString(document(item)));
    }

    private static Answered parse(String line, String place) {
        try {
            JsonNode node = JSON.readTree(line);
            JsonNode document = node.path("doc");
            String id = document.has("id") ? document.path("id").asString() : required(node, "/doc_id", place);
            List<String> expected = new ArrayList<>();
            document.path("expected").forEach(one -> expected.add(one.asString()));
            if (expected.isEmpty()) {
                expected.add(required(node, "/target", place));
            }
            String prompt = document.has("prompt") ? document.path("prompt").asString()
                    : required(node, "/arguments/gen_args_0/arg_0", place);
            var item = new Item(id, document.path("cluster").asString(id), prompt, expected);
            return new Answered(item, new Answer(required(node, "/filtered_resps/0", place), scores(node, place),
                    likelihood(node), List.of(), drawn(node)));
        } catch (JacksonException e) {
            throw new IllegalArgumentException("reading " + place + ": " + e.getOriginalMessage()
                    + "; needed: one JSON object a line, as evaluations write it", e);
        }
    }

    private static Map<String, Double> scores(JsonNode node, String place) {
        Map<String, Double> scores = new TreeMap<>();
        for (JsonNode metric : node.path("metrics")) {
            JsonNode score = node.path(metric.asString());
            if (!score.isNumber()) {
                throw new IllegalArgumentException("reading " + place + ": the score " + metric + " is " + score
                        + "; needed: a number in 0…1");
            }
            scores.put(metric.asString(), score.asDouble());
        }
        return scores;
    }

    /// All answers to one request; of a multiple choice each response is one to a request of its own.
    private static List<String> drawn(JsonNode node) {
        JsonNode responses = node.path("resps").path(0);
        return responses.size() < 2 || !responses.path(0).isString() ? List.of()
                : responses.valueStream().map(JsonNode::asString).toList();
    }

    private static Optional<Likelihood> likelihood(JsonNode node) {
        JsonNode measured = node.path("likelihood");
        return measured.isObject()
                ? Optional.of(new Likelihood(measured.path("log_probability").asDouble(),
                        measured.path("tokens").asLong(), measured.path("bytes").asLong()))
                : Optional.empty();
    }

    private static String required(JsonNode node, String pointer, String place) {
        JsonNode value = node.at(pointer);
        if (value.isMissingNode() || value.isContainer() || value.isNull()) {
            throw new IllegalArgumentException("reading " + place + ": " + pointer
                    + " is missing or not a plain value; is this a samples_….jsonl file of generated answers?");
        }
        return value.asString();
    }
}
