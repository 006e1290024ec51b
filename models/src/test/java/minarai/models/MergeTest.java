package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import minarai.engine.Tensor;
import minarai.models.format.DataType;
import minarai.models.format.LowRankPair;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;
import minarai.models.format.TargetModules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tolerance of merged against adapted: the two round differently in sums of at most 27 products of size 1 through two
/// layers, a few units of the last place of logits below 16, so 5e-5 has a wide margin and a wrong scale does not pass.
class MergeTest {

    private static final List<int[]> PROBES = List.of(RandomWeights.ids(40, 1), RandomWeights.ids(9, 2));

    @TempDir
    private Path folder;

    private Path writeBase(String name, boolean isTied) {
        var weights = new RandomWeights(3, Runs.KERNELS);
        var config = RandomWeights.config(isTied, OptionalInt.empty());
        new Llama(config, weights, 8);
        ModelFolder.write(folder.resolve(name), config, DataType.F32, weights.entries(), List.of());
        return folder.resolve(name);
    }

    private Path merged(Path base, PeftFolder adapter, String name) {
        try (var open = ModelFolder.open(base)) {
            new Merge(open, adapter).write(folder.resolve(name), DataType.F32);
        }
        return folder.resolve(name);
    }

    private static String refusal(Path base, PeftFolder adapter) {
        try (var open = ModelFolder.open(base)) {
            return assertThrows(IllegalArgumentException.class, () -> new Merge(open, adapter)).getMessage();
        }
    }

    @Test
    void aMergedModelGivesTheLogitsOfTheAdapter() {
        for (boolean isTied : new boolean[] {false, true}) {
            Path base = writeBase("base" + isTied, isTied);
            PeftFolder adapter = Runs.adapter(4, Map.of());
            Path target = merged(base, adapter, "merged" + isTied);
            try (var before = ModelFolder.open(base); var after = ModelFolder.open(target)) {
                var drift = new Merge(before, adapter).drift(after, PROBES, Runs.KERNELS);
                assertTrue(drift.greatest() < 5e-5 && drift.greatest() > 0, drift.toString());
                assertEquals(49, drift.positions());
                assertEquals(before.config(), after.config());
            }
        }
    }

    @Test
    void theDriftOfANarrowTypeIsReported() {
        Path base = writeBase("base", false);
        PeftFolder adapter = Runs.adapter(4, Map.of());
        try (var open = ModelFolder.open(base)) {
            var merge = new Merge(open, adapter);
            merge.write(folder.resolve("merged"), DataType.BF16);
            try (var after = ModelFolder.open(folder.resolve("merged"))) {
                var drift = merge.drift(after, PROBES, Runs.KERNELS);
                assertTrue(drift.greatest() > 1e-3 && drift.rootMean() > 1e-4 && drift.rootMean() < drift.greatest(),
                        drift.toString());
            }
        }
    }

    @Test
    void weightsWithoutAnAdapterStayAsTheyAre() {
        Path base = writeBase("base", false);
        Path target = merged(base, Runs.adapter(4, Map.of()), "merged");
        try (var before = ModelFolder.open(base); var after = ModelFolder.open(target)) {
            for (String name : before.weights().names()) {
                boolean isAdapted = name.contains("q_proj") || name.contains("v_proj") || name.contains("down_proj");
                float[] was = before.weights().read(name);
                float[] is = after.weights().read(name);
                if (isAdapted) {
                    assertTrue(Runs.difference(was, is) > 0.01, name);
                } else {
                    assertArrayEquals(was, is, name);
                }
            }
        }
    }

    @Test
    void takingAnAdapterOutGivesTheBaseBackButForTwoRoundings() {
        Path base = writeBase("base", false);
        PeftFolder adapter = Runs.adapter(4, Map.of());
        Path target = merged(base, adapter, "merged");
        try (var open = ModelFolder.open(target)) {
            Merge.undo(open, adapter, folder.resolve("undone"), DataType.F32);
            assertTrue(assertThrows(IllegalArgumentException.class, () -> Merge.undo(open, Runs.adapter(5, Map.of()),
                    folder.resolve("other"), DataType.F32)).getMessage().contains("does not hold this adapter"));
        }
        try (var was = ModelFolder.open(base); var held = ModelFolder.open(target);
                var is = ModelFolder.open(folder.resolve("undone"))) {
            assertFalse(is.weights().metadata().containsKey(Merge.HELD));
            for (String name : was.weights().names()) {
                float[] before = was.weights().read(name);
                float[] between = held.weights().read(name);
                float[] after = is.weights().read(name);
                for (int i = 0; i < before.length; i++) {
                    double bound = 0x1p-24 * ((double) Math.abs(between[i]) + Math.abs(after[i]));
                    assertEquals(before[i], after[i], bound, name);
                }
            }
        }
    }

