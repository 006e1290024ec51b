package minarai.eval.judge;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import minarai.eval.Answer;
import minarai.eval.Item;
import minarai.eval.ItemResult;
import minarai.eval.judge.Judge.Choice;
import minarai.eval.statistics.Bootstrap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

class JudgeTest {

    @TempDir
    Path folder;

    @Test
    void aJudgeThatAlwaysPrefersTheFirstAnswerIsExposed() {
        var judgement = Judgement.of(pairs -> pairs.stream().map(pair -> Choice.FIRST).toList(), results(40));
        assertEquals(.5, judgement.winRate(Bootstrap.standard(1)).value());
        assertEquals(1, judgement.firstPreferred());
        assertEquals(0, judgement.orderConsistency());
        assertEquals(List.of("position", "order"), judgement.flags().stream().map(Judgement.Flag::name).toList());
    }

    @Test
    void aJudgeThatPrefersTheLongerAnswerIsFlagged() {
        var judgement = Judgement.of(pairs -> pairs.stream().map(pair -> pair.first().length() == pair.second().length()
                ? Choice.TIE : pair.first().length() > pair.second().length() ? Choice.FIRST : Choice.SECOND).toList(),
                results(40));
        assertEquals(List.of("length"), judgement.flags().stream().map(Judgement.Flag::name).toList());
        var controlled = judgement.lengthControlled();
        assertEquals(1, controlled.longerPreferred());
        assertTrue(controlled.controlled() < controlled.raw(), controlled.toString());
    }

    @Test
    void aFairJudgeIsNotFlagged() {
        var judgement = Judgement.of(pairs -> pairs.stream().map(pair -> (pair.first().contains("right") ? Choice.FIRST
                : pair.second().contains("right") ? Choice.SECOND : Choice.TIE)).toList(), results(40));
        assertEquals(List.of(), judgement.flags());
        assertEquals(1, judgement.orderConsistency());
        assertEquals(30, judgement.count(Verdict.TUNED));
        assertTrue(judgement.test().p() < .01);
    }

    @Test
    void theSheetIsBlindAndReadsBack() throws Exception {
        var results = results(40);
        var sheet = Sheet.of("town", results, "seed");
        long first = sheet.rows().stream().filter(Sheet.Row::isTunedFirst).count();
        assertTrue(first > 8 && first < 32, first + " of 40");
        assertFalse(sheet.csv().contains("tuned") || sheet.html().contains("tuned"));
        assertTrue(sheet.html().contains("value=\"tie\"/> tie<") && sheet.html().contains("light dark"));
        assertNotEquals(sheet.key(), Sheet.of("town", results, "other").key());
        var filled = new StringBuilder("id,verdict\n");
        sheet.rows().forEach(row -> filled.append(row.id()).append(row.isTunedFirst() ? ",a\n" : ", B \n"));
        filled.append("q1,\n");
        var labels = Sheet.labels(filled.toString(), sheet.key());
        assertEquals(40, labels.size());
        assertTrue(labels.values().stream().allMatch(Verdict.TUNED::equals));
        assertThrows(IllegalArgumentException.class, () -> Sheet.labels("id,verdict\nnobody,a\n", sheet.key()));
        assertThrows(IllegalArgumentException.class, () -> Sheet.labels("id,verdict\nq1,c\n", sheet.key()));
        assertTrue(Sheet.labels(sheet.csv(), sheet.key()).isEmpty());
        var factory = DocumentBuilderFactory.newInstance();
        String xml = sheet.html().replaceFirst("<!DOCTYPE html>", "").replaceFirst("(?s)<script>.*</script>", "");
        assertEquals(40, factory.newDocumentBuilder().parse(new InputSource(new StringReader(xml)))
                .getElementsByTagName("fieldset").getLength());
    }

    @Test
    void verdictsAreReadInBothFormats() throws IOException {
        var table = ImportedVerdicts.read(Files.writeString(folder.resolve("v.csv"), "id,verdict\na,tuned\nb,tie\n"));
        var lines = ImportedVerdicts.read(Files.writeString(folder.resolve("v.jsonl"),
                "{\"id\":\"a\",\"verdict\":\"tuned\"}\n"
                + "{\"id\":\"b\",\"base_first\":\"base\",\"tuned_first\":\"tuned\"}\n"));
        assertEquals(new ImportedVerdicts.Both(Verdict.TIE, Verdict.TIE), table.on("town", "b").orElseThrow());
        assertEquals(new ImportedVerdicts.Both(Verdict.BASE, Verdict.TUNED), lines.on("town", "b").orElseThrow());
        for (String bad : List.of("id,winner\na,x\n", "{\"id\":\"a\",\"verdict\":\"best\"}\n", "id,verdict\na\n",
                "{\"id\":\"a\",\"verdict\":\"tie\"}\n{\"id\":\"a\",\"verdict\":\"tie\"}\n", "{\"id\":")) {
            Path file = Files.writeString(folder.resolve("bad"), bad);
            assertThrows(IllegalArgumentException.class, () -> ImportedVerdicts.read(file), bad);
        }
    }

