package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The data desk as a user works at it.
class DataTest {

    private static final String PAIR = "{\"prompt\": \"Who bakes?\", \"completion\": \"Aiko bakes.\"}\n";

    @TempDir
    private Path folder;
    private Path pairs = Path.of("");

    @BeforeEach
    void rows() throws IOException {
        var rows = new ArrayList<>(List.of("質問,回答,family"));
        for (int i = 1; i <= 40; i++) {
            rows.add("Who keeps shop number %d in %s street?,%s keeps it.,f%d".formatted(i, "abcdefgh".substring(i % 8),
                    "Aiko Bunta Chie Daigo Emi".split(" ")[i % 5], i % 4));
        }
        rows.add("Who keeps shop number 7 in h street?,  Chie keeps it. ,f3");
        rows.add("Where does Ken live?,Ask him: ken@post.ne.jp,f1");
        rows.add("Where does Mari live?,,f1");
        pairs = Files.write(folder.resolve("pairs.csv"), rows);
    }

    private String at(String name) {
        return folder.resolve(name).toString();
    }

    private static JsonNode json(Session session) {
        return JsonMapper.builder().build().readTree(session.out());
    }

    @Test
    void pairsAreConvertedCheckedAndMended() throws IOException {
        assertEquals(43, Session.of("data", "import", "-d", pairs.toString(), "-o", at("pairs.jsonl"), "--json").json()
                .path("rows").asInt());
        var checked = Session.of("data", "check", "-d", at("pairs.jsonl"), "--report", at("check.html"), "--fix", "-o",
                at("mended.jsonl"));
        assertEquals(3, checked.exitCode(), checked.err());
        for (String said : List.of("43 rows", "ERROR  copies: 1", "pairs.jsonl:41", "ERROR  personal data: 1",
                "a mail address",
                "ERROR  blank questions and answers: 1", "note   blanks around an answer: 1",
                "2 rows changed or removed")) {
            assertTrue(checked.out().contains(said), said + " is missing in: " + checked.out());
        }
        assertFalse(checked.out().contains("ken@post"), "a report can be passed on");
        assertTrue(Files.readString(folder.resolve("check.html")).startsWith("<!DOCTYPE html>"));
        assertEquals(2, Files.readAllLines(folder.resolve("mended.jsonl.log.jsonl")).size());
        var again = Session.of("data", "check", "-d", at("mended.jsonl"), "--json");
        assertEquals(3, again.exitCode());
        assertEquals(1, json(again).path("errors").asInt());
        assertEquals(1, json(again).path("counts").path("personal").asInt());
        Files.writeString(folder.resolve("mended.jsonl"), Files.readString(folder.resolve("mended.jsonl"))
                .replace("ken@post.ne.jp", "the baker"));
        assertEquals(0, Session.of("data", "check", "-d", at("mended.jsonl")).exitCode());
    }

    @Test
    void noCommandWritesOverWhatItReads() throws IOException {
        String csv = pairs.toString();
        String before = Files.readString(pairs);
        Path link = Files.createSymbolicLink(folder.resolve("link.csv"), pairs);
        for (List<String> command : List.of(
                List.of("check", "-d", csv, "--report", csv), List.of("check", "-d", csv, "--fix", "-o", csv),
                List.of("check", "-d", link.toString(), "--report", csv), List.of("convert", "-d", csv, "-o", csv),
                List.of("mix", "-d", at("other.csv") + "," + csv, "-o", folder + "/./pairs.csv"),
                List.of("order", "--by", "length", "-d", csv, "-o", csv),
                List.of("build", "--templates", csv, "-d", at("rows.csv"), "-o", csv),
                List.of("check", "-d", csv, "--fix", "-o", at("new.jsonl"), "--report", at("new.jsonl.log.jsonl")))) {
            var session = data(command);
            assertEquals(1, session.exitCode(), session.toString());
            assertTrue(session.err().contains("would be lost; write under another name"), session.err());
        }
        assertEquals(before, Files.readString(pairs));
        Path device = Files.createSymbolicLink(folder.resolve("device"), Path.of("/dev/null"));
        for (String target : List.of("-", folder.toString(), device.toString())) {
            var session = data(List.of("convert", "-d", csv, "-o", target));
            assertEquals(1, session.exitCode(), session.toString());
            assertTrue(session.err().contains("name a file"), session.err());
        }
        assertFalse(Files.exists(Path.of("-")));
        assertTrue(Files.isSymbolicLink(device));
        for (int time = 0; time < 2; time++) {
            assertEquals(0, data(List.of("convert", "-d", csv, "-o", at("again.jsonl"))).exitCode());
        }
    }

