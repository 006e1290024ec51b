package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import minarai.train.data.Words;
import minarai.train.desk.Entry;

/// Questions and answers that are blank, or say so in a word; preferences without a difference.
record Blanks() implements Rule {

    private static final Set<String> NOTHING = Set.of("null", "nan", "n/a", "#n/a", "undefined", "[blank]", "(blank)",
            "???",
            "...", "…", "なし(空)", "未入力", "空欄", "(空)");

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        for (Entry entry : scanned.entries()) {
            blank(entry).ifPresent(reason -> findings.add(Finding.of(Kind.EMPTY, entry, reason)));
            entry.rejected().filter(other -> !isNothing(entry.answer().content())
                    && Words.squeezed(other.content()).equals(Words.squeezed(entry.answer().content())))
                    .ifPresent(other -> findings.add(Finding.of(Kind.INDIFFERENT, entry,
                            "the chosen and the rejected answer say the same")));
        }
        return findings;
    }

    private static Optional<String> blank(Entry entry) {
        String answer = entry.answer().content();
        if (entry.question().isBlank()) {
            return Optional.of("the question is blank");
        }
        if (isBlank(answer) && entry.answer().besides().isEmpty()) {
            return Optional.of("the answer is blank");
        }
        return isNothing(answer) && !isBlank(answer)
                ? Optional.of("the answer is only '%s'".formatted(answer.strip())) : Optional.empty();
    }

    static boolean isBlank(String text) {
        return text.codePoints().allMatch(c -> Character.isWhitespace(c) || Character.isSpaceChar(c) || Controls.is(c));
    }

    private static boolean isNothing(String text) {
        return isBlank(text) || NOTHING.contains(text.strip().toLowerCase(Locale.ROOT));
    }
}
