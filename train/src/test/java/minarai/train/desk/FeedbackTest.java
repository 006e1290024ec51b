package minarai.train.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import minarai.train.data.Dataset;
import minarai.train.desk.feedback.Feedback;
import minarai.train.desk.feedback.Feedback.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A log of answers and corrections becomes the next version.
class FeedbackTest {

    @TempDir
    private Path folder;

    private List<Entry> rows(String name, String text) throws IOException {
        return EntryReader.all(Files.writeString(folder.resolve(name), text));
    }

    @Test
    void correctionsReplaceAddAndRemove() throws IOException {
        List<Entry> data = rows("pairs.jsonl", """
                {"id": "a", "question": "Who bakes?", "answer": "Aiko."}
                {"id": "b", "question": "Who fishes?", "answer": "Ken."}
                {"id": "c", "question": "Who sings?", "answer": "Nobody."}
                """);
        List<Entry> log = rows("log.jsonl", """
                {"question": "who bakes", "answer": "Ken.", "correction": "Akio."}
                {"question": "Who bakes?", "answer": "Akio.", "correction": "Akio bakes."}
                {"question": "Who fishes?", "answer": "Ken."}
                {"question": "Any songs?", "answer": "No.", "row": "c", "action": "remove"}
                {"question": "Who sews?", "answer": "Ken.", "correction": "# Mari."}
                """);
        var feedback = Feedback.of(data, log, List.of());
        assertEquals(Map.of(Kind.ADDED, 1L, Kind.CHANGED, 1L, Kind.REMOVED, 1L), feedback.counts());
        assertEquals(List.of("Akio bakes.", "Ken.", "# Mari."),
                feedback.entries().stream().map(entry -> entry.answer().content()).toList());
        assertEquals("a", feedback.entries().getFirst().id());
        assertEquals("Aiko.", feedback.changes().stream().filter(change -> change.kind() == Kind.CHANGED).findFirst()
                .flatMap(Feedback.Change::before).orElseThrow().answer().content());

        Path next = folder.resolve("next");
        feedback.write(next, "pairs.jsonl");
        assertEquals(3, Dataset.read(next.resolve("pairs.jsonl")).examples().size());
        assertEquals(2, Dataset.read(next.resolve("regression.jsonl")).examples().size());
        String difference = Files.readString(next.resolve("difference.md"));
        assertTrue(difference.contains("1 added, 1 changed, 1 removed; 3 rows now, 2 items"), difference);
        assertTrue(difference.contains("    - Aiko.\n    + Akio bakes.\n"), difference);
        assertFalse(difference.contains("\n# Mari"), difference);

        var later = Feedback.of(EntryReader.all(next.resolve("pairs.jsonl")),
                rows("later.jsonl", "{\"question\": \"Who bakes?\", \"answer\": \"Aiko.\", \"correction\": \"Akio, "
                + "daily.\"}"), EntryReader.all(next.resolve("regression.jsonl")));
        assertEquals(List.of("Akio, daily.", "# Mari."),
                later.regression().stream().map(entry -> entry.answer().content()).toList());
    }

    @Test
    void aLineAboutNoRowIsRefusedWithItsPlace() throws IOException {
        List<Entry> data = rows("pairs.jsonl", "{\"id\": \"first\", \"question\": \"A?\", \"answer\": \"B.\"}");
        List<Entry> unknown = rows("log.jsonl",
                "{\"question\": \"A?\", \"answer\": \"B.\", \"row\": \"frist\", \"correction\": \"C.\"}");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Feedback.of(data, unknown, List.of()))
                .getMessage()
                .contains("log.jsonl:1: the data set has no row frist (did you mean first?)"));
        List<Entry> odd = rows("odd.jsonl", "{\"question\": \"A?\", \"answer\": \"B.\", \"action\": \"drop\"}");
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Feedback.of(data, odd, List.of())).getMessage()
                .contains("the only one is remove"));
    }
}
