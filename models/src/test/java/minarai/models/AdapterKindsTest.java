package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.format.DataType;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;
import minarai.models.format.TargetModules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Adapters that learn lengths, adapters with whole weights, and several on one base.
class AdapterKindsTest {

    private static final int[] IDS = {4, 1, 4, 6, 0, 3, 2};
    private static final LlamaConfig CONFIG = Family.LLAMA_BIASED_YARN.config(7, 2, 2, 3, 16);

    private static PeftConfig settings(boolean useDora, List<String> saved) {
        return new PeftConfig(2, 3, 0, new TargetModules.AllLinear(), true, useDora, new LinkedHashMap<>(),
                new LinkedHashMap<>(), false, "", "CAUSAL_LM", saved);
    }

    private static TrainedWeights weights() {
        return new TrainedWeights(11, 1, false);
    }

    private static void shake(Adapter adapter) {
        for (int i = 0; i < adapter.parameters().size(); i++) {
            Tensor noise = Tensor.zeros(adapter.parameters().get(i).tensor().rows(),
                    adapter.parameters().get(i).tensor().columns());
            new Philox(9, i).fillNormal(0, 0.3f, noise);
            Runs.KERNELS.add(noise, adapter.parameters().get(i).tensor());
        }
    }

    private static void backward(LanguageModel model) {
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(Runs.KERNELS, workspace, tape);
        Tensor hidden = model.hidden(ops, Tokens.of(IDS), KeyValueCache.none(), Asked.all());
        model.losses(ops, ops.select(hidden, IntStream.range(0, IDS.length - 1).toArray()),
                Arrays.copyOfRange(IDS, 1, IDS.length), 1f / (IDS.length - 1));
        tape.backward();
    }

    @Test
    void aFreshDoraChangesNothing() {
        float[] bare = Runs.logits(LanguageModel.of(CONFIG, weights(), 16), IDS);
        var adapter = Adapter.fresh(settings(true, List.of()), 5);
        assertArrayEquals(bare, Runs.logits(LanguageModel.of(CONFIG, new WithAdapters(weights(), adapter), 16), IDS));
        assertEquals(3 * 14, adapter.parameters().size());
    }

    /// The weight is `magnitude * (w + scale * up · down) / lengths`, the lengths taken as constants: its gradient, by
    /// differences of the formula, gives that of each part.
    @Test
    void doraHasTheGradientsOfItsFormula() {
        var weights = weights();
        var adapter = Adapter.fresh(settings(true, List.of()), 5);
        var model = LanguageModel.of(CONFIG, new WithAdapters(weights, adapter), 16);
        shake(adapter);
        var folder = adapter.toFolder("");
        var merged = weights.inF64();
        var lengths = new LinkedHashMap<String, double[]>();
        folder.modules().forEach((path, pair) -> lengths.put(path, correct(merged.get(path + ".weight"), pair.down(),
                pair.up(), pair.magnitude().orElseThrow(), folder.config().scaleOf(path))));
        float[] logits = Runs.logits(model, IDS);
        double[][] expected = new FamilyFormula(CONFIG, merged).logits(IDS);
        for (int i = 0; i < logits.length; i++) {
            assertEquals(expected[i / 7][i % 7], logits[i], 1e-4);
        }
        backward(model);
        var gradients = new LinkedHashMap<String, float[]>();
        adapter.parameters().forEach(each -> gradients.put(each.name(), each.gradient().orElseThrow().toArray()));
        folder.modules().forEach((path, pair) -> assertGradients(path, merged, lengths.get(path), pair.down(),
                pair.up(), pair.magnitude().orElseThrow(), folder.config().scaleOf(path), gradients));
    }

    /// Overwrites `w` with the corrected weight and returns its lengths before.
    private static double[] correct(double[][] w, Tensor down, Tensor up, Tensor magnitude, double scale) {
        double[] lengths = new double[w.length];
        for (int o = 0; o < w.length; o++) {
            for (int i = 0; i < w[o].length; i++) {
                for (int r = 0; r < down.rows(); r++) {
                    w[o][i] += scale * up.at(o, r) * down.at(r, i);
                }
            }
            lengths[o] = Math.sqrt(Arrays.stream(w[o]).map(each -> each * each).sum());
            for (int i = 0; i < w[o].length; i++) {
                w[o][i] *= magnitude.at(0, o) / lengths[o];
            }
        }
        return lengths;
    }

