package minarai.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import minarai.engine.Workspace;
import org.junit.jupiter.api.Test;

/// The same result with less work or less memory: shared beginnings, activations computed again.
class LessWorkTest {

    private static final int PREFIX = 20;

    /// Samples that begin with the same tokens and go on each in its own way; the last part is to be predicted.
    private static List<Sample> alike() {
        var samples = new ArrayList<Sample>();
        for (int s = 0; s < 5; s++) {
            int[] ids = new int[PREFIX + 3 + 4 * s];
            boolean[] isTarget = new boolean[ids.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = i < PREFIX ? 3 + i * 5 % 30 : 3 + (i * 7 + s * 11) % 30;
                isTarget[i] = i >= PREFIX + 2;
            }
            samples.add(new Sample("s" + s, ids, isTarget));
        }
        return samples;
    }

    @Test
    void aCommonBeginningIsComputedOnce() {
        var samples = alike();
        Batch apart = Batch.of(samples);
        Batch sharing = Batch.sharing(samples);
        assertEquals(apart.length(), sharing.length());
        assertEquals(apart.tokens().count() - 4 * PREFIX, sharing.tokens().count());
        assertArrayEquals(apart.labels(), sharing.labels());
    }

    @Test
    void nothingIsSharedThatIsShortOrPredicted() {
        var samples = alike();
        var predicted = samples.stream().map(sample -> {
            boolean[] all = new boolean[sample.ids().length];
            Arrays.fill(all, true);
            return new Sample(sample.id(), sample.ids(), all);
        }).toList();
        assertEquals(Batch.of(predicted).tokens().count(), Batch.sharing(predicted).tokens().count());
        assertEquals(23, Batch.sharing(samples.subList(0, 1)).tokens().count());
        var twins = List.of(samples.getLast(), samples.getLast());
        assertEquals(2 * 39 - 21, Batch.sharing(twins).tokens().count(), "up to the row of the first target");
    }

    @Test
    void lossesWithASharedBeginningHaveTheBitsOfWholeSequences() {
        var small = SmallModel.adapted(SmallModel.KERNELS);
        var samples = alike();
        var trainer = small.trainer();
        assertEquals(trainer.loss(List.of(Batch.of(samples))), trainer.loss(List.of(Batch.sharing(samples))));
    }

    /// Sums of some hundred numbers in another order: they differ by roundings of the greatest of them.
    @Test
    void gradientsWithASharedBeginningAreThoseOfWholeSequences() {
        for (boolean isFull : new boolean[] {false, true}) {
            var apart = isFull ? SmallModel.full(true) : SmallModel.adapted(SmallModel.KERNELS);
            var sharing = isFull ? SmallModel.full(true) : SmallModel.adapted(SmallModel.KERNELS);
            var samples = alike();
            assertEquals(apart.trainer().step(1, 0, List.of(Batch.of(samples))).gradientNorm(),
                    sharing.trainer().step(1, 0, List.of(Batch.sharing(samples))).gradientNorm(), 1e-5);
            var expected = apart.gradients();
            sharing.gradients().forEach((name, found) -> {
                float greatest = 0;
                for (float each : expected.get(name)) {
                    greatest = Math.max(greatest, Math.abs(each));
                }
                assertArrayEquals(expected.get(name), found, 100 * Math.ulp(greatest), name);
            });
        }
    }

    @Test
    void computingActivationsAgainGivesTheSameParametersInLessMemory() {
        for (boolean isFull : new boolean[] {false, true}) {
            var keeping = isFull ? SmallModel.full(true) : SmallModel.adapted(SmallModel.KERNELS);
            var again = isFull ? SmallModel.full(true) : SmallModel.adapted(SmallModel.KERNELS);
            var batches = List.of(Batch.sharing(alike()));
            var much = Trainer.rehearse(keeping.model(), SmallModel.KERNELS, batches, false);
            var little = Trainer.rehearse(again.model(), SmallModel.KERNELS, batches, true);
            assertTrue(little.bytes() < much.bytes(), little.bytes() + " of " + much.bytes());
            var first = keeping.trainer();
            var second = again.recomputing(Workspace.planned(little));
            for (int step = 1; step <= 3; step++) {
                assertEquals(first.step(step, 0.01, batches), second.step(step, 0.01, batches));
            }
            var expected = keeping.values();
            again.values().forEach((name, values) -> assertArrayEquals(expected.get(name), values, name));
        }
    }
}
