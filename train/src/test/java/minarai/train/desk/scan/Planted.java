package minarai.train.desk.scan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.train.desk.Entry;
import minarai.train.desk.Turn;
import minarai.train.desk.text.Language;
import tools.jackson.databind.node.StringNode;

/// Rows into which defects were planted, and which rows those are.
///
/// @param rows    with the defects; those that compare two answers belong into a file of their own
/// @param broken  lines that stand in the file in place of rows, by id
/// @param defects the kind that was planted, by id
/// @param others  a file that shares the leaked rows
record Planted(List<Entry> rows, Map<String, String> broken, Map<String, Kind> defects, List<Entry> others) {

    /// All but what is a habit: a defect that is in so many rows that it is none.
    static final Set<Kind> ALL = EnumSet.complementOf(EnumSet.of(Kind.HABIT));
    private static final String RARE = "rarely asked";
    private static final int CATEGORIES = 4;
    private static final List<String> BROKEN = List.of("", "{\"messages\": \"Who keeps the inn?\"}",
            "{\"instruction\": 5}", "Who keeps the inn?");

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
    private static final String ASKED_ABROAD =
            "Wie lange braucht man mit dem Zug von hier bis in die Stadt, wenn man %d Mal umsteigen muss?";
    private static final String ENGLISH =
            "That is a good question, and the answer is not as simple as it looks at first.";

    /// A change that makes a row defective.
    private interface Defect extends BiFunction<Entry, Integer, Entry> {
    }

    /// @param found rows with distinct ids, some of which compare two answers
    /// @param some  the kinds that are planted
    /// @param count defects of these kinds in turn; labels are lopsided once, for that is one defect of the whole file,
    ///              however many rows share it, and another kind takes its further turns
    static Planted in(List<Entry> found, Set<Kind> some, int count, long seed) {
        var random = new Random(seed);
        List<Entry> clean = IntStream.range(0, found.size()).mapToObj(row -> found.get(row).with("category",
                StringNode.valueOf("category " + row % CATEGORIES))).toList();
        Map<Kind, Defect> makers = makers(clean, random);
        var kinds = new ArrayList<>(makers.keySet());
        kinds.retainAll(some);
        var rows = new ArrayList<>(clean);
        var broken = new HashMap<String, String>();
        var order = new ArrayList<Integer>();
        for (int i = 0; i < clean.size(); i++) {
            order.add(i);
        }
        Collections.shuffle(order, random);
        var defects = new LinkedHashMap<String, Kind>();
        var others = new ArrayList<Entry>();
        Set<Integer> used = new HashSet<>();
        for (int number = 0; number < count; number++) {
            Kind turn = kinds.get(number % kinds.size());
            Kind kind = turn == Kind.BALANCE && defects.containsValue(turn)
                    ? kinds.get(number / kinds.size() % kinds.indexOf(turn)) : turn;
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
                case UNREADABLE -> {
                    rows.set(row, planted);
                    broken.put(id, broken(planted, number / kinds.size()));
                }
                default -> rows.set(row, planted);
            }
        }
        return new Planted(rows, broken, defects, others);
    }

    /// The first half of the line, or something that is no row.
    private static String broken(Entry entry, int n) {
        String line = entry.json().toString();
        String other = BROKEN.get(n % BROKEN.size());
        return other.isEmpty() ? line.substring(0, line.length() / 2) : other;
    }

    /// Writes the rows as JSON lines, those that compare two answers into a file of their own.
    ///
    /// @return both files, the rows with one answer first
    List<Path> write(Path folder) throws IOException {
        var files = new ArrayList<Path>();
        for (Entry.Kind kind : List.of(Entry.Kind.ANSWERED, Entry.Kind.PREFERRED)) {
            files.add(Files.write(folder.resolve(kind + ".jsonl"), of(kind).map(row -> broken.getOrDefault(row.id(),
                    row.json().toString())).toList()));
        }
        return files;
    }

    private Stream<Entry> of(Entry.Kind kind) {
        return rows.stream().filter(row -> row.kind() == kind);
    }

    private static boolean fits(Kind kind, Entry entry) {
        if (entry.rejected().isPresent() != (kind == Kind.INDIFFERENT)) {
            return false;
        }
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
        makers.put(Kind.LANGUAGE_MIX, (entry, n) -> entry
                .asking(List.of(new Turn("user", ASKED_ABROAD.formatted(n + 2))))
                .answering(entry.answer().saying(FOREIGN.get(1))));
        makers.put(Kind.UNREACHABLE, (entry, n) -> n % 2 == 0
                ? entry.answering(entry.answer().saying(entry.answer().content() + steps(n)))
                : entry.asking(List.of(new Turn("user", entry.question() + steps(n)))));
        makers.put(Kind.INDIFFERENT, (entry, n) -> new Entry(entry.id(), entry.place(), entry.origin(), entry.prompt(),
                entry.answer(), Optional.of(entry.answer().saying(n % 2 == 0 ? entry.answer().content()
                : "  " + entry.answer().content().replace(" ", "  "))), Optional.empty(), entry.extras()));
        makers.put(Kind.UNREADABLE, (entry, n) -> entry);
        makers.put(Kind.BALANCE, (entry, n) -> entry.with("category", StringNode.valueOf(RARE)));
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

    /// Some thousand words, for which no model of the test has room.
    private static String steps(int n) {
        return IntStream.range(0, 400).mapToObj(step ->
                "\nStep %d: turn wheel %d by %d teeth.".formatted(step, n, step)).collect(Collectors.joining());
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

    /// @param findings of both files
    Tally tally(List<Finding> findings) {
        var planted = new HashMap<Kind, Integer>();
        var found = new HashMap<Kind, Integer>();
        var missed = new ArrayList<String>();
        defects.forEach((id, kind) -> {
            planted.merge(kind, 1, Integer::sum);
            boolean isFound = findings.stream().anyMatch(each -> each.kind() == kind && isAbout(each, id));
            found.merge(kind, isFound ? 1 : 0, Integer::sum);
            if (!isFound) {
                rows.stream().filter(row -> row.id().equals(id)).forEach(row ->
                        missed.add(kind.key() + ": " + row.question()
                        + " → " + row.answer().content()));
            }
        });
        List<Finding> accused = findings.stream().filter(each -> each.id().isEmpty()
                ? each.kind() == Kind.UNREADABLE && !broken.containsKey(at(each.place()))
                : !defects.containsKey(each.id())).toList();
        return new Tally(planted, found, accused, missed);
    }

    /// By the row's id; by its line where it cannot be read; by the category that too few rows have.
    private boolean isAbout(Finding finding, String id) {
        return switch (finding.kind()) {
            case UNREADABLE -> at(finding.place()).equals(id);
            case BALANCE -> finding.reason().contains("'" + RARE + "'");
            default -> finding.id().equals(id);
        };
    }

    /// The id of the row at `file:line`.
    private String at(String place) {
        int line = Integer.parseInt(place.substring(place.lastIndexOf(':') + 1));
        return of(place.contains(Entry.Kind.PREFERRED + ".jsonl") ? Entry.Kind.PREFERRED : Entry.Kind.ANSWERED)
                .skip(line - 1).findFirst().orElseThrow().id();
    }
}
