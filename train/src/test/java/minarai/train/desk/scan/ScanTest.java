package minarai.train.desk.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import minarai.tokenizer.Tokenizers;
import minarai.train.data.Place;
import minarai.train.data.SharedData;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/// Single rules, at their borders.
class ScanTest {

    private static List<Entry> rows(String... questionsAndAnswers) {
        var rows = new ArrayList<Entry>();
        for (int i = 0; i < questionsAndAnswers.length; i += 2) {
            rows.add(Entry.pair("r" + i / 2, new Place("rows", i / 2 + 1), questionsAndAnswers[i],
                    questionsAndAnswers[i + 1]));
        }
        return rows;
    }

    private static Set<Kind> kinds(String question, String answer) {
        return Scan.plain(List.of()).report("rows", rows(question, answer)).byKind().keySet();
    }

    @ParameterizedTest
    @CsvSource({"4111 1111 1111 1111, true", "4111 1111 1111 1112, false", "378282246310005, true",
        "0000000000000000, false", "5500-0055-5555-5559, true"})
    void cardsHaveTheirSum(String number, boolean isCard) {
        assertEquals(isCard, CheckDigits.isCard(number));
    }

    /// The check digit of 12345678901 by hand: the sum is 1·2 + 0·3 + 9·4 + 8·5 + 7·6 + 6·7 + 5·2 + 4·3 + 3·4 + 2·5 +
    /// 1·6
    /// = 212, 212 mod 11 = 3, 11 − 3 = 8.
    @ParameterizedTest
    @CsvSource({"1234 5678 9018, true", "123456789018, true", "1234 5678 9017, false", "111111111111, false"})
    void aMyNumberHasItsCheckDigit(String number, boolean isOne) {
        assertEquals(isOne, CheckDigits.isMyNumber(number));
    }

