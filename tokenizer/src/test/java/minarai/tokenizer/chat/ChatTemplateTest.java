package minarai.tokenizer.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChatTemplateTest {
    private static final LocalDateTime CLOCK = LocalDateTime.of(2024, 7, 26, 9, 8, 7);
    private static final ByteTokenizer TOKENIZER = ByteTokenizer.of("<s>", "</s>", "<|im_start|>", "<|im_end|>",
            "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>");
    private static final List<Message> TURN = List.of(Message.user("こんにちは 😀?"), Message.assistant("Hi, 東京!"));
    private static final List<Message> TURNS = List.of(new Message("system", "Be brief."), Message.user("One?"),
            Message.assistant("1"), Message.user("Two?"), Message.assistant("2."));

    private static ChatTemplate template(String source) {
        return new ChatTemplate(source, "<s>", "</s>", CLOCK);
    }

    private static String targets(ByteTokenizer tokenizer, Rendering rendering) {
        return tokenizer.text(true, IntStream.range(0, rendering.ids().length).filter(i -> rendering.mask()[i])
                .map(i -> rendering.ids()[i]).toArray());
    }

    private static String targets(String source, List<Message> messages) {
        return targets(TOKENIZER, template(source).render(TOKENIZER, messages, false));
    }

    private static String refusal(String source, List<Message> messages) {
        return assertThrows(IllegalArgumentException.class,
                () -> template(source).render(TOKENIZER, messages, false)).getMessage();
    }

    @Test
    void theTargetsOfANamedTemplateAreTheAnswerAndItsEndToken() {
        List<String> ends = List.of("Hi, 東京!<|im_end|>", "Hi, 東京!</s>", "Hi, 東京!<|eot_id|>", " Hi, 東京!</s>");
        for (int i = 0; i < ChatTemplate.NAMES.size(); i++) {
            ChatTemplate template = ChatTemplate.named(ChatTemplate.NAMES.get(i), "<s>", "</s>");
            assertEquals(ends.get(i), targets(TOKENIZER, template.render(TOKENIZER, TURN, false)));
        }
    }

    @Test
    void everyAnswerOfAConversationIsTrained() {
        List<String> ends = List.of("1<|im_end|>2.<|im_end|>", "1</s>2.</s>", "1<|eot_id|>2.<|eot_id|>",
                " 1</s> 2.</s>");
        for (int i = 0; i < ChatTemplate.NAMES.size(); i++) {
            ChatTemplate template = ChatTemplate.named(ChatTemplate.NAMES.get(i), "<s>", "</s>");
            assertEquals(ends.get(i), targets(TOKENIZER, template.render(TOKENIZER, TURNS, false)));
        }
    }

    @Test
    void thePromptGivenWhenServingIsTheBeginningOfWhatIsTrained() {
        for (String name : ChatTemplate.NAMES) {
            ChatTemplate template = ChatTemplate.named(name, "<s>", "</s>");
            Rendering trained = template.render(TOKENIZER, TURNS, false);
            for (int count : new int[] {2, 4}) {
                Rendering prompt = template.render(TOKENIZER, TURNS.subList(0, count), true);
                assertArrayEquals(prompt.ids(), Arrays.copyOf(trained.ids(), prompt.ids().length), name);
                assertTrue(trained.mask()[prompt.ids().length], name + ": the first id after the prompt is a target");
                assertEquals(0, prompt.targets());
            }
        }
    }

    @Test
    void plainIsTextMarkersAndTheEndOfText() {
        ChatTemplate plain = ChatTemplate.named("plain", "", "</s>");
        assertEquals("User: One?\nAssistant:", plain.text(List.of(Message.user("One?")), true));
        assertEquals("System: Be brief.\nUser: One?\nAssistant: 1</s>User: Two?\nAssistant: 2.</s>",
                plain.text(TURNS, false));
        assertEquals(TOKENIZER.idOf("</s>"), plain.findEndToken(TOKENIZER));
    }

    @Test
    void theEndTokenOfChatmlIsTheEndOfATurn() {
        assertEquals(TOKENIZER.idOf("<|im_end|>"), ChatTemplate.named("chatml", "", "</s>").findEndToken(TOKENIZER));
    }

    @Test
    void onlyASpecialTokenEndsAnAnswer() {
        List<String> others = List.of("<s>", "</s>", "<|im_start|>");
        var asOrdinary = new ByteTokenizer(List.of("<|im_end|>"), others);
        var chatml = ChatTemplate.named("chatml", "<s>", "");
        assertEquals(TOKENIZER.idOf("<|im_end|>"), chatml.findEndToken(TOKENIZER));
        assertEquals(OptionalInt.empty(), chatml.findEndToken(asOrdinary));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> chatml.render(asOrdinary, TURN, false))
                .getMessage().contains("never stop"));
        var asEnd = ChatTemplate.named("chatml", "<s>", "<|im_end|>");
        assertEquals(OptionalInt.empty(), asEnd.findEndToken(asOrdinary));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> asEnd.render(asOrdinary, TURN, false))
                .getMessage()
                .contains("'<|im_end|>' is not a special token"));
    }

    @Test
    void aMarkerThatIsCutIntoPiecesIsNoEndAndIsNoticed() {
        var without = ByteTokenizer.of("<s>", "</s>", "<|im_start|>");
        var chatml = ChatTemplate.named("chatml", "<s>", "");
        assertEquals(OptionalInt.empty(), chatml.findEndToken(without));
        for (List<Message> messages : List.of(TURN, TURNS)) {
            String refusal = assertThrows(IllegalArgumentException.class,
                    () -> chatml.render(without, messages, false)).getMessage();
            assertTrue(refusal.contains("no end token"), refusal);
        }
        assertEquals(OptionalInt.empty(), chatml.tolerating(Set.of(Misfit.Kind.NO_END)).findEndToken(without));
    }

    /// A last answer is closed with the end of text, which is special, in place of the marker that is not.
    @Test
    void aMarkerThatIsCutIntoPiecesGivesWayToTheEndOfText() {
        var without = ByteTokenizer.of("<s>", "</s>", "<|im_start|>");
        var chatml = ChatTemplate.named("chatml", "<s>", "</s>");
        assertEquals(without.idOf("</s>"), chatml.findEndToken(without));
        assertEquals("Hi, 東京!</s>", targets(without, chatml.render(without, TURN, false)));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> chatml.render(without, TURNS, false)).getMessage()
                .contains("no end token"));
    }

    @Test
    void aSpecialTokenBeforeTheWordsEndsNoAnswer() {
        String source = "{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% else %}>"
                + "{% generation %}<think>{{ m.content }}<|im_end|>{% endgeneration %}{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}>{% endif %}";
        var template = new ChatTemplate(source, "<s>", "", CLOCK);
        var with = ByteTokenizer.of("<s>", "<think>", "<|im_end|>");
        assertEquals("<think>Hi, 東京!<|im_end|>", targets(with, template.render(with, TURN, false)));
        assertEquals(with.idOf("<|im_end|>"), template.findEndToken(with));
        var without = ByteTokenizer.of("<s>", "<think>");
        assertEquals(OptionalInt.empty(), template.findEndToken(without));
        assertEquals(OptionalInt.empty(), template.tolerating(Set.of(Misfit.Kind.NO_END)).findEndToken(without));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> template.render(without, TURN, false))
                .getMessage()
                .contains("never stop"));
    }

    @Test
    void eachIdKnowsItsMessage() {
        Rendering rendering = ChatTemplate.named("chatml", "", "").render(TOKENIZER, TURNS, false);
        for (int m = 0; m < TURNS.size(); m++) {
            int message = m;
            assertEquals(TURNS.get(m).content(), TOKENIZER.decode(IntStream.range(0, rendering.ids().length)
                    .filter(i -> rendering.messages()[i] == message).map(i -> rendering.ids()[i]).toArray()));
        }
    }

    @Test
    void specialTokensSpelledOutByAnyoneStayPlainText() {
        var random = new Random(7);
        List<String> parts = List.of("<|im_start|>", "<|im_end|>", "</s>", "<s>", "<|im", "_end|>", "|>", "<", "a", " ",
                "\n", "東", "😀", "<|eot_id|>");
        for (String name : ChatTemplate.NAMES) {
            ChatTemplate template = ChatTemplate.named(name, "<s>", "</s>");
            long expected = specials(template.render(TOKENIZER, TURNS, false));
            for (int trial = 0; trial < 100; trial++) {
                List<Message> messages = TURNS.stream().map(message -> new Message(message.role(), "x"
                        + IntStream.range(0, random.nextInt(6)).mapToObj(i -> parts.get(random.nextInt(parts.size())))
                                .reduce("", String::concat) + "x")).toList();
                Rendering rendering = template.render(TOKENIZER, messages, false);
                assertEquals(expected, specials(rendering), name + " " + messages);
                assertEquals(rendering.text(), TOKENIZER.text(true, rendering.ids()));
            }
        }
    }

    private static long specials(Rendering rendering) {
        return Arrays.stream(rendering.ids()).filter(TOKENIZER::isSpecial).count();
    }

    @Test
    void aSpecialTokenBegunByTheTemplateAndFinishedByAUserStaysPlainText() {
        Rendering rendering = template("{% for m in messages %}[<{{ m.content }}]{% endfor %}")
                .render(TOKENIZER, List.of(Message.user("/s>")), true);
        assertEquals("[</s>]", rendering.text());
        assertEquals(0, specials(rendering));
    }

    @Test
    void aRoleThatIsNotAPlainNameIsUserText() {
        String source = "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' + m.content }}{% endfor %}";
        var spoof = new Message("user<|im_end|>", "hello");
        assertEquals(1, specials(template(source).render(TOKENIZER, List.of(spoof), true)));
    }

    @Test
    void generationBlocksBoundTheTargetsAndTheEndTokenIsAlwaysOne() {
        String body = "{% for m in messages %}<|im_start|>{{ m.role }}:{% if m.role == 'assistant' %}%s"
                + "{% else %}{{ m.content }}<|im_end|>{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}<|im_start|>assistant:{% endif %}";
        assertEquals("1<|im_end|>2.<|im_end|>", targets(body.replace("%s",
                "{% generation %}{{ m.content }}<|im_end|>\n\n{% endgeneration %}"), TURNS));
        assertEquals("1<|im_end|>2.<|im_end|>", targets(body.replace("%s",
                "note{% generation %}{{ m.content }}{% endgeneration %}<|im_end|>"), TURNS));
        assertEquals("1<|im_end|>2.<|im_end|>", targets(body.replace("<|im_start|>{{ m.role }}:", "")
                .replace("{{ m.content }}<|im_end|>", "{{ m.role }}:{{ m.content }}<|im_end|>").replace("%s",
                "{% generation %}<|im_start|>assistant:{{ m.content }}<|im_end|>{% endgeneration %}"), TURNS));
        assertTrue(refusal(body.replace("%s", "{{ m.content }}{% generation %}{% endgeneration %}<|im_end|>"
                + "{% generation %}.{% endgeneration %}"), TURN).contains("inside a {% generation %} block"));
    }

    @Test
    void anAnswerWithoutEndTokenIsClosedAtTheEndOfAConversationAndRefusedWithinIt() {
        String source = "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}"
                + "{% if add_generation_prompt %}assistant:{% endif %}";
        Rendering rendering = template(source).render(TOKENIZER, TURN, false);
        assertEquals(" Hi, 東京!</s>", targets(TOKENIZER, rendering));
        assertEquals("user: こんにちは 😀?\nassistant: Hi, 東京!</s>", rendering.text());
        assertTrue(refusal(source, TURNS).contains("no end token"));
        var without = new ChatTemplate(source, "<s>", "", CLOCK);
        assertThrows(IllegalArgumentException.class, () -> without.render(TOKENIZER, TURN, false));
        var unknown = new ChatTemplate(source, "<s>", "<end>", CLOCK);
        String refusal = assertThrows(IllegalArgumentException.class,
                () -> unknown.render(TOKENIZER, TURN, false)).getMessage();
        assertTrue(refusal.contains("never stop"), refusal);
    }

    @Test
    void aPromptThatATemplateAlwaysWritesIsNoEndOfAnAnswer() {
        String source = "{% for m in messages %}{% if m.role == 'user' %}<|im_start|>{% else %}<|im_end|>{% endif %}"
                + "{{ m.content }}{% endfor %}<|im_end|>";
        assertEquals("Hi, 東京!</s>", targets(source, TURN));
        assertTrue(refusal(source, TURNS).contains("no end token"));
    }

    @Test
    void aTrailingBlankInThePromptIsRefusedAndThePlaceShown() {
        var merging = new ByteTokenizer(List.of(" Hi"), List.of("</s>"));
        var template = template("{% for m in messages %}{{ m.role }}: {{ m.content }}{{ eos_token }}{% endfor %}"
                + "{% if add_generation_prompt %}assistant: {% endif %}");
        String refusal = assertThrows(IllegalArgumentException.class,
                () -> template.render(merging, TURN, false)).getMessage();
        assertTrue(refusal.contains("message 2 of 2 (assistant"), refusal);
        assertTrue(refusal.contains("assistant:', is ' ' in the one and ' Hi' in the other"), refusal);
    }

    @Test
    void aTemplateWithoutAPlaceForTheWordsIsRefused() {
        String answers = "{{ messages[0].content }}{% if add_generation_prompt %}>{% endif %}";
        assertTrue(refusal(answers, TURN).contains("message 2 of 2 (assistant) appear nowhere"));
        String questions = "{% for m in messages if m.role != 'user' %}{{ m.content }}</s>{% endfor %}";
        assertTrue(refusal(questions, TURN).contains("message 1 of 2 (user) appear nowhere"));
    }

    @Test
    void aTemplateThatLeavesTheLastAnswerOutIsRefusedThoughMisfitsAreTaken() {
        var template = template("{% for m in messages %}{% if not (loop.last and m.role == 'assistant') %}"
                + "{{ m.role }}: {{ m.content }}</s>{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}assistant: {% endif %}");
        List<Message> goingOn = List.of(Message.user("a"), Message.assistant("b"), Message.user("c"));
        String refusal = assertThrows(IllegalArgumentException.class,
                () -> template.render(TOKENIZER, goingOn, new ArrayList<Misfit>()::add)).getMessage();
        assertTrue(refusal.contains("message 2 of 3 (assistant, 'b')") && refusal.contains("when it comes last"),
                refusal);
    }

    @Test
    void aTemplateThatIgnoresTheGenerationPromptIsRefusedWhereTheHeaderWouldBeTrained() {
        String refusal = refusal("{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>"
                + "{% endfor %}", TURN);
        assertTrue(refusal.contains("ignores add_generation_prompt"), refusal);
        assertEquals(" Hi, 東京!</s>", targets("{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} "
                + "[/INST]{% else %} {{ m.content }}</s>{% endif %}{% endfor %}", TURN));
    }

    @Test
    void anAnswerThatLaterTurnsRewriteIsRefused() {
        String source = "{% for m in messages %}{{ m.role }}:"
                + "{{ m.content if loop.last else m.content.split('t')[-1] }}</s>{% endfor %}"
                + "{% if add_generation_prompt %}assistant:{% endif %}";
        List<Message> rewritten = List.of(Message.user("q"), Message.assistant("at b"), Message.user("q"),
                Message.assistant("c"));
        String refusal = refusal(source, rewritten);
        assertTrue(refusal.contains("message 2 of 4") && refusal.contains("the conversation as a whole"), refusal);
    }

    @Test
    void blankAnswersAnswersToNothingAndADoubleBeginningAreRefused() {
        String chatml = ChatTemplate.named("chatml", "", "").source();
        assertTrue(refusal(chatml, List.of(Message.user("a"), Message.assistant(" \n"))).contains("blank"));
        assertTrue(refusal(chatml, List.of(Message.assistant("a"))).contains("answers nothing"));
        assertTrue(refusal("{{ bos_token }}" + chatml, TURN).contains("twice"));
    }

    @Test
    void theClockIsPinned() {
        assertEquals("26 Jul 2024, Friday 09:08", template("{{ strftime_now('%d %b %Y, %A %H:%M') }}")
                .text(List.of(), false));
    }

    @Test
    void anUnknownNameIsAnsweredWithTheNames() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> ChatTemplate.named("vicuna", "", ""))
                .getMessage().contains("chatml, alpaca, llama3, plain"));
    }

    @Test
    void aFolderHasItsOwnTemplateOrNone(@TempDir Path folder) throws IOException {
        assertEquals(Optional.empty(), ChatTemplate.in(folder, CLOCK));
        Path config = folder.resolve("tokenizer_config.json");
        Files.writeString(config, "{\"bos_token\": null, \"eos_token\": {\"content\": \"</s>\"}}");
        assertEquals(Optional.empty(), ChatTemplate.in(folder, CLOCK));
        Files.writeString(config, "{\"eos_token\": {\"content\": \"</s>\"}, \"chat_template\": \"a{{ eos_token }}\"}");
        assertEquals("a</s>", ChatTemplate.in(folder, CLOCK).orElseThrow().text(List.of(), false));
        Files.writeString(config, "{\"bos_token\": \"<s>\", \"chat_template\": [{\"name\": \"tool_use\", \"template\": "
                + "\"t\"}, {\"name\": \"default\", \"template\": \"{{ bos_token }}d\"}]}");
        assertEquals("<s>d", ChatTemplate.in(folder, CLOCK).orElseThrow().text(List.of(), false));
        Files.writeString(folder.resolve("chat_template.jinja"), "file {{ bos_token }}\n");
        assertEquals("file <s>", ChatTemplate.in(folder, CLOCK).orElseThrow().text(List.of(), false));
        for (String broken : List.of("{", "[]", "{\"bos_token\": 3}")) {
            Files.writeString(config, broken);
            assertThrows(IllegalArgumentException.class, () -> ChatTemplate.in(folder, CLOCK), broken);
        }
    }
}
