package minarai.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;

class ProductTileSourceTest {

    @Test
    void theTileIsWhatItsSourceGenerates() throws Exception {
        assertEquals(ProductTileSource.text(), Files.readString(ProductTileSource.TARGET),
                "run ProductTileSource.main in engine/ to write the file anew");
    }
}
