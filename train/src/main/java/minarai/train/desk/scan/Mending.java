package minarai.train.desk.scan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.train.data.Words;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;
import minarai.train.run.AtomicFiles;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Pairs with everything mended that can be without changing what they mean.
///
/// @param entries what is left
/// @param changes what was done, in the order of the rows
public record Mending(List<Entry> entries, List<Change> changes) {

    private static final List<String> END_TOKENS = List.of("<|endoftext|>", "<|im_end|>", "<|eot_id|>", "</s>");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public Mending {
        entries = List.copyOf(entries);
        changes = List.copyOf(changes);
    }

    /// Something that was done to a row.
    ///
    /// @param place  of the row before
    /// @param action `removed` or `changed`
    /// @param reason without a stop
    public record Change(String place, String id, String action, String reason) {
    }

    /// Removes copies and blank rows, control characters, carriage returns, blanks around answers and end tokens
    /// spelled out at their ends.
    public static Mending of(List<Entry> entries) {
        var kept = new ArrayList<Entry>();
        var changes = new ArrayList<Change>();
        Map<String, Entry> said = new HashMap<>();
        for (Entry entry : entries) {
            Entry clean = cleaned(entry);
            Optional<String> removal = removal(clean, said);
            if (removal.isPresent()) {
                changes.add(new Change(entry.place().toString(), entry.id(), "removed", removal.get()));
                continue;
            }
            if (!clean.equals(entry)) {
                changes.add(new Change(entry.place().toString(), entry.id(), "changed", difference(entry, clean)));
            }
            kept.add(clean);
        }
        return new Mending(kept, changes);
    }

    private static Optional<String> removal(Entry entry, Map<String, Entry> said) {
        if (entry.question().isBlank()) {
            return Optional.of("the question is blank");
        }
        if (entry.answer().content().isBlank() && entry.answer().more().isEmpty()) {
            return Optional.of("the answer is blank");
        }
        String words = Copies.question(entry) + "\0" + Words.squeezed(entry.answer().content()) + "\0"
                + entry.rejected().map(Turn::content).orElse("") + "\0" + entry.isGood();
        return Optional.ofNullable(said.putIfAbsent(words, entry)).map(first -> "it says what " + first.place()
                + " says");
    }

    private static Entry cleaned(Entry entry) {
        Turn answer = cleaned(entry.answer());
        String text = withoutEnd(answer.content());
        return entry.asking(entry.prompt().stream().map(Mending::cleaned).toList()).answering(answer.saying(text));
    }

    private static String withoutEnd(String answer) {
        String text = answer.strip();
        Optional<String> end = END_TOKENS.stream().filter(text::endsWith).findFirst();
        while (end.isPresent()) {
            text = text.substring(0, text.length() - end.get().length()).strip();
            end = END_TOKENS.stream().filter(text::endsWith).findFirst();
        }
        return text;
    }

    private static Turn cleaned(Turn turn) {
        String text = turn.content().replace("\r\n", "\n").replace('\r', '\n');
        if (text.chars().noneMatch(Controls::is)) {
            return text.equals(turn.content()) ? turn : turn.saying(text);
        }
        var clean = new StringBuilder();
        text.codePoints().filter(c -> !Controls.is(c)).forEach(clean::appendCodePoint);
        return turn.saying(clean.toString());
    }

    private static String difference(Entry before, Entry after) {
        int characters = before.turns().stream().mapToInt(turn -> turn.content().length()).sum()
                - after.turns().stream().mapToInt(turn -> turn.content().length()).sum();
        String answer = before.answer().content().strip();
        boolean hadEnd = END_TOKENS.stream().anyMatch(answer::endsWith);
        return "%s removed, %d characters".formatted(hadEnd ? "end tokens and blanks"
                : "invisible characters and blanks",
                characters);
    }

    /// Writes what was done: one JSON object a change, `{place, id, action, reason}`.
    public void writeLog(Path file) {
        AtomicFiles.writeText(file, lines());
    }

    private String lines() {
        var text = new StringBuilder();
        for (Change change : changes) {
            ObjectNode line = JsonNodeFactory.instance.objectNode().put("place", change.place()).put("id", change.id())
                    .put("action", change.action()).put("reason", change.reason());
            text.append(JSON.writeValueAsString(line)).append('\n');
        }
        return text.toString();
    }
}
