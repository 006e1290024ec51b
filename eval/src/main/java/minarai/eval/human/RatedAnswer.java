package minarai.eval.human;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// An answer that people rated.
///
/// @param task       what it belongs to; blank where the file does not say
/// @param cluster    what it shares with other answers, as a rule the question
/// @param system     who gave it; blank where the file does not say
/// @param references good answers; none where people rated without
/// @param people     ratings by what was rated, e.g. `relevance`
/// @param machine    scores that the file has from elsewhere, by their names
public record RatedAnswer(String task, String cluster, String system, String answer, List<String> references,
        Map<String, Double> people, Map<String, Double> machine) {

    public RatedAnswer {
        references = List.copyOf(references);
        people = new LinkedHashMap<>(people);
        machine = new LinkedHashMap<>(machine);
    }
}
