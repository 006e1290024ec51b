package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SequencedMap;
import minarai.engine.Parameter;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import minarai.models.Adapter;
import minarai.models.CheckpointWeights;
import minarai.models.Inference;
import minarai.models.Linear;
import minarai.models.LanguageModel;
import minarai.models.format.DataType;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What holds of every training step, on a small model made from a seed.
class TrainingTest {

    private static final List<Sample> EIGHT = SmallModel.samples(8);
    private static final double RATE = 0.01;

    private static List<Batch> dealt(List<Sample> samples, int perBatch) {
        var batches = new ArrayList<Batch>();
        for (int first = 0; first < samples.size(); first += perBatch) {
            batches.add(Batch.of(samples.subList(first, first + perBatch)));
        }
        return batches;
    }

    private static void assertSame(SequencedMap<String, float[]> expected, SequencedMap<String, float[]> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, values) -> assertArrayEquals(values, found.get(name), name));
    }

    private static float[] logits(SmallModel small) {
        return new Inference(small.model(), SmallModel.KERNELS).logits(EIGHT.get(5).ids()).toArray();
    }

    private static boolean isZero(Tensor tensor) {
        for (float number : tensor.toArray()) {
            if (number != 0) {
                return false;
            }
        }
        return true;
    }

    @Test
    void atStepZeroOnlyUpLearnsAndAfterItDownDoesToo() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        var trainer = small.trainer();
        assertEquals(14, small.adapter().layers().size());
        trainer.step(1, RATE, dealt(EIGHT, 8));
        for (Linear.LowRank layer : small.adapter().layers().values()) {
            assertTrue(isZero(layer.down().gradient().orElseThrow()), layer.down().name());
            assertTrue(!isZero(layer.up().gradient().orElseThrow()), layer.up().name());
        }
        trainer.step(2, RATE, dealt(EIGHT, 8));
        for (Linear.LowRank layer : small.adapter().layers().values()) {
            assertTrue(!isZero(layer.down().gradient().orElseThrow()), layer.down().name());
        }
    }

    /// Sums over tokens are chains in the order of the tokens, so how samples are dealt to batches does not even change
    /// a bit of an adapter's gradients. The loss is a sum in f64 whose order changes: within 1e-12.
    @Test
    void theDealingOfSamplesToBatchesChangesNeitherLossNorGradients() {
        var one = SmallModel.adapted(SmallModel.KERNELS);
        var first = one.trainer().step(1, RATE, dealt(EIGHT, 8));
        for (int perBatch : new int[] {1, 2, 4}) {
            var other = SmallModel.adapted(SmallModel.KERNELS);
            var report = other.trainer().step(1, RATE, dealt(EIGHT, perBatch));
            assertEquals(first.loss(), report.loss(), 1e-12);
            assertEquals(first.gradientNorm(), report.gradientNorm());
            assertEquals(first.targets(), report.targets());
            assertSame(one.gradients(), other.gradients());
            assertSame(one.values(), other.values());
        }
    }

    /// Nor with all weights trained, where a tied embedding gathers the gradients of look-ups and of logits.
    @Test
    void theDealingOfSamplesToBatchesChangesNoBitOfFullTuning() {
        for (boolean isTied : new boolean[] {true, false}) {
            var one = SmallModel.full(isTied);
            var trainer = one.trainer();
            trainer.step(1, RATE, dealt(EIGHT, 8));
            trainer.step(2, RATE, dealt(EIGHT, 8));
            for (int perBatch : new int[] {1, 2, 4}) {
                var other = SmallModel.full(isTied);
                var dealing = other.trainer();
                dealing.step(1, RATE, dealt(EIGHT, perBatch));
                dealing.step(2, RATE, dealt(EIGHT, perBatch));
                assertSame(one.gradients(), other.gradients());
                assertSame(one.values(), other.values());
            }
        }
    }

    @Test
    void theFrozenBaseNeverChanges() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        long before = small.baseHash();
        var trained = small.values();
        var trainer = small.trainer();
        for (int step = 1; step <= 5; step++) {
            trainer.step(step, RATE, dealt(EIGHT, 4));
        }
        assertEquals(before, small.baseHash());
        small.values().forEach((name, values) ->
                assertNotEquals(Arrays.hashCode(trained.get(name)), Arrays.hashCode(values), name));
    }

    @Test
    void oneAndTwoThreadsGiveTheSameParameters() {
        try (var workers = new Workers(1)) {
            var kernels = new SimdKernels(workers);
            var alone = SmallModel.adapted(kernels);
            var two = SmallModel.adapted(SmallModel.KERNELS);
            var aloneInFull = SmallModel.full(true);
            var twoInFull = SmallModel.full(true);
            var a = alone.trainer(kernels, Workspace.growing());
            var b = two.trainer();
            var c = aloneInFull.trainer(kernels, Workspace.growing());
            var d = twoInFull.trainer();
            for (int step = 1; step <= 5; step++) {
                assertEquals(a.step(step, RATE, dealt(EIGHT, 4)), b.step(step, RATE, dealt(EIGHT, 4)));
                assertEquals(c.step(step, RATE, dealt(EIGHT, 4)), d.step(step, RATE, dealt(EIGHT, 4)));
            }
            assertSame(alone.values(), two.values());
            assertSame(aloneInFull.values(), twoInFull.values());
        }
    }

    @Test
    void aRehearsedWorkspaceIsEnoughAndGivesTheSameBits() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        var planned = SmallModel.adapted(SmallModel.KERNELS);
        var batches = dealt(EIGHT, 2);
        var rehearsal = Trainer.rehearse(planned.model(), SmallModel.KERNELS, batches, false);
        assertTrue(isZero(planned.trained().getLast().gradient().orElseThrow()), "a rehearsal computes nothing");
        var workspace = Workspace.planned(rehearsal);
        assertEquals(rehearsal.bytes(), workspace.bytes());
        var growing = small.trainer();
        var fixed = planned.trainer(SmallModel.KERNELS, workspace);
        for (int step = 1; step <= 3; step++) {
            assertEquals(growing.step(step, RATE, batches), fixed.step(step, RATE, batches));
        }
        assertSame(small.values(), planned.values());
    }

    /// The same pairs come in another order later, so long ones may meet that were apart before.
    @Test
    void alsoALaterStepThatIsLargerIsRehearsed() {
        List<Sample> byLength = EIGHT.stream().sorted(Comparator.comparingInt(sample -> sample.ids().length)).toList();
        List<List<Batch>> steps = List.of(List.of(Batch.of(byLength.subList(2, 4))),
                List.of(Batch.of(byLength.subList(0, 2))), List.of(Batch.of(byLength.subList(6, 8))));
        assertEquals(List.of(steps.get(0).getFirst(), steps.get(2).getFirst()),
                Plan.rehearsed(new Steps(steps), 1));
        assertEquals(steps.stream().flatMap(List::stream).toList(), Plan.rehearsed(new Steps(steps), 3));
    }

    private record Steps(List<List<Batch>> each) implements Curriculum {

        @Override
        public int steps() {
            return each.size();
        }

        @Override
        public List<Batch> batches(int step) {
            return each.get(step - 1);
        }

        @Override
        public double rate(int step) {
            return RATE;
        }

        @Override
        public double maxGradientNorm() {
            return Double.POSITIVE_INFINITY;
        }
    }

    @Test
    void tiedEmbeddingsSumTheGradientsOfBothTheirUses() {
        var tied = SmallModel.full(true);
        var untied = SmallModel.full(false);
        Tensor embedding = named(untied, "model.embed_tokens.weight").tensor();
        Tensor head = named(untied, "lm_head.weight").tensor();
        System.arraycopy(embedding.toArray(), 0, head.data(), head.offset(), head.size());
        tied.trainer().step(1, RATE, dealt(EIGHT, 8));
        untied.trainer().step(1, RATE, dealt(EIGHT, 8));
        float[] sum = tied.gradients().get("model.embed_tokens.weight");
        float[] ofLookUp = untied.gradients().get("model.embed_tokens.weight");
        float[] ofHead = untied.gradients().get("lm_head.weight");
        assertEquals(untied.trained().size() - 1, tied.trained().size(), "one storage");
        for (int i = 0; i < sum.length; i++) {
            assertEquals((double) ofLookUp[i] + ofHead[i], sum[i], 1e-6, "gradient " + i);
        }
    }

    private static Parameter named(SmallModel small, String name) {
        return small.trained().stream().filter(each -> each.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void tiedEmbeddingsStayTiedThroughTrainingSavingAndLoading(@TempDir Path folder) {
        var small = SmallModel.full(true);
        var trainer = small.trainer();
        for (int step = 1; step <= 3; step++) {
            trainer.step(step, RATE, dealt(EIGHT, 8));
        }
        float[] before = logits(small);
        ModelFolder.write(folder.resolve("model"), small.model().config(), DataType.F32, small.entries(), List.of());
        try (var read = ModelFolder.open(folder.resolve("model"))) {
            assertTrue(((LlamaConfig) read.config()).tieWordEmbeddings());
            assertTrue(read.weights().find("lm_head.weight").isEmpty());
            var model = LanguageModel.of(read.config(), CheckpointWeights.frozen(read, SmallModel.KERNELS), 128);
            assertArrayEquals(before, new Inference(model, SmallModel.KERNELS).logits(EIGHT.get(5).ids()).toArray());
        }
    }

    @Test
    void aTrainedAdapterSavedAndReloadedGivesTheSameLogits(@TempDir Path folder) {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        float[] fresh = logits(small);
        var trainer = small.trainer();
        for (int step = 1; step <= 3; step++) {
            trainer.step(step, RATE, dealt(EIGHT, 8));
        }
        float[] before = logits(small);
        assertNotEquals(Arrays.hashCode(fresh), Arrays.hashCode(before));
        small.adapter().toFolder("00").write(folder.resolve("adapter"));
        PeftFolder read = PeftFolder.read(folder.resolve("adapter"));
        assertArrayEquals(before, logits(SmallModel.with(Adapter.frozen(read), SmallModel.KERNELS)));
        assertArrayEquals(before, logits(SmallModel.with(Adapter.trained(read), SmallModel.KERNELS)));
    }
}
