package minarai.lab.pretrain;

import java.util.LinkedHashMap;
import java.util.Map;
import minarai.lab.town.TownSettings;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// Everything that determines the embedded model: the town, the shape and the schedule.
///
/// @param town              the small world it is pretrained on
/// @param vocabularySize    tokens of the byte-level BPE vocabulary
/// @param hiddenSize        features of a token between layers
/// @param intermediateSize  features inside the gated MLP
/// @param layers            how many layers
/// @param heads             attention heads, each of 64 features where hiddenSize allows it
/// @param maxPositions      the longest text the model is made for
/// @param passes            how often each document is read
/// @param batchTokens       tokens of a step, at least; whole documents are taken until there are so many
/// @param learningRate      at the peak
/// @param warmupSteps       of linear warm-up
/// @param decayShare        share of the steps, at the end, in which the rate falls linearly
/// @param finalRate         last learning rate as a share of the peak
/// @param weightDecay       of matrices
/// @param seed              of the initial weights
public record PretrainingRecipe(TownSettings town, int vocabularySize, int hiddenSize, int intermediateSize, int layers,
        int heads, int maxPositions, double passes, int batchTokens, double learningRate, int warmupSteps,
        double decayShare, double finalRate, double weightDecay, long seed) {

    /// @throws IllegalArgumentException if a number is out of its range
    public PretrainingRecipe {
        require("vocabularySize", vocabularySize, 258, 1 << 20);
        require("hiddenSize", hiddenSize, 1, 1 << 16);
        require("intermediateSize", intermediateSize, 1, 1 << 18);
        require("layers", layers, 1, 1 << 10);
        require("heads", heads, 1, hiddenSize);
        require("maxPositions", maxPositions, 2, 1 << 20);
        require("passes", passes, 1e-6, 1e6);
        require("batchTokens", batchTokens, 1, 1 << 24);
        require("learningRate", learningRate, 1e-9, 10);
        require("warmupSteps", warmupSteps, 0, Integer.MAX_VALUE);
        require("decayShare", decayShare, 0, 1);
        require("finalRate", finalRate, 0, 1);
        require("weightDecay", weightDecay, 0, 10);
    }

    private static void require(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw new IllegalArgumentException("the pretraining's %s is %s; it must be from %s to %s".formatted(name,
                    value, least, most));
        }
    }

    /// The recipe of the model that the project carries.
    public static PretrainingRecipe defaults() {
        return new PretrainingRecipe(TownSettings.defaults(), 1024, 192, 512, 6, 3, 512, 1, 2048, 3e-3, 100, 0.3, 0.02,
                0.1, 1);
    }

    /// The same for another town.
    public PretrainingRecipe withTown(long townSeed) {
        return new PretrainingRecipe(town.withSeed(townSeed), vocabularySize, hiddenSize, intermediateSize, layers,
                heads, maxPositions, passes, batchTokens, learningRate, warmupSteps, decayShare, finalRate,
                weightDecay, seed);
    }

    /// The same from other initial weights.
    public PretrainingRecipe withSeed(long otherSeed) {
        return new PretrainingRecipe(town, vocabularySize, hiddenSize, intermediateSize, layers, heads, maxPositions,
                passes, batchTokens, learningRate, warmupSteps, decayShare, finalRate, weightDecay, otherSeed);
    }

    /// Key by key, as a run's record has it.
    Map<String, Object> toMap() {
        return mapper().convertValue(this, new TypeReference<LinkedHashMap<String, Object>>() { });
    }

    /// @param map from [#toMap]
    /// @throws IllegalArgumentException if it is not
    static PretrainingRecipe of(Map<String, Object> map) {
        try {
            return mapper().convertValue(map, PretrainingRecipe.class);
        } catch (JacksonException failure) {
            throw new IllegalArgumentException("the recipe of the pretraining is damaged: "
                    + failure.getOriginalMessage(), failure);
        }
    }

    private static JsonMapper mapper() {
        return JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();
    }

    /// The learning rate of a step, from 1: warm-up, plateau, linear decay (Hu et al. 2024, WSD).
    double rate(int step, int steps) {
        double decaying = Math.max(1, decayShare * steps);
        double left = (steps - step) / decaying;
        double decay = left >= 1 ? 1 : finalRate + (1 - finalRate) * left;
        return learningRate * Math.min(decay, Math.min(1, (double) step / Math.max(1, warmupSteps)));
    }
}
