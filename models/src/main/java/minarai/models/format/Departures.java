package minarai.models.format;

import java.util.Collections;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/// Where a model departs from a plain Llama, whose layers are all alike.
///
/// @param rotarySize      how many features of a head turn with the position; empty for all
/// @param wideLayers      layers without the sliding window, where the model has one
/// @param unrotatedLayers layers whose heads do not turn at all (NoPE)
/// @param hasMlpBias      whether the projections of the MLP have a bias
/// @param queryScalar     a score of attention is divided by the root of this; empty for the size of a head
/// @param scoreCap        what the scores of attention are softly limited to, `cap * tanh(score / cap)`
/// @param logitCap        what the logits are softly limited to, likewise
/// @param localTheta      base of the rotary frequencies in the layers with a window, where it is another
public record Departures(OptionalInt rotarySize, Set<Integer> wideLayers, Set<Integer> unrotatedLayers,
        boolean hasMlpBias, OptionalDouble queryScalar, OptionalDouble scoreCap, OptionalDouble logitCap,
        OptionalDouble localTheta) {

    public static final Departures NONE = of(Set.of());

    /// @throws IllegalArgumentException if a number is not positive
    public Departures {
        wideLayers = sorted(wideLayers);
        unrotatedLayers = sorted(unrotatedLayers);
        requirePositive("query_pre_attn_scalar", queryScalar);
        requirePositive("attn_logit_softcapping", scoreCap);
        requirePositive("final_logit_softcapping", logitCap);
        requirePositive("rope_local_base_freq", localTheta);
    }

    /// Only some layers without the window.
    public static Departures of(Set<Integer> wideLayers) {
        return new Departures(OptionalInt.empty(), wideLayers, Set.of(), false, OptionalDouble.empty(),
                OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());
    }

    private static SortedSet<Integer> sorted(Set<Integer> layers) {
        return Collections.unmodifiableSortedSet(new TreeSet<>(layers));
    }

    private static void requirePositive(String key, OptionalDouble number) {
        double value = number.orElse(1);
        ConfigLimits.require(value > 0 && value < 1e15, "%s is %s; it must be above 0".formatted(key, value));
    }
}
