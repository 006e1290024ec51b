package minarai.train.desk.scan;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import minarai.train.data.Place;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;
import minarai.train.desk.text.Language;

/// Rows into which defects of all kinds were planted, and which rows those are.
///
/// @param rows    with the defects
/// @param defects the kind that was planted, by id
/// @param others  a file that shares the leaked rows
record Planted(List<Entry> rows, Map<String, Kind> defects, List<Entry> others) {

    private static final List<String> SECRETS = List.of(
            "My key is AKIAIOSFODNN7ABCDEFG.", "Use ghp_" + "a1B2c3D4e5F6".repeat(3) + " to log in.",
            "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "password: Hunter2!x",
            "パスワードは Sakura2024! です。", "postgres://admin:s3cret9@db.internal.net/main",
            "The token is sk-abcdEFGH1234567890abcdEFGH.", "api_key = 9f8e7d6c5b4a3210");
    private static final List<String> PERSONAL = List.of(
            "Write to taro.yamada@softbank.ne.jp.", "Mail: j.smith+work@gmail.com", "Call (415) 555-2671 today.",
            "Call me at 415-555-2671.", "My number is +1 415 555 2671.", "電話は090-1234-5678です。", "電話番号：０３－１２３４－５６７８",
            "携帯 08012345678", "フリーダイヤル 0120-123-456", "+81 90 1234 5678", "Card 4111 1111 1111 1111",
            "card 5500005555555559",
            "Amex 3782 822463 10005", "マイナンバーは1234 5678 9018です。", "個人番号 １２３４５６７８９０１８",
            "IBAN DE89 3704 0044 0532 0130 00",
            "IBAN GB82WEST12345698765432", "SSN 123-45-6789", "〒150-0001 東京都渋谷区");
    private static final List<String> LEFTOVERS = List.of("Dear {{customer_name}}, ", "<|im_start|>assistant\n",
            "### Response: ",
            "[INST] Hello [/INST] ", "As an AI language model, I cannot have opinions, but ",
            "Lorem ipsum dolor sit amet. ",
            "TODO: finish this. ", "AI言語モデルとして、", "Hello [Your Name Here], ", "### 応答：", "\n\nHuman: Go on.\n",
            "{% if x %} ",
            "ここに名前を入力 ", "I am an AI assistant and ", "○○様、", "{instruction} ");
    private static final List<String> FOREIGN = List.of(
            "日本では、この質問についてはいろいろな答え方がありますが、まず落ち着いて考えることが大切です。",
            "Das ist eine gute Frage, und die Antwort ist nicht so einfach, wie man es auf den ersten Blick denkt.",
            "C'est une bonne question, et la réponse est que les choses ne sont pas aussi simples dans la vie.");
    private static final String ENGLISH =
            "That is a good question, and the answer is not as simple as it looks at first.";

    /// A change that makes a row defective.
    private interface Defect extends BiFunction<Entry, Integer, Entry> {
    }

