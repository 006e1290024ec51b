package minarai.tokenizer.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import minarai.tokenizer.jinja.GoldenFiles;
import minarai.tokenizer.jinja.Json;
import minarai.tokenizer.jinja.Run;
import minarai.tokenizer.jinja.Syntax;
import minarai.tokenizer.jinja.Template;
import minarai.tokenizer.jinja.TemplateException;
import minarai.tokenizer.jinja.Text;
import minarai.tokenizer.jinja.Value;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Templates of real models against what `transformers` 5.18 renders.
class RenderGoldensTest {
    private static final LocalDateTime CLOCK = LocalDateTime.of(2024, 7, 26, 9, 8, 7);
    private static final String CONTINUE_TAG = "CONTINUE_FINAL_MESSAGE_TAG ";

    @Test
    void everyRenderingAndEveryRefusalIsThatOfTransformers() {
        JsonNode conversations = GoldenFiles.json("hf/chat/conversations.json").get("conversations");
        var failures = new ArrayList<String>();
        int renders = 0;
        int errors = 0;
        int spans = 0;
        for (JsonNode line : GoldenFiles.jsonLines("hf/chat/renders.jsonl")) {
            Template template = Template.parse(line.get("template").stringValue(), Syntax.CHAT);
            for (JsonNode golden : line.get("renders")) {
                renders++;
                errors += golden.has("error") ? 1 : 0;
                spans += golden.path("generation_spans").size();
                JsonNode conversation = conversations.get(golden.get("conversation").stringValue());
                difference(template, line.get("special_tokens"), conversation, golden).ifPresent(difference ->
                        failures.add(line.get("name").stringValue() + " " + golden.get("conversation") + " "
                                + difference));
            }
        }
        assertEquals(List.of(), failures);
        assertEquals(List.of(2726, 478, 192), List.of(renders, errors, spans));
    }

    private static Optional<String> difference(Template template, JsonNode specialTokens, JsonNode conversation,
            JsonNode golden) {
        boolean isContinued = golden.path("continue_final_message").asBoolean(false);
        JsonNode messages = isContinued ? tagged(conversation.get("messages")) : conversation.get("messages");
        Map<String, Value> variables = new LinkedHashMap<>();
        variables.put("tools", Value.none());
        variables.put("documents", Value.none());
        specialTokens.properties().forEach(token ->
                variables.put(token.getKey(), Text.trusted(token.getValue().stringValue())));
        variables.put("messages", Json.value(messages, 1));
        variables.put("add_generation_prompt", Value.of(golden.path("add_generation_prompt").asBoolean(false)));
        if (conversation.has("tools")) {
            variables.put("tools", Json.value(conversation.get("tools"), 1));
        }
        conversation.path("kwargs").properties().forEach(entry ->
                variables.put(entry.getKey(), Json.value(entry.getValue(), 1)));
        try {
            Text text = template.render(variables, CLOCK);
            String characters = isContinued ? beforeTag(text.characters()) : text.characters();
            boolean isSame = golden.has("text") && golden.get("text").stringValue().equals(characters)
                    && (!golden.has("generation_spans") || golden.get("generation_spans").equals(spans(text)));
            return isSame ? Optional.empty() : Optional.of("expected " + golden + ", got " + characters);
        } catch (TemplateException refused) {
            JsonNode error = golden.path("error");
            boolean isRaised = error.path("type").asString("").equals("TemplateError");
            boolean isSame = golden.has("error") && isRaised == refused.isRaised()
                    && (!isRaised || error.get("message").stringValue().equals(refused.reason()));
            return isSame ? Optional.empty() : Optional.of("expected " + golden + ", got " + refused.getMessage());
        }
    }

    /// As `continue_final_message` of transformers: a mark behind the last message's text.
    private static JsonNode tagged(JsonNode messages) {
        ArrayNode copy = (ArrayNode) messages.deepCopy();
        ObjectNode last = (ObjectNode) copy.get(copy.size() - 1);
        JsonNode content = last.get("content");
        if (content.isArray()) {
            ObjectNode part = (ObjectNode) content.get(content.size() - 1);
            part.put("text", part.get("text").stringValue() + CONTINUE_TAG);
        } else {
            last.put("content", content.stringValue() + CONTINUE_TAG);
        }
        return copy;
    }

    private static String beforeTag(String text) {
        int tag = text.lastIndexOf(CONTINUE_TAG.strip());
        return text.startsWith(CONTINUE_TAG, tag) ? text.substring(0, tag) : text.substring(0, tag).stripTrailing();
    }

    /// Where each generation block wrote, in code points.
    private static JsonNode spans(Text text) {
        var spans = new tools.jackson.databind.json.JsonMapper().createArrayNode();
        int open = 0;
        for (Run run : text.runs()) {
            int start = text.characters().codePointCount(0, run.start());
            int end = text.characters().codePointCount(0, run.end());
            if (run.generation() != 0 && run.generation() == open) {
                ((ArrayNode) spans.get(spans.size() - 1)).set(1, end);
            } else if (run.generation() != 0) {
                spans.addArray().add(start).add(end);
            }
            open = run.generation();
        }
        return spans;
    }

    @Test
    void templatesOfModelsRenderAsInLlamaCppAndJinja2() {
        JsonNode cases = GoldenFiles.json("chat/model_templates.json");
        var failures = new ArrayList<String>();
        for (JsonNode golden : cases) {
            String source = golden.has("template") ? golden.get("template").stringValue()
                    : GoldenFiles.text("chat/" + golden.get("template_file").stringValue());
            Map<String, Value> variables = new LinkedHashMap<>();
            for (String name : List.of("messages", "add_generation_prompt", "bos_token", "eos_token")) {
                variables.put(name, Json.value(golden.get(name), 1));
            }
            String expected = golden.path("jinja2_output").asString(golden.get("expected").stringValue());
            String actual = Template.parse(source, Syntax.CHAT).render(variables, CLOCK).characters();
            if (!expected.equals(actual)) {
                failures.add(golden.get("name") + ": expected " + expected + ", got " + actual);
            }
        }
        assertEquals(List.of(), failures);
        assertEquals(29, cases.size());
    }
}