    /// Half of the items people labelled turn with the order of the answers, the others are for the tuned model.
    @Test
    void labelsOfPeopleCountInBothOrders() throws IOException {
        var human = ImportedVerdicts.read(Files.writeString(folder.resolve("v.csv"), "id,base_first,tuned_first\n"
                + IntStream.range(0, 20).mapToObj(i -> "q" + i + (i % 2 == 0 ? ",base,tuned\n" : ",tuned,tuned\n"))
                .collect(Collectors.joining())));
        var judgement = Judgement.of(pairs -> pairs.stream().map(pair -> Choice.TIE).toList(), results(20));
        assertEquals(.75, Ratings.of("town", judgement, human).ofPeople().orElseThrow().value());
    }

    @Test
    void verdictsOfTasksWhoseItemsShareIdsAreKeptApart() throws IOException {
        var both = ImportedVerdicts.read(Files.writeString(folder.resolve("v.csv"),
                "task,id,verdict\ntown,1,tuned\nprose,1,base\n"));
        assertEquals(Verdict.TUNED, both.on("town", "1").orElseThrow().baseFirst());
        assertEquals(Verdict.BASE, both.on("prose", "1").orElseThrow().baseFirst());
        assertEquals(Optional.empty(), both.on("news", "1"));
        var ids = Map.of("town", List.of("1", "2"), "prose", List.of("1"));
        both.requireClear(ids);
        var unclear = ImportedVerdicts.read(Files.writeString(folder.resolve("w.csv"), "id,verdict\n2,tie\n1,tuned\n"));
        unclear.requireClear(Map.of("town", List.of("1", "2")));
        String message = assertThrows(IllegalArgumentException.class, () -> unclear.requireClear(ids)).getMessage();
        assertTrue(message.contains("[1]") && message.contains("task"), message);
        var sheet = Sheet.of("town", results(2), "seed");
        assertTrue(sheet.csv().contains("\"town\",\"q0\"") && sheet.html().contains("data-task=\"town\""), sheet.csv());
        assertEquals(List.of(new ImportedVerdicts.Key("town", "q1")), List.copyOf(Sheet.labels(
                "task,id,verdict\ntown,q1,tie\n", sheet.key()).keySet()));
        assertThrows(IllegalArgumentException.class, () -> Sheet.labels("task,id,verdict\nprose,q1,tie\n",
                sheet.key()));
    }

    @Test
    void calibrationIsGivenByTaskAndPooled() {
        List<Calibration.Rated> rated = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            double human = i % 2;
            rated.add(new Calibration.Rated(i < 20 ? "easy" : "hard", "q" + i, human, i % 10 == 0 ? 1 - human : human));
        }
        var calibration = Calibration.of(rated);
        assertEquals(List.of("easy", "hard"), List.copyOf(calibration.tasks().keySet()));
        assertEquals(.9, calibration.pooled().agreement());
        assertTrue(calibration.pooled().isSufficient());
        assertFalse(calibration.isSufficient("easy") || calibration.isSufficient("hard")
                || calibration.isSufficient("other"),
                "twenty items of a task are too few for it, however many others have");
        assertFalse(Calibration.of(rated.subList(0, 20)).pooled().isSufficient());
    }

    @Test
    void aJudgeAndPeopleWhoAlwaysSayTheSameAreNotCalibrated() {
        var calibration = Calibration.of(IntStream.range(0, 40)
                .mapToObj(i -> new Calibration.Rated("town", "q" + i, 1, 1))
                .toList());
        assertEquals(1, calibration.pooled().agreement());
        assertFalse(calibration.isSufficient("town") || calibration.pooled().isSufficient());
    }

    /// The tuned model's answer is right on three of four items, and longer on most.
    private static List<ItemResult> results(int count) {
        return IntStream.range(0, count).mapToObj(i -> new ItemResult(new Item("q" + i, "q" + i, "Question " + i + "?",
                List.of("x")), answer((i % 4 == 0 ? "right " : "left ") + "y".repeat(10 + (i * 7) % 13)),
                answer((i % 4 == 0 ? "left " : "right ") + "z".repeat(14 + (i * 5) % 9)))).toList();
    }

    private static Answer answer(String text) {
        return new Answer(text, Map.of(), Optional.empty());
    }
}
