package minarai.train.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import minarai.tokenizer.chat.Message;
import minarai.train.data.Dataset;
import minarai.train.data.Place;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the desk reads, and in which form it writes it.
class ImportTest {

    private static List<Entry> read(String text) {
        var entries = new ArrayList<Entry>();
        try (var reader = EntryReader.of(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "rows")) {
            for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                entries.add(entry.get());
            }
        }
        return entries;
    }

    private static String refusal(String text) {
        return assertThrows(IllegalArgumentException.class, () -> read(text)).getMessage();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{\"instruction\": \"Add.\", \"input\": \"2 and 3\", \"output\": \"5\"}",
        "[{\"instruction\": \"Add.\", \"input\": \"2 and 3\", \"output\": \"5\"}]",
        "{\"instruction\": \"Add.\", \"context\": \"2 and 3\", \"response\": \"5\"}",
        "{\"prompt\": \"Add.\\n\\n2 and 3\", \"completion\": \"5\"}",
        "{\"Question\": \"Add.\\n\\n2 and 3\", \"Answer\": \"5\"}",
        "{\"conversations\": [{\"from\": \"human\", \"value\": \"Add.\\n\\n2 and 3\"}, {\"from\": \"gpt\", \"value\": "
        + "\"5\"}]}", "{\"messages\": [{\"role\": \"user\", \"content\": \"Add.\\n\\n2 and 3\"}, {\"role\": "
        + "\"assistant\", \"content\": \"5\"}]}", "instruction,input,output\nAdd.,2 and 3,5",
        "指示\t入力\t出力\nAdd.\t2 and 3\t5",
        "質問,回答\n\"Add.\n\n2 and 3\",5",
        "プロンプト;応答\n\"Add.\n\n2 and 3\";5",
        "質問,文脈,回答\nAdd.,2 and 3,5",
        "Ｐrompt,Response\n\"Add.\n\n2 and 3\",5"})
    void allFormsOfAPairAreTheSamePair(String text) {
        List<Entry> entries = read(text);
        assertEquals(List.of(Message.user("Add.\n\n2 and 3"), Message.assistant("5")), entries.getFirst().messages());
        assertEquals(1, entries.size());
        assertEquals("c21bb62e3f03d744", entries.getFirst().id(), "the id follows from the content");
    }

    @Test
    void toolsAreKept() {
        String row = "{\"id\":\"t\",\"messages\":[{\"role\":\"user\",\"content\":\"Weather?\"},{\"role\":\"assistant\","
                + "\"content\":\"\",\"tool_calls\":[{\"name\":\"w\"}]},{\"role\":\"tool\",\"content\":\"rain\"},"
                + "{\"role\":\"assistant\",\"content\":\"Rain.\"}],\"tools\":[{\"name\":\"w\"}],"
                + "\"origin\":\"a.json:7\"}";
        assertEquals(row, read(row).getFirst().json().toString());
    }

    @Test
    void rowsThatCallOtherToolsHaveOtherIds() {
        String row = "{\"messages\":[{\"role\":\"user\",\"content\":\"Weather?\"},{\"role\":\"assistant\","
                + "\"content\":\"\",\"tool_calls\":%s}]}";
        List<String> ids = List.of("[{\"name\":\"rain\"}]", "[{\"name\":\"wind\"}]", "null").stream()
                .map(calls -> read(row.formatted(calls)).getFirst().id()).toList();
        assertEquals(3, Set.copyOf(ids).size(), ids.toString());
        assertEquals(Entry.pair("", new Place("rows", 1), "Weather?", "").contentId(), ids.getLast());
    }

    @Test
    void preferencesAndJudgementsComeOutAsTurns() {
        Entry preferred = read("{\"prompt\": \"Hi\", \"chosen\": \"Hello!\", \"rejected\": \"What?\", \"source\": 3}")
                .getFirst();
        assertEquals(Entry.Kind.PREFERRED, preferred.kind());
        String whole = "{\"chosen\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", "
                + "\"content\": \"Hello!\"}], \"rejected\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": "
                + "\"assistant\", \"content\": \"What?\"}]}";
        assertEquals(preferred.contentId(), read(whole).getFirst().contentId());
        assertEquals(preferred.json(), read(preferred.json().toString()).getFirst().json());
        Entry judged = read("prompt,completion,label\nHi,Hello!,True").getFirst();
        assertEquals(Optional.of(true), judged.isGood());
        assertEquals(judged.json(), read(judged.json().toString()).getFirst().json());
        assertEquals(Optional.of("sport"),
                read("{\"prompt\": \"Hi\", \"completion\": \"A\", \"label\": \"sport\"}").getFirst().extra("label"));
    }

    @Test
    void originAndIdSurviveAnyNumberOfConversions(@TempDir Path folder) throws IOException {
        Path table = Files.writeString(folder.resolve("a.csv"), "question,answer,category\nA,1,x\nA,1,x\nB,2,y\n");
        Path once = folder.resolve("once.jsonl");
        Path twice = folder.resolve("twice.jsonl");
        try (var reader = EntryReader.open(table)) {
            assertEquals(3, EntryWriter.convert(reader, once));
        }
        try (var reader = EntryReader.open(once)) {
            EntryWriter.convert(reader, twice);
        }
        assertEquals(Files.readString(once), Files.readString(twice));
        List<Entry> entries = EntryReader.all(twice);
        assertEquals(table + ":3", entries.get(1).origin());
        assertEquals(entries.get(0).id() + "-2", entries.get(1).id());
        assertEquals(Dataset.read(table).ids(), Dataset.read(twice).ids(), "ids are those of training");
        assertTrue(Dataset.read(twice).ignoredKeys().contains("category"));
        assertFalse(Dataset.read(twice).ignoredKeys().contains("origin"));
    }

    @Test
    void blanksAreReadAndKinds() {
        assertEquals("", read("question,answer\nA,").getFirst().answer().content());
        assertEquals("", read("{\"instruction\": \"A\", \"output\": null}").getFirst().answer().content());
        assertEquals("", read("{\"messages\": [{\"role\": \"user\", \"content\": \"A\"}]}").getFirst().answer()
                .content());
    }

    @Test
    void errorsNameFileLineAndWhatWasExpected() {
        String good = "{\"prompt\": \"Hi\", \"completion\": \"Hello!\"}\n";
        assertTrue(refusal(good + "{\"prompt\": \"Hi\", \"completoin\": \"x\"}")
                .startsWith("rows:2: the pair has no answer"));
        assertTrue(refusal(good + "{\"prompt\": ").startsWith("rows:2: ") && refusal(good + "{").contains("not JSON"));
        assertTrue(refusal(good + "{\"prompt\": \"Hi\", \"chosen\": \"x\", \"rejected\": \"y\"}").startsWith(
                "rows:2: the row is a preference"));
        assertTrue(refusal("{\"messages\": [{\"role\": \"usr\", \"content\": \"x\"}]}").contains("did you mean user?"));
        assertTrue(refusal("{\"messages\": [{\"role\": \"user\", \"content\": [1]}]}").startsWith(
                "rows:1: messages[0] must be {\"role\": text"));
        assertTrue(refusal("question,質問,answer\na,b,c").contains("question"));
        assertTrue(refusal("{\"id\": 1, \"q\": \"a\", \"a\": \"b\"}\n{\"id\": 1, \"q\": \"c\", \"a\": \"d\"}")
                .startsWith(
                "rows:2: the id 1 was given at line 1 already"));
        assertTrue(refusal("{\"chosen\": \"x\", \"rejected\": \"y\"}").contains("need a prompt"));
    }

    /// Fifty megabytes go through; what is held afterwards are the ids.
    @Test
    void theMemoryDoesNotGrowWithTheFile() {
        int rows = 12_000;
        long held = 0;
        int count = 0;
        try (var reader = EntryReader.of(new Generated(rows), "generated")) {
            for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
                count++;
                if (count == 100 || count == rows) {
                    System.gc();
                    held = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() - held;
                }
            }
        }
        assertEquals(rows, count);
        assertTrue(held < 4 << 20, "%,d bytes more are held after %,d rows than after 100".formatted(held, rows));
    }

    /// Rows of 4 KB each, made as they are read.
    private static final class Generated extends InputStream {

        private final int rows;
        private int row;
        private ByteArrayInputStream line = new ByteArrayInputStream(new byte[0]);

        Generated(int rows) {
            this.rows = rows;
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0];
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            if (line.available() == 0) {
                if (row == rows) {
                    return -1;
                }
                line = new ByteArrayInputStream("{\"prompt\": \"Say %d\", \"completion\": \"%s\"}\n".formatted(row++,
                        "word ".repeat(800)).getBytes(StandardCharsets.UTF_8));
            }
            return line.read(target, offset, length);
        }
    }
}
