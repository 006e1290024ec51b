package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What computes is said alike to every command that computes with a model.
class BackendOptionTest {

    private static final String NONE = "backend gpu: it is cpu, opencl, or opencl: and a number";

    @TempDir
    private static Path folder;

    /// Commands that compute, with all that they must be given; they look at what computes before anything else.
    static Stream<List<String>> commands() {
        String run = folder.resolve("run").toString();
        return Stream.of(List.of("demo", "-o", run), List.of("lab", "pretrain", "-o", run),
                List.of("lab", "seeds", "-o", run),
                List.of("generate", "-m", "machi", "--prompt", "Hi"), List.of("chat", "-m", "machi"),
                List.of("eval", "-m", "machi", "-t", "pairs.jsonl", "-o", run),
                List.of("inspect", "logits", "-m", "machi", "--ids", "1"),
                List.of("inspect", "shift", "-m", "machi", "-a", run, "-d", "pairs.jsonl"),
                List.of("bench", "gemm"));
    }

    @ParameterizedTest
    @MethodSource("commands")
    void aBackendIsAnOptionOrTheWordOfARecipe(List<String> command) throws IOException {
        for (List<String> said : List.of(List.of("--backend", "gpu"), List.of("backend=gpu"))) {
            var session = Session.of(Stream.concat(command.stream(), said.stream()).toArray(String[]::new));
            assertEquals(1, session.exitCode(), session.err());
            assertTrue(session.err().contains(NONE), session.err());
        }
        assertFalse(Files.exists(folder.resolve("run")), "nothing is begun with a backend that there is not");
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "tune", "plan", "replay", "forget", "influence", "generate", "chat", "eval",
        "judge ask", "curve", "export", "inspect logits", "inspect shift", "data build", "data order", "lab pretrain",
        "lab seeds", "bench"})
    void everyCommandThatComputesSaysSo(String command) {
        var help = Session.of((command + " --help").split(" ")).out();
        boolean hasRecipe = List.of("tune", "plan", "curve").contains(command);
        assertTrue(hasRecipe ? help.toLowerCase().contains("key=value") : help.contains("[backend=NAME]")
                && help.contains("--backend=NAME"), help);
    }

    @Test
    void bothAtOnceAndAnyOtherWordAreRefused() {
        var both = Session.of("demo", "--backend", "cpu", "backend=cpu");
        assertEquals(2, both.exitCode(), both.err());
        assertTrue(both.err().contains("--backend cpu and backend=cpu both say what computes; give one of them"),
                both.err());
        var other = Session.of("export", "machi", "--to", "safetensors", "-o", folder.resolve("copy").toString(),
                "opencl");
        assertEquals(2, other.exitCode(), other.err());
        assertTrue(other.err().contains("'opencl' is no backend=NAME such as backend=opencl"), other.err());
        assertFalse(Files.exists(folder.resolve("copy")));
    }

    @Test
    void whatAnExportComputesIsComputedByTheBackendAskedFor() {
        Path copy = folder.resolve("model");
        var session = Session.of("export", "machi", "--to", "safetensors", "-o", copy.toString(), "backend=gpu");
        assertEquals(1, session.exitCode(), session.err());
        assertTrue(session.err().contains(NONE), session.err());
        assertFalse(Files.exists(copy));
        assertEquals(0, Session.of("export", "machi", "--to", "safetensors", "-o", copy.toString(), "backend=cpu",
                "--json").json().get("greatest_logit_difference").asDouble());
    }
}
