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
