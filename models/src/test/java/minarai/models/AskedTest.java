package minarai.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.format.Gpt2Config;
import minarai.models.format.ModelConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Only what is asked for goes on behind the last layer's attention: features, losses and gradients have the bits of
/// computing all, for every architecture.
class AskedTest {

    private static final int VOCABULARY = 37;
    private static final int LENGTH = 48;
    /// Of both sequences, the last token among them.
    private static final int[] ROWS = {3, 7, 22, 30, 31, 47};
    private static final int[] LABELS = {5, 3, 3, 36, 0, 12};

    static Stream<ModelConfig> models() {
        return Stream.concat(Stream.of(Family.values()).map(each -> each.config(VOCABULARY, 4, 2, 20, LENGTH)),
                Stream.of(new Gpt2Config(VOCABULARY, 20, 27, 2, 4, 1e-5, true, LENGTH, OptionalInt.of(1), List.of(2))));
    }

    /// A step of training.
    private static Map<String, float[]> step(ModelConfig config, Function<Workspace, Tape> maker, boolean isAsked) {
        var weights = new TrainedWeights(3, 1, true);
        var model = LanguageModel.of(config, weights, LENGTH);
        var workspace = Workspace.growing();
        var tape = maker.apply(workspace);
        var ops = new Ops(Runs.KERNELS, workspace, tape);
        Tensor hidden = hidden(model, ops, isAsked);
        var found = new LinkedHashMap<String, float[]>();
        found.put("features", hidden.toArray());
        found.put("losses", model.losses(ops, hidden, LABELS, 0.25f).toArray());
        tape.backward();
        for (Map.Entry<String, Parameter> each : weights.parameters().entrySet()) {
            found.put(each.getKey(), each.getValue().gradient().orElseThrow().toArray());
        }
        return found;
    }

    private static Tensor hidden(LanguageModel model, Ops ops, boolean isAsked) {
        Tokens tokens = Tokens.of(List.of(RandomWeights.ids(29, 4), RandomWeights.ids(LENGTH - 29, 5)));
        return isAsked ? model.hidden(ops, tokens, KeyValueCache.none(), Asked.of(ROWS))
                : ops.select(model.hidden(ops, tokens, KeyValueCache.none(), Asked.all()), ROWS);
    }

    @ParameterizedTest
    @MethodSource("models")
    void whatIsAskedForHasTheBitsOfAll(ModelConfig config) {
        Map<String, float[]> all = step(config, Tape::recording, false);
        for (Function<Workspace, Tape> maker : List.<Function<Workspace, Tape>>of(Tape::recording, Tape::recomputing)) {
            Map<String, float[]> asked = step(config, maker, true);
            assertEquals(all.keySet(), asked.keySet());
            all.forEach((name, numbers) -> assertArrayEquals(bits(numbers), bits(asked.get(name)), name));
        }
    }

    /// Prompts of different lengths, in another order than their slots, and then a token of one of them.
    @ParameterizedTest
    @MethodSource("models")
    void lastTokensOfPromptsInACache(ModelConfig config) {
        var model = LanguageModel.of(config, new TrainedWeights(3, 1, false), LENGTH);
        KeyValueCache whole = model.cache(3, LENGTH);
        KeyValueCache asked = model.cache(3, LENGTH);
        List<int[]> prompts = List.of(RandomWeights.ids(7, 4), RandomWeights.ids(19, 5));
        int[] slots = {2, 0};
        assertArrayEquals(bits(features(model, whole.next(slots, prompts), whole, Asked.all(), 6, 25)),
                bits(features(model, asked.next(slots, prompts), asked, Asked.of(6, 25), 0, 1)));
        int[][] one = {{9}};
        assertArrayEquals(bits(features(model, whole.next(new int[] {0}, List.of(one)), whole, Asked.all(), 0)),
                bits(features(model, asked.next(new int[] {0}, List.of(one)), asked, Asked.of(0), 0)));
    }

    private static float[] features(LanguageModel model, Tokens tokens, KeyValueCache cache, Asked asked, int... rows) {
        var ops = new Ops(Runs.KERNELS, Workspace.growing(), Tape.off());
        return ops.select(model.hidden(ops, tokens, cache, asked), rows).toArray();
    }

    @ParameterizedTest
    @MethodSource("models")
    void nothingAskedForIsNothing(ModelConfig config) {
        var model = LanguageModel.of(config, new TrainedWeights(3, 1, false), LENGTH);
        assertEquals(0, features(model, Tokens.of(3, 4, 5), KeyValueCache.none(), Asked.of()).length);
    }

    @ParameterizedTest
    @MethodSource("models")
    void aTokenThatIsNotThereCannotBeAskedFor(ModelConfig config) {
        var model = LanguageModel.of(config, new TrainedWeights(3, 1, true), LENGTH);
        var ops = new Ops(Runs.KERNELS, Workspace.growing(), Tape.off());
        for (Asked asked : List.of(Asked.of(1, 3), Asked.of(-1, 0), Asked.of(2, 3, 4))) {
            assertThrows(IllegalArgumentException.class, () ->
                    model.hidden(ops, Tokens.of(3, 4, 5), KeyValueCache.none(), asked));
        }
    }

    @Test
    void rowsAscend() {
        assertThrows(IllegalArgumentException.class, () -> Asked.of(1, 1));
        assertThrows(IllegalArgumentException.class, () -> Asked.of(2, 1));
    }

    private static int[] bits(float[] numbers) {
        int[] bits = new int[numbers.length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(numbers[i]));
        return bits;
    }
}