    @Test
    void theRoundingOfWrittenWeightsIsMeasured() {
        Path base = writeBase("base", false);
        try (var open = ModelFolder.open(base)) {
            var merge = new Merge(open, Runs.adapter(4, Map.of()));
            merge.write(folder.resolve("exact"), DataType.F32);
            merge.write(folder.resolve("half"), DataType.BF16);
            try (var exact = ModelFolder.open(folder.resolve("exact"));
                    var half = ModelFolder.open(folder.resolve("half"))) {
                assertEquals(new Merge.Rounding(0, 0), merge.rounding(exact));
                // bf16 has 8 bits: each weight is off by at most 2⁻⁹ of itself.
                var rounding = merge.rounding(half);
                assertTrue(rounding.relative() > 0x1p-12 && rounding.relative() < 0x1p-9, rounding.toString());
                assertEquals(open.sha256(), half.weights().metadata().get(PeftFolder.BASE_SHA256));
            }
        }
    }

    @Test
    void anotherBaseIsRefusedUnlessAllowed() {
        Path base = writeBase("base", false);
        PeftFolder stranger = Runs.adapter(4, Map.of(PeftFolder.BASE_SHA256, "0".repeat(64)));
        try (var open = ModelFolder.open(base)) {
            var refused = assertThrows(MismatchException.class, () -> new Merge(open, stranger));
            assertEquals(Mismatch.OTHER_BASE, refused.mismatch());
            new Merge(open, stranger, Set.of(Mismatch.OTHER_BASE)).write(folder.resolve("merged"), DataType.F32);
        }
    }

    @Test
    void aSecondMergeIsRefused() {
        Path base = writeBase("base", false);
        PeftFolder adapter = Runs.adapter(4, Map.of());
        Path once = merged(base, adapter, "once");
        assertTrue(refusal(once, adapter).contains("it holds this adapter already"));
        assertTrue(refusal(once, Runs.adapter(5, Map.of())).contains("it holds another adapter"));
    }

    @Test
    void anAdapterTrainedOnAMergedModelIsMergedOnTopAndBothAreHeld() {
        Path base = writeBase("base", false);
        PeftFolder first = Runs.adapter(4, Map.of());
        Path once = merged(base, first, "once");
        String hash;
        try (var open = ModelFolder.open(once)) {
            hash = open.sha256();
        }
        PeftFolder second = Runs.adapter(5, Map.of(PeftFolder.BASE_SHA256, hash));
        Path twice = merged(once, second, "twice");
        assertTrue(refusal(twice, first).contains("it holds this adapter already"));
        assertTrue(refusal(base, second).contains("the adapter was trained on weights with the hash"));
    }

    @Test
    void anAdapterForAnotherBaseIsRefused() {
        Path base = writeBase("base", true);
        assertTrue(refusal(base, one("lm_head", 37, 20)).contains("no such layer"), "the head is tied");
        assertTrue(refusal(base, one("model.embed_tokens", 37, 20)).contains("no such layer"));
        assertTrue(refusal(base, one("model.layers.2.mlp.up_proj", 27, 20)).contains("no such layer"));
        assertEquals("merging model.layers.1.mlp.up_proj: the adapter corrects a weight of 27 x 21, but the model has "
                + "27 x 20. Was the adapter made for another base?",
                refusal(base, one("model.layers.1.mlp.up_proj", 27, 21)));
    }

    private static PeftFolder one(String path, int outputs, int inputs) {
        var config = PeftConfig.lora(2, 2, 0, new TargetModules.Names(List.of(path)), "");
        var pair = new LowRankPair(Tensor.zeros(2, inputs), Tensor.zeros(outputs, 2));
        return new PeftFolder(config, new TreeMap<>(Map.of(path, pair)), Map.of());
    }
}
