package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import minarai.train.data.Words;
import minarai.train.desk.Entry;

/// Answers that break off: their last line is a sentence without an end, and sentences of this file's answers have
/// ends; or it stops after a word or mark that something must follow. Where many sentences have no end, that is one
/// finding about the file.
record Endings() implements Rule {

    private static final int SENTENCE_WORDS = 6;
    private static final int UNSPACED_WORDS = 14;
    private static final double HABIT = 0.7;
    private static final int FEWEST_SENTENCES = 10;
    private static final Pattern ENDED = Pattern.compile("[.!?。！？…\"'”’)\\]}）」』】〉》>`|;*~♪〜#=/\\p{So}\\p{Sk}]\\s*$");
    private static final Pattern DANGLING =
            Pattern.compile("(\\b(the|an|and|or|of|to|with|for|is|are|was|were|that|which|because|"
            + "but|as|by|from|their|his|her|its|will|would|can|could|should|if|than|into)|[,、:：(（「『\\[{=]|<<[^>]{0,80}"
            + "|[\\p{IsHan}\\p{IsKatakana}](は|が|を|に|の|と|で|も))\\s*$");
    private static final Pattern UNSPACED = Pattern.compile("[\\p{IsHiragana}\\p{IsKatakana}\\p{IsHan}]");
    private static final Pattern MEMBER = Pattern.compile("[,;、・]\\s*|\\s\\d{1,2}[.)]\\s");
    private static final Pattern CAPITAL = Pattern.compile("(?<!\\S)\\p{Lu}");
    private static final Pattern ITEM = Pattern.compile("^([-*•・●]|\\d{1,2}[.)])\\s");
    private static final Pattern SIGN = Pattern.compile("[/\\\\$^_]");
    private static final Pattern LINK = Pattern.compile("(https?://|www\\.)\\S+\\s*$");

    @Override
    public List<Finding> findings(Scanned scanned) {
        int sentences = 0;
        int ended = 0;
        for (Entry entry : scanned.entries()) {
            String answer = entry.answer().content().strip();
            boolean isSentence = isSentence(lastLine(answer));
            sentences += isSentence ? 1 : 0;
            ended += isSentence && ENDED.matcher(answer).find() ? 1 : 0;
        }
        boolean isHabit = sentences >= FEWEST_SENTENCES && ended >= HABIT * sentences;
        int open = 0;
        var findings = new ArrayList<Finding>();
        for (Entry entry : scanned.entries()) {
            String answer = entry.answer().content().strip();
            Optional<String> found = brokenOff(answer, isHabit);
            found.ifPresent(reason -> findings.add(Finding.of(Kind.TRUNCATED, entry, reason)));
            open += found.isEmpty() && brokenOff(answer, true).isPresent() ? 1 : 0;
        }
        if (sentences >= FEWEST_SENTENCES && open > 0) {
            findings.add(new Finding(Kind.HABIT, scanned.file(), "", ("%,d of %,d answers end without an end of their"
                    + " sentence; with so many the rows are not named one by one").formatted(open, scanned.size())));
        }
        return findings;
    }

    private static Optional<String> brokenOff(String answer, boolean isHabit) {
        String last = lastLine(answer);
        if (last.isEmpty() || ENDED.matcher(last).find() && !last.endsWith("=") || LINK.matcher(last).find()) {
            return Optional.empty();
        }
        boolean isSentence = isSentence(last);
        if (isSentence && DANGLING.matcher(last).find()) {
            return Optional.of("the answer stops after '%s'".formatted(tail(answer)));
        }
        if (isSentence && isHabit && !isStyle(answer) && !isList(last)) {
            return Optional.of("the answer ends without an end of its sentence, '%s'".formatted(tail(answer)));
        }
        long fences = answer.lines().filter(line -> line.strip().startsWith("```")).count();
        return fences % 2 == 1 ? Optional.of("the answer opens a block of code and does not close it")
                : Optional.empty();
    }

    /// Whether several lines of the answer end with a word and no mark: a poem, a list.
    private static boolean isStyle(String answer) {
        List<String> lines = answer.lines().map(String::strip).filter(Endings::isSentence).toList();
        long open = lines.stream().filter(line -> Character.isLetter(line.charAt(line.length() - 1))).count();
        return open >= 3 && 2 * open >= lines.size();
    }

    /// Whether a line enumerates or names, rather than says something.
    private static boolean isList(String line) {
        int words = line.split("\\s+").length;
        long parts = MEMBER.matcher(line).results().count();
        long capitals = CAPITAL.matcher(line).results().count();
        String end = line.substring(line.lastIndexOf(' ') + 1);
        boolean isName = Character.isLetter(end.codePointAt(0)) && SIGN.matcher(end).find();
        return isName || ITEM.matcher(line).find() || line.contains("|") || 2 * parts >= words
                || parts >= 3 && 4 * parts >= words
                || words >= 3 && 10 * capitals >= 6 * words;
    }

    private static boolean isSentence(String line) {
        int least = UNSPACED.matcher(line).find() ? UNSPACED_WORDS : SENTENCE_WORDS;
        return line.length() >= least && Words.of(line).size() >= least;
    }

    private static String lastLine(String text) {
        return text.substring(text.lastIndexOf('\n') + 1).strip();
    }

    /// The end of an answer for a report, what is private masked before it is cut.
    private static String tail(String answer) {
        String line = lastLine(Private.hidden(answer));
        int start = line.length() - 24;
        return start <= 0 ? line : "…" + line.substring(Character.isLowSurrogate(line.charAt(start)) ? start + 1
                : start);
    }
}
