package minarai.lab.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.stream.IntStream;
import minarai.engine.Numerics;
import minarai.models.format.ModelFolder;
import minarai.train.Replay;
import minarai.train.data.Sha256;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The ledger of the embedded model's pretraining is whole, and it leads to the weights that the project carries. That
/// its steps give what they say is tested where the page for auditors is.
class EmbeddedRecordTest {

    @TempDir
    private static Path home;
    private static Path run;
    private static Ledger ledger;
    private static Making making;

    /// The chain is followed over all lines.
    @BeforeAll
    static void unpack() {
        run = EmbeddedModel.unpackRun(home);
        ledger = Ledger.read(run);
        making = Making.parse(EmbeddedModel.text(EmbeddedModel.RECORD));
    }

    @Test
    void itHasALineForEveryStep() {
        assertEquals(making.steps(), ledger.steps());
        assertTrue(IntStream.rangeClosed(1, making.steps()).allMatch(step -> ledger.step(step).isPresent()));
        assertEquals(String.valueOf(Numerics.VERSION), ledger.opening().numerics());
    }

    @Test
    void itEndsInTheWeightsThatAreCarried() throws IOException {
        assertEquals(making.ledgerHash(), ledger.last());
        var closing = ledger.closing().orElseThrow();
        assertEquals(making.steps(), closing.step());
        assertEquals(making.parameterHash(), closing.parameters());
        assertEquals(making.parameterHash(), ledger.step(making.steps()).orElseThrow().parameters());
        Replay.verifyFiles(run, ledger);
        Path folder = EmbeddedModel.unpack(home);
        for (var file : closing.files().entrySet()) {
            assertEquals(file.getValue(), Sha256.of(folder.resolve(Path.of(file.getKey()).getFileName())),
                    file.getKey());
        }
        try (var model = ModelFolder.open(folder)) {
            assertEquals(making.weightsSha256(), model.sha256());
        }
    }

    @Test
    void itIsThatOfTheDefaultRecipe() {
        var record = RunFolder.record(run);
        assertTrue(Pretraining.isRecordedIn(record));
        var settings = new LinkedHashMap<>(record.recipe());
        settings.keySet().retainAll(PretrainingRecipe.defaults().toMap().keySet());
        assertEquals(PretrainingRecipe.defaults(), PretrainingRecipe.of(settings));
        assertEquals(making.corpusSha256(), record.hashes().get("corpus"));
    }

    @Test
    void everyDocumentIsReadOnceAndInOrder() {
        int next = 0;
        for (LedgerLine line : ledger.lines()) {
            if (line instanceof LedgerLine.Step step) {
                for (String id : step.samples()) {
                    assertEquals("document-" + next++, id);
                }
            }
        }
        assertTrue(next > making.steps(), next + " documents");
    }

    @Test
    void unpackingTwiceGivesTheSameFolder() throws IOException {
        assertEquals(run, EmbeddedModel.unpackRun(home));
        try (var entries = Files.list(home)) {
            assertTrue(entries.noneMatch(entry -> entry.getFileName().toString().endsWith(".part")));
        }
    }
}
