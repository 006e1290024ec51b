package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// The first Ctrl-C waits for the step, the second for nothing.
class InterruptionTest {

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private final Console console = new Console(InputStream.nullInputStream(), System.out,
            new PrintStream(said, true, StandardCharsets.UTF_8), false, false);
    private final List<Integer> ends = new ArrayList<>();

    private Interruption interruption() {
        return new Interruption(console, () -> console.remark("farewell"), ends::add);
    }

    private String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void theFirstLeavesTheWorkAtItsNextStepAndTheSecondAtOnce() {
        try (var interruption = interruption()) {
            interruption.check();
            interruption.ask();
            assertTrue(interruption.isAsked());
            assertEquals("Finishing the step; press again to stop at once", said().strip());
            assertEquals(List.of(), ends);
            interruption.ask();
            assertEquals(List.of(Failures.STOPPED), ends);
            assertThrows(Interruption.StoppedException.class, interruption::check);
            assertFalse(said().contains("farewell"));
        }
        assertTrue(said().contains("farewell"));
    }

    @Test
    void workThatIsDoneBeforeItAsksIsNotCalledStopped() {
        try (var interruption = interruption()) {
            interruption.ask();
        }
        assertFalse(said().contains("farewell"));
        assertEquals(List.of(), ends);
    }
}
