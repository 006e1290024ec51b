package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.RehearsalKernels;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.format.DataType;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftConfig;
import minarai.models.format.TargetModules;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every model of the Llama family against its formula: logits, gradients of every number of every parameter, adapters,
/// generation, and the way through a folder.
///
/// **Tolerance.** As in the reference stack, f32 rounding moves logits of a standard deviation near 1 by some 1e-5;
/// 1e-4 is allowed. Gradients are compared with central differences in f64 with a step of 2⁻¹², whose own error is
/// below 1e-6, relative to the largest of the parameter.
class FamilyTest {

    private static final double STEP = 0x1p-12;

    private static LlamaConfig small(Family family) {
        return family.config(37, 4, 2, 5, 64);
    }

    private static TrainedWeights weights(LlamaConfig config, boolean isTrained) {
        return new TrainedWeights(11, config.modelType().isGemma() ? 0 : 1, isTrained);
    }

    @ParameterizedTest
    @EnumSource
    void logitsAreThoseOfTheFormula(Family family) {
        var config = small(family);
        var weights = weights(config, false);
        var model = LanguageModel.of(config, weights, 64);
        int[] ids = RandomWeights.ids(40, 3);
        assertLogits(new FamilyFormula(config, weights.inF64()).logits(ids), Runs.logits(model, ids));
    }

    private static void assertLogits(double[][] expected, float[] logits) {
        for (int t = 0; t < expected.length; t++) {
            for (int id = 0; id < expected[t].length; id++) {
                assertEquals(expected[t][id], logits[t * expected[t].length + id], 1e-4, "position " + t + ", id "
                        + id);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyParameterHasTheGradientOfTheFormula(Family family) {
        var config = family.config(7, 2, 2, 3, 16);
        var weights = weights(config, true);
        var model = LanguageModel.of(config, weights, 16);
        int[] ids = {4, 1, 4, 6, 0, 3, 2};
        backward(model, ids, Runs.KERNELS, Tape::recording);
        assertGradients(config, weights.inF64(), weights.parameters(), ids);
    }

    private static void assertGradients(LlamaConfig config, Map<String, double[][]> values,
            Map<String, Parameter> parameters, int[] ids) {
        var formula = new FamilyFormula(config, values);
        parameters.forEach((name, parameter) -> {
            double[][] value = values.get(name);
            double[] expected = new double[value.length * value[0].length];
            for (int i = 0; i < expected.length; i++) {
                double[] row = value[i / value[0].length];
                expected[i] = slope(formula, ids, row, i % value[0].length);
            }
            assertClose(expected, parameter.gradient().orElseThrow().toArray(), name);
        });
    }

    static double slope(FamilyFormula formula, int[] ids, double[] row, int column) {
        double before = row[column];
        row[column] = before + STEP;
        double above = formula.loss(ids);
        row[column] = before - STEP;
        double below = formula.loss(ids);
        row[column] = before;
        return (above - below) / (2 * STEP);
    }

    static void assertClose(double[] expected, float[] actual, String name) {
        double largest = Math.max(1e-2, Arrays.stream(expected).map(Math::abs).max().orElseThrow());
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], actual[i], 2e-5 * largest + 1e-6, name + ", number " + i);
        }
    }

    @FunctionalInterface
    private interface TapeMaker {
        Tape of(Workspace workspace);
    }

    /// A step as training makes it, in a workspace of the size that its rehearsal found.
    private static void backward(LanguageModel model, int[] ids, Kernels kernels, TapeMaker maker) {
        var rehearsal = Workspace.rehearsal();
        step(model, ids, new RehearsalKernels(kernels, rehearsal), rehearsal, maker.of(rehearsal));
        var planned = Workspace.planned(rehearsal);
        step(model, ids, kernels, planned, maker.of(planned));
    }

    private static void step(LanguageModel model, int[] ids, Kernels kernels, Workspace workspace, Tape tape) {
        var ops = new Ops(kernels, workspace, tape);
        int[] rows = IntStream.range(0, ids.length - 1).toArray();
        Tensor hidden = model.hidden(ops, Tokens.of(ids), KeyValueCache.none(), Asked.of(rows));
        model.losses(ops, hidden, Arrays.copyOfRange(ids, 1, ids.length), 1f / (ids.length - 1));
        tape.backward();
    }

