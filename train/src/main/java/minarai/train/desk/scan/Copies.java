package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import minarai.train.data.Words;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;
import minarai.train.desk.text.Grams;
import minarai.train.desk.text.Neighbours;
import minarai.train.desk.text.Resemblance;

/// Rows that say the same, nearly the same, or the opposite: exact copies as [Mending] would leave them, near-copies by
/// their words or by MinHash and a full comparison, and answers that differ for one question.
record Copies() implements Rule {

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        Set<Integer> settled = exact(scanned.entries(), findings);
        near(scanned.entries(), settled, findings);
        return findings;
    }

    /// Copies and contradictions.
    ///
    /// @return the rows that are one of the two, or blank
    private static Set<Integer> exact(List<Entry> entries, List<Finding> findings) {
        Map<String, Integer> asked = new HashMap<>();
        Map<String, Integer> worded = new HashMap<>();
        Map<String, Integer> said = new HashMap<>();
        Set<Integer> settled = new HashSet<>();
        for (int row = 0; row < entries.size(); row++) {
            Entry entry = entries.get(row);
            String question = question(entry);
            boolean isBlank = Blanks.isBlank(entry.answer().content()) && entry.answer().besides().isEmpty();
            if (question.isBlank() || isBlank || entry.kind() == Entry.Kind.JUDGED) {
                settled.add(row);
                continue;
            }
            Integer same = said.putIfAbsent(Mending.said(Mending.cleaned(entry)), row);
            Integer alike = worded.putIfAbsent(question + "\0" + words(entry.answer()), row);
            Integer first = asked.putIfAbsent(question, row);
            if (same != null) {
                settled.add(row);
                findings.add(Finding.of(Kind.EXACT_DUPLICATE, entry, "it says what " + entries.get(same).place()
                        + " says"));
            } else if (alike != null) {
                settled.add(row);
                findings.add(Finding.of(Kind.NEAR_DUPLICATE, entry, (isOtherRejected(entry, entries.get(alike))
                        ? "it has question and answer of %s, beside another rejected answer"
                        : "it has the words of %s, with other capitals, widths, blanks or stops").formatted(
                        entries.get(alike).place())));
            } else if (first != null && entry.kind() == Entry.Kind.ANSWERED) {
                settled.add(row);
                findings.add(Finding.of(Kind.CONTRADICTION, entry,
                        "it asks what " + entries.get(first).place() + " asks, and is answered otherwise"));
            }
        }
        return settled;
    }

    private static boolean isOtherRejected(Entry one, Entry other) {
        return !one.rejected().map(Copies::words).equals(other.rejected().map(Copies::words));
    }

    private static void near(List<Entry> entries, Set<Integer> settled, List<Finding> findings) {
        var neighbours = new Neighbours();
        for (int row = 0; row < entries.size(); row++) {
            neighbours.add(settled.contains(row) ? Grams.of("") : Grams.of(text(entries.get(row))));
        }
        var resemblance = new Resemblance();
        var accused = new HashSet<Integer>();
        neighbours.forEach(Resemblance.CANDIDATE, (earlier, later) -> {
            if (!accused.contains(later)) {
                resemblance.between(text(entries.get(earlier)), text(entries.get(later))).ifPresent(how -> {
                    accused.add(later);
                    findings.add(Finding.of(Kind.NEAR_DUPLICATE, entries.get(later),
                            "it is nearly %s (%s)".formatted(entries.get(earlier).place(), how)));
                });
            }
        });
    }

    /// The question as [minarai.train.data.Example#question()] compares it, turn by turn with the roles and whatever
    /// else a turn has.
    private static String question(Entry entry) {
        var question = new StringBuilder();
        entry.prompt().forEach(turn -> question.append(turn.role()).append('\t').append(words(turn)).append('\n'));
        return question.chars().allMatch(Character::isWhitespace) || entry.question().isBlank() ? ""
                : question.toString();
    }

    private static String words(Turn turn) {
        return Words.squeezed(turn.content()) + turn.besides();
    }

    static String text(Entry entry) {
        return entry.question() + "\n" + entry.answer().content();
    }
}
