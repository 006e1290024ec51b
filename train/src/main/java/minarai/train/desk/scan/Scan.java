package minarai.train.desk.scan;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.chat.ChatTemplate;
import minarai.train.desk.Entry;
import minarai.train.desk.text.Language;

/// Looks through a set of pairs for everything that is wrong with it.
public final class Scan {

    private final List<Rule> rules;
    private final ToIntFunction<String> length;
    private final String unit;

    private Scan(List<Rule> rules, ToIntFunction<String> length, String unit) {
        this.rules = rules;
        this.length = length;
        this.unit = unit;
    }

    /// A scan that knows no model: lengths are in characters.
    ///
    /// @param others entries of files that should share nothing with the one that is looked at
    public static Scan plain(List<Entry> others) {
        return new Scan(rules(new Lengths(String::length, "characters"), List.of(), others), String::length,
                "characters");
    }

    /// A scan for a model: lengths are in its tokens, and answers it cannot be trained on are found.
    ///
    /// @param template  where the model has one
    /// @param maxLength the most tokens of an example
    public static Scan of(Tokenizer tokenizer, Optional<ChatTemplate> template, int maxLength, List<Entry> others) {
        ToIntFunction<String> tokens = text -> tokenizer.encode(text).length();
        List<String> special = IntStream.range(0, tokenizer.vocabularySize()).filter(tokenizer::isSpecial)
                .mapToObj(tokenizer::piece).filter(piece -> piece.length() > 2 && !piece.isBlank()).toList();
        var rules = new ArrayList<>(rules(new Lengths(tokens, "tokens"), special, others));
        rules.add(new Reach(tokenizer, template, maxLength));
        return new Scan(List.copyOf(rules), tokens, "tokens");
    }

    private static List<Rule> rules(Lengths lengths, List<String> special, List<Entry> others) {
        return List.of(new Copies(), new Private(), lengths, new Leftovers(special), new Controls(), new Blanks(),
                new Endings(), new Tongues(), new Balance(), new Leaks(others));
    }

    /// Reads a file and looks through it. A row that cannot be read is a finding, where the rows behind it still can
    /// be.
    ///
    /// @throws IllegalArgumentException if the file is missing or empty, or cannot be read on
    public Report report(Path file) {
        return report(Readable.of(file));
    }

    /// Looks through entries.
    public Report report(String file, List<Entry> entries) {
        return report(new Readable(file, entries, List.of()));
    }

    /// Looks through what was read; what could not be read are findings too.
    public Report report(Readable read) {
        List<Entry> entries = read.entries();
        var scanned = Scanned.of(read.file(), entries);
        var findings = new ArrayList<>(read.unreadable());
        findings.addAll(apply(scanned));
        Map<String, Integer> order = new HashMap<>();
        for (int row = 0; row < entries.size(); row++) {
            order.putIfAbsent(entries.get(row).place().toString(), row);
        }
        findings.sort(Comparator.comparing(Finding::kind).thenComparing(finding ->
                order.getOrDefault(finding.place(), Integer.MAX_VALUE)));
        Map<Language, Integer> languages = new EnumMap<>(Language.class);
        scanned.questionLanguage().forEach(language -> languages.merge(language, 1, Integer::sum));
        return new Report(read.file(), entries.size() + read.unreadable().size(), languages, unit,
                median(entries.stream().map(Entry::question).toList()),
                median(entries.stream().map(entry -> entry.answer().content()).toList()),
                Balance.categories(scanned).size(), findings);
    }

    private double median(List<String> texts) {
        return Lengths.median(texts.stream().mapToDouble(length::applyAsInt).toArray());
    }

    /// All rules, on two threads; the findings are in the order of the rules.
    private List<Finding> apply(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        try (var threads = Executors.newFixedThreadPool(2)) {
            var tasks = rules.stream().<Callable<List<Finding>>>map(rule -> () -> rule.findings(scanned)).toList();
            for (Future<List<Finding>> done : threads.invokeAll(tasks)) {
                findings.addAll(done.get());
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("looking through %s was interrupted".formatted(scanned.file()), stopped);
        } catch (ExecutionException failure) {
            throw new IllegalStateException("a rule failed on %s: %s".formatted(scanned.file(), failure.getCause()),
                    failure);
        }
        return findings;
    }
}
