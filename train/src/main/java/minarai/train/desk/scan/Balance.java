package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import minarai.train.data.Names;
import minarai.train.desk.Entry;

/// What the rows are about: their categories, the classes that are their answers, and the verbs they begin with.
record Balance() implements Rule {

    private static final List<String> CATEGORIES = List.of("category", "task", "family", "type", "label", "topic",
            "domain");
    private static final double MOST = 0.5;
    private static final double FEWEST_OF_MEAN = 0.1;
    private static final int FEWEST_ROWS = 20;
    private static final int MOST_CLASSES = 20;
    private static final int LONGEST_CLASS = 40;
    private static final Pattern FIRST_WORD =
            Pattern.compile("^\\W*(?:(?:please|kindly|can you|could you)\\W+)?([a-z]{2,20})\\b");
    private static final Pattern JAPANESE_VERB = Pattern.compile(
            "([\\p{IsHan}\\p{IsKatakana}ー]{1,8}|[\\p{IsHiragana}]{1,6})(?:して|[いきしちりびみっ]て|べて|えて|めて|んで)"
            + "(?:ください|下さい|くれ|ほしい)");

    /// How often a value occurs.
    ///
    /// @param share of the rows that have a value of the kind
    record Share(String value, int count, double share) {
    }

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        for (String key : CATEGORIES) {
            lopsided(values(scanned, entry -> entry.extra(key)), "the %s".formatted(key), true)
                    .ifPresent(reason -> findings.add(new Finding(Kind.BALANCE, scanned.file(), "", reason)));
        }
        lopsided(classes(scanned), "the answer", true)
                .ifPresent(reason -> findings.add(new Finding(Kind.BALANCE, scanned.file(), "", reason)));
        lopsided(verbs(scanned), "the question's verb", false)
                .ifPresent(reason -> findings.add(new Finding(Kind.BALANCE, scanned.file(), "", reason)));
        return findings;
    }

    /// The verbs of the questions, the most frequent first.
    static List<Share> verbs(Scanned scanned) {
        return values(scanned, entry -> verb(entry.question()));
    }

    /// The categories under the first key that names some.
    static List<Share> categories(Scanned scanned) {
        return CATEGORIES.stream().map(key -> values(scanned, entry -> entry.extra(key)))
                .filter(shares -> shares.size() > 1).findFirst().orElse(List.of());
    }

    /// The answers, where they are few and short: then they are classes.
    private static List<Share> classes(Scanned scanned) {
        List<Share> answers = values(scanned, entry -> Optional.of(entry.answer().content().strip())
                .filter(text -> text.length() <= LONGEST_CLASS && !text.isBlank()));
        int rows = answers.stream().mapToInt(Share::count).sum();
        boolean areClasses = answers.size() <= MOST_CLASSES && rows >= 0.9 * scanned.size()
                && rows >= 5 * answers.size();
        return areClasses ? answers : List.of();
    }

    private static List<Share> values(Scanned scanned, Function<Entry, Optional<String>> value) {
        Map<String, Integer> counts = new TreeMap<>();
        scanned.entries().forEach(entry -> value.apply(entry).ifPresent(each -> counts.merge(each, 1, Integer::sum)));
        int all = counts.values().stream().mapToInt(Integer::intValue).sum();
        return counts.entrySet().stream().map(each -> new Share(each.getKey(), each.getValue(),
                (double) each.getValue() / all))
                .sorted(Comparator.comparingInt(Share::count).reversed()).toList();
    }

    private static Optional<String> lopsided(List<Share> shares, String what, boolean isFewToo) {
        int all = shares.stream().mapToInt(Share::count).sum();
        if (all < FEWEST_ROWS || shares.size() < 2 || shares.size() > all / 2) {
            return Optional.empty();
        }
        Share most = shares.getFirst();
        Share fewest = shares.getLast();
        double mean = (double) all / shares.size();
        if (most.share() > MOST && most.count() > 1.5 * mean) {
            return Optional.of("%s is '%s' in %.0f %% of %,d rows, of %d different ones".formatted(what,
                    quoted(most), 100 * most.share(), all, shares.size()));
        }
        boolean isRare = isFewToo && shares.size() <= MOST_CLASSES && fewest.count() < FEWEST_OF_MEAN * mean;
        return isRare ? Optional.of("%s is '%s' in %d of %,d rows only, '%s' in %,d".formatted(what,
                quoted(fewest), fewest.count(), all, quoted(most), most.count()))
                : Optional.empty();
    }

    private static String quoted(Share share) {
        return Names.clipped(Private.hidden(share.value()));
    }

    /// The word an English question begins with, or the verb that a Japanese one ends with: 要約 of 要約してください.
    static Optional<String> verb(String question) {
        Matcher japanese = JAPANESE_VERB.matcher(question);
        Optional<String> last = japanese.results().reduce((first, second) -> second).map(match -> match.group(1));
        if (last.isPresent()) {
            return last;
        }
        Matcher english = FIRST_WORD.matcher(question.substring(0, Math.min(question.length(), 80))
                .toLowerCase(Locale.ROOT));
        return english.find() ? Optional.of(english.group(1)) : Optional.empty();
    }
}