    private static void assertGradients(String path, Map<String, double[][]> merged, double[] lengths, Tensor down,
            Tensor up, Tensor magnitude, double scale, Map<String, float[]> gradients) {
        double[][] w = merged.get(path + ".weight");
        double[] ofMagnitude = new double[w.length];
        double[] ofUp = new double[up.size()];
        double[] ofDown = new double[down.size()];
        for (int o = 0; o < w.length; o++) {
            for (int i = 0; i < w[o].length; i++) {
                double slope = FamilyTest.slope(new FamilyFormula(CONFIG, merged), IDS, w[o], i);
                ofMagnitude[o] += slope * w[o][i] / magnitude.at(0, o);
                for (int r = 0; r < down.rows(); r++) {
                    double factor = slope * magnitude.at(0, o) / lengths[o] * scale;
                    ofUp[o * down.rows() + r] += factor * down.at(r, i);
                    ofDown[r * down.columns() + i] += factor * up.at(o, r);
                }
            }
        }
        FamilyTest.assertClose(ofMagnitude, gradients.get(path + ".lora_magnitude_vector"), path + " magnitude");
        FamilyTest.assertClose(ofUp, gradients.get(path + ".lora_B.weight"), path + " up");
        FamilyTest.assertClose(ofDown, gradients.get(path + ".lora_A.weight"), path + " down");
    }

    @Test
    void wholeWeightsAreTrainedBesideTheAdapterAndComeBackFromAFolder(@TempDir Path target) {
        var adapter = Adapter.fresh(settings(true, List.of("embed_tokens", "lm_head", "model.norm")), 5);
        var model = LanguageModel.of(CONFIG, new WithAdapters(weights(), adapter), 16);
        assertArrayEquals(Runs.logits(LanguageModel.of(CONFIG, weights(), 16), IDS), Runs.logits(model, IDS));
        shake(adapter);
        backward(model);
        for (var parameter : adapter.parameters()) {
            assertTrue(Runs.KERNELS.sumOfSquares(parameter.gradient().orElseThrow()) > 0, parameter.name());
        }
        adapter.toFolder("abc").write(target.resolve("adapter"));
        var read = PeftFolder.read(target.resolve("adapter"));
        assertEquals(List.of("lm_head.weight", "model.embed_tokens.weight", "model.norm.weight"),
                List.copyOf(read.saved().keySet()));
        var frozen = LanguageModel.of(CONFIG, new WithAdapters(weights(), Adapter.frozen(read)), 16);
        assertArrayEquals(Runs.logits(model, IDS), Runs.logits(frozen, IDS));
    }

    private static ModelFolder folder(Family family, Path target) {
        var config = family.config(37, 4, 2, 5, 64);
        var weights = new TrainedWeights(11, 1, false);
        LanguageModel.of(config, weights, 64);
        ModelFolder.write(target, config, DataType.F32, weights.entries(), List.of());
        return ModelFolder.open(target);
    }

    private static PeftFolder adapter(ModelFolder base, long seed, boolean useDora) {
        var adapter = Adapter.fresh(settings(useDora, List.of()), seed);
        LanguageModel.of(base.config(), new WithAdapters(CheckpointWeights.frozen(base, Runs.KERNELS), adapter), 64);
        shake(adapter);
        return adapter.toFolder(base.sha256());
    }