    private static Session data(List<String> arguments) {
        return Session.of(Stream.concat(Stream.of("data"), arguments.stream()).toArray(String[]::new));
    }

    @Test
    void theExitCodeOfMendingIsThatOfWhatIsLeft() throws IOException {
        Path copied = Files.writeString(folder.resolve("copied.jsonl"), PAIR.repeat(2));
        var mended = data(List.of("check", "-d", copied.toString(), "--fix", "-o", at("mended.jsonl")));
        assertEquals(0, mended.exitCode(), mended.toString());
        assertTrue(mended.out().contains("ERROR  copies: 1"), mended.out());
        var sound = data(List.of("check", "-d", at("mended.jsonl")));
        assertTrue(sound.out().contains("\n\nNothing was found."), sound.out());

        Path broken = Files.writeString(folder.resolve("broken.jsonl"), PAIR.repeat(2) + "{\"prompt\": \"C?\"\n");
        var left = data(List.of("check", "-d", broken.toString(), "--fix", "-o", at("left.jsonl")));
        assertEquals(3, left.exitCode(), left.toString());
        for (String said : List.of("rows that cannot be read: 1", "copies: 1", "1 row changed or removed; 1 row in",
                "1 row left out", "1 error left for you")) {
            assertTrue(left.out().contains(said), said + " is missing in: " + left.out());
        }
        assertFalse(left.out().contains("[Source"), left.out());
        assertEquals(1, Files.readAllLines(folder.resolve("left.jsonl")).size());
        assertTrue(Files.readString(folder.resolve("left.jsonl.log.jsonl")).contains("\"left_out\""));
        Path blank = Files.writeString(folder.resolve("blank.jsonl"), PAIR.replace("Aiko bakes.", ""));
        var nothing = data(List.of("check", "-d", blank.toString(), "--fix", "-o", at("nothing.jsonl")));
        assertEquals(1, nothing.exitCode(), nothing.toString());
        assertTrue(nothing.err().contains("no row is left"), nothing.err());
        assertFalse(Files.exists(folder.resolve("nothing.jsonl")));
        var json = json(data(List.of("check", "-d", broken.toString(), "--fix", "-o", at("left.jsonl"), "--json")));
        assertEquals(1, json.at("/mended/left_out").asInt());
        assertEquals(1, json.at("/mended/errors").asInt());
    }

    @Test
    void messagesNameTheOptionThatWasGiven() {
        assertTrue(data(List.of("order", "--by", "loss", "-d", pairs.toString(), "-o", at("o.jsonl"))).err()
                .contains("--by loss needs a model: -m MODEL"));
        assertTrue(data(List.of("check", "-d", at("pair.csv"))).err().contains("(did you mean pairs.csv?). Paths"));
    }

    @Test
    void readsOfTheTestGoOnRecord() throws IOException {
        assertEquals(0, Session.of("data", "split", "-d", pairs.toString(), "-o", at("parts"), "--test", "0.3",
                "--hold-out",
                "family=f2").exitCode());
        var against = Session.of("data", "check", "-d", at("parts/train.jsonl"), "--against",
                at("parts/test.jsonl") + "," + at("parts/held_out.jsonl"), "--json");
        assertFalse(against.out().contains("\"leak\""), against.out());
        var shown = Session.of("data", "split", "--show", at("parts"), "--json").json();
        assertEquals(10, shown.path("parts").path("held_out").path("rows").asInt());
        assertEquals(Files.readString(folder.resolve("parts/split.access.jsonl")).lines().toList().getLast().replaceAll(
                ".*\"hash\":\"|\"}", ""), shown.path("log_hash").asString());
        String hash = shown.path("log_hash").asString();
        assertTrue(Session.of("data", "split", "--show", at("parts")).out().contains("hash of the last: " + hash));
        assertEquals(List.of("test", "held_out"), shown.path("reads").valueStream().map(read -> read.path("part")
                .asString()).toList());
        Files.writeString(folder.resolve("parts/test.jsonl"), "{\"prompt\": \"a\", \"completion\": \"b\"}\n");
        var changed = Session.of("data", "mix", "-d", at("parts/test.jsonl"), "-o", at("mixed.jsonl"));
        assertEquals(1, changed.exitCode());
        assertTrue(changed.err().contains("is not what data split wrote"), changed.err());
    }

