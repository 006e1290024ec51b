package minarai.train.desk.scan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;
import minarai.train.run.AtomicFiles;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Pairs with everything mended that can be without changing what they mean.
///
/// @param entries what is left
/// @param changes what was done, in the order of the rows; those that cannot be read come last
public record Mending(List<Entry> entries, List<Change> changes) {

    private static final List<String> END_TOKENS = List.of("<|endoftext|>", "<|im_end|>", "<|eot_id|>", "</s>");
    private static final Pattern ANY_LINE_END = Pattern.compile("\\R");
    private static final JsonMapper JSON = JsonMapper.builder().build();

    public Mending {
        entries = List.copyOf(entries);
        changes = List.copyOf(changes);
    }

    /// Something that was done to a row.
    ///
    /// @param place  of the row before
    /// @param action `removed`, `changed` or, of a row that cannot be read, `left_out`
    /// @param reason without a stop
    public record Change(String place, String id, String action, String reason) {
    }

    /// [#of(List)] of what of a file can be read; what cannot is left out, and that is on record too.
    public static Mending of(Readable read) {
        var mending = of(read.entries());
        var changes = new ArrayList<>(mending.changes());
        read.unreadable().forEach(row -> changes.add(new Change(row.place(), row.id(), "left_out", row.reason())));
        return new Mending(mending.entries(), changes);
    }

    /// Removes copies and blank rows, control characters, blanks around answers and end tokens spelled out at their
    /// ends; every way to end a line or a page becomes a line feed.
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
        if (entry.answer().content().isBlank() && entry.answer().besides().isEmpty()) {
            return Optional.of("the answer is blank");
        }
        return Optional.ofNullable(said.putIfAbsent(said(entry), entry)).map(first -> "it says what " + first.place()
                + " says");
    }

    /// All that an entry says, to the letter: entries for which it is equal are copies, whatever their ids and their
    /// keys beside the conversation.
    static String said(Entry entry) {
        var text = new StringBuilder();
        entry.turns().forEach(turn -> said(turn, text));
        entry.rejected().ifPresent(other -> said(other, text.append("rejected\0")));
        entry.isGood().ifPresent(text::append);
        return text.toString();
    }

    private static void said(Turn turn, StringBuilder text) {
        text.append(turn.role()).append('\0').append(turn.content()).append('\0').append(turn.besides()).append('\0');
    }

    /// The entry with its texts mended.
    static Entry cleaned(Entry entry) {
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
        String text = ANY_LINE_END.matcher(turn.content()).replaceAll("\n");
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
        return "%s removed, line ends made one kind; %d characters fewer".formatted(hadEnd ? "end tokens and blanks"
                : "invisible characters and blanks", characters);
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
