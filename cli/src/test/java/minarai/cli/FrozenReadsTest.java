package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.train.desk.split.AccessLog;
import minarai.train.desk.split.SplitFolder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A test that was frozen: whoever reads it leaves a line, and what was changed is not read.
class FrozenReadsTest {

    @TempDir
    Path folder;

    private Path test = Path.of("");

    @BeforeEach
    void writeSplit() throws IOException {
        Files.writeString(folder.resolve("pairs.jsonl"), IntStream.range(0, 12).mapToObj(i -> ("{\"id\": \"p%d\", "
                + "\"instruction\": \"Where is number %d of the street?\", \"output\": \"By the mill.\"}\n")
                .formatted(i, i * 37))
                .collect(Collectors.joining()));
        Session.of("data", "split", "-d", path("pairs.jsonl"), "-o", path("parts"), "--test", "0.4", "--json").json();
        test = folder.resolve("parts/test.jsonl");
    }

    @Test
    void anEvaluationOnAFrozenTestIsOnRecord() throws IOException {
        evaluate(test.toString(), "pairs").json();
        Session.of("tune", "-m", "machi", "-d", path("parts/train.jsonl"), "-o", path("run"), "steps=1", "rank=1",
                "batch_size=1", "--json").json();
        Session.of("inspect", "shift", "-m", "machi", "-a", path("run"), "-d", test.toString(), "--max-tokens", "2",
                "--limit", "1", "--json").json();
        evaluate(path("pairs.jsonl"), "others").json();
        List<AccessLog.Line> lines = SplitFolder.open(folder.resolve("parts")).log().lines();
        assertEquals(List.of("test", "test"), lines.stream().map(AccessLog.Line::part).toList());
        assertTrue(lines.getFirst().command().startsWith("minarai eval -m machi -t " + test), lines.toString());
        assertTrue(lines.getLast().command().contains("inspect shift"), lines.toString());
    }

    @Test
    void aTestThatWasChangedIsRefused() throws IOException {
        Files.writeString(test, "{\"id\": \"p99\", \"instruction\": \"Where?\", \"output\": \"Here.\"}\n",
                StandardOpenOption.APPEND);
        for (String named : List.of(test.toString(), "jsonl:" + test)) {
            var session = evaluate(named, "out");
            assertEquals(1, session.exitCode(), session.err());
            assertTrue(session.err().contains("is not what data split wrote"), session.err());
        }
        assertEquals(List.of(), SplitFolder.open(folder.resolve("parts")).log().lines());
    }

    @Test
    void aTestThatARecipeNamesIsOnRecord() throws IOException {
        TinyTown.write(folder.resolve("town"));
        var session = Session.of("tune", "-m", path("town/base"), "-d", path("parts/train.jsonl"), "-o", path("run"),
                "--json", "test=" + test, "rank=2", "steps=1", "max_length=64");
        assertEquals(0, session.exitCode(), session.err());
        List<AccessLog.Line> lines = SplitFolder.open(folder.resolve("parts")).log().lines();
        assertEquals(List.of("minarai tune -o " + path("run")), lines.stream().map(AccessLog.Line::command).toList());
        assertEquals("test", lines.getFirst().part());
    }

    private Session evaluate(String task, String output) {
        return Session.of("eval", "-m", "machi", "-t", task, "--limit", "2", "--max-tokens", "4", "-o", path(output),
                "--json");
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }
}
