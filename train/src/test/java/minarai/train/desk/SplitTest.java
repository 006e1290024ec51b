package minarai.train.desk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import minarai.train.data.Place;
import minarai.train.desk.split.Parting;
import minarai.train.desk.split.SplitFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.StringNode;

/// Which rows go to which side, and who looked at the frozen one.
class SplitTest {

    private static final Parting BY_GROUP = new Parting(0.2, 0.1, Optional.of("customer"), new TreeMap<>(), 1);

    private static List<Entry> rows(int count) {
        var rows = new ArrayList<Entry>();
        for (int i = 0; i < count; i++) {
            rows.add(Entry.pair("r" + i, new Place("rows", i + 1), "What is the price of item %s?".formatted(
                    Integer.toString(i * 7919, 36)), "It is " + i * 31 + ".")
                    .with("customer", StringNode.valueOf("c" + i % 97)).with("family",
                    StringNode.valueOf("f" + i % 5)));
        }
        return rows;
    }

    private static Map<String, String> sides(Map<String, List<Entry>> parts) {
        var sides = new TreeMap<String, String>();
        parts.forEach((part, entries) -> entries.forEach(entry -> sides.put(entry.id(), part)));
        return sides;
    }

    @Test
    void noGroupIsOnTwoSidesAndSharesAreMetAbout() {
        var parts = BY_GROUP.of(rows(2000));
        var seen = new TreeMap<String, String>();
        parts.forEach((part, entries) -> entries.forEach(entry ->
                assertEquals(part, seen.computeIfAbsent(entry.extra("customer").orElseThrow(), absent -> part))));
        assertEquals(2000, parts.values().stream().mapToInt(List::size).sum());
        assertTrue(parts.get(Parting.TEST).size() > 200 && parts.get(Parting.TEST).size() < 600, parts.get(Parting.TEST)
                .size() + "");
    }

