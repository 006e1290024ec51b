package minarai.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FloorsTest {

    @TempDir
    private Path folder;

    private static Result result(String name, double fraction) {
        return Result.of(name, Ceiling.Kind.COMPUTE, new Samples.Summary(1, fraction, 5, 0));
    }

    @Test
    void whatFellIsNamedAndWhatHoldsIsNot() {
        var floors = new Floors(Map.of("a", 0.8, "b", 0.5, "gone", 0.1));
        var falls = floors.falls(List.of(result("a", 0.79), result("b", 0.5), result("new", 0.01)));
        assertEquals(List.of(new Floors.Fall("a", 0.8, Optional.of(0.79)), new Floors.Fall("gone", 0.1,
                Optional.empty())), falls);
    }

    @Test
    void floorsLieATenthBelowWhatWasMeasuredAndAreReadBack() {
        var floors = Floors.below(List.of(result("a", 0.9), result("b", 0.5)));
        assertEquals(Map.of("a", 0.81, "b", 0.45), floors.fractions());
        Path file = folder.resolve("floors.json");
        floors.write(file);
        assertEquals(floors, Floors.read(file));
        assertTrue(floors.falls(List.of(result("a", 0.82), result("b", 0.46))).isEmpty());
    }

    @Test
    void aDisturbedFigureNeitherFallsNorSetsAFloor() {
        var disturbed = Result.of("a", Ceiling.Kind.COMPUTE, new Samples.Summary(1, 0.2, 0, 5));
        assertTrue(new Floors(Map.of("a", 0.8)).falls(List.of(disturbed)).isEmpty());
        assertTrue(Floors.below(List.of(disturbed)).fractions().isEmpty());
    }

    @Test
    void aFileThatHoldsNoFractionsIsRefusedByName() throws Exception {
        Path file = folder.resolve("floors.json");
        assertThrows(IllegalArgumentException.class, () -> Floors.read(file));
        for (String text : List.of("{\"a\": \"fast\"}", "{\"a\": -1}", "{", "{\"a\": null}")) {
            Files.writeString(file, text);
            var failure = assertThrows(IllegalArgumentException.class, () -> Floors.read(file), text);
            assertTrue(failure.getMessage().contains("floors.json"), failure.getMessage());
        }
    }

    @Test
    void jsonHasTheAgreedKeys() {
        var fields = result("a", 0.5).withTokens(100).withPeers(Map.of("openblas", 1.1)).fields();
        assertEquals(List.of("name", "fraction_of_peak", "milliseconds", "tokens_per_second", "dropped", "peers"),
                List.copyOf(fields.keySet()));
        assertEquals(100.0, fields.get("tokens_per_second"));
    }
}