    @ParameterizedTest
    @EnumSource
    void computingLayersAgainGivesTheSameGradients(Family family) {
        var config = small(family);
        int[] ids = RandomWeights.ids(30, 4);
        var kept = weights(config, true);
        backward(LanguageModel.of(config, kept, 64), ids, Runs.KERNELS, Tape::recording);
        var again = weights(config, true);
        backward(LanguageModel.of(config, again, 64), ids, Runs.KERNELS, Tape::recomputing);
        kept.parameters().forEach((name, parameter) -> assertArrayEquals(parameter.gradient().orElseThrow().toArray(),
                again.parameters().get(name).gradient().orElseThrow().toArray(), name));
    }

    /// Adapters on every projection compute what the merged weights compute, and have the gradients of the formula.
    @ParameterizedTest
    @EnumSource
    void adaptersOnAllProjectionsAreThoseOfTheFormula(Family family) {
        var config = family.config(7, 2, 2, 3, 16);
        var weights = weights(config, false);
        var adapter = Adapter.fresh(PeftConfig.lora(2, 3, 0, new TargetModules.AllLinear(), ""), 5);
        var model = LanguageModel.of(config, new WithAdapters(weights, adapter), 16);
        int[] ids = {4, 1, 4, 6, 0, 3, 2};
        assertEquals(config.projections().size() * config.layers(), adapter.layers().size());
        float[] fresh = Runs.logits(model, ids);
        assertArrayEquals(Runs.logits(LanguageModel.of(config, weights(config, false), 16), ids), fresh);
        for (int i = 1; i < adapter.parameters().size(); i += 2) {
            new Philox(9, i).fillNormal(0, 0.4f, adapter.parameters().get(i).tensor());
        }
        var merged = weights.inF64();
        adapter.layers().forEach((path, layer) -> addProduct(merged.get(path + ".weight"), layer));
        assertLogits(new FamilyFormula(config, merged).logits(ids), Runs.logits(model, ids));
        backward(model, ids, Runs.KERNELS, Tape::recording);
        adapter.layers().forEach((path, layer) -> {
            double[][] weight = merged.get(path + ".weight");
            double[] expected = new double[layer.down().tensor().size()];
            double[][] slopes = new double[weight.length][weight[0].length];
            for (int r = 0; r < weight.length; r++) {
                for (int c = 0; c < weight[r].length; c++) {
                    slopes[r][c] = slope(new FamilyFormula(config, merged), ids, weight[r], c);
                }
            }
            for (int i = 0; i < expected.length; i++) {
                for (int r = 0; r < weight.length; r++) {
                    expected[i] += layer.scale() * layer.up().tensor().at(r, i / weight[0].length)
                            * slopes[r][i % weight[0].length];
                }
            }
            assertClose(expected, layer.down().gradient().orElseThrow().toArray(), path);
        });
    }

    private static void addProduct(double[][] weight, Linear.LowRank layer) {
        for (int r = 0; r < weight.length; r++) {
            for (int c = 0; c < weight[r].length; c++) {
                for (int k = 0; k < layer.down().tensor().rows(); k++) {
                    weight[r][c] += (double) layer.scale() * layer.up().tensor().at(r, k) * layer.down().tensor().at(k,
                            c);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void generationFollowsTheGreatestLogitOfTheFormula(Family family) {
        var config = small(family);
        var weights = weights(config, false);
        var model = LanguageModel.of(config, weights, 64);
        var formula = new FamilyFormula(config, weights.inF64());
        int[] prompt = RandomWeights.ids(9, 8);
        int[] text = Arrays.copyOf(prompt, 29);
        for (int t = prompt.length; t < text.length; t++) {
            double[] last = formula.logits(Arrays.copyOf(text, t))[t - 1];
            for (int id = 1; id < last.length; id++) {
                text[t] = last[id] > last[text[t]] ? id : text[t];
            }
        }
        var completion = new Inference(model, Runs.KERNELS).generate(prompt, Sampler.greedy(),
                new Inference.Limits(20, Set.of()), (sequence, id) -> { });
        assertArrayEquals(Arrays.copyOfRange(text, prompt.length, text.length), completion.ids());
    }

    @ParameterizedTest
    @EnumSource
    void aFolderGivesTheModelBack(Family family, @TempDir Path folder) {
        var config = small(family);
        var weights = weights(config, false);
        var model = LanguageModel.of(config, weights, 64);
        int[] ids = RandomWeights.ids(25, 6);
        ModelFolder.write(folder.resolve("model"), config, DataType.F32, weights.entries(), List.of());
        try (var read = ModelFolder.open(folder.resolve("model"))) {
            assertEquals(config, read.config());
            assertArrayEquals(Runs.logits(model, ids), Runs.logits(LanguageModel.of(read.config(),
                    CheckpointWeights.frozen(read, Runs.KERNELS), 64), ids));
            assertTrue(read.config().tensors().keySet().containsAll(weights.values().keySet()));
        }
    }
}
