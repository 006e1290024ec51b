package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import minarai.engine.AdamW;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.Asked;
import minarai.models.Inference;
import minarai.models.KeyValueCache;
import minarai.models.Sampler;
import org.junit.jupiter.api.Test;

/// The traps of supervised fine-tuning that a step can fall into, each with the test that would show it. Tests without
/// a class are those of [TrainingTest] or of this class; other classes belong to the models.
///
/// | trap | test |
/// |---|---|
/// | label off by one | [#labelsAreTheNextTokensOfTheirRows], [#aPoisonedTargetChangesOnlyItsOwnLoss] |
/// | end of text never learned | [#theEndOfAnAnswerIsLearned] |
/// | mean per micro-batch under accumulation | `theDealingOfSamplesToBatchesChangesNeitherLossNorGradients` |
/// | the logged loss is not optimised | [#theLoggedLossIsTheMeanOverTokens], [#theGradientIsThatOfTheLoggedLoss] |
/// | examples without labels | [#aStepWithoutTargetsIsRefused], [#aSampleWithoutTargetsAddsNothing], `CheckTest` |
/// | padding, positions | `PackingTest#logitsDoNotDependOnTheCompositionOfTheBatch`: there is no padding |
/// | packing leakage | `PackingTest#packedSequencesDoNotSeeEachOther`, [#noLabelCrossesABoundary] |
/// | alpha / r, rsLoRA; scale applied twice at merge | `AdapterGoldenTest`, `MergeTest#aSecondMergeIsRefused` |
/// | merge in low precision | `MergeTest#theDriftOfANarrowTypeIsReported` |
/// | LoRA A frozen, B random | `AdapterTest#aFreshAdapterChangesNothing`, `atStepZeroOnlyUpLearns…` |
/// | frozen base changes | `theFrozenBaseNeverChanges` |
/// | weight decay on norms, or not decoupled | [#weightDecayIsDecoupledAndSparesNorms], `TrainerGoldenTest` |
/// | schedule off by one; clipping of micro-batches | `TrainerGoldenTest`: rates, norms and losses of twelve steps |
/// | tied embeddings | `tiedEmbeddings…`, `MergeTest#aMergedModelGivesTheLogitsOfTheAdapter` |
/// | rotary halves and pairs | `RotaryLayoutTest` |
/// | head mapping, cache | `CachedDecodingTest`, `ForwardGoldenTest` |
/// | greedy ties | `SamplerTest#equalLogitsAreDecidedInFavourOfTheLowerId` |
/// | thread count | `oneAndTwoThreadsGiveTheSameParameters` |
/// | a loss that is no number | [#aStepThatIsNoNumberStopsBeforeTheUpdateAndNamesItsSamples] |
class TrapsTest {

    private static final List<Sample> SAMPLES = SmallModel.samples(8);

    private static float[] losses(SmallModel small, Batch batch) {
        var ops = new Ops(SmallModel.KERNELS, Workspace.growing(), Tape.off());
        Tensor hidden = small.model().hidden(ops, batch.tokens(), KeyValueCache.none(),
                Asked.of(batch.rows()));
        Tensor logits = small.model().logits(ops, hidden);
        return ops.crossEntropy(logits, batch.labels(), 1).toArray();
    }

    private static Sample sample(String id, int[] ids, int firstTarget) {
        boolean[] isTarget = new boolean[ids.length];
        Arrays.fill(isTarget, Math.min(firstTarget, ids.length), ids.length, true);
        return new Sample(id, ids, isTarget);
    }

    @Test
    void labelsAreTheNextTokensOfTheirRows() {
        var batch = Batch.of(List.of(sample("a", new int[] {1, 10, 11, 12, 2}, 3),
                sample("b", new int[] {1, 20, 2}, 2)));
        assertArrayEquals(new int[] {12, 2, 2}, batch.labels(), "exactly the responses with their ends");
        assertArrayEquals(new int[] {2, 3, 6}, batch.rows(), "each predicted from the row before");
        assertArrayEquals(new int[] {0, 1, 2, 3, 4, 0, 1, 2}, batch.tokens().positions());
    }

    @Test
    void noLabelCrossesABoundary() {
        var batch = Batch.of(List.of(sample("a", new int[] {7, 8}, 0), sample("b", new int[] {9, 10}, 0)));
        assertArrayEquals(new int[] {8, 10}, batch.labels(), "the first token of a sample is never a label");
        assertEquals(2, batch.samples().stream().mapToInt(Sample::targets).sum());
    }

