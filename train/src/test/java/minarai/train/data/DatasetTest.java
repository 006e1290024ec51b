package minarai.train.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import minarai.tokenizer.chat.Message;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {

    private static final String PAIR = "{\"instruction\":\"Say hi\",\"output\":\"hi\"}\n";

    @TempDir
    private Path folder;

    private Path write(String name, String text) {
        return write(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private Path write(String name, byte[] bytes) {
        try {
            return Files.write(folder.resolve(name), bytes);
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private List<Message> only(String name, String text) {
        return Dataset.read(write(name, text)).examples().getFirst().messages();
    }

    private void refuses(Path file, String... parts) {
        String message = assertThrows(IllegalArgumentException.class, () -> Dataset.read(file)).getMessage();
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "«" + part + "» is not in: " + message);
        }
    }

    private void refuses(String name, String text, String... parts) {
        refuses(write(name, text), parts);
    }

    @Test
    void everySchemaBecomesTurns() {
        var hi = List.of(Message.user("q"), Message.assistant("a"));
        assertEquals(hi, only("a.jsonl", "{\"instruction\":\"q\",\"input\":\"\",\"output\":\"a\",\"system\":null}"));
        assertEquals(hi, only("b.jsonl", "{\"prompt\":\"q\",\"completion\":\"a\"}"));
        assertEquals(hi, only("c.jsonl", "{\"question\":\"q\",\"answer\":\"a\"}"));
        assertEquals(hi, only("d.jsonl", "{\"指示\":\"q\",\"出力\":\"a\"}"));
        assertEquals(hi, only("e.jsonl", "{\"instruction\":\"q\",\"instances\":[{\"input\":\"\",\"output\":\"a\"}]}"));
        assertEquals(hi, only("f.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},"
                + "{\"role\":\"assistant\",\"content\":\"a\"}]}"));
        assertEquals(hi, only("g.json", "[{\"conversations\":[{\"from\":\"human\",\"value\":\"q\"},"
                + "{\"from\":\"gpt\",\"value\":\"a\"}]}]"));
        assertEquals(hi, only("h.csv", "出力,指示\na,q\n"));
        assertEquals(hi, only("i.tsv", "question\tanswer\nq\ta\n"));
        assertEquals(hi, only("j.csv", "instruction;output\nq;a\n"));
    }

    @Test
    void inputSystemAndHistoryAreKept() {
        assertEquals(List.of(new Message("system", "be kind"), Message.user("q0"), Message.assistant("a0"),
                        Message.user("q\n\nthe text"), Message.assistant(" a\n")),
                only("a.jsonl", "{\"instruction\":\"q\",\"input\":\"the text\",\"output\":\" "
                        + "a\\n\",\"system\":\"be kind\","
                        + "\"history\":[[\"q0\",\"a0\"]]}"));
    }

    @Test
    void aTaskWithSeveralInstancesGivesSeveralExamples() {
        var data = Dataset.read(write("a.jsonl", "{\"id\":\"t\",\"instruction\":\"double\",\"instances\":["
                + "{\"input\":\"1\",\"output\":\"2\"},{\"input\":\"2\",\"output\":\"4\"}]}"));
        assertEquals(List.of("t/1", "t/2"), data.examples().stream().map(Example::id).toList());
        assertEquals("double\n\n2", data.examples().get(1).prompt().getFirst().content());
    }

    @Test
    void theContentTellsTheFormNotTheName() {
        assertEquals(Schema.ALPACA, Dataset.read(write("pairs.txt", PAIR)).schema());
        assertEquals(Schema.ALPACA, Dataset.read(write("pairs.csv", "\n[" + PAIR + "]")).schema());
        assertEquals(Schema.QUESTION_ANSWER, Dataset.read(write("pairs.txt", "question,answer\n1,2\n")).schema());
    }

    @Test
    void originsNameTheLineInEveryForm() {
        var lines = Dataset.read(write("a.jsonl", "\n" + PAIR + "\n" + PAIR.replace("hi", "ho")));
        assertTrue(lines.examples().get(1).origin().endsWith("a.jsonl:4"), lines.examples().get(1).origin());
        var array = Dataset.read(write("b.json", "\n[\n" + PAIR + ",\n" + PAIR.replace("hi", "ho") + "]"));
        assertTrue(array.examples().get(1).origin().endsWith("b.json:5"), array.examples().get(1).origin());
        var table = Dataset.read(write("c.csv", "question,answer\r\n\"two\r\nlines\",1\r\n\r\nx,\"a \"\"b\"\", "
                + "c\"\r\n"));
        assertTrue(table.examples().get(1).origin().endsWith("c.csv:5"), table.examples().get(1).origin());
        assertEquals("two\nlines", table.examples().getFirst().prompt().getFirst().content());
        assertEquals("a \"b\", c", table.examples().get(1).answer());
    }

    @Test
    void idsAreGivenOnesOrHashesOfTheContentThatNeverChange() {
        var data = Dataset.read(write("a.jsonl", "{\"id\":7,\"prompt\":\"q\",\"completion\":\"a\"}\n"
                + "{\"prompt\":\"q\",\"completion\":\"a\"}\n"
                + "{\"prompt\":\"q\",\"completion\":\"a\",\"source\":\"x\"}\n"));
        assertEquals(List.of("7", "dafa1fc5914c2ee0", "dafa1fc5914c2ee0-2"),
                data.examples().stream().map(Example::id).toList());
        assertEquals(Set.of("source"), data.ignoredKeys());
    }

    @Test
    void theHashIsThatOfTheWholeFile() {
        for (String text : List.of(PAIR, "[" + PAIR + "]  \n\n", "question,answer\n1,2\n")) {
            Path file = write("x", text);
            assertEquals(Sha256.of(file), Dataset.read(file).sha256());
        }
        assertEquals("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Sha256.of("abc"));
    }

    @Test
    void aByteOrderMarkIsFine() {
        assertEquals(Schema.ALPACA, Dataset.read(write("a.jsonl", "\ufeff" + PAIR)).schema());
        assertEquals(Schema.QUESTION_ANSWER, Dataset.read(write("a.csv", "\ufeffquestion,answer\n1,2\n")).schema());
    }

    @Test
    void aMissingFileIsRefusedWithItsNearestNeighbour() {
        write("pairs.jsonl", PAIR);
        refuses(folder.resolve("pair.jsonl"), "no file of pairs", "pair.jsonl", "did you mean pairs.jsonl?",
                "relative to");
        refuses(folder, "is a folder", "name the file");
    }

    @Test
    void anEmptyFileIsRefused() {
        refuses("a.jsonl", "", "a.jsonl holds no pairs", "should look like");
        refuses("b.jsonl", "\n \n", "b.jsonl holds no pairs");
        refuses("c.json", "[]", "c.json holds no pairs");
        refuses("d.csv", "question,answer\n", "d.csv holds no pairs");
    }

    @Test
    void whatIsNotJsonIsRefusedWithLineAndColumn() {
        refuses("a.jsonl", PAIR.repeat(16) + "{\"instruction\": oops}\n", "a.jsonl:17", "column 17", "not JSON",
                "one whole object");
        refuses("b.jsonl", PAIR + PAIR.strip() + PAIR, "b.jsonl:2", "one whole object");
        refuses("c.jsonl", "{\n\"instruction\":\"a\"}", "c.jsonl:1", "an array");
        refuses("d.jsonl", PAIR + "[1]\n", "d.jsonl:2", "must be an object", "not a list");
        refuses("e.json", "[\n" + PAIR + "," + PAIR + "\n{", "e.json:5", "not JSON", "is the file whole?");
        refuses("f.json", "[" + PAIR + "]\n" + PAIR, "f.json:3", "one file holds one array");
        refuses("g.jsonl", "{\"prompt\":\"a\",\"prompt\":\"b\",\"completion\":\"c\"}", "g.jsonl:1", "uplicate");
        refuses("h.jsonl", "{\"prompt\":" + "[".repeat(5000), "h.jsonl:1", "not JSON");
    }

    @Test
    void aPairWithoutAnAnswerIsRefused() {
        refuses("a.jsonl", PAIR + "{\"instruction\":\"x\"}", "a.jsonl:2", "no answer", "output is missing",
                "Add it, or remove");
        refuses("b.jsonl", PAIR + "{\"instruction\":\"x\",\"outptu\":\"y\"}", "b.jsonl:2", "did you mean output "
                + "by outptu?");
        refuses("c.jsonl", "{\"instruction\":\"x\",\"output\":null}", "c.jsonl:1", "output is null", "remove");
        refuses("d.jsonl", "{\"instruction\":\"x\",\"output\":\" \\n\"}", "d.jsonl:1", "answer is empty", "remove");
        refuses("e.csv", "question,answer\n1,2\n3,\n", "e.csv:3", "answer is empty");
        refuses("f.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"}]}", "f.jsonl:1", "ends with user",
                "Add the answer");
        refuses("g.jsonl", "{\"messages\":[]}", "g.jsonl:1", "is empty");
        refuses("h.jsonl", "{\"instruction\":\"x\",\"instances\":[]}", "h.jsonl:1", "instances is empty");
        refuses("i.jsonl", "{\"question\":\"x\",\"answer\":72}", "i.jsonl:1",
                "answer must be text in quotation marks", "a number");
        refuses("j.jsonl", "{\"question\":\"\",\"answer\":\"y\"}", "j.jsonl:1", "question is empty");
    }

    @Test
    void whatIsNotUtf8IsRefusedWithTheByteAndTheConversion() {
        String french = PAIR + "{\"prompt\":\"café\",\"completion\":\"a\"}\n";
        refuses(write("a.jsonl", french.getBytes(StandardCharsets.ISO_8859_1)), "a.jsonl:2", "byte 15 of the line",
                "E9", "iconv -f ISO-8859-1 -t UTF-8");
        refuses(write("b.jsonl", PAIR.getBytes(StandardCharsets.UTF_16)), "b.jsonl:1", "FE FF",
                "iconv -f UTF-16 -t UTF-8");
        refuses(write("c.jsonl", PAIR.getBytes(StandardCharsets.UTF_16LE)), "c.jsonl:1", "byte 2 is zero", "UTF-16LE");
        String japanese = "{\"prompt\":\"おはようございます\",\"completion\":\"はい\"}\n";
        refuses(write("d.jsonl", japanese.getBytes(Charset.forName("windows-31j"))), "d.jsonl:1", "iconv -f CP932");
        refuses(write("e.jsonl", japanese.getBytes(Charset.forName("EUC-JP"))), "e.jsonl:1", "iconv -f EUC-JP");
    }

    @Test
    void duplicateIdsAreRefusedWithBothPlaces() {
        String one = "{\"id\":\"x\",\"prompt\":\"q\",\"completion\":\"a\"}\n";
        refuses("a.jsonl", one + "\n" + one.replace("\"q\"", "\"r\""), "a.jsonl:3", "id x", "a.jsonl:1", "must differ");
        refuses("b.jsonl", one.replace("\"x\"", "[1]"), "b.jsonl:1", "id must be text");
    }

    @Test
    void tooLongALineIsRefusedBeforeItIsHeld() {
        Path file = write("a.jsonl", PAIR + "{\"prompt\":\"" + "x".repeat(200_000));
        String message = assertThrows(IllegalArgumentException.class, () -> Dataset.read(file, 100_000)).getMessage();
        assertTrue(message.contains("a.jsonl:2") && message.contains("longer than 100,000 bytes")
                && message.contains("JSON lines"), message);
    }

    @Test
    void twoSchemasInOneFileAreRefusedWithBoth() {
        refuses("a.jsonl", PAIR + "\n{\"question\":\"q\",\"answer\":\"a\"}", "a.jsonl:3", "question + answer", "line 1",
                "instruction + output", "split the file");
        refuses("b.jsonl", "{\"question\":\"q\",\"answer\":\"a\",\"prompt\":\"q\",\"completion\":\"a\"}", "b.jsonl:1",
                "more than one schema", "keep those of one");
    }

    @Test
    void anUnknownSchemaIsRefusedWithTheKnownOnes() {
        refuses("a.jsonl", "{\"instuction\":\"q\",\"text\":\"a\"}", "a.jsonl:1", "keys found: instuction, text",
                "did you mean instruction by instuction?", "prompt + completion", "messages [tools]", "指示 + 出力",
                "Rename");
        refuses("b.csv", "1,2\n3,4\n", "b.csv:2", "unknown schema", "header");
    }

    @Test
    void keysThatWouldChangeTheConversationAreNotIgnored() {
        refuses("a.jsonl", "{\"instruction\":\"q\",\"inptu\":\"t\",\"output\":\"a\"}", "a.jsonl:1",
                "did you mean input?");
        refuses("b.jsonl", "{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},"
                + "{\"role\":\"assistant\",\"content\":\"a\","
                + "\"tool_calls\":[{}]}]}", "b.jsonl:1", "messages[1]", "tool_calls", "{role, content}");
        refuses("c.jsonl", "{\"messages\":[{\"role\":\"asistant\",\"content\":\"q\"}]}", "c.jsonl:1",
                "did you mean assistant?");
        refuses("d.jsonl", "{\"tools\":[1],\"messages\":[{\"role\":\"assistant\",\"content\":\"q\"}]}", "d.jsonl:1",
                "tools");
    }

    @Test
    void brokenTablesAreRefusedWithTheLine() {
        refuses("a.csv", "question,answer\n1,2\n1,2,3\n", "a.csv:3", "3 cells", "header 2", "quotation marks");
        refuses("b.csv", "question,answer\n1,2\n\"open,2\n3,4\n", "b.csv:3", "cannot be read", "doubled");
        refuses("c.csv", "question,answer\n\"a\"b,2\n", "c.csv:2", "cannot be read");
        refuses("d.csv", "question,question,answer\n1,2,3\n", "d.csv:1", "twice");
    }

    @Test
    void noRandomBytesBreakTheReader() {
        var random = new SplittableRandom(7);
        byte[] alphabet = "{}[]\":,\n\r\t \\aé\"instruction\"\"output\"".getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 300; i++) {
            var bytes = new byte[random.nextInt(120)];
            for (int j = 0; j < bytes.length; j++) {
                bytes[j] = random.nextInt(20) == 0 ? (byte) random.nextInt(256)
                        : alphabet[random.nextInt(alphabet.length)];
            }
            Path file = write(i % 2 == 0 ? "a.jsonl" : "a.csv", bytes);
            String message = assertThrows(IllegalArgumentException.class, () -> Dataset.read(file),
                    "file " + i).getMessage();
            assertFalse(message.isBlank());
        }
    }

    @Test
    void allOfGsm8kIsRead() {
        var data = Dataset.read(SharedData.file("instruct/gsm8k/train.jsonl"));
        assertEquals(7473, data.examples().size());
        assertEquals(Schema.QUESTION_ANSWER, data.schema());
        assertTrue(data.examples().getLast().origin().endsWith("train.jsonl:7473"));
    }

    @Test
    void allOfSelfInstructAndFastChatAndP3IsRead() {
        var seeds = Dataset.read(SharedData.file("instruct/self-instruct/seed_tasks.jsonl"));
        assertEquals(175, seeds.examples().size());
        assertEquals("seed_task_0", seeds.examples().getFirst().id());
        assertEquals(Set.of("is_classification", "name"), seeds.ignoredKeys());
        var users = Dataset.read(SharedData.file("instruct/self-instruct/user_oriented_instructions.jsonl"));
        assertEquals(252, users.examples().size());
        var chats = Dataset.read(SharedData.file("instruct/fastchat/dummy_conversation.json"));
        assertEquals(500, chats.examples().size());
        assertEquals(4, chats.examples().getFirst().messages().size());
        var prompts = Dataset.read(SharedData.file("instruct/p3-t0-templates/wiki_bio_who.jsonl"));
        assertEquals(200, prompts.examples().size());
    }

    private static final String COPIES = "{\"prompt\":\"q\",\"completion\":\"a\"}\n";
    private static final String OTHER = "{\"prompt\":\"r\",\"completion\":\"b\"}\n";

    @Test
    void withoutAPairADataSetIsThatOfAFileWithoutIt() {
        var data = Dataset.read(write("a.jsonl", COPIES + OTHER + COPIES));
        String first = data.examples().getFirst().id();
        String other = data.examples().get(1).id();
        assertEquals(first + "-2", data.examples().getLast().id());
        assertEquals(Dataset.read(write("b.jsonl", OTHER + COPIES)).contentSha256(),
                data.without(Set.of(first + "-2")).contentSha256());
        assertEquals(Dataset.read(write("c.json", "[" + COPIES + "," + COPIES + "]")).contentSha256(),
                data.without(Set.of(other)).contentSha256());
        assertEquals(List.of(other), data.without(Set.of(first, first + "-2")).examples().stream().map(Example::id)
                .toList());
        String copy = assertThrows(IllegalArgumentException.class, () -> data.without(Set.of(first))).getMessage();
        assertTrue(copy.contains("a.jsonl:3") && copy.contains("Name it too"), copy);
        String unknown = assertThrows(IllegalArgumentException.class, () -> data.without(Set.of("nobody")))
                .getMessage();
        assertTrue(unknown.contains("no pair with the id nobody"), unknown);
        assertThrows(IllegalArgumentException.class, () -> data.without(Set.of(first, first + "-2", other)));
    }

    @Test
    void idsDoNotDependOnRows() {
        Set<String> ids = Set.copyOf(Dataset.read(write("a.jsonl", COPIES + OTHER + COPIES)).examples().stream()
                .map(Example::id).toList());
        assertEquals(ids, Set.copyOf(Dataset.read(write("b.jsonl", OTHER + COPIES + COPIES)).examples().stream()
                .map(Example::id).toList()));
    }
}
