package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.models.Sampler;
import minarai.models.decoding.Guidance;
import minarai.models.decoding.JsonGuidance;
import minarai.models.decoding.JsonSchema;
import minarai.models.decoding.LogitBias;
import minarai.models.decoding.RepetitionPenalty;
import picocli.CommandLine.Option;

/// Options that say how tokens are chosen and where a text ends.
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

    @Option(names = "--min-p", defaultValue = "0", paramLabel = "P",
            description = "leave out tokens less likely than the part P of the likeliest (${DEFAULT-VALUE})")
    float minP;

    @Option(names = "--repetition-penalty", defaultValue = "1", paramLabel = "F",
            description = "make tokens that occurred less likely, 1.2 for example; 1 for not (${DEFAULT-VALUE})")
    float repetitionPenalty;

    @Option(names = "--logit-bias", split = ",", paramLabel = "ID=BIAS",
            description = "add to the logit of a token, e.g. 13=-100,42=5")
    Map<Integer, Float> logitBias = Map.of();

    @Option(names = "--stop", paramLabel = "TEXT", description = "end before this text; may be given several times")
    List<String> stops = List.of();

    @Option(names = "--json-schema", paramLabel = "FILE",
            description = "answer in JSON that is valid by this schema, whole within --max-tokens")
    Optional<Path> schema = Optional.empty();

    @Option(names = "--seed", defaultValue = "1", paramLabel = "S",
            description = "of the random choices (${DEFAULT-VALUE})")
    long seed;

    Sampler sampler() {
        return new Sampler(temperature, topK, topP, minP, seed);
    }

    /// What steers the choice beside the sampler.
    ///
    /// @param ends tokens that end an answer
    /// @throws IllegalArgumentException if the schema is not sound or not supported
    Guidance guidance(OpenModel opened, Set<Integer> ends) {
        var all = new ArrayList<Guidance>();
        if (!logitBias.isEmpty()) {
            all.add(new LogitBias(logitBias));
        }
        if (repetitionPenalty != 1) {
            all.add(new RepetitionPenalty(repetitionPenalty));
        }
        schema.ifPresent(file -> all.add(new JsonGuidance(read(file), opened.requireSource().tokenizer(), ends)));
        return Guidance.of(all);
    }

    private static JsonSchema read(Path file) {
        try {
            return JsonSchema.of(InputLines.text(file));
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("%s: %s".formatted(file, unsound.getMessage()), unsound);
        }
    }
}