    @Test
    void aPoisonedTargetChangesOnlyItsOwnLoss() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        var batch = Batch.of(SAMPLES);
        float[] before = losses(small, batch);
        for (int poisoned : new int[] {0, 5, batch.targets() - 1}) {
            int[] labels = batch.labels().clone();
            labels[poisoned] = labels[poisoned] == 3 ? 4 : 3;
            float[] after = losses(small, new Batch(batch.samples(), batch.tokens(), batch.rows(), labels));
            for (int i = 0; i < before.length; i++) {
                assertEquals(i != poisoned, before[i] == after[i], "loss " + i + " with " + poisoned + " poisoned");
            }
        }
    }

    @Test
    void aPoisonedLastTokenCountsOnlyWhereItIsATarget() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        int[] ids = {1, 5, 6, 7, 8};
        int[] poisoned = {1, 5, 6, 7, 9};
        boolean[] lastIsNone = {false, false, true, true, false};
        float[] before = losses(small, Batch.of(List.of(sample("a", ids, 2))));
        float[] after = losses(small, Batch.of(List.of(sample("a", poisoned, 2))));
        assertArrayEquals(Arrays.copyOf(before, 2), Arrays.copyOf(after, 2));
        assertNotEquals(before[2], after[2]);
        assertArrayEquals(losses(small, Batch.of(List.of(new Sample("a", ids, lastIsNone)))),
                losses(small, Batch.of(List.of(new Sample("a", poisoned, lastIsNone)))));
    }

    @Test
    void theEndOfAnAnswerIsLearned() {
        var small = SmallModel.full(true);
        var pairs = List.of(sample("a", new int[] {1, 10, 11, 20, 21, 22, 2}, 3),
                sample("b", new int[] {1, 12, 13, 23, 2}, 3), sample("c", new int[] {1, 14, 15, 24, 25, 24, 25, 2}, 3));
        var trainer = small.trainer();
        var schedule = new Schedule(Schedule.Decay.COSINE, 0.01, 5, 30, 0.05, Schedule.Origin.PEAK);
        double loss = 0;
        for (int step = 1; step <= schedule.steps(); step++) {
            loss = trainer.step(step, schedule.rate(step), List.of(Batch.of(pairs))).loss();
        }
        assertTrue(loss < 0.05, "the pairs are memorised, loss " + loss);
        var model = new Inference(small.model(), SmallModel.KERNELS);
        for (Sample pair : pairs) {
            float[] losses = model.losses(List.of(pair.ids())).getFirst();
            assertTrue(Math.exp(-losses[losses.length - 1]) > 0.9, pair.id() + ": the probability of the end");
            var completion = model.generate(Arrays.copyOf(pair.ids(), 3), Sampler.greedy(),
                    new Inference.Limits(50, Set.of(SmallModel.EOS)), (sequence, id) -> { });
            assertTrue(completion.isEnded());
            assertArrayEquals(Arrays.copyOfRange(pair.ids(), 3, pair.ids().length - 1), completion.ids());
        }
    }

    @Test
    void theLoggedLossIsTheMeanOverTokens() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        List<float[]> losses = new Inference(small.model(), SmallModel.KERNELS).losses(
                SAMPLES.stream().map(Sample::ids).toList());
        double sum = 0;
        int targets = 0;
        for (int s = 0; s < SAMPLES.size(); s++) {
            for (int i = 1; i < SAMPLES.get(s).ids().length; i++) {
                sum += SAMPLES.get(s).isTarget()[i] ? losses.get(s)[i - 1] : 0;
                targets += SAMPLES.get(s).isTarget()[i] ? 1 : 0;
            }
        }
        var report = small.trainer().step(1, 0.01, List.of(Batch.of(SAMPLES.subList(0, 3)),
                Batch.of(SAMPLES.subList(3, 8))));
        assertEquals(targets, report.targets());
        assertEquals(sum / targets, report.loss(), 1e-12, "the same f32 losses, summed in f64");
    }

    /// Along the gradient the loss rises by the gradient's norm a unit. The central difference over 2 x 0.01 has an
    /// error of the second order and f32 noise of 1e-7 / 0.02: 1 % holds both.
    @Test
    void theGradientIsThatOfTheLoggedLoss() {
        var small = SmallModel.full(true);
        var batches = List.of(Batch.of(SAMPLES.subList(0, 3)), Batch.of(SAMPLES.subList(3, 8)));
        var trainer = small.trainer();
        double norm = trainer.step(1, 0, batches).gradientNorm();
        var directions = small.gradients();
        double above = lossAt(small, trainer, directions.values().stream().toList(), (float) (0.01 / norm), batches);
        double below = lossAt(small, trainer, directions.values().stream().toList(), (float) (-0.02 / norm), batches);
        assertEquals(norm, (above - below) / 0.02, 0.01 * norm);
    }

    private static double lossAt(SmallModel small, Trainer trainer, List<float[]> directions, float distance,
            List<Batch> batches) {
        for (int p = 0; p < small.trained().size(); p++) {
            Tensor value = small.trained().get(p).tensor();
            for (int i = 0; i < value.size(); i++) {
                value.data()[value.offset() + i] += distance * directions.get(p)[i];
            }
        }
        return trainer.step(2, 0, batches).loss();
    }

    @Test
    void weightDecayIsDecoupledAndSparesNorms() {
        var matrix = Parameter.trained("matrix", Tensor.of(2, 2, 1, -2, 3, 0.5f));
        var norm = Parameter.trained("norm", Tensor.of(1, 2, 1, 1.5f));
        var settings = new AdamW.Settings(0.9f, 0.999f, 1e-8f, 0.1f);
        var optimizer = new AdamW(SmallModel.KERNELS, settings, List.of(matrix, norm), each -> each.value().rows() > 1);
        optimizer.step(0.05, optimizer.gradientNorm(), 1);
        float keep = (float) (1 - 0.05 * 0.1f);
        assertArrayEquals(new float[] {keep, -2 * keep, 3 * keep, 0.5f * keep}, matrix.tensor().toArray(), 1e-7f);
        assertArrayEquals(new float[] {1, 1.5f}, norm.tensor().toArray());
        for (AdamW.Slot slot : optimizer.slots()) {
            assertArrayEquals(new float[slot.mean().size()], slot.mean().toArray(), "no decay in the averages");
        }
    }

    @Test
    void aStepWithoutTargetsIsRefused() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        var before = small.values();
        var none = sample("conversation 7", new int[] {1, 5, 6}, 9);
        var trainer = small.trainer();
        String message = assertThrows(IllegalArgumentException.class,
                () -> trainer.step(4, 0.01, List.of(Batch.of(List.of(none))))).getMessage();
        assertEquals("step 4: none of its tokens is a target, so there is nothing to learn from conversation 7. Leave "
                + "such samples out; was the whole answer cut off?", message);
        before.forEach((name, values) -> assertArrayEquals(values, small.values().get(name), name));
        assertEquals(0, trainer.optimizer().steps());
    }

    @Test
    void aSampleWithoutTargetsAddsNothing() {
        var none = sample("none", new int[] {1, 5, 6, 9}, 9);
        var with = new ArrayList<>(SAMPLES);
        with.add(3, none);
        var a = SmallModel.adapted(SmallModel.KERNELS);
        var b = SmallModel.adapted(SmallModel.KERNELS);
        var plain = a.trainer().step(1, 0.01, List.of(Batch.of(SAMPLES)));
        var mixed = b.trainer().step(1, 0.01, List.of(Batch.of(with), Batch.of(List.of(none))));
        assertEquals(plain.loss(), mixed.loss());
        assertEquals(plain.targets(), mixed.targets());
        a.values().forEach((name, values) -> assertArrayEquals(values, b.values().get(name), name));
    }

    @Test
    void aStepThatIsNoNumberStopsBeforeTheUpdateAndNamesItsSamples() {
        for (float poison : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            var small = SmallModel.adapted(SmallModel.KERNELS);
            var trainer = small.trainer();
            trainer.step(1, 0.01, List.of(Batch.of(SAMPLES)));
            small.trained().get(1).tensor().set(0, 0, poison);
            var before = small.values();
            String message = assertThrows(TrainingFailure.class, () -> trainer.step(2, 0.01,
                    List.of(Batch.of(SAMPLES.subList(0, 2)), Batch.of(SAMPLES.subList(2, 3))))).getMessage();
            assertTrue(message.startsWith("step 2: the loss is NaN"), message);
            assertTrue(message.contains("Samples: sample 0, sample 1, sample 2."), message);
            before.forEach((name, values) -> assertArrayEquals(values, small.values().get(name), name));
            assertEquals(1, trainer.optimizer().steps());
        }
    }

    @Test
    void idsOutsideTheVocabularyAndTextsThatAreTooLongAreRefused() {
        var trainer = SmallModel.adapted(SmallModel.KERNELS).trainer();
        String id = assertThrows(IllegalArgumentException.class, () -> trainer.step(1, 0.01,
                List.of(Batch.of(List.of(sample("a", new int[] {1, 37}, 1)))))).getMessage();
        assertTrue(id.contains("token id 37 is outside the vocabulary of 37"), id);
        String length = assertThrows(IllegalArgumentException.class, () -> trainer.step(1, 0.01,
                List.of(Batch.of(List.of(sample("a", new int[129], 1)))))).getMessage();
        assertTrue(length.contains("position 128 is outside the 128 positions"), length);
        assertEquals("a: 3 ids but 2 marks of targets", assertThrows(IllegalArgumentException.class,
                () -> new Sample("a", new int[3], new boolean[2])).getMessage());
        assertEquals("b: it has no ids at all", assertThrows(IllegalArgumentException.class,
                () -> new Sample("b", new int[0], new boolean[0])).getMessage());
    }
}
