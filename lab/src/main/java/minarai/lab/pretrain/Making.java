package minarai.lab.pretrain;

import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What came out of a pretraining.
///
/// @param recipe         what it was made by
/// @param steps          updates
/// @param tokens         tokens that went through the model
/// @param corpusSha256   of the documents, each followed by a line feed
/// @param ledgerHash     of the last line of the run's ledger, to which all other lines and `run.json` are chained
/// @param parameterHash  of the f32 weights at the end, see [minarai.train.ParameterHash]
/// @param weightsSha256  of the stored bf16 weights, see [minarai.models.format.Checkpoint#sha256()]
/// @param losses         mean loss over each stretch of 50 steps, in nats a token
/// @param seconds        how long it took since it was begun or last taken up again
/// @param machine        what it ran on
/// @param versions       of what it was done with
public record Making(PretrainingRecipe recipe, int steps, long tokens, String corpusSha256, String ledgerHash,
        String parameterHash, String weightsSha256, List<Double> losses, double seconds, String machine,
        Map<String, String> versions) {

    public String json() {
        return JsonMapper.builder().build().writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n";
    }

    /// @throws IllegalArgumentException if it is not such a record
    public static Making parse(String json) {
        try {
            return JsonMapper.builder().build().readValue(json, Making.class);
        } catch (JacksonException failure) {
            throw new IllegalArgumentException("the record of the making is damaged: " + failure.getOriginalMessage(),
                    failure);
        }
    }
}
