package minarai.cli;

import minarai.models.Sampler;
import picocli.CommandLine.Option;

/// Options that say how tokens are chosen.
final class SamplingOptions {

    @Option(names = "--max-tokens", defaultValue = "256", paramLabel = "N",
            description = "most tokens of an answer (${DEFAULT-VALUE})")
    int maxTokens;

    @Option(names = "--temperature", defaultValue = "0", paramLabel = "T",
            description = "0 for the most likely token (${DEFAULT-VALUE})")
    float temperature;

    @Option(names = "--top-k", defaultValue = "0", paramLabel = "K",
            description = "choose among the K most likely tokens; 0 for all (${DEFAULT-VALUE})")
    int topK;

    @Option(names = "--top-p", defaultValue = "1", paramLabel = "P",
            description = "choose among the likeliest tokens that hold the share P (${DEFAULT-VALUE})")
    float topP;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "S",
            description = "of the random choices (${DEFAULT-VALUE})")
    long seed;

    Sampler sampler() {
        return new Sampler(temperature, topK, topP, seed);
    }
}
