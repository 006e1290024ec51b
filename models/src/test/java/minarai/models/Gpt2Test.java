package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.format.PeftConfig;
import minarai.models.format.TargetModules;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The network against its formula in f64, its gradients by every number, and its bits with a cache and in a pack.
///
/// Tolerance: some 40 roundings lie on each of the ten products and norms of the longest way, there and back; a
/// gradient or logit may be off by 800 roundings of the largest of its tensor, or of 1.
class Gpt2Test {

    private static final double TOLERANCE = 800 * 0x1p-24;
    private static final double STEP = 0x1p-13;
    private static final int[] TINY = {3, 1, 4, 1, 5, 6, 2, 0, 5};

    private static Map<String, double[][]> inF64(Iterable<Parameter> parameters) {
        var weights = new TreeMap<String, double[][]>();
        for (Parameter each : parameters) {
            double[][] matrix = new double[each.value().rows()][each.value().columns()];
            for (int row = 0; row < matrix.length; row++) {
                for (int column = 0; column < matrix[row].length; column++) {
                    matrix[row][column] = each.value().at(row, column);
                }
            }
            weights.put(each.name(), matrix);
        }
        return weights;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void logitsAreThoseOfTheFormula(boolean isTied) {
        var small = SmallGpt2.of(isTied, false);
        var model = small.model();
        int[] ids = RandomWeights.ids(100, 1);
        float[] logits = Runs.logits(model, ids);
        double[][] expected = new Gpt2Formula(small.config(), inF64(small.values().values())).logits(ids);
        double largest = Arrays.stream(expected).flatMapToDouble(Arrays::stream).map(Math::abs).max().orElseThrow();
        assertTrue(largest > 1, "the model says something: " + largest);
        for (int t = 0; t < ids.length; t++) {
            for (int id = 0; id < expected[t].length; id++) {
                assertEquals(expected[t][id], logits[t * expected[t].length + id], TOLERANCE * largest,
                        "token " + t + ", logit " + id);
            }
        }
    }

    /// The loss over all positions, and its gradients in the parameters.
    private static double backward(Gpt2 model, int[] ids) {
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(Runs.KERNELS, workspace, tape);
        Tensor hidden = model.hidden(ops, Tokens.of(ids), KeyValueCache.none(),
                Asked.of(IntStream.range(0, ids.length - 1).toArray()));
        Tensor losses = ops.crossEntropy(model.logits(ops, hidden), Arrays.copyOfRange(ids, 1, ids.length),
                1f / (ids.length - 1));
        tape.backward();
        double sum = 0;
        for (float loss : losses.toArray()) {
            sum += loss;
        }
        return sum / losses.rows();
    }

    @FunctionalInterface
    private interface Loss {
        double of(Map<String, double[][]> weights);
    }

    private static void assertGradients(List<Parameter> trained, Map<String, double[][]> weights, Loss loss) {
        for (Parameter parameter : trained) {
            double[][] numbers = weights.get(parameter.name());
            double[][] expected = new double[numbers.length][numbers[0].length];
            double largest = 1;
            for (int row = 0; row < numbers.length; row++) {
                for (int column = 0; column < numbers[row].length; column++) {
                    double before = numbers[row][column];
                    numbers[row][column] = before + STEP;
                    double above = loss.of(weights);
                    numbers[row][column] = before - STEP;
                    expected[row][column] = (above - loss.of(weights)) / (2 * STEP);
                    numbers[row][column] = before;
                    largest = Math.max(largest, Math.abs(expected[row][column]));
                }
            }
            Tensor gradient = parameter.gradient().orElseThrow();
            for (int row = 0; row < expected.length; row++) {
                for (int column = 0; column < expected[row].length; column++) {
                    assertEquals(expected[row][column], gradient.at(row, column), TOLERANCE * largest,
                            "%s at (%d, %d)".formatted(parameter.name(), row, column));
                }
            }
        }
    }

    @Test
    void gradientsOfAllWeightsAreThoseOfTheFormula() {
        var tiny = SmallGpt2.tiny();
        double loss = backward(tiny.model(), TINY);
        var weights = inF64(tiny.values().values());
        assertEquals(new Gpt2Formula(tiny.config(), weights).loss(TINY), loss, 1e-5);
        assertEquals(2 + 2 * 12 + 2, tiny.values().size());
        assertGradients(List.copyOf(tiny.values().values()), weights,
                changed -> new Gpt2Formula(tiny.config(), changed).loss(TINY));
    }

    @Test
    void gradientsOfAnAdapterAreThoseOfTheFormula() {
        var tiny = SmallGpt2.tiny();
        var config = PeftConfig.lora(2, 3, 0, new TargetModules.AllLinear(), "");
        var adapter = Adapter.fresh(config, 5);
        var model = new Gpt2(tiny.config(), new WithAdapters(tiny, adapter), 9);
        assertEquals(8, adapter.layers().size());
        adapter.layers().values().forEach(layer -> layer.up().tensor().fill(0.25f));
        backward(model, TINY);
        var all = new ArrayList<>(tiny.values().values());
        all.addAll(adapter.parameters());
        assertGradients(adapter.parameters(), inF64(all), changed -> {
            var merged = new TreeMap<>(changed);
            adapter.layers().keySet().forEach(path -> merged.put(path + ".weight", corrected(
                    changed.get(path + ".weight"), 1.5, changed.get(path + ".lora_B.weight"),
                    changed.get(path + ".lora_A.weight"))));
            return new Gpt2Formula(tiny.config(), merged).loss(TINY);
        });
    }

    /// `weight + scale · up · down`.
    private static double[][] corrected(double[][] weight, double scale, double[][] up, double[][] down) {
        double[][] sum = new double[weight.length][weight[0].length];
        for (int o = 0; o < sum.length; o++) {
            for (int i = 0; i < sum[o].length; i++) {
                sum[o][i] = weight[o][i];
                for (int r = 0; r < down.length; r++) {
                    sum[o][i] += scale * up[o][r] * down[r][i];
                }
            }
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 64, 150})
    void cachedDecodingGivesTheBitsOfAFullForward(int chunk) {
        var model = SmallGpt2.of(true, false).model();
        int[] ids = RandomWeights.ids(150, 2);
        float[] full = Runs.logits(model, ids);
        var cache = model.cache(2, 150);
        int vocabulary = model.vocabularySize();
        for (int from = 0; from < ids.length; from += chunk) {
            int to = Math.min(ids.length, from + chunk);
            float[] part = Runs.logits(model, cache.next(new int[] {1}, List.of(Arrays.copyOfRange(ids, from, to))),
                    cache);
            assertArrayEquals(Arrays.copyOfRange(full, from * vocabulary, to * vocabulary), part);
        }
    }

    @Test
    void packedSequencesGiveTheBitsOfEachAlone() {
        var model = SmallGpt2.of(false, false).model();
        List<int[]> sequences = List.of(RandomWeights.ids(70, 3), RandomWeights.ids(1, 4), RandomWeights.ids(33, 5));
        float[] packed = Runs.logits(model, sequences);
        int from = 0;
        for (int[] ids : sequences) {
            float[] alone = Runs.logits(model, ids);
            assertArrayEquals(alone, Arrays.copyOfRange(packed, from, from + alone.length));
            from += alone.length;
        }
    }

    @Test
    void aPositionTheTableDoesNotHaveIsRefused() {
        var small = SmallGpt2.of(true, false);
        var model = new Gpt2(small.config(), small, 4);
        assertEquals(4, model.maxPositions());
        assertEquals(160, new Gpt2(small.config(), small, 1000).maxPositions());
        String message = assertThrows(IllegalArgumentException.class, () -> Runs.logits(model, 3, 4, 5, 6, 7))
                .getMessage();
        assertEquals("position 4 is outside the 4 positions the model has. Shorten the text, or the number of new "
                + "tokens.", message);
        assertThrows(IllegalArgumentException.class, () -> new Gpt2(small.config(), small, 0));
    }
}
