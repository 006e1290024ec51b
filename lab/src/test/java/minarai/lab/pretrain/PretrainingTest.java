package minarai.lab.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.town.TownSettings;
import minarai.models.format.ModelFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pretraining far smaller than the real one, by the same code.
class PretrainingTest {

    private static final PretrainingRecipe TINY = new PretrainingRecipe(
            TownSettings.defaults().withEntities(10, 6).withExposures(6, 2).withDeskPairs(4), 320, 32, 64, 2, 2, 256, 1, 512,
            5e-3, 5, 0.3, 0.02, 0.1, 1);

    @TempDir
    private Path folder;

    private Making run(String name, int threads, ArrayList<Double> losses) {
        try (var workers = new Workers(threads)) {
            return new Pretraining(TINY, new SimdKernels(workers)).run(folder.resolve(name), "", Map.of(),
                    point -> losses.add(point.loss()));
        }
    }

    @Test
    void theLossFallsAndTheFolderOpens() {
        var losses = new ArrayList<Double>();
        Making making = run("model", 2, losses);
        assertEquals(making.steps(), losses.size());
        assertTrue(losses.getLast() < losses.getFirst() - 1, losses.getFirst() + " to " + losses.getLast());
        try (var model = ModelFolder.open(folder.resolve("model"))) {
            assertEquals(making.weightsSha256(), model.sha256());
        }
    }

    @Test
    void theNumberOfThreadsChangesNoBit() {
        assertEquals(run("one", 1, new ArrayList<>()).parameterHash(), run("two", 2, new ArrayList<>()).parameterHash());
    }

    @Test
    void theRecordReadsBack() {
        Making making = run("record", 2, new ArrayList<>());
        assertEquals(making, Making.parse(making.json()));
    }

    @Test
    void theRateWarmsUpStaysAndFalls() {
        assertEquals(1e-3, TINY.rate(1, 100), 1e-9);
        assertEquals(5e-3, TINY.rate(5, 100), 1e-9);
        assertEquals(5e-3, TINY.rate(70, 100), 1e-9);
        assertEquals(5e-3 * 0.02, TINY.rate(100, 100), 1e-9);
    }
}
