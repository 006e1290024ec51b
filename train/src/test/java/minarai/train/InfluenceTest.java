package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import minarai.tokenizer.chat.Message;
import minarai.train.data.Dataset;
import minarai.train.data.Example;
import minarai.train.data.Sha256;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The influence of a pair is what two whole runs differ in.
class InfluenceTest {

    private static final List<Example> ASKED = List.of(
            new Example("1", List.of(new Message("user", "Why 4?"), new Message("assistant", "blue tin")), "here"),
            new Example("2", List.of(new Message("user", "Where?"), new Message("assistant", "oak")), "there"));

    @TempDir
    private Path folder;

    /// The log-likelihoods after a whole run on a file of pairs.
    private List<double[]> afterRun(TinyRun tiny, Path run) {
        try (var source = tiny.source()) {
            var tuning = tiny.tuning(source);
            var record = new RunRecord(tuning.lessons().resolved().toMap(), 1, Map.of("data", "ab"),
                    Map.of("numerics", "1"), List.of());
            try (var made = RunFolder.create(run, record)) {
                tuning.run(made, Progress.none());
            }
            return Likelihood.of(source, ASKED, 64).of(tuning.model(), TinyRun.KERNELS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "5", "full", "patience"})
    void itIsTheDifferenceOfTwoWholeRuns(String kind) throws IOException {
        boolean isPatient = kind.equals("patience");
        var settings = new HashMap<String, Object>(Map.of("epochs", 3, "batch_size", 3,
                "checkpoint_steps", kind.equals("5") ? 5 : 1, "validation_share", isPatient ? 0.3 : 0,
                "learning_rate", isPatient ? 0.3 : 0.01, "method", kind.equals("full") ? "full" : "lora"));
        if (isPatient) {
            settings.put("patience", 1);
        }
        var tiny = TinyRun.in(folder, settings);
        Path run = folder.resolve("run");
        var with = afterRun(tiny, run);
        List<String> ids = List.copyOf(Dataset.read(tiny.data()).ids());
        Influence.Effects effects;
        var reached = new ArrayList<Progress.Point>();
        try (var source = tiny.source()) {
            var retraining = new Retraining(source, Dataset.read(tiny.data()), tiny.tuning(source), run,
                    Ledger.read(run));
            effects = new Influence(retraining, Likelihood.of(source, ASKED, 64), TinyRun.KERNELS).of(ids,
                    reached::add);
        }
        assertEquals(ids.size(), effects.effects().size());
        assertTrue(effects.effects().getFirst().total() >= effects.effects().getLast().total());
        assertEquals(effects.effects().stream().mapToInt(Influence.Effect::steps).sum(), reached.size());
        for (Influence.Effect effect : effects.effects()) {
            List<double[]> without = afterRun(without(tiny, effect.id()), folder.resolve("without-"
                    + ids.indexOf(effect.id())));
            double total = 0;
            for (int i = 0; i < ASKED.size(); i++) {
                assertArrayEquals(with.get(i), effects.recorded().get(i));
                double[] change = with.get(i).clone();
                for (int token = 0; token < change.length; token++) {
                    change[token] -= without.get(i)[token];
                    total += change[token];
                }
                assertArrayEquals(change, effect.changes().get(i), effect.id());
            }
            assertEquals(total, effect.total(), 1e-12);
        }
        assertTrue(effects.effects().stream().anyMatch(effect -> effect.total() != 0));
    }

    private TinyRun without(TinyRun tiny, String id) {
        try (var source = tiny.source()) {
            var recipe = Lessons.prepare(source, Dataset.read(tiny.data()), tiny.recipe()).resolved();
            return new TinyRun(tiny.model(), tiny.data(), recipe.forgetting(Set.of(id)));
        }
    }

    @Test
    void aRunWhoseResultIsNotThatOnRecordHasNoInfluence() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 3));
        Path run = folder.resolve("run");
        afterRun(tiny, run);
        var other = TinyRun.in(folder, Map.of("steps", 3, "learning_rate", 0.02));
        Files.delete(run.resolve("checkpoints/step-000003.safetensors"));
        try (var source = other.source()) {
            var retraining = new Retraining(source, Dataset.read(other.data()), other.tuning(source), run,
                    Ledger.read(run));
            String message = assertThrows(LedgerDamage.class, () ->
                    retraining.asRecorded(Progress.none())).getMessage();
            assertTrue(message.contains("trained again it ends with"), message);
        }
    }

    private static final class Stopped extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    @Test
    void stoppingItLeavesTheRunAsItWas() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 6, "checkpoint_steps", 0));
        Path run = folder.resolve("run");
        afterRun(tiny, run);
        var before = contents();
        try (var source = tiny.source()) {
            var dataset = Dataset.read(tiny.data());
            var retraining = new Retraining(source, dataset, tiny.tuning(source), run, Ledger.read(run));
            var influence = new Influence(retraining, Likelihood.of(source, ASKED, 64), TinyRun.KERNELS);
            assertThrows(Stopped.class, () -> influence.of(List.copyOf(dataset.ids()), point -> {
                if (point.step() == 8) {
                    throw new Stopped();
                }
            }));
        }
        assertEquals(before, contents());
    }

    /// The files around the run and in it, by their hashes.
    private Map<String, String> contents() throws IOException {
        try (var walk = Files.walk(folder)) {
            return walk.filter(Files::isRegularFile).collect(Collectors.toMap(Path::toString, Sha256::of));
        }
    }

    @Test
    void stepsForTheRunsOwnEndAreToldWithTimeLeft() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 4, "checkpoint_steps", 0));
        Path run = folder.resolve("run");
        afterRun(tiny, run);
        Files.delete(run.resolve("checkpoints/step-000004.safetensors"));
        var reached = new ArrayList<Progress.Point>();
        try (var source = tiny.source()) {
            var dataset = Dataset.read(tiny.data());
            var retraining = new Retraining(source, dataset, tiny.tuning(source), run, Ledger.read(run));
            new Influence(retraining, Likelihood.of(source, ASKED, 64), TinyRun.KERNELS).of(
                    List.of(dataset.ids().iterator().next()), reached::add);
        }
        assertEquals(List.of(1, 2, 3, 4, 5, 6, 7, 8), reached.stream().map(Progress.Point::step).toList());
        assertTrue(reached.stream().allMatch(point -> point.steps() == 8), reached.toString());
        assertTrue(reached.getFirst().remaining().isPositive() && reached.getLast().remaining().isZero());
    }

    @Test
    void trainingsThatDoNotFitIntoMemoryAreNotBegun() throws IOException {
        var tiny = TinyRun.in(folder, Map.of("steps", 3));
        Path run = folder.resolve("run");
        afterRun(tiny, run);
        try (var source = tiny.source()) {
            var tuning = tiny.tuning(source);
            String message = assertThrows(IllegalArgumentException.class, () -> new Retraining(source,
                    Dataset.read(tiny.data()), tuning, run, Ledger.read(run), 1 << 20)).getMessage();
            assertTrue(message.contains("the run needs about"), message);
        }
    }

    @Test
    void anAnswerWithoutATokenOrTooLongIsRefused() {
        var tiny = TinyRun.in(folder, Map.of("steps", 3));
        try (var source = tiny.source()) {
            assertThrows(IllegalArgumentException.class, () -> Likelihood.of(source, List.of(), 64));
            assertThrows(IllegalArgumentException.class, () -> Likelihood.of(source, ASKED, 4));
            assertEquals(List.of(9, 4), Likelihood.of(source, ASKED, 64).answers().stream().map(ids -> ids.length)
                    .toList());
        }
    }
}