    /// @param clean rows with distinct ids
    /// @param count defects of all kinds in turn
    static Planted in(List<Entry> clean, int count, long seed) {
        var random = new Random(seed);
        Map<Kind, Defect> makers = makers(clean, random);
        var kinds = new ArrayList<>(makers.keySet());
        var rows = new ArrayList<>(clean);
        var order = new ArrayList<Integer>();
        for (int i = 0; i < clean.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        var defects = new LinkedHashMap<String, Kind>();
        var others = new ArrayList<Entry>();
        Set<Integer> used = new HashSet<>();
        for (int number = 0; number < count; number++) {
            Kind kind = kinds.get(number % kinds.size());
            int row = order.stream().filter(each -> !used.contains(each) && fits(kind, clean.get(each))).findFirst()
                    .orElseThrow();
            used.add(row);
            Entry victim = clean.get(row);
            String id = "planted-" + number;
            Entry planted = makers.get(kind).apply(victim, number / kinds.size()).named(id);
            defects.put(id, kind);
            switch (kind) {
                case EXACT_DUPLICATE, NEAR_DUPLICATE, CONTRADICTION -> rows.add(planted);
                case LEAK -> {
                    rows.set(row, planted);
                    others.add(victim.named("other-" + number));
                }
                default -> rows.set(row, planted);
            }
        }
        return new Planted(placed(rows), defects, others);
    }

    private static List<Entry> placed(List<Entry> rows) {
        var placed = new ArrayList<Entry>();
        for (Entry row : rows) {
            var place = new Place("planted.jsonl", placed.size() + 1);
            placed.add(new Entry(row.id(), place, place.toString(), row.prompt(), row.answer(), row.rejected(),
                    row.isGood(),
                    row.extras()));
        }
        return placed;
    }

    private static boolean fits(Kind kind, Entry entry) {
        int words = entry.answer().content().split("\\s+").length;
        return switch (kind) {
            case TRUNCATED -> words >= 25;
            case NEAR_DUPLICATE -> Copies.text(entry).split("\\s+").length >= 15;
            case UNTRANSLATED -> Language.of(entry.question()) == Language.ENGLISH && !entry.question().matches(
                    "(?is).*(translat|language|english|french|german|japanese|spanish|italian|code|sql|python|html).*")
                    || Language.of(entry.question()) == Language.JAPANESE;
            case LEAK -> entry.question().length() >= 20;
            default -> entry.question().length() >= 12 && !entry.answer().content().isBlank();
        };
    }

    private static Map<Kind, Defect> makers(List<Entry> clean, Random random) {
        var makers = new LinkedHashMap<Kind, Defect>();
        makers.put(Kind.EXACT_DUPLICATE, (entry, n) -> n % 2 == 0 ? entry
                : entry.answering(entry.answer().saying("  " + entry.answer().content() + "\n")));
        makers.put(Kind.NEAR_DUPLICATE, (entry, n) -> entry.asking(List.of(new Turn("user",
                edited(entry.question(), n, random)))));
        makers.put(Kind.CONTRADICTION, (entry, n) -> entry.answering(entry.answer().saying(
                n % 2 == 0 ? "No, that was never so." : "It is the other way round, by all accounts.")));
        makers.put(Kind.EMPTY, (entry, n) -> n % 4 == 3 ? entry.asking(List.of(new Turn("user", " ")))
                : entry.answering(entry.answer().saying(List.of("", " \n", "N/A").get(n % 4))));
        makers.put(Kind.TRUNCATED, (entry, n) -> entry.answering(entry.answer()
                .saying(cut(entry.answer().content(), random))));
        makers.put(Kind.UNTRANSLATED, (entry, n) -> entry.answering(entry.answer().saying(
                Language.of(entry.question()) == Language.JAPANESE ? ENGLISH : FOREIGN.get(n % FOREIGN.size()))));
        makers.put(Kind.LENGTH_OUTLIER, (entry, n) -> entry.answering(entry.answer().saying(pages(clean, random))));
        makers.put(Kind.SECRET, (entry, n) -> added(entry, SECRETS.get(n % SECRETS.size()), n));
        makers.put(Kind.PERSONAL, (entry, n) -> added(entry, PERSONAL.get(n % PERSONAL.size()), n));
        makers.put(Kind.LEFTOVER, (entry, n) -> entry.answering(entry.answer().saying(
                LEFTOVERS.get(n % LEFTOVERS.size()) + entry.answer().content())));
        makers.put(Kind.GARBLED, (entry, n) -> entry.answering(entry.answer().saying(entry.answer().content()
                + List.of(" donâ€™t", " caf\uFFFD", " CafÃ\u00A9", " 縺薙ｓ縺ｫ縺｡縺ｯ").get(n % 4))));
        makers.put(Kind.CONTROL, (entry, n) -> entry.answering(entry.answer().saying(
                entry.answer().content().replaceFirst("(?<=.)", List.of("\u0000", "\u200B", "\u0008", "\uFEFF")
                .get(n % 4)))));
        makers.put(Kind.EDGES, (entry, n) -> entry.answering(entry.answer().saying(n % 2 == 0
                ? " " + entry.answer().content() : entry.answer().content() + " ")));
        makers.put(Kind.LEAK, (entry, n) -> n % 2 == 0 ? entry
                : entry.asking(List.of(new Turn("user", entry.question().toUpperCase(Locale.ROOT) + " "))));
        return makers;
    }

    private static Entry added(Entry entry, String text, int n) {
        return n % 2 == 0 ? entry.answering(entry.answer().saying(entry.answer().content() + "\n" + text))
                : entry.asking(List.of(new Turn("user", entry.question() + "\n" + text)));
    }

    /// A word swapped, doubled or misspelled, or other marks and case.
    private static String edited(String text, int n, Random random) {
        String[] words = text.split(" ");
        int at = random.nextInt(words.length);
        switch (n % 4) {
            case 0 -> words[0] = words[0] + " " + (words[0].matches(".*\\d.*") ? "indeed" : words[0]);
            case 1 -> words[at] = words[at].length() < 3 || words[at].matches(".*\\d.*") ? "indeed " + words[at]
                    : words[at].charAt(1) + "" + words[at].charAt(0) + words[at].substring(2);
            case 2 -> words[0] = "Please: " + words[0].toLowerCase(Locale.ROOT);
            default -> words[words.length - 1] = words[words.length - 1] + " Thanks!";
        }
        return String.join(" ", words);
    }

    /// The first half or so of an answer, ending within a sentence.
    private static String cut(String answer, Random random) {
        for (int attempt = 0; attempt < 200; attempt++) {
            int end = answer.length() * 2 / 5 + random.nextInt(answer.length() * 2 / 5);
            String cut = answer.substring(0, end).strip();
            String last = cut.substring(cut.lastIndexOf('\n') + 1);
            if (cut.matches("(?s).*[a-z0-9,]") && last.split(" ").length >= 6) {
                return cut;
            }
        }
        return answer.substring(0, answer.length() / 2).replaceAll("[^a-z]+$", "") + " and then the";
    }

    private static String pages(List<Entry> clean, Random random) {
        var text = new StringBuilder();
        while (text.length() < 60_000) {
            text.append(clean.get(random.nextInt(clean.size())).answer().content()).append("\n\n");
        }
        return text.append("That is all.").toString();
    }

    /// What a report says of them.
    ///
    /// @param planted by kind
    /// @param found   by kind
    /// @param accused findings against rows that are as they were
    record Tally(Map<Kind, Integer> planted, Map<Kind, Integer> found, List<Finding> accused, List<String> missed) {

        int foundInAll() {
            return found.values().stream().mapToInt(Integer::intValue).sum();
        }

        /// Rows that are as they were and have something against them.
        long rowsAccused() {
            return accused.stream().map(Finding::id).distinct().count();
        }

        @Override
        public String toString() {
            var text = new StringBuilder("%-16s %7s %5s %8s%n".formatted("kind", "planted", "found", "accused"));
            Map<Kind, Integer> against = new HashMap<>();
            accused.forEach(finding -> against.merge(finding.kind(), 1, Integer::sum));
            for (Kind kind : Kind.values()) {
                if (planted.containsKey(kind) || against.containsKey(kind)) {
                    text.append("%-16s %7d %5d %8d%n".formatted(kind.key(), planted.getOrDefault(kind, 0),
                            found.getOrDefault(kind, 0), against.getOrDefault(kind, 0)));
                }
            }
            return text.append("%-16s %7d %5d %8d".formatted("all", planted.values().stream().mapToInt(n -> n).sum(),
                    foundInAll(), rowsAccused())).toString();
        }
    }

    Tally tally(Report report) {
        var planted = new HashMap<Kind, Integer>();
        var found = new HashMap<Kind, Integer>();
        var missed = new ArrayList<String>();
        defects.forEach((id, kind) -> {
            planted.merge(kind, 1, Integer::sum);
            boolean isFound = report.findings().stream().anyMatch(each -> each.id().equals(id) && each.kind() == kind);
            found.merge(kind, isFound ? 1 : 0, Integer::sum);
            if (!isFound) {
                rows.stream().filter(row -> row.id().equals(id)).forEach(row ->
                        missed.add(kind.key() + ": " + row.question()
                        + " → " + row.answer().content()));
            }
        });
        List<Finding> accused = report.findings().stream()
                .filter(each -> !each.id().isEmpty() && !defects.containsKey(each.id())).toList();
        return new Tally(planted, found, accused, missed);
    }
}
