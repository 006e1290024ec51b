package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/// A result that could not be written out is no success.
class PrinterTest {

    private final ByteArrayOutputStream errors = new ByteArrayOutputStream();

    private int version(OutputStream out, boolean isPipe) {
        var console = new Console(InputStream.nullInputStream(), Printer.over(out, () -> isPipe),
                new PrintStream(errors, true, StandardCharsets.UTF_8), false, false);
        return Main.written(console, Main.run(console, "--version"));
    }

    private static OutputStream failing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int each) throws IOException {
                throw new IOException(reason);
            }
        };
    }

    @Test
    void aFullDiskIsAFailureAndAClosedPipeIsNot() {
        var bytes = new ByteArrayOutputStream();
        assertEquals(0, version(bytes, false));
        assertTrue(bytes.toString(StandardCharsets.UTF_8).startsWith("minarai "));
        assertEquals(0, version(failing("パイプが切断されました"), true));
        assertEquals("", errors.toString(StandardCharsets.UTF_8));
        assertEquals(1, version(failing("No space left on device"), false));
        assertTrue(errors.toString(StandardCharsets.UTF_8).contains("could not be written out whole: No space left"));
    }
}