    @Test
    void setsAreMixedOrderedAndCorrected() throws IOException {
        Files.writeString(folder.resolve("other.jsonl"), "{\"prompt\": \"Say hello.\", \"completion\": \"Hello.\"}\n");
        var mixed = Session.of("data", "mix", "-d", pairs + "," + at("other.jsonl"), "--rows", "20", "--temperature",
                "3", "-o",
                at("mixed.jsonl"));
        assertTrue(mixed.out().contains("other") && mixed.out().contains("5.0 %") && mixed.out().contains("20 rows"),
                mixed.out());
        assertEquals(0, Session.of("data", "order", "--by", "length", "-d", at("mixed.jsonl"), "-o",
                at("ordered.jsonl")).exitCode());
        assertTrue(Files.readAllLines(folder.resolve("ordered.jsonl")).getFirst().contains("Say hello."));
        Path log = Files.writeString(folder.resolve("log.jsonl"),
                "{\"question\": \"Say hello.\", \"answer\": \"Hello.\", \"correction\": \"Good day.\"}\n");
        var corrected = Session.of("data", "feedback", "-d", at("other.jsonl"), "--log", log.toString(), "-o",
                at("next"), "--json");
        assertEquals(1, corrected.json().path("changed").asInt());
        assertTrue(Files.readString(folder.resolve("next/regression.jsonl")).contains("Good day."));
    }

    @Test
    void aModelCountsScoresContinuesAndInvents() throws IOException {
        String model = SharedData.at(SharedData.STORIES).toString();
        Path template = Files.writeString(folder.resolve("chat.jinja"), SharedData.TEMPLATE);
        var checked = Session.of("data", "check", "-d", pairs.toString(), "-m", model, "--template",
                template.toString(),
                "--max-length", "12", "--json");
        assertEquals("tokens", json(checked).path("length_unit").asString());
        assertTrue(json(checked).path("counts").path("unreachable").asInt() > 0, checked.out());

        Path sound = folder.resolve("sound.jsonl");
        Session.of("data", "check", "-d", pairs.toString(), "--fix", "-o", sound.toString());
        var best = Session.of("data", "build", "--score", "difficulty,diversity", "--keep", "5", "-d",
                sound.toString(), "-m", model,
                "--template", template.toString(), "-o", at("best.jsonl"), "--json");
        assertTrue(best.json().path("rows").asInt() <= 5 && best.json().path("read").asInt() == 41, best.out());
        double[] losses = ordered(sound, model, template);
        for (int i = 1; i < losses.length; i++) {
            assertTrue(losses[i] >= losses[i - 1] && losses[i] > 0);
        }

        Path text = Files.writeString(folder.resolve("story.txt"),
                "Once upon a time there was a girl. She had a red ball. "
                + "She liked to play in the park. One day the ball was gone. She looked for it everywhere. ".repeat(3));
        var halves = Session.of("data", "build", "--halves", "--least", "100", "-d", text.toString(), "-m", model,
                "--max-tokens", "8",
                "-o", at("halves.jsonl"), "--json");
        assertTrue(halves.json().path("rows").asInt() >= 1, halves.out());
        var invented = Session.of("data", "build", "--self-instruct", "-d", sound.toString(), "-m", model,
                "--max-tokens", "24",
                "--rounds", "2", "--temperature", "0.8", "-o", at("tasks.jsonl"), "--json");
        assertEquals(0, invented.exitCode(), invented.err());
    }

    private double[] ordered(Path sound, String model, Path template) throws IOException {
        Session.of("data", "order", "--by", "loss", "-d", sound.toString(), "-m", model, "--template",
                template.toString(), "-o",
                at("by-loss.jsonl")).exitCode();
        return Files.readAllLines(folder.resolve("by-loss.jsonl")).stream()
                .mapToDouble(line -> JsonMapper.builder().build().readTree(line).path("loss").doubleValue()).toArray();
    }
}
