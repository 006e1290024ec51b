package minarai.eval.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import minarai.eval.Goldens;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Values of Hugging Face's `evaluate`.
class MetricGoldenTest {

    @Test
    void exactMatchEqualsThePublishedImplementation() {
        int checked = 0;
        for (JsonNode golden : goldens("exact_match")) {
            var metric = new ExactMatch(normalisation(golden.get("options")));
            assertEquals(golden.at("/expected/exact_match").asDouble(), mean(metric, golden),
                    golden.get("tolerance").asDouble(), golden.get("name").asString());
            checked++;
        }
        assertEquals(5, checked);
    }

    @Test
    void squadScoresEqualThePublishedImplementation() {
        int checked = 0;
        for (JsonNode golden : goldens("squad")) {
            double tolerance = golden.get("tolerance").asDouble();
            String name = golden.get("name").asString();
            assertEquals(golden.at("/expected/exact_match").asDouble(), 100 * mean(ExactMatch.squad(), golden),
                    tolerance, name);
            assertEquals(golden.at("/expected/f1").asDouble(), 100 * mean(TokenF1.squad(), golden), tolerance, name);
            checked++;
        }
        assertEquals(3, checked);
    }

    private static List<JsonNode> goldens(String metric) {
        var all = JsonMapper.builder().build().readTree(Goldens.file("metrics/em_f1.json"));
        return StreamSupport.stream(all.spliterator(), false)
                .filter(golden -> golden.get("metric").asString().equals(metric)).toList();
    }

    /// The order of `evaluate`: patterns, then case, punctuation and digits.
    private static Normalisation normalisation(JsonNode options) {
        List<Step> steps = new ArrayList<>();
        options.path("regexes_to_ignore").forEach(regex ->
                steps.add(new Step.DropPattern(Pattern.compile(regex.asString()))));
        if (options.path("ignore_case").asBoolean(false)) {
            steps.add(new Step.LowerCase());
        }
        if (options.path("ignore_punctuation").asBoolean(false)) {
            steps.add(new Step.DropPunctuation(Step.Alphabet.ASCII));
        }
        if (options.path("ignore_numbers").asBoolean(false)) {
            steps.add(new Step.DropDigits());
        }
        return new Normalisation(steps);
    }

    private static double mean(Metric metric, JsonNode golden) {
        var hypotheses = golden.get("hypotheses");
        return IntStream.range(0, hypotheses.size()).mapToDouble(index -> metric.score(
                hypotheses.get(index).asString(), StreamSupport.stream(golden.get("references").get(index)
                        .spliterator(), false).map(JsonNode::asString).toList())).average().orElseThrow();
    }
}
