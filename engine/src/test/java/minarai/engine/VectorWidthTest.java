package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The tests run at several vector widths; this one fails where a run has another width than it was meant to have.
class VectorWidthTest {

    /// Which width the run is meant to have, in bytes; absent for the machine's own.
    private static final String PROPERTY = "minarai.vectorBytes";
    private static final int WIDEST = 64;

    @Test
    void vectorsHaveTheWidthThatThisRunIsMeantToHave() throws Exception {
        int machine = machineBytes();
        int expected = Math.min(Integer.getInteger(PROPERTY, WIDEST), machine);
        System.out.printf("vectors of %d bytes; this machine has %d%n", VectorFunctions.SPECIES.vectorByteSize(),
                machine);
        assertEquals(expected, VectorFunctions.SPECIES.vectorByteSize());
        assertEquals(expected / Float.BYTES, VectorFunctions.LANES);
        assertTrue(VectorFunctions.LANES <= VectorFunctions.PARTIALS);
    }

    /// The widest vectors that a JVM without further options uses here: it is asked, so that this run's options do not
    /// matter.
    private static int machineBytes() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(java, "-XX:+PrintFlagsFinal", "-version")
                .redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String flags = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        var size = Pattern.compile("\\bMaxVectorSize\\s*=\\s*(\\d+)").matcher(flags);
        assertTrue(size.find(), "the JVM does not say its MaxVectorSize");
        return Math.min(WIDEST, Integer.parseInt(size.group(1)));
    }
}