    /// The lengths that it took from the rows are nowhere in the merged model, so it is not taken out again.
    @Test
    void aMergedDoraIsTheAdapterBesideItsBase(@TempDir Path target) {
        try (var base = folder(Family.QWEN3, target.resolve("base"))) {
            var adapter = adapter(base, 3, true);
            var merge = new Merge(base, adapter);
            merge.write(target.resolve("merged"), DataType.F32);
            try (var merged = ModelFolder.open(target.resolve("merged"))) {
                var drift = merge.drift(merged, List.of(RandomWeights.ids(30, 2)), Runs.KERNELS);
                assertTrue(drift.greatest() < 1e-4, drift.toString());
                var refused = assertThrows(IllegalArgumentException.class,
                        () -> Merge.undo(merged, adapter, target.resolve("undone"), DataType.F32));
                assertTrue(refused.getMessage().contains("DoRA"), refused.getMessage());
            }
        }
    }

    @Test
    void severalAdaptersOnOneBaseTakeTurnsAndEachHasItsOwnBits(@TempDir Path target) {
        try (var folder = folder(Family.LLAMA3, target)) {
            var asked = new LinkedHashMap<String, Integer>();
            var counting = new Counting(CheckpointWeights.frozen(folder, Runs.KERNELS), asked);
            var base = new SharedBase(folder, counting, 64);
            var adapters = Map.of("plain", adapter(folder, 1, false), "long", adapter(folder, 2, true));
            adapters.forEach(base::add);
            assertEquals(folder.config().tensors().keySet(), asked.keySet());
            assertTrue(asked.values().stream().allMatch(count -> count == 1), asked.toString());
            assertEquals(adapters.keySet(), base.adapters());
            int[] ids = RandomWeights.ids(20, 7);
            var caches = new LinkedHashMap<LanguageModel, KeyValueCache>();
            for (var model : List.of(base.bare(), base.with("plain"), base.with("long"))) {
                caches.put(model, model.cache(1, 20));
            }
            float[][] rows = new float[3][0];
            for (int id : ids) {
                int m = 0;
                for (var each : caches.entrySet()) {
                    rows[m++] = Runs.logits(each.getKey(), each.getValue().next(new int[] {0}, List.of(new int[] {id})),
                            each.getValue());
                }
            }
            assertArrayEquals(last(LanguageModel.of(folder.config(), CheckpointWeights.frozen(folder, Runs.KERNELS),
                    64), ids), rows[0]);
            assertArrayEquals(last(alone(folder, adapters.get("plain")), ids), rows[1]);
            assertArrayEquals(last(alone(folder, adapters.get("long")), ids), rows[2]);
            assertFalse(Arrays.equals(rows[1], rows[2]));
            assertThrows(IllegalArgumentException.class, () -> base.add("plain", adapters.get("long")));
            base.remove("plain");
            assertThrows(IllegalArgumentException.class, () -> base.with("plain"));
        }
    }

    private record Counting(Weights base, Map<String, Integer> asked) implements Weights {
        @Override
        public Parameter matrix(String name, int rows, int columns) {
            asked.merge(name, 1, Integer::sum);
            return base.matrix(name, rows, columns);
        }

        @Override
        public Parameter vector(String name, int size) {
            asked.merge(name, 1, Integer::sum);
            return base.vector(name, size);
        }
    }

    private static LanguageModel alone(ModelFolder folder, PeftFolder adapter) {
        return LanguageModel.of(folder.config(), new WithAdapters(CheckpointWeights.frozen(folder, Runs.KERNELS),
                Adapter.frozen(adapter)), 64);
    }

    private static float[] last(LanguageModel model, int[] ids) {
        float[] all = Runs.logits(model, ids);
        return Arrays.copyOfRange(all, all.length - model.vocabularySize(), all.length);
    }

    @Test
    void oneOfTwoTiedWeightsIsNotTrainedAsAWhole(@TempDir Path target) {
        try (var folder = folder(Family.QWEN3, target)) {
            var adapter = Adapter.fresh(settings(false, List.of("embed_tokens")), 5);
            LanguageModel.of(folder.config(), new WithAdapters(CheckpointWeights.frozen(folder, Runs.KERNELS), adapter),
                    64);
            var base = new SharedBase(folder, Runs.KERNELS, Optional.empty(), 64);
            String message = assertThrows(IllegalArgumentException.class, () -> base.add("a",
                    adapter.toFolder(folder.sha256()))).getMessage();
            assertTrue(message.contains("ties its head to its embedding"), message);
        }
    }
}
