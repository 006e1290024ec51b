package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Colours of `inspect`: they add nothing that is not said in words, and only where they are wanted.
class ColorTest {

    private static final String ESCAPE = "\033[";

    @TempDir
    private static Path folder;

    @BeforeAll
    static void make() throws IOException {
        TinyTown.write(folder);
        Files.writeString(folder.resolve("messages.json"), "[{\"role\":\"user\",\"content\":\"Where is the oak?\"},"
                + "{\"role\":\"assistant\",\"content\":\"By the mill.\"}]");
    }

    private static List<List<String>> commands() {
        String model = folder.resolve("base").toString();
        return List.of(List.of("inspect", "tokens", "-m", model, "--text", "The mill is old."),
                List.of("inspect", "mask", "-m", model, "--messages", folder.resolve("messages.json").toString()),
                List.of("inspect", "tensors", "-m", model, "--weights", "q4_0"),
                List.of("inspect", "logits", "-m", model, "--ids", "1,80,147"));
    }

    private static String out(List<String> command, String... more) {
        var arguments = new ArrayList<>(command);
        arguments.addAll(List.of(more));
        var session = Session.of(arguments.toArray(String[]::new));
        assertEquals(0, session.exitCode(), session.err());
        return session.out();
    }

    @Test
    void coloursAddNothingToTheTables() {
        for (List<String> command : commands()) {
            String plain = out(command, "--color=never");
            String coloured = out(command, "--color=always");
            assertFalse(plain.contains(ESCAPE), plain);
            assertTrue(coloured.contains(ESCAPE), coloured);
            String table = plain.substring(Math.max(0, plain.lastIndexOf("\n\n")));
            assertTrue(Ink.without(coloured).endsWith(table), coloured);
            assertEquals(plain, out(command), "what is no terminal gets no colours");
            assertFalse(out(command, "--color=always", "--json").contains(ESCAPE));
        }
    }

    @Test
    void theMaskTellsOfEachTokenItsLabelAndWhereItIsFrom() {
        String table = out(commands().get(1));
        var rows = table.substring(table.indexOf("position")).lines().skip(1).toList();
        assertTrue(rows.stream().anyMatch(row -> row.endsWith("message 1, user")), table);
        assertTrue(rows.stream().anyMatch(row -> row.endsWith("message 2, assistant")), table);
        assertTrue(rows.stream().anyMatch(row -> row.endsWith("template")), table);
        for (String row : rows) {
            String[] cells = row.strip().split(" {2,}");
            if (row.endsWith("user")) {
                assertEquals(4, cells.length, "a question has no label: " + row);
            } else if (row.endsWith("assistant")) {
                assertEquals(cells[1], cells[3], "an answer's label is its id: " + row);
            }
        }
    }

    @Test
    void aTerminalGetsColoursUnlessTheyAreNotWanted() {
        var bytes = new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8);
        var terminal = new Console(new ByteArrayInputStream(new byte[0]), bytes, bytes, true, true);
        assertTrue(new ColorOption().ink(terminal, Optional.empty()).isOn());
        assertTrue(new ColorOption().ink(terminal, Optional.of("")).isOn());
        assertFalse(new ColorOption().ink(terminal, Optional.of("1")).isOn());
    }
}
