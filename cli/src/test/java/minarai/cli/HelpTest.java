package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What needs no model.
class HelpTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "tune", "plan", "replay", "forget", "influence", "generate", "chat", "eval", "compare",
        "judge", "judge ask", "judge metrics", "judge sheet", "judge import", "gate", "curve", "specialise", "demo",
        "export", "lab", "inspect", "inspect logits", "inspect tokens", "inspect mask", "inspect shift",
        "inspect template", "inspect tensors",
        "lab shape", "lab pretrain", "doctor", "bench", "bench tokenizer",
        "data", "data convert", "data check", "data split", "data build", "data mix",
        "data order", "data feedback"})
    void everyCommandShowsAnExample(String command) {
        var session = Session.of((command + " --help").strip().split(" "));
        assertEquals(0, session.exitCode(), session.err());
        assertTrue(session.out().contains("Example") && session.out().contains("  minarai " + command), session.out());
        assertTrue(session.out().lines().allMatch(line -> line.length() <= 110), session.out());
        List<String> examples = session.out().lines().dropWhile(line -> !line.startsWith("Example")).skip(1).toList();
        assertTrue(examples.stream().allMatch(line -> line.isEmpty() || line.startsWith("  ")
                || line.endsWith(":")), session.out());
        assertFalse(session.out().contains("\n\n\n"), session.out());
    }

    @Test
    void everyRecipeKeyIsExplained() {
        String known = Session.of("tune", "-m", "machi", "-d", "x", "-o", "y", "zzzzzzzzzzz=1").err();
        var keys = Pattern.compile("known are ([a-z0-9_, ]+)").matcher(known);
        assertTrue(keys.find(), known);
        var shown = Session.of("tune", "--keys", "--json").json().get("keys").valueStream()
                .map(key -> key.get("key").asString()).collect(Collectors.toCollection(TreeSet::new));
        shown.add("use_rslora");
        assertEquals(new TreeSet<>(List.of(keys.group(1).split(", "))), shown);
        String table = Session.of("plan", "--keys").out();
        assertTrue(table.lines().allMatch(line -> line.length() <= 110) && table.contains("all-linear"), table);
    }

    @Test
    void theVersionIsThatOfTheBuild() {
        assertTrue(Session.of("--version").out().matches("minarai \\d+\\.\\d+\\.\\d+\\R"),
                Session.of("--version").out());
    }

    @Test
    void aMisspelledCommandNamesTheNearest() {
        var session = Session.of("tun");
        assertEquals(2, session.exitCode());
        assertTrue(session.err().contains("minarai tune"), session.err());
    }

    @Test
    void aValueOfTheWrongKindIsNamedInWords() {
        var time = Session.of("generate", "-m", "machi", "--prompt", "a", "--now", "foo");
        assertEquals(2, time.exitCode());
        assertTrue(time.err().contains("'foo' is no time such as 2026-01-31T09:00:00")
                && !time.err().contains("java."), time.err());
        var swap = Session.of("eval", "-m", "machi", "-t", "a", "-o", "b", "--swap", "he");
        assertEquals(2, swap.exitCode());
        assertTrue(swap.err().contains("option '--swap'") && !swap.err().contains("option option"), swap.err());
    }

    @Test
    void noCommandShowsTheHelpAndIsAnError() {
        var session = Session.of();
        assertEquals(2, session.exitCode());
        assertTrue(session.out().isEmpty() && session.err().contains("Commands:"), session.toString());
    }

    @Test
    void figuresAndUnitsAreForReaders() {
        assertEquals("2 min 5 s", ProgressLine.duration(Duration.ofSeconds(125)));
        assertEquals("1 pair", Figures.count(1, "pair"));
        assertEquals("1,200 pairs", Figures.count(1200, "pair"));
        assertEquals("1.5 GB", Figures.bytes(3L << 29));
    }

    @Test
    void aTableSetsFiguresFlushRightAndCountsWideCharacters() {
        assertEquals("name     n\n見習い  10\nab       5",
                new TextTable("name", "n").row("見習い", "10").row("ab", "5").toString());
    }
}
