package minarai.lab.pretrain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.lab.town.TownSettings;
import minarai.models.format.ModelFolder;
import minarai.train.Progress;
import minarai.train.Replay;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pretraining far smaller than the real one, by the same code.
class PretrainingTest {

    private static final PretrainingRecipe TINY = new PretrainingRecipe(
            TownSettings.defaults().withEntities(10, 6).withExposures(6, 2).withDeskPairs(4), 320, 32, 64, 2, 2, 256,
            1, 512, 5e-3, 5, 0.3, 0.02, 0.1, 1);

    private static final Map<String, String> VERSIONS = Map.of("numerics", "1");

    @TempDir
    private static Path folder;
    private static Making whole = new Making(TINY, 0, 0, "", "", "", "", List.of(), 0, "", Map.of());
    private static final List<Double> LOSSES = new ArrayList<>();

    /// The run that most claims are about; those who change it make a copy.
    @BeforeAll
    static void aWholeRun() {
        whole = run("whole", 2, 0, LOSSES);
    }

    /// @param dying after which step the run is left as a kill leaves it; never for 0
    private static Making run(String name, int threads, int dying, List<Double> losses) {
        Path run = folder.resolve(name);
        try (var workers = new Workers(threads)) {
            boolean isBegun = Files.exists(run.resolve("run.json"));
            var kernels = new SimdKernels(workers);
            var pretraining = isBegun ? Pretraining.of(RunFolder.record(run), kernels) : new Pretraining(TINY, 4,
                    kernels);
            try (var held = isBegun ? RunFolder.open(run) : RunFolder.create(run, pretraining.record(VERSIONS))) {
                return pretraining.make(held, "", point -> {
                    losses.add(point.loss());
                    if (point.step() == dying) {
                        throw new Killed();
                    }
                });
            }
        }
    }

    private static Making run(String name, int threads) {
        return run(name, threads, 0, new ArrayList<>());
    }

    private static final class Killed extends RuntimeException {

        private static final long serialVersionUID = 1;
    }

    private static Replay.Verdict replay(String name, int first, int last) {
        Path run = folder.resolve(name);
        try (var workers = new Workers(2)) {
            var again = Pretraining.of(RunFolder.record(run), new SimdKernels(workers));
            return new Replay(again, run, Ledger.read(run)).run(first, last, Progress.none());
        }
    }

    @Test
    void theLossFallsAndTheFolderOpens() {
        assertEquals(whole.steps(), LOSSES.size());
        assertTrue(LOSSES.getLast() < LOSSES.getFirst() - 1, LOSSES.getFirst() + " to " + LOSSES.getLast());
        try (var model = ModelFolder.open(folder.resolve("whole/model"))) {
            assertEquals(whole.weightsSha256(), model.sha256());
        }
    }

    @Test
    void theNumberOfThreadsChangesNoBitOfTheLedger() {
        assertEquals(whole.ledgerHash(), run("one", 1).ledgerHash());
    }

    @Test
    void aRunThatWasKilledEndsAsOneThatWasNot() throws IOException {
        assertThrows(Killed.class, () -> run("killed", 2, 7, new ArrayList<>()));
        assertThrows(Killed.class, () -> run("killed", 2, 10, new ArrayList<>()));
        Making resumed = run("killed", 2);
        assertEquals(whole.ledgerHash(), resumed.ledgerHash());
        assertEquals(whole.losses(), resumed.losses());
        assertEquals(Files.readString(folder.resolve("whole/ledger.jsonl")),
                Files.readString(folder.resolve("killed/ledger.jsonl")));
        assertEquals(-1, Files.mismatch(folder.resolve("whole/model/model.safetensors"),
                folder.resolve("killed/model/model.safetensors")));
    }

    @Test
    void theLedgerTellsOfEveryDocumentInItsOrder() {
        Ledger ledger = Ledger.read(folder.resolve("whole"));
        int next = 0;
        for (int step = 1; step <= whole.steps(); step++) {
            for (String id : ledger.step(step).orElseThrow().samples()) {
                assertEquals("document-" + next++, id);
            }
        }
        assertEquals(whole.parameterHash(), ledger.closing().orElseThrow().parameters());
        assertEquals(whole.ledgerHash(), ledger.last());
        assertEquals(List.of(4, 8), ledger.checkpoints().stream().map(LedgerLine.Saved::step).limit(2).toList());
    }

    @Test
    void stretchesAndTheWholeAreVerifiedByTakingThemAgain() {
        assertEquals(new Replay.Verdict(0, 3, true, List.of(), Optional.empty()), replay("whole", 2, 3));
        assertEquals(new Replay.Verdict(8, 3, true, List.of(), Optional.empty()), replay("whole", 10, 11));
        assertEquals(new Replay.Verdict(0, whole.steps(), true, List.of(), Optional.empty()),
                replay("whole", 1, whole.steps()));
    }

    @Test
    void storedWeightsThatAreNotTheTrainedOnesAreFound() throws IOException {
        Path run = copy("whole", "flipped");
        Path weights = run.resolve("model/model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        var difference = replay("flipped", whole.steps(), whole.steps()).difference().orElseThrow();
        assertTrue(difference.what().startsWith("in the result's files, the parameters that were kept"),
                difference.what());
        Ledger ledger = Ledger.read(run);
        assertThrows(LedgerDamage.class, () -> Replay.verifyFiles(run, ledger));
    }

    private static Path copy(String from, String to) throws IOException {
        try (var walk = Files.walk(folder.resolve(from))) {
            for (Path file : walk.toList()) {
                Files.copy(file, folder.resolve(to).resolve(folder.resolve(from).relativize(file).toString()));
            }
        }
        return folder.resolve(to);
    }

    @Test
    void theRecordReadsBack() {
        assertEquals(whole, Making.parse(whole.json()));
        assertEquals(TINY, PretrainingRecipe.of(TINY.toMap()));
    }

    @Test
    void aRecipeThatIsNoneIsRefused() {
        var settings = new LinkedHashMap<>(TINY.toMap());
        settings.put("layers", 1 << 20);
        assertThrows(IllegalArgumentException.class, () -> PretrainingRecipe.of(settings));
        settings.put("layers", 2);
        settings.put("leyers", 2);
        assertThrows(IllegalArgumentException.class, () -> PretrainingRecipe.of(settings));
    }

    @Test
    void theRateWarmsUpStaysAndFalls() {
        assertEquals(1e-3, TINY.rate(1, 100), 1e-9);
        assertEquals(5e-3, TINY.rate(5, 100), 1e-9);
        assertEquals(5e-3, TINY.rate(70, 100), 1e-9);
        assertEquals(5e-3 * 0.02, TINY.rate(100, 100), 1e-9);
    }
}