    @ParameterizedTest
    @CsvSource({"DE89 3704 0044 0532 0130 00, true", "DE88 3704 0044 0532 0130 00, false",
            "GB82WEST12345698765432, true"})
    void anIbanLeavesOne(String number, boolean isIban) {
        assertEquals(isIban, CheckDigits.isIban(number));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Ask info@example.com.", "See test@mail.example.", "It costs 1,234,567,890 yen.",
        "12 + 30 + 400 + 5000 = 5442", "In 1990-2005 it grew.", "Pi is 3.14159265358979.", "The password is wrong.",
        "Version 1.2.3.4-567", "You are an artist, I know.", "{a, b} is a set.", "2024-01-31 12:30:45"})
    void ordinaryTextIsLetPass(String text) {
        assertEquals(Set.of(), kinds("What is it?", text));
    }

    @Test
    void aSecretIsNotRepeatedInTheReport() {
        var report = Scan.plain(List.of()).report("rows", rows("What is the key?", "The password is: Hunter2!secret."));
        assertEquals(1, report.errors());
        assertFalse(report.fields().toString().contains("Hunter2"), report.fields().toString());
    }

    @Test
    void aShortSecretIsNotShownAtAllNorWhereAnotherFindingQuotesTheRow() {
        assertTrue(report("The PIN?", "The password is: 1234").contains("it holds a password, … (4 characters)"));
        assertTrue(report("The key?", "The password is: Hunter2!").contains("a password, Hu… (8 characters)"));
        String broken = report("Whom shall I ask about the street?", "You could write to ken.aoki@post.ne.jp and the");
        assertTrue(broken.contains("the answer stops after") && !broken.contains("aoki"), broken);
        var pairs = new ArrayList<String>();
        for (int i = 0; i < 40; i++) {
            pairs.addAll(List.of("Whom to ask about street " + i + "?", i < 36 ? "ken@post.ne.jp" : "nobody"));
        }
        String lopsided = report(pairs.toArray(String[]::new));
        assertTrue(lopsided.contains("the answer is 'ken…") && !lopsided.contains("ken@"), lopsided);
    }

    private static String report(String... pairs) {
        return Scan.plain(List.of()).report("rows", rows(pairs)).fields().toString();
    }

    @Test
    void textsThatDifferInANumberAreNotCopies() {
        var report = Scan.plain(List.of()).report("rows", rows(
                "How many apples are left when 37 of the 100 apples in the basket are eaten?",
                "There are 63 apples left.",
                "How many apples are left when 38 of the 100 apples in the basket are eaten?",
                "There are 62 apples left.",
                "How many apples are left when 37 of the 100 apples in a basket are eaten?",
                "There are 63 apples left!"));
        assertEquals(List.of("r2"), report.findings().stream().map(Finding::id).toList());
        assertEquals(Kind.NEAR_DUPLICATE, report.findings().getFirst().kind());
    }

    @Test
    void aTranslationMayBeInAnotherLanguage() {
        String question = "次の文を英語に訳してください。\n\n今日は天気がいいので、公園まで歩いて行くつもりです。";
        assertEquals(Set.of(), kinds(question, "The weather is nice today, so I am going to walk to the park."));
        assertTrue(kinds(question.replace("次の文を英語に訳して", "次の文を短くして"),
                "The weather is nice today, so I am going to walk to the park.").contains(Kind.UNTRANSLATED));
    }

    @Test
    void aRowInAnotherLanguageThanTheRestIsNoted() {
        var pairs = new ArrayList<String>();
        for (String item : "りんご みかん ぶどう すいか いちご かき なし もも くり びわ うめ".split(" ")) {
            pairs.addAll(List.of(item + "はどこで買えますか。", item + "は駅前の店で買えます。"));
        }
        pairs.addAll(List.of("Where can I buy a pear in this town?", "You can buy a pear at the shop by the station."));
        var report = Scan.plain(List.of()).report("rows", rows(pairs.toArray(String[]::new)));
        assertEquals(List.of("r11"), report.findings().stream().map(Finding::id).toList());
        assertEquals(Kind.LANGUAGE_MIX, report.findings().getFirst().kind());
    }

    @Test
    void whatTooManyRowsDoIsOneFindingAboutTheFile() {
        var translated = new ArrayList<String>();
        var open = new ArrayList<String>();
        for (String item : "りんご みかん ぶどう すいか いちご かき なし もも くり びわ うめ あんず".split(" ")) {
            translated.addAll(List.of(item + "はどこで買えますか。教えてください。",
                    "You can buy it at the shop " + item.length() + " streets behind the old station, on most days."));
        }
        for (String item : "apple pear plum fig grape melon lemon lime peach cherry quince olive".split(" ")) {
            open.addAll(List.of("Where can I buy one " + item + "?",
                    "The shop behind the old station has a " + item + " on most days of the week"));
        }
        for (List<String> pairs : List.of(translated, open)) {
            var report = Scan.plain(List.of()).report("rows", rows(pairs.toArray(String[]::new)));
            var habits = report.byKind().getOrDefault(Kind.HABIT, List.of());
            assertEquals(1, habits.size(), report.findings().toString());
            assertEquals("rows", habits.getFirst().place());
            assertTrue(habits.getFirst().reason().startsWith("12 of 12 answers"), habits.toString());
            assertFalse(report.byKind().containsKey(Kind.UNTRANSLATED) || report.byKind().containsKey(Kind.TRUNCATED));
        }
    }

    @Test
    void anAnswerThatBreaksOffInJapaneseIsFound() {
        assertTrue(kinds("店は何時に開きますか。", "店は毎朝九時に開きますが、日曜日は定休日なので、月曜日から土曜日の").contains(Kind.TRUNCATED));
        assertEquals(Set.of(), kinds("店は何時に開きますか。", "店は毎朝九時に開きます"));
        assertEquals(Set.of(), kinds("Who?", "Aiko"));
    }

    @Test
    void aPreferenceNeedsADifference() {
        var same = rows("Who?", "Aiko.").getFirst();
        var entry = new Entry("p", same.place(), "rows:1", same.prompt(), same.answer(),
                Optional.of(same.answer().saying("aiko")), Optional.empty(), same.extras());
        assertEquals(Set.of(Kind.INDIFFERENT), Scan.plain(List.of()).report("rows", List.of(entry)).byKind().keySet());
    }

    @Test
    void classesAndVerbsAreCounted() {
        var pairs = new ArrayList<String>();
        for (int i = 0; i < 60; i++) {
            pairs.addAll(List.of("Classify the film number %d, seen on a %s.".formatted(i,
                    "rainy evening ".repeat(i % 7)),
                    i % 20 == 0 ? "bad" : "good"));
        }
        var notes = Scan.plain(List.of()).report("rows", rows(pairs.toArray(String[]::new))).byKind();
        assertTrue(notes.get(Kind.BALANCE).toString().contains("'good' in 95 % of 60 rows"), notes.toString());
        assertEquals(Optional.of("要約"), Balance.verb("次の文章を要約してください。"));
        assertEquals(Optional.of("explain"), Balance.verb("Please explain why."));
    }

    @Test
    void rowsOfAnotherFileAreFoundByQuestionAndWords() {
        var test = rows("Who bakes the bread in the village by the river?", "Aiko does.",
                "Describe how the mill at the upper end of the valley came to be built by the two brothers.",
                "Long ago.");
        var own = rows("who bakes the bread in the village by the river", "Akio does.",
                "Describe how the mill at the upper end of that valley came to be built by two brothers.", "Long ago.",
                "What else is there?", "A pond.");
        var report = Scan.plain(test).report("rows", own);
        assertEquals(List.of("r0", "r1"), report.byKind().get(Kind.LEAK).stream().map(Finding::id).toList());
    }

    @Test
    void aTokenizerSaysWhatItCannotSayAndWhatIsTooLong() {
        var tokenizer = Tokenizers.of(SharedData.file("tokenizers/bert/bert-base-uncased.tokenizer.json"));
        var report = Scan.of(tokenizer, Optional.empty(), 20, List.of()).report("rows", rows(
                "Which glyph?", "\uD80C\uDC00", "Say it", "word ".repeat(30).strip() + ".", "Fine?", "Fine."));
        assertEquals(List.of("r0", "r1"), report.byKind().get(Kind.UNREACHABLE).stream().map(Finding::id).toList());
        assertEquals("tokens", report.unit());
    }

    @Test
    void mendingIsSafeAndOnRecord(@TempDir Path folder) throws IOException {
        var mending = Mending.of(rows("A?", " Yes.<|endoftext|>", "A?", "Yes.", "B\u200B?", "No.\r\n", "C?", " ", "D?",
                "Fine."));
        assertEquals(List.of("Yes.", "No.", "Fine."), mending.entries().stream().map(each -> each.answer().content())
                .toList());
        assertEquals("B?", mending.entries().get(1).question());
        assertEquals(List.of("changed", "removed", "changed", "removed"),
                mending.changes().stream().map(Mending.Change::action).toList());
        assertEquals(mending.entries(), Mending.of(mending.entries()).entries(), "a second mending changes nothing");
        mending.writeLog(folder.resolve("log"));
        assertEquals(4, Files.readAllLines(folder.resolve("log")).size());
    }

    @Test
    void mendingKeepsLinesApartAndWhatIsNotACopyToTheLetter() {
        var entries = new ArrayList<>(rows("A?", "First line\u2028Second line", "B?", "page one\fpage two", "C?",
                "a\u0085b\u2029c\u000Bd\r\ne", "Capitalize: hello", "Hello", "Capitalize: Hello", "HELLO"));
        entries.add(calling("d", "D?", "\"wind\""));
        entries.add(calling("e", "D?", "\"rain\""));
        entries.add(calling("f", "D?", "\"rain\""));
        var mending = Mending.of(entries);
        assertEquals(List.of("First line\nSecond line", "page one\npage two", "a\nb\nc\nd\ne", "Hello", "HELLO", "",
                ""), mending.entries().stream().map(each -> each.answer().content()).toList());
        assertEquals(List.of("f"), mending.changes().stream().filter(each -> each.action().equals("removed"))
                .map(Mending.Change::id).toList());
        var found = Scan.plain(List.of()).report("rows", entries).byKind();
        assertEquals(List.of("f"), found.get(Kind.EXACT_DUPLICATE).stream().map(Finding::id).toList());
        assertEquals(List.of("r4"), found.get(Kind.NEAR_DUPLICATE).stream().map(Finding::id).toList());
        assertEquals(List.of("e"), found.get(Kind.CONTRADICTION).stream().map(Finding::id).toList());
    }

    private static Entry calling(String id, String question, String called) {
        Entry entry = Entry.pair(id, new Place("rows", 20 + id.charAt(0)), question, "");
        return entry.answering(new Turn("assistant", "", new TreeMap<>(Map.of("tool_calls",
                JsonMapper.builder().build().readTree("[{\"name\": " + called + "}]")))));
    }

    /// Texts on which a careless pattern would overflow the stack or take hours.
    @Test
    @Timeout(30)
    void hostileTextsAreGoneThrough() {
        var pairs = new ArrayList<String>();
        for (String piece : List.of("word ", "\n", "<<", "</s>", " ", "((", "A1", "12 34 ", "{{", "a@", "Human", "。、",
                "é", "+1 ", "-")) {
            pairs.addAll(List.of("これは何ですか" + pairs.size() + "。", "Human [ < @ 1 password is" + piece.repeat(30_000)
                    + "x"));
        }
        var entries = rows(pairs.toArray(String[]::new));
        assertEquals(15, Scan.plain(List.of()).report("rows", entries).rows());
        assertEquals(15, Mending.of(entries).entries().size());
    }

    @Test
    void thePageEscapesWhatRowsSayAndLoadsNothing() {
        String html = Page.html(Scan.plain(List.of()).report("<b>.jsonl", rows("<script>alert(1)</script>?",
                "Dear {{<img src=x onerror=alert(1)>}} \u202Eevil")));
        assertFalse(html.contains("<script") || html.contains("<img") || html.contains("\u202E"), html);
        assertFalse(html.matches("(?s).*(src|href)=\"(?!#).*"), html);
        assertTrue(html.contains("&lt;img src=x"), html);
    }

    @Test
    void theShareOfALanguageIsOfTheQuestionsThatTell() {
        var english = "Where is the shop that sells the bread of the village?";
        assertTrue(page(rows(english, "Here.", english + "!", "There.", "Why?", "So.")).contains(
                "<b>100 %</b><span>questions in English, of those that tell"));
        assertFalse(page(rows(english, "Here.", "Who?", "Aiko.", "Why?", "So.")).contains("questions in"));
    }

    private static String page(List<Entry> entries) {
        return Page.html(Scan.plain(List.of()).report("rows", entries));
    }

    @Test
    void pairsOfOneLineAreCountedOneByOne(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("tasks.jsonl"), """
                {"id": "t", "instruction": "Name it.", "instances": [{"input": "a", "output": ""}, \
                {"input": "b", "output": " "}, {"input": "c", "output": ""}, {"input": "d", "output": "D."}]}
                """);
        var report = Scan.plain(List.of()).report(file);
        assertEquals(4, report.rows());
        assertEquals(1, report.sound());
    }

    @Test
    void aRowThatCannotBeReadIsLeftOutOfWhatIsMended(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), """
                {"prompt": "A?", "completion": "Yes."}
                {"prompt": "B?", "completion":
                {"prompt": "C?", "completion": " No."}
                """);
        var read = Readable.of(file);
        var mending = Mending.of(read);
        assertEquals(List.of("Yes.", "No."), mending.entries().stream().map(each -> each.answer().content()).toList());
        assertEquals(List.of("changed", "left_out"), mending.changes().stream().map(Mending.Change::action).toList());
        assertEquals(file + ":2", mending.changes().getLast().place());
        assertFalse(read.unreadable().toString().contains("[Source"), read.unreadable().toString());
    }

    @Test
    void aRowThatCannotBeReadIsAFinding(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), """
                {"prompt": "A?", "completion": "Yes."}
                {"prompt": "B?", "completion":
                {"prompt": "C?"}
                {"prompt": "D?", "completion": "No."}
                """);
        var report = Scan.plain(List.of()).report(file);
        assertEquals(List.of(file + ":2", file + ":3"), report.byKind().get(Kind.UNREADABLE).stream()
                .map(Finding::place)
                .collect(Collectors.toList()));
        assertEquals(4, report.rows());
        assertEquals(2, report.sound());
    }
}
