package minarai.train.desk.feedback;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import minarai.train.data.Names;
import minarai.train.data.Words;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryWriter;
import minarai.train.desk.Turn;
import minarai.train.run.AtomicFiles;

/// The next version of a data set.
///
/// @param entries    its rows
/// @param changes    what is other than before, in the order of the log
/// @param regression what must stay mended, earlier items first
public record Feedback(List<Entry> entries, List<Change> changes, List<Entry> regression) {

    /// The names of the three files.
    public static final String PAIRS = "pairs.jsonl";
    public static final String DIFFERENCE = "difference.md";
    public static final String REGRESSION = "regression.jsonl";

    public Feedback {
        entries = List.copyOf(entries);
        changes = List.copyOf(changes);
        regression = List.copyOf(regression);
    }

    /// What happened to a row.
    public enum Kind {
        ADDED, CHANGED, REMOVED
    }

    /// A row that is other than before.
    ///
    /// @param before absent if it was added
    /// @param after  absent if it was removed
    /// @param because the place in the log
    public record Change(Kind kind, Optional<Entry> before, Optional<Entry> after, String because) {
    }

    /// Works a log into a data set.
    ///
    /// @param data    the rows so far
    /// @param log     answers, some with corrections
    /// @param earlier the suite so far
    /// @throws IllegalArgumentException if a line names a row that is not there, or an unknown action
    public static Feedback of(List<Entry> data, List<Entry> log, List<Entry> earlier) {
        var rows = new LinkedHashMap<String, Entry>();
        data.forEach(entry -> rows.put(entry.id(), entry));
        var suite = new LinkedHashMap<String, Entry>();
        earlier.forEach(item -> suite.put(question(item), item));
        var working = new Working(rows, suite, new LinkedHashMap<>());
        log.forEach(working::take);
        return new Feedback(List.copyOf(rows.values()), List.copyOf(working.changes.values()),
                List.copyOf(suite.values()));
    }

    private static String question(Entry entry) {
        return Words.squeezed(entry.question());
    }

    /// The rows, items and changes while a log is worked in.
    private record Working(SequencedMap<String, Entry> rows, SequencedMap<String, Entry> suite,
            SequencedMap<String, Change> changes) {

        void take(Entry line) {
            Optional<Entry> row = row(line);
            Optional<String> correction = line.extra("correction").or(() -> line.extra("訂正"));
            Optional<String> action = line.extra("action");
            if (action.isPresent()) {
                if (!action.get().equals("remove")) {
                    throw line.place().problem("the action is %s; the only one is remove"
                            .formatted(Names.clipped(action.get())));
                }
                remove(row.orElseThrow(() -> line.place()
                        .problem("no row asks this, so none can be removed; name it: \"row\": ID")),
                        line);
            } else if (correction.isPresent()) {
                correct(row, correction.get(), line);
            }
        }

        private Optional<Entry> row(Entry line) {
            Optional<String> named = line.extra("row");
            if (named.isPresent()) {
                return Optional.of(Optional.ofNullable(rows.get(named.get())).orElseThrow(() -> line.place().problem(
                        "the data set has no row %s%s".formatted(Names.clipped(named.get()),
                        Names.suggestion(named.get(), rows.keySet())))));
            }
            String asked = question(line);
            return rows.values().stream().filter(entry -> question(entry).equals(asked)).reduce((first, second) ->
                    second);
        }

        private void remove(Entry row, Entry line) {
            rows.remove(row.id());
            suite.remove(question(row));
            note(row.id(), Optional.of(row), Optional.empty(), line);
        }

        private void correct(Optional<Entry> row, String correction, Entry line) {
            Entry after = row.map(entry -> entry.answering(entry.answer().saying(correction))).orElseGet(() -> {
                Entry added = new Entry("", line.place(), line.origin(), line.prompt(), new Turn("assistant",
                        correction),
                        Optional.empty(), Optional.empty(), Collections.emptySortedMap());
                return added.named(added.contentId());
            });
            rows.put(after.id(), after);
            suite.put(question(after), new Entry("mended-" + after.id(), after.place(), line.place().toString(),
                    after.prompt(),
                    after.answer(), Optional.empty(), Optional.empty(), after.extras()));
            if (row.isEmpty() || !row.get().equals(after)) {
                note(after.id(), row, Optional.of(after), line);
            }
        }

        /// Several changes of one row are one: from what it was to what it is.
        private void note(String id, Optional<Entry> before, Optional<Entry> after, Entry line) {
            Change earlier = changes.remove(id);
            Optional<Entry> first = earlier == null ? before : earlier.before();
            if (first.isPresent() || after.isPresent()) {
                Kind kind = first.isEmpty() ? Kind.ADDED : after.isEmpty() ? Kind.REMOVED : Kind.CHANGED;
                changes.put(id, new Change(kind, first, after, line.place().toString()));
            }
        }
    }

    /// Writes the three files into a new folder, which is there whole or not at all.
    ///
    /// @param title of the difference, e.g. the name of the data set
    public void write(Path folder, String title) {
        AtomicFiles.writeFolder(folder, part -> {
            EntryWriter.write(part.resolve(PAIRS), entries);
            EntryWriter.write(part.resolve(REGRESSION), regression);
            AtomicFiles.writeText(part.resolve(DIFFERENCE), difference(title));
        });
    }

    /// How many rows were added, changed or removed.
    public Map<Kind, Long> counts() {
        var counts = new TreeMap<Kind, Long>();
        for (Kind kind : Kind.values()) {
            counts.put(kind, changes.stream().filter(change -> change.kind() == kind).count());
        }
        return counts;
    }

    private String difference(String title) {
        var text = new StringBuilder("# Changes to %s%n%n".formatted(title));
        text.append("%d added, %d changed, %d removed; %d rows now, %d items that must stay mended%n".formatted(
                counts().get(Kind.ADDED), counts().get(Kind.CHANGED), counts().get(Kind.REMOVED), entries.size(),
                regression.size()));
        for (Change change : changes) {
            Entry shown = change.after().or(change::before).orElseThrow();
            text.append("%n## %s: %s%n%nBecause of %s%n%n".formatted(change.kind().name().charAt(0)
                    + change.kind().name().substring(1).toLowerCase(Locale.ROOT), shown.id(), change.because()));
            quoted(text, "  ", shown.question());
            change.before().ifPresent(before -> quoted(text, "- ", before.answer().content()));
            change.after().ifPresent(after -> quoted(text, "+ ", after.answer().content()));
        }
        return text.toString();
    }

    /// As a block of code, line by line, so that nothing in a row is taken for Markdown.
    private static void quoted(StringBuilder text, String mark, String content) {
        content.lines().forEach(line -> text.append("    ").append(mark).append(line).append('\n'));
    }
}
