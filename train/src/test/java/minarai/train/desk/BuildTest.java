package minarai.train.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.train.data.Place;
import minarai.train.desk.build.Halves;
import minarai.train.desk.build.Mixture;
import minarai.train.desk.build.Ordering;
import minarai.train.desk.build.Reformatting;
import minarai.train.desk.build.Selection;
import minarai.train.desk.build.SelfInstruct;
import minarai.train.desk.build.SelfInstruct.Rejection;
import minarai.train.desk.build.Teacher;
import minarai.train.desk.build.Template;
import minarai.train.desk.text.RougeL;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sets of pairs made from something else.
class BuildTest {

    @TempDir
    private Path folder;

    private static List<Entry> rows(String name, int count) {
        return IntStream.range(0, count).mapToObj(i -> Entry.pair("r" + i, new Place(name, i + 1), "Question " + i,
                "Answer"))
                .toList();
    }

    @Test
    void labelledRowsAreAskedInSeveralWordings() throws IOException {
        Path file = Files.writeString(folder.resolve("reviews.csv"), "review,label\nA fine {film}.,good\nDull.,bad\n");
        var reformatting = new Reformatting(Template.of("classify"), 3, Map.of("text", "review"), 1);
        List<Entry> entries = reformatting.of(file);
        assertEquals(6, entries.size());
        assertEquals(List.of("good", "good", "good", "bad", "bad", "bad"),
                entries.stream().map(entry -> entry.answer().content()).toList());
        assertTrue(entries.stream().limit(3).allMatch(entry -> entry.question().contains("A fine {film}.")
                && entry.question().contains("bad, good")), entries.toString());
        assertEquals(6, new HashSet<>(entries.stream().map(Entry::id).toList()).size());
        assertEquals(entries, reformatting.of(file));
        var lacking = new Reformatting(Template.of("classify"), 1, Map.of(), 1);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> lacking.of(file)).getMessage().contains(
                "reviews.csv:2: a template asks for {text}"));
    }

    @Test
    void allKindsOfTemplatesHaveTheirFields() {
        Template.KINDS.forEach((kind, fields) -> {
            List<Template> templates = Template.of(kind);
            assertEquals(10, templates.size());
            templates.forEach(template -> {
                var asked = new HashSet<String>();
                template.ask(field -> {
                    asked.add(field);
                    return "x";
                });
                asked.remove("options");
                assertEquals(fields.substring(0, fields.lastIndexOf(", ")),
                        List.of(fields.split(", ")).stream().filter(asked::contains).collect(Collectors.joining(", ")),
                        template.prompt());
            });
        });
        assertTrue(assertThrows(IllegalArgumentException.class, () -> Template.of("clasify")).getMessage()
                .contains("did you mean classify"));
    }

    @Test
    void textIsPartedAtTheSentenceNearestToItsMiddle() {
        var halves = new Halves(40, 400);
        String text = "The mill stood by the river. It was old. Nobody knew who had built it.\n\nOne day a miller"
                + " came. He had a cat. The cat was called Tama, and she was older than she looked.";
        List<Entry> entries = halves.of("mill.txt", text, Optional.empty());
        assertEquals(2, entries.size());
        assertEquals("The mill stood by the river. It was old.", entries.getFirst().question());
        assertEquals("Nobody knew who had built it.", entries.getFirst().answer().content());
        assertEquals(3, entries.get(1).place().line());
        assertTrue(halves.parted("吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。").isPresent());
        assertTrue(halves.parted("no end of a sentence at all here").isEmpty());
        List<Entry> taught = halves.of("mill.txt", text, Optional.of((prompts, round) ->
                prompts.stream().map(prompt -> " And so on.").toList()));
        assertEquals("And so on.", taught.getFirst().answer().content());
    }

    @Test
    void passagesHaveTheirLengths() {
        String text = "A sentence of some length stands here. ".repeat(200) + "\n\nShort.\n\n"
                + "Next one is here too. ".repeat(20);
        var passages = new Halves(100, 500).passages(text);
        assertTrue(passages.size() > 10);
        assertTrue(passages.stream().allMatch(passage -> passage.length() >= 100 && passage.length() <= 620),
                passages.toString());
    }

    /// "the cat sat on the mat" and "the cat was on the mat": five of six words.
    @Test
    void rougeLIsAsDefined() {
        var numbering = new RougeL.Numbering();
        assertEquals(5 / 6.0, numbering.of("the cat sat on the mat").f(numbering.of("the cat was on the mat")), 1e-12);
        assertEquals(0.5, numbering.of("a b c d e\nf g h").f(numbering.of("f g h\na b x d e")), 1e-12);
    }

    @Test
    void tasksPassThePublishedFilters() {
        var seeds = List.of(Entry.pair("s", new Place("seeds", 1), "List three fruits that grow in the north.",
                "Apple, pear, plum."));
        Teacher teacher = (prompts, round) -> prompts.stream()
                .map(prompt -> round % 2 == 1 ? " It is so.\nTask: more" : """
                 Name a river that flows to the east.
                Task 10: List three fruits that grow in the south.
                Task 11: Draw a house with a garden.
                Task 12: Go.
                Task 13: Write a program that sorts numbers.
                Task 14: 日本で一番高い山の名前を答えてください。
                Task 15: - odd one here
                Task 16: Explain why the sea is salty.
                Task 17: %s""".formatted("word ".repeat(151))).toList();
        var outcome = new SelfInstruct(10, 2, 1).of(seeds, teacher);
        assertEquals(List.of("Name a river that flows to the east.", "日本で一番高い山の名前を答えてください。",
                "Explain why the sea is salty."), outcome.entries().stream().map(Entry::question).toList());
        assertEquals("It is so.", outcome.entries().getFirst().answer().content());
        assertEquals(18, outcome.proposed());
        assertEquals(Map.of(Rejection.TOO_ALIKE, 5, Rejection.BANNED_WORD, 2, Rejection.TOO_SHORT, 2,
                Rejection.PROGRAM, 2,
                Rejection.ODD_BEGINNING, 2, Rejection.TOO_LONG, 2), outcome.rejected());
    }

    @Test
    void theHardestBelowOneAndTheFarthestAreKept() {
        assertEquals(List.of(0, 3), Selection.hardest(new double[] {0.9, 0.2, 1.3, 0.5}, 2));
        var entries = new ArrayList<Entry>();
        for (String question : List.of("How old is the mill by the river?", "How old is the mill at the river?",
                "Which bird sings at night in May?", "Which bird sings at night in June?",
                "Why is the sky blue at noon?")) {
            entries.add(Entry.pair("q" + entries.size(), new Place("q", entries.size() + 1), question, "So."));
        }
        List<Integer> chosen = Selection.diverse(entries, 3);
        assertEquals(3, chosen.stream().map(row -> row / 2).distinct().count(), chosen.toString());
        assertEquals(chosen, Selection.diverse(entries, 5).subList(0, 3));
    }

    @Test
    void sourcesAreMixedByTemperatureAndCap() {
        var sources = List.of(new Mixture.Source("large", rows("large", 900)), new Mixture.Source("small",
                rows("small", 100)));
        var bySize = new Mixture(1, OptionalInt.empty(), OptionalInt.of(100), 1).of(sources);
        assertEquals(List.of(90, 10), bySize.parts().stream().map(Mixture.Part::taken).toList());
        var warm = new Mixture(2, OptionalInt.empty(), OptionalInt.of(100), 1).of(sources);
        assertEquals(List.of(75, 25), warm.parts().stream().map(Mixture.Part::taken).toList(), "30 to 10, the roots");
        var capped = new Mixture(1, OptionalInt.of(100), OptionalInt.empty(), 1).of(sources);
        assertEquals(List.of(100, 100), capped.parts().stream().map(Mixture.Part::taken).toList());
        assertEquals(200, capped.entries().stream().map(Entry::id).distinct().count());
        var dry = new Mixture(1e9, OptionalInt.empty(), OptionalInt.of(500), 1).of(sources);
        assertEquals(List.of(400, 100), dry.parts().stream().map(Mixture.Part::taken).toList());
        assertFalse(dry.entries().equals(new Mixture(1e9, OptionalInt.empty(), OptionalInt.of(500), 2).of(sources)
                .entries()));
        assertEquals(dry, new Mixture(1e9, OptionalInt.empty(), OptionalInt.of(500), 1).of(sources));
    }

    @Test
    void aTemperatureNearZeroTakesTheLargestSource() {
        var sources = List.of(new Mixture.Source("large", rows("large", 900)), new Mixture.Source("small",
                rows("small", 100)));
        for (double temperature : new double[] {1e-3, 1e-300, Double.MIN_VALUE}) {
            var mixed = new Mixture(temperature, OptionalInt.empty(), OptionalInt.of(50), 1).of(sources);
            assertEquals(List.of(50, 0), mixed.parts().stream().map(Mixture.Part::taken).toList());
            assertEquals(List.of(1.0, 0.0), mixed.parts().stream().map(Mixture.Part::wanted).toList());
        }
        assertEquals("temperature 1.0, cap not given, rows 0: all must be above 0", assertThrows(
                IllegalArgumentException.class, () -> new Mixture(1, OptionalInt.empty(), OptionalInt.of(0), 1))
                .getMessage());
    }

    @Test
    void rowsThatAreRepeatedAreWrittenUnderIdsOfTheirOwn() throws IOException {
        Path file = Files.writeString(folder.resolve("reviews.csv"), "text,label\nDull.,bad\nDull.,bad\nDull.,bad\n");
        Path out = folder.resolve("out.jsonl");
        EntryWriter.write(out, new Reformatting(Template.of("classify"), 1, Map.of(), 1).of(file));
        List<String> ids = EntryReader.all(out).stream().map(Entry::id).toList();
        assertEquals(List.of(ids.getFirst(), ids.getFirst() + "-2", ids.getFirst() + "-3"), ids);
    }

    @Test
    void rowsAreOrderedByAMeasureThatTheyCarry() {
        var ordered = new Ordering("length").of(rows("rows", 3), new double[] {3, 1, 2}, false);
        assertEquals(List.of("r1", "r2", "r0"), ordered.stream().map(Entry::id).toList());
        assertEquals(Optional.of("1.0"), ordered.getFirst().extra("length"));
    }
}
