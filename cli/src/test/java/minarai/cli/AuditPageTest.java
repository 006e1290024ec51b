package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page for auditors is typed in, line by line, and answers as it says: the committed ledger and weights, a run
/// whose hashes are taken by hand, and two stretches of the embedded model's pretraining that are taken again.
class AuditPageTest {

    private static final String MARK = "@@ ";
    private static final int PATIENCE_MINUTES = 10;

    @TempDir
    private Path folder;

    /// @param text   as the shell takes it
    /// @param answer as the page shows it; empty where it shows none
    private record Typed(String text, List<String> answer, boolean isShown) {
    }

    private static Path root() {
        for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
            if (Files.isRegularFile(at.resolve("AUDIT.md"))) {
                return at;
            }
        }
        throw new IllegalStateException("no AUDIT.md above " + Path.of("").toAbsolutePath());
    }

    private static List<Typed> typed() throws IOException {
        var typed = new ArrayList<Typed>();
        String box = "";
        var text = new StringBuilder();
        var answer = new ArrayList<String>();
        for (String line : Files.readAllLines(root().resolve("AUDIT.md"))) {
            boolean isFence = line.startsWith("```");
            if (!text.isEmpty() && (isFence || box.equals("```console") && line.startsWith("$ "))) {
                typed.add(new Typed(text.toString(), List.copyOf(answer), box.equals("```console")));
                text.setLength(0);
                answer.clear();
            }
            if (isFence) {
                box = box.isEmpty() ? line : "";
            } else if (box.equals("```sh")) {
                text.append(line).append('\n');
            } else if (box.equals("```console") && (line.startsWith("$ ") || line.startsWith("> "))) {
                text.append(line.substring(2)).append('\n');
            } else if (box.equals("```console")) {
                answer.add(line);
            }
        }
        return typed;
    }

    private static boolean hasTools() {
        return Stream.of("sh", "sed", "sha256sum", "gzip", "od", "head", "tail", "tee").allMatch(tool ->
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .anyMatch(place -> Files.isExecutable(Path.of(place, tool))));
    }

    /// The command as the launcher starts it, but with the classes under test.
    private String launcher() {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return ("minarai() { \"%s/bin/java\" --add-modules jdk.incubator.vector -Xlog:disable "
                + "-XX:ObjectAlignmentInBytes=64 ").formatted(System.getProperty("java.home"))
                + "-XX:LiveNodeCountInliningCutoff=150000 -XX:MaxNodeLimit=320000 -XX:NodeLimitFudgeFactor=8000 "
                + "-cp '%s' minarai.cli.Main \"$@\"; }\n".formatted(path);
    }

    private List<List<String>> answers(List<Typed> typed) throws IOException, InterruptedException {
        var script = new StringBuilder("set -eu\n").append(launcher());
        for (Typed each : typed) {
            script.append(each.text.replace("./minarai", "minarai").replace("runs/", folder + "/")
                    .replace("mkdir -p runs\n", "")).append("echo '").append(MARK).append("'\n");
        }
        Path file = Files.writeString(folder.resolve("page.sh"), script);
        var builder = new ProcessBuilder("sh", file.toString()).directory(root().toFile())
                .redirectError(folder.resolve("err").toFile()).redirectOutput(folder.resolve("out").toFile());
        builder.environment().put("MINARAI_HOME", folder.resolve("home").toString());
        builder.environment().merge("PATH", Path.of(System.getProperty("java.home"), "bin").toString(),
                (path, java) -> java + File.pathSeparator + path);
        Process shell = builder.start();
        try {
            assertTrue(shell.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES), "the page is not through in time");
        } finally {
            shell.descendants().forEach(ProcessHandle::destroyForcibly);
            shell.destroyForcibly();
        }
        assertEquals(0, shell.exitValue(), () -> read("err"));
        var answers = new ArrayList<List<String>>(List.of(new ArrayList<>()));
        for (String line : Files.readAllLines(folder.resolve("out"))) {
            if (line.startsWith(MARK)) {
                answers.add(new ArrayList<>());
            } else {
                answers.getLast().add(line);
            }
        }
        return answers;
    }

    private String read(String name) {
        try {
            return Files.readString(folder.resolve(name));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Test
    void everyCommandOfThePageAnswersAsThePageSays() throws IOException, InterruptedException {
        assumeTrue(hasTools(), "a POSIX shell with sha256sum is needed to type the page in");
        List<Typed> typed = typed();
        assertTrue(typed.size() > 20, "only %d commands were found".formatted(typed.size()));
        List<List<String>> answers = answers(typed);
        for (int i = 0; i < typed.size(); i++) {
            if (typed.get(i).isShown) {
                assertEquals(String.join("\n", typed.get(i).answer), String.join("\n", answers.get(i)),
                        typed.get(i).text);
            }
        }
        List<String> verdicts = answers.stream().flatMap(List::stream).filter(line -> line.startsWith("Verified: "))
                .map(line -> line.replaceAll(" \\(.*", "")).toList();
        assertEquals(List.of("Verified: 2 steps taken again from the start, and every bit is as recorded",
                "Verified: 3 steps taken again from the start, and every bit is as recorded",
                "Verified: 8 steps taken again from the start, and every bit is as recorded"), verdicts);
    }

    @Test
    void aPretrainingTakesNothingBesideItsFolder() {
        var session = Session.of("replay", "machi", "-m", "machi");
        assertEquals(2, session.exitCode());
        assertTrue(session.err().contains("follows from its recipe"), session.err());
        assertFalse(session.err().contains("Exception"), session.err());
    }

    @Test
    void pretrainingAsksForAFolderOrARunToGoOnWith() {
        assertEquals(2, Session.of("lab", "pretrain").exitCode());
        assertEquals(2, Session.of("lab", "pretrain", "-o", "a", "--resume", "b").exitCode());
        assertEquals(2, Session.of("lab", "pretrain", "--resume", "b", "--seed", "2").exitCode());
    }
}