    @Test
    void neitherTheOrderNorOtherRowsPlayAPart() {
        var rows = rows(300);
        Map<String, String> sides = sides(BY_GROUP.of(rows));
        var shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(3));
        assertEquals(sides, sides(BY_GROUP.of(shuffled)));
        Map<String, String> fewer = sides(BY_GROUP.of(shuffled.subList(0, 200)));
        fewer.forEach((id, part) -> assertEquals(sides.get(id), part));
        assertFalse(sides.equals(sides(new Parting(0.2, 0.1, Optional.of("customer"), new TreeMap<>(), 2).of(rows))));
    }

    @Test
    void nearCopiesStayTogether() {
        for (long seed = 1; seed <= 30; seed++) {
            var pair = List.of(
                    Entry.pair("a", new Place("rows", 1),
                    "Describe how the mill at the upper end of the valley was built.", "By hand."),
                    Entry.pair("b", new Place("rows", 2),
                    "Describe how the mill at the upper end of that valley was built.", "By hand."),
                    Entry.pair("c", new Place("rows", 3), "Who lives there?", "Aiko."), Entry.pair("d",
                    new Place("rows", 4), "Why?", "So."));
            Map<String, String> sides;
            try {
                sides = sides(new Parting(0.5, 0, Optional.empty(), new TreeMap<>(), seed).of(pair));
            } catch (IllegalArgumentException nothingLeft) {
                continue;
            }
            assertEquals(sides.get("a"), sides.get("b"), "seed " + seed);
        }
    }

    @Test
    void aFamilyIsHeldOutWhole() {
        var parting = new Parting(0.1, 0, Optional.empty(), new TreeMap<>(Map.of("family", Set.of("f3"))), 1);
        var parts = parting.of(rows(500));
        assertEquals(100, parts.get(Parting.HELD_OUT).size());
        assertEquals(Set.of("f3"), parts.get(Parting.HELD_OUT).stream().map(entry -> entry.extra("family")
                .orElseThrow())
                .collect(Collectors.toSet()));
        var unknown = new Parting(0.1, 0, Optional.empty(), new TreeMap<>(Map.of("family", Set.of("f9"))), 1);
        assertTrue(assertThrows(IllegalArgumentException.class, () -> unknown.of(rows(50))).getMessage()
                .contains("f0, f1"));
    }

    @Test
    void theTestIsFrozenAndItsReadsAreChained(@TempDir Path folder) throws IOException {
        Path source = folder.resolve("all.jsonl");
        EntryWriter.write(source, rows(300));
        Path parts = folder.resolve("parts");
        SplitFolder.write(parts, source, BY_GROUP, EntryReader.all(source));
        var split = SplitFolder.open(parts);
        assertEquals(300, split.rows().values().stream().mapToInt(rows -> rows).sum());
        Path test = parts.resolve("test.jsonl");
        assertEquals(Optional.empty(), SplitFolder.reading(source, "check"));
        SplitFolder.reading(parts.resolve("train.jsonl"), "check");
        SplitFolder.reading(test, "check one");
        SplitFolder.reading(test, "check two");
        split.verify();
        assertEquals(List.of("check one", "check two"), split.log().lines().stream().map(line -> line.command())
                .toList());

        Path log = parts.resolve("split.access.jsonl");
        String whole = Files.readString(log);
        Files.writeString(log, whole.replace("one", "two"));
        assertTrue(assertThrows(IllegalArgumentException.class, split::verify).getMessage().contains("jsonl:1"));
        Files.writeString(log, whole.lines().skip(1).collect(Collectors.joining("\n", "", "\n")));
        assertThrows(IllegalArgumentException.class, split::verify);
        Files.writeString(log, whole);
        Files.writeString(test, Files.readString(test).replaceFirst("price", "prize"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> SplitFolder.reading(test, "check")).getMessage()
                .contains("is not what data split wrote"));
    }

    private static Path frozen(Path folder) {
        Path source = folder.resolve("all.jsonl");
        EntryWriter.write(source, rows(300));
        SplitFolder.write(folder.resolve("parts"), source, BY_GROUP, EntryReader.all(source));
        return folder.resolve("parts/test.jsonl");
    }

    private static List<String> commands(Path test) {
        return SplitFolder.open(test.getParent()).log().lines().stream().map(line -> line.command()).toList();
    }

    @Test
    void aReadThroughALinkIsRecordedOnce(@TempDir Path folder) throws IOException {
        Path test = frozen(folder);
        Path alias = Files.createSymbolicLink(folder.resolve("alias.jsonl"), test);
        SplitFolder.reading(alias, "alias");
        Path parts = Files.createSymbolicLink(folder.resolve("elsewhere"), test.getParent());
        SplitFolder.reading(parts.resolve("test.jsonl"), "folder");
        assertEquals(List.of("alias", "folder"), commands(test));
    }

    @Test
    void aLineThatAKillCutShortIsReplacedByTheNext(@TempDir Path folder) throws IOException {
        Path test = frozen(folder);
        SplitFolder.reading(test, "one");
        Path log = test.resolveSibling("split.access.jsonl");
        String whole = Files.readString(log);
        Files.writeString(log, whole + whole.substring(0, 40));
        assertEquals(List.of("one"), commands(test));
        SplitFolder.reading(test, "two");
        assertEquals(List.of("one", "two"), commands(test));
        assertTrue(Files.readString(log).startsWith(whole) && Files.readString(log).endsWith("\n"));
    }

    @Test
    void aLogThatIsGoneIsMissed(@TempDir Path folder) throws IOException {
        Path test = frozen(folder);
        var split = SplitFolder.open(test.getParent());
        assertEquals(List.of(), split.log().lines());
        String start = split.log().last();
        SplitFolder.reading(test, "one");
        assertFalse(split.log().last().equals(start));
        Files.delete(test.resolveSibling("split.access.jsonl"));
        for (var wrong : List.of(assertThrows(IllegalArgumentException.class, split::verify),
                assertThrows(IllegalArgumentException.class, () -> SplitFolder.reading(test, "two")))) {
            assertTrue(wrong.getMessage().contains("split.access.jsonl is missing"), wrong.getMessage());
        }
        Path manifest = test.resolveSibling("split.json");
        Files.writeString(manifest, Files.readString(manifest).replaceFirst("\"log\" : .*\n", ""));
        SplitFolder.reading(test, "a split of an older build");
        assertEquals(List.of("a split of an older build"), commands(test));
    }
}
