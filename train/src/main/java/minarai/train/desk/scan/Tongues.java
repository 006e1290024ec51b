package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import minarai.train.desk.Entry;
import minarai.train.desk.text.Language;

/// Answers in another language than their questions, and rows in another language than the file, where the question
/// does not ask for it and it is not the habit of the file; such a habit is one finding about the file.
record Tongues() implements Rule {

    private static final double MAIN = 0.9;
    private static final double HABIT = 0.2;
    private static final int FEW = 3;
    private static final Pattern ASKS_FOR_LANGUAGE = Pattern.compile("(?i)translat|翻訳|和訳|英訳|訳し|訳せ|英語|日本語|中国語|韓国語|"
            + "フランス語|ドイツ語|スペイン語|英文|和文|英作文|übersetz|traduc|tradui|tradurre|\\bin"
            + " (english|japanese|german|french|spanish|italian|chinese|korean|portuguese|dutch|russian)\\b"
            + "|\\b(english|japanese|german|french|spanish|italian|chinese|korean|portuguese|dutch|russian|language)\\b|コード|プログラム|\\bcode\\b|\\bSQL\\b|Python|HTML");
    private static final Pattern FOREIGN_RUN = Pattern.compile(
            "(?<![A-Za-z'’-])[A-Za-z][A-Za-z'’-]{0,30}([ ,]{1,3}[A-Za-z][A-Za-z'’-]{0,30}){7}");

    @Override
    public List<Finding> findings(Scanned scanned) {
        var findings = new ArrayList<Finding>();
        var untranslated = new ArrayList<Finding>();
        for (int row = 0; row < scanned.size(); row++) {
            Entry entry = scanned.entries().get(row);
            untranslated(entry, scanned.questionLanguage().get(row), scanned.answerLanguage().get(row))
                    .ifPresent(reason -> untranslated.add(Finding.of(Kind.UNTRANSLATED, entry, reason)));
        }
        if (untranslated.size() <= Math.max(FEW, HABIT * scanned.size())) {
            findings.addAll(untranslated);
        } else {
            findings.add(new Finding(Kind.HABIT, scanned.file(), "",
                    ("%,d of %,d answers are in another language than their"
                    + " questions, as a whole or in part; with so many the rows are not named one by one").formatted(
                    untranslated.size(), scanned.size())));
        }
        findings.addAll(mixed(scanned));
        return findings;
    }

    private static Optional<String> untranslated(Entry entry, Language asked, Language said) {
        String question = entry.question();
        String answer = entry.answer().content();
        if (asked == Language.UNKNOWN || ASKS_FOR_LANGUAGE.matcher(question).find()) {
            return Optional.empty();
        }
        boolean isLatin = said == Language.UNKNOWN && asked == Language.JAPANESE && Language.isLatinSentence(answer);
        if (said != asked && said != Language.UNKNOWN || isLatin) {
            return Optional.of("the question is in %s, the answer in %s".formatted(asked.title(),
                    isLatin ? "another language" : said.title()));
        }
        if (asked != Language.JAPANESE || answer.contains("```")) {
            return Optional.empty();
        }
        return FOREIGN_RUN.matcher(answer).results().map(run -> run.group()).filter(run -> !question.contains(run))
                .findFirst().map(run -> "a part of the answer was left in English, '%s …'".formatted(
                        run.substring(0, Math.min(run.length(), 30))));
    }

    /// Rows whose language is not that of nine tenths of the rows.
    private static List<Finding> mixed(Scanned scanned) {
        var counts = new EnumMap<Language, Integer>(Language.class);
        int known = 0;
        for (int row = 0; row < scanned.size(); row++) {
            Language language = language(scanned, row);
            if (language != Language.UNKNOWN) {
                counts.merge(language, 1, Integer::sum);
                known++;
            }
        }
        Optional<Map.Entry<Language, Integer>> most = counts.entrySet().stream().max(Map.Entry.comparingByValue());
        if (most.isEmpty() || most.get().getValue() < MAIN * known) {
            return List.of();
        }
        Language main = most.get().getKey();
        var findings = new ArrayList<Finding>();
        for (int row = 0; row < scanned.size(); row++) {
            Language language = language(scanned, row);
            Entry entry = scanned.entries().get(row);
            if (language != main && language != Language.UNKNOWN && !ASKS_FOR_LANGUAGE.matcher(entry.question())
                    .find()) {
                findings.add(Finding.of(Kind.LANGUAGE_MIX, entry,
                        "it is in %s; %.0f %% of the rows are in %s".formatted(
                        language.title(), 100.0 * most.get().getValue() / known, main.title())));
            }
        }
        return findings;
    }

    /// The language of the question, or of the answer where that of the question is open.
    private static Language language(Scanned scanned, int row) {
        Language asked = scanned.questionLanguage().get(row);
        return asked == Language.UNKNOWN ? scanned.answerLanguage().get(row) : asked;
    }
}
