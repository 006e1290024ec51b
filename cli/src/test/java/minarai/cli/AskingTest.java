package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Commands that ask a model, against goldens of other programs.
class AskingTest {

    @TempDir
    private Path folder;

    private static JsonNode golden(String path) {
        return JsonMapper.builder().build().readTree(SharedData.at("goldens/" + path).toFile());
    }

    private static String list(JsonNode ids) {
        return ids.valueStream().map(JsonNode::asString).collect(Collectors.joining(","));
    }

    private static List<Integer> ids(JsonNode ids) {
        return ids.valueStream().map(JsonNode::asInt).toList();
    }

    @Test
    void logitsEqualTheReference() {
        String model = SharedData.at(SharedData.STORIES).toString();
        for (JsonNode expected : golden("reference/ts656_forward.json").get("cases")) {
            var json = Session.of("inspect", "logits", "-m", model, "--ids", list(expected.get("ids")), "--json")
                    .json();
            assertEquals(expected.get("ids"), json.get("ids"));
            assertClose(expected.get("nll"), json.get("nll"), 1e-3);
            JsonNode rows = json.get("logits");
            assertEquals(expected.get("ids").size(), rows.size());
            assertClose(expected.get("last_logits"), rows.get(rows.size() - 1), 1e-3);
        }
    }

    private static void assertClose(JsonNode expected, JsonNode actual, double tolerance) {
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i).asDouble(), actual.get(i).asDouble(), tolerance);
        }
    }

    @Test
    void greedyGenerationEqualsTheReference() {
        List<Integer> expected = ids(golden("reference/ts656_forward.json").get("greedy_from_bos"));
        var json = Session.of("generate", "-m", SharedData.at(SharedData.STORIES).toString(), "--ids", "1",
                "--max-tokens", "60", "--json").json();
        List<Integer> generated = ids(json.get("ids"));
        assertTrue(generated.size() >= 20, generated.toString());
        assertEquals(expected.subList(1, 1 + generated.size()), generated);
    }

    @Test
    void aModelWithoutTokenizerCanBeAskedInIds() {
        for (JsonNode greedy : golden("hf/models/llama-tiny/golden.json").get("greedy")) {
            var json = Session.of("generate", "-m", SharedData.at("goldens/hf/models/llama-tiny").toString(), "--ids",
                    list(greedy.get("prompt")), "--max-tokens", "12", "--json").json();
            List<Integer> generated = ids(json.get("ids"));
            assertEquals(ids(greedy.get("new_tokens")).subList(0, generated.size()), generated);
            assertTrue(!json.has("text"), json.toString());
        }
    }

    @Test
    void aTextAndItsIdsAreContinuedAlike() {
        String model = SharedData.at(SharedData.STORIES).toString();
        var ids = Session.of("inspect", "tokens", "-m", model, "--text", "Once upon", "--special", "--json").json();
        var ofText = Session.of("generate", "-m", model, "--prompt", "Once upon", "--max-tokens", "9", "--json").json();
        var ofIds = Session.of("generate", "-m", model, "--ids", list(ids.get("ids")), "--max-tokens", "9", "--json")
                .json();
        assertEquals(ofIds, ofText);
        assertEquals("length", ofText.get("finish_reason").asString());
    }

    @Test
    void tokensAndOffsetsAreThoseOfTheGoldens() throws IOException {
        Path tokenizer = SharedData.at("goldens/hf/tokenizers/tiny-llama3style");
        var lines = new ArrayList<String>();
        var expected = new ArrayList<JsonNode>();
        var mapper = JsonMapper.builder().build();
        for (String line : Files.readAllLines(SharedData.at("goldens/hf/tokenizers/tiny-llama3style.jsonl"))) {
            JsonNode golden = mapper.readTree(line);
            lines.add(mapper.writeValueAsString(golden.get("text")));
            expected.add(golden);
        }
        Path file = Files.write(folder.resolve("texts.jsonl"), lines);
        var session = Session.of("inspect", "tokens", "-m", tokenizer.toString(), "--lines", file.toString(),
                "--special", "--json");
        List<String> answers = session.out().lines().toList();
        assertEquals(expected.size(), answers.size());
        for (int i = 0; i < answers.size(); i++) {
            JsonNode answer = mapper.readTree(answers.get(i));
            assertEquals(expected.get(i).get("ids"), answer.get("ids"), lines.get(i));
            assertEquals(expected.get(i).get("tokens"), answer.get("pieces"), lines.get(i));
            assertEquals(expected.get(i).get("offsets"), answer.get("offsets"), lines.get(i));
        }
    }

    @Test
    void templatesAnswerEachLineWithTextOrError() throws IOException {
        Path template = Files.writeString(folder.resolve("chat.jinja"), """
                {%- if not messages -%}{{ raise_exception('nothing said') }}{%- endif -%}
                {{ bos_token }}{{ messages[0].content }}{{ strftime_now('%Y-%m-%d') }}""");
        Path lines = Files.writeString(folder.resolve("lines.jsonl"), """
                {"messages": [{"role": "user", "content": "見習い "}], "bos_token": "<s>"}

                {"messages": []}
                """);
        var session = Session.of("inspect", "template", "--template", template.toString(), "--lines", lines.toString(),
                "--now", "2024-07-26T09:08:07", "--json");
        assertEquals(List.of("{\"text\":\"<s>見習い 2024-07-26\"}", "{\"error\":\"nothing said\"}"),
                session.out().lines().toList());
    }

    @Test
    void theMaskMarksTheAnswerAndItsEndAlone() throws IOException {
        Path template = Files.writeString(folder.resolve("chat.jinja"), SharedData.TEMPLATE);
        Path messages = Files.writeString(folder.resolve("messages.json"),
                "[{\"role\":\"user\",\"content\":\"Hi\"},{\"role\":\"assistant\",\"content\":\"Hello you\"}]");
        var json = Session.of("inspect", "mask", "-m", SharedData.at(SharedData.STORIES).toString(), "--template",
                template.toString(), "--messages", messages.toString(), "--json").json();
        assertEquals("<|start_story|>Hi <|start_story|>Hello you <|end_story|>", json.get("text").asString());
        assertEquals(List.of(-100, -100, -100), ids(json.get("labels")).subList(0, 3));
        assertEquals(ids(json.get("ids")).subList(3, json.get("ids").size()),
                ids(json.get("labels")).subList(3, json.get("labels").size()));
        assertEquals(2, json.get("labels").get(json.get("labels").size() - 1).asInt());
    }

    @Test
    void tensorsAreListedWithTheirShapes() {
        var json = Session.of("inspect", "tensors", "-m", SharedData.at(SharedData.STORIES).toString(), "--json")
                .json();
        assertEquals(656_000, json.get("parameters").asInt());
        assertEquals("lm_head.weight", json.get("tensors").get(0).get("name").asString());
        assertEquals(List.of(2048, 128), ids(json.get("tensors").get(0).get("shape")));
    }
}
