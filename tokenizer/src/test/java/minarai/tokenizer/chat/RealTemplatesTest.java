package minarai.tokenizer.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;

import minarai.tokenizer.jinja.GoldenFiles;
import tools.jackson.databind.JsonNode;

/// Training and serving by the templates of real models, with a tokenizer of bytes and the template's special tokens.
class RealTemplatesTest {
    private static final LocalDateTime CLOCK = LocalDateTime.of(2024, 7, 26, 9, 8, 7);
    private static final Pattern SPECIAL = Pattern.compile("<[|｜]?[A-Za-z▁_]{1,30}[|｜]?>");
    private static final Pattern ANSWERS = Pattern.compile("(?:<think>\n\n</think>\n\n|\\s*)Uno\\.\\s*(<[^<>]+>)"
            + "(?:<think>\n\n</think>\n\n|\\s*)Dos\\.\\s*\\1");
    private static final List<Message> MESSAGES = List.of(Message.user("One?"), Message.assistant("Uno."),
            Message.user("Two?"), Message.assistant("Dos."));
    /// The indentation of these files is part of their output, and differs between prompt and answer.
    private static final List<String> INDENTED = List.of("alpaca", "amberchat", "chatml", "chatqa", "falcon-instruct",
            "gemma-it", "llama-3-instruct", "openchat-3.5", "phi-3-small", "phi-3", "saiga", "solar-instruct", "vicuna",
            "zephyr");
    /// These begin the prompt, but not the answer, with `<think>`.
    private static final List<String> THINKING = List.of("llama.cpp/deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
            "trl/deepseek_r1_distill_training");
    /// In these the next turn's header ends an answer.
    private static final List<String> UNCLOSED = List.of("model_templates/ChatGLM3", "model_templates/ChatGLM4",
            "model_templates/GLMEdge", "model_templates/MiniCPM-3B-OpenHermes-2.5-v2-GGUF");

    @Test
    void answersAndTheirEndTokensAreTrainedOrTheTemplateIsRefusedForAReason() {
        int trained = 0;
        var refused = new ArrayList<String>();
        for (JsonNode line : GoldenFiles.jsonLines("hf/chat/renders.jsonl")) {
            String name = line.get("name").stringValue();
            var template = template(line);
            ByteTokenizer tokenizer = tokenizer(line);
            try {
                Rendering rendering = template.render(tokenizer, MESSAGES, false);
                String targets = targets(tokenizer, rendering);
                assertTrue(ANSWERS.matcher(targets).matches(), name + ": " + targets);
                int[] prompt = template.render(tokenizer, MESSAGES.subList(0, 3), true).ids();
                assertArrayEquals(prompt, Arrays.copyOf(rendering.ids(), prompt.length), name);
                trained++;
            } catch (IllegalArgumentException refusal) {
                boolean isUnclosed = refusal.getMessage().contains("no end token");
                assertEquals(UNCLOSED.contains(name), isUnclosed, name + ": " + refusal.getMessage());
                refused.add(name);
            }
        }
        var expected = new ArrayList<>(INDENTED.stream().map("chat_templates/"::concat).toList());
        expected.addAll(THINKING);
        expected.addAll(UNCLOSED);
        assertEquals(new TreeSet<>(expected), new TreeSet<>(refused));
        assertEquals(38, trained);
    }

    private static ChatTemplate template(JsonNode line) {
        JsonNode tokens = line.get("special_tokens");
        return new ChatTemplate(line.get("template").stringValue(), tokens.path("bos_token").asString(""),
                tokens.path("eos_token").asString(""), CLOCK);
    }

    private static ByteTokenizer tokenizer(JsonNode line) {
        var specials = new TreeSet<String>();
        SPECIAL.matcher(line.get("template").stringValue()).results().forEach(match -> specials.add(match.group()));
        line.get("special_tokens").properties().forEach(token -> specials.add(token.getValue().stringValue()));
        return new ByteTokenizer(List.of(), List.copyOf(specials));
    }

    private static String targets(ByteTokenizer tokenizer, Rendering rendering) {
        return tokenizer.text(true, IntStream.range(0, rendering.ids().length).filter(i -> rendering.mask()[i])
                .map(i -> rendering.ids()[i]).toArray());
    }
}
