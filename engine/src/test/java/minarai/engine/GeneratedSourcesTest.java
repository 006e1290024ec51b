package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class GeneratedSourcesTest {

    @Test
    void theTilesAreWhatTheirSourceGenerates() throws Exception {
        for (var source : ProductTileSource.values()) {
            assertEquals(source.text(), Files.readString(source.target()),
                    "run ProductTileSource.main in engine/ to write the file anew");
        }
    }

    @Test
    void theTranspositionIsWhatItsSourceGenerates() throws Exception {
        assertEquals(TranspositionSource.text(), Files.readString(TranspositionSource.TARGET),
                "run TranspositionSource.main in engine/ to write the file anew");
    }
}
