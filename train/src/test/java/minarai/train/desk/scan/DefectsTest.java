package minarai.train.desk.scan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import minarai.tokenizer.BytePairTrainer;
import minarai.tokenizer.Tokenizer;
import minarai.tokenizer.Tokenizers;
import minarai.train.data.Place;
import minarai.train.data.SharedData;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Defects of every kind are planted into rows; nearly all are found, and few other rows are accused.
class DefectsTest {

    private static final double LEAST_FOUND = 0.95;
    private static final double MOST_ACCUSED = 0.02;
    private static final String HAN = "山川町店車道水火木金土月年時前後中大小東西南北春夏秋冬朝昼夜雨雪風空海花鳥";

    /// No kind is to go unnoticed because the others are found.
    private static final double LEAST_FOUND_OF_A_KIND = 0.5;
    private static final int A_PREFERENCE_EVERY = 20;
    private static final int MAX_LENGTH = 2048;

    @TempDir
    Path folder;

    private void assertFound(List<Entry> rows, Set<Kind> kinds, Tokenizer tokenizer, int count, long seed)
            throws IOException {
        List<Entry> clean = IntStream.range(0, rows.size()).mapToObj(row -> row % A_PREFERENCE_EVERY == 0
                ? preferred(rows.get(row)) : rows.get(row)).toList();
        var planted = Planted.in(clean, kinds, count, seed);
        var scan = Scan.of(tokenizer, Optional.empty(), MAX_LENGTH, planted.others());
        var findings = planted.write(folder).stream().flatMap(file -> scan.report(file).findings().stream()).toList();
        var tally = planted.tally(findings);
        System.out.printf("%d defects in %d rows, seed %d%n%s%n", count, clean.size(), seed, tally);
        assertEquals(kinds, tally.planted().keySet());
        assertEquals(kinds.contains(Kind.BALANCE) ? 1 : 0, tally.planted().getOrDefault(Kind.BALANCE, 0));
        assertEquals(count, tally.planted().values().stream().mapToInt(Integer::intValue).sum());
        assertTrue(tally.foundInAll() >= LEAST_FOUND * count, () -> "missed: " + tally.missed());
        tally.planted().forEach((kind, many) -> assertTrue(tally.found().get(kind) >= LEAST_FOUND_OF_A_KIND * many,
                () -> kind.key() + " missed: " + tally.missed()));
        assertTrue(tally.rowsAccused() <= MOST_ACCUSED * clean.size(), () -> "accused: " + tally.accused());
    }

    /// The row's answer is preferred to one that refuses.
    private static Entry preferred(Entry row) {
        return new Entry(row.id(), row.place(), row.origin(), row.prompt(), row.answer(),
                Optional.of(row.answer().saying("I would rather not say.")), Optional.empty(), row.extras());
    }

    @Test
    void inTwoThousandRealRows() throws IOException {
        var tokenizer = Tokenizers.of(SharedData.file("tokenizers/gpt2/tokenizer.json"));
        assertFound(realRows(2000), Planted.ALL, tokenizer, 200, 1);
    }

    /// One row in four is Japanese, so that no row is in another language than nearly all of them.
    @Test
    void inGeneratedRows() throws IOException {
        var kinds = EnumSet.copyOf(Planted.ALL);
        kinds.remove(Kind.LANGUAGE_MIX);
        var bytes = new BytePairTrainer(258, List.of("<s>", "</s>")).train(List.of());
        assertFound(generatedRows(400), kinds, bytes, 72, 2);
    }

    /// What real rows hold already is no defect that was planted: their end tokens are taken off first.
    private static List<Entry> realRows(int count) {
        var rows = new ArrayList<Entry>();
        take(rows, SharedData.file("instruct/self-instruct/seed_tasks.jsonl"), 400);
        take(rows, SharedData.file("instruct/self-instruct/user_oriented_instructions.jsonl"), 400);
        String templates = "instruct/p3-t0-templates/";
        take(rows, SharedData.file(templates + "dbpedia_14_pick_one_category_for_the_following_text.jsonl"), 60);
        take(rows, SharedData.file(templates + "wiki_bio_who.jsonl"), 60);
        take(rows, SharedData.file("instruct/gsm8k/train.jsonl"), count - rows.size());
        return rows;
    }

    private static void take(List<Entry> rows, Path file, int most) {
        Mending.of(EntryReader.all(file)).entries().stream().limit(most)
                .forEach(entry -> rows.add(entry.named("clean-" + rows.size())));
    }

    /// Three rows in four English, one Japanese; every row has words and numbers of its own.
    private static List<Entry> generatedRows(int count) {
        var random = new Random(11);
        var rows = new ArrayList<Entry>();
        for (int i = 0; i < count; i++) {
            String question = i % 4 == 0
                    ? "%sの%sは、%sの%sとどのように違うのですか。%s".formatted(japanese(random), japanese(random), japanese(random),
                            japanese(random), japanese(random))
                    : "How does the %s of a %s differ from the %s of %s %s?".formatted(word(random), word(random),
                    word(random),
                            word(random), word(random));
            String answer = i % 4 == 0
                    ? "%sは%sであり、%sを%sと考えることが多いようです。".formatted(japanese(random), japanese(random), japanese(random),
                            japanese(random))
                    : ("The %s is what a %s has when it is new, and the %s comes with the %s of years. That is why a "
                            + "%s is kept in a %s, and the %s of the %s is not. It is as old as the %s.")
                            .formatted(word(random),
                            word(random), word(random), word(random), word(random), word(random), word(random),
                            word(random), word(random));
            rows.add(Entry.pair("clean-" + i, new Place("generated", i + 1), question, answer));
        }
        return rows;
    }

    private static String word(Random random) {
        var word = new StringBuilder();
        for (int i = 0; i < 2 + random.nextInt(3); i++) {
            word.append("bdfgklmnprstvz".charAt(random.nextInt(14))).append("aeiou".charAt(random.nextInt(5)));
        }
        return word.toString();
    }

    private static String japanese(Random random) {
        var word = new StringBuilder();
        for (int i = 0; i < 3 + random.nextInt(3); i++) {
            word.append(HAN.charAt(random.nextInt(HAN.length())));
        }
        return word.append("うみもり".charAt(random.nextInt(4))).toString();
    }
}
