package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What `generate` can be told, with a small model of the project's own.
class GenerateTest {

    @TempDir
    private static Path folder;

    @BeforeAll
    static void make() throws IOException {
        TinyTown.write(folder);
    }

    private static Session generate(String... more) {
        var arguments = new ArrayList<>(List.of("generate", "-m", folder.resolve("base").toString(), "--prompt",
                "The mill"));
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new));
    }

    private static String text(String... more) {
        var session = generate(more);
        assertEquals(0, session.exitCode(), session.err());
        return session.out().stripTrailing();
    }

    @Test
    void aSeedGivesItsTextAgainAndAnotherAnother() {
        String[] drawn = {"--temperature", "1", "--max-tokens", "20", "--seed", "5"};
        assertEquals(text(drawn), text(drawn));
        assertTrue(!text(drawn).equals(text("--temperature", "1", "--max-tokens", "20", "--seed", "6")));
        assertEquals(text("--max-tokens", "20"), text("--max-tokens", "20", "--temperature", "1", "--min-p", "1"),
                "what only the likeliest reaches is greedy");
    }

    @Test
    void aTextEndsBeforeAStopString() {
        String whole = text("--max-tokens", "20");
        String stop = whole.substring(5, 8);
        var json = generate("--max-tokens", "20", "--stop", stop, "--stop", "never to be seen", "--json").json();
        assertEquals(whole.substring(0, whole.indexOf(stop)), json.get("text").asString().stripTrailing());
        assertEquals("stop", json.get("finish_reason").asString());
        assertEquals(whole.substring(0, whole.indexOf(stop)).stripTrailing(),
                text("--max-tokens", "20", "--stop", stop));
    }

    @Test
    void aBiasAndAPenaltyChangeWhatIsChosen() {
        int first = generate("--max-tokens", "1", "--json").json().get("ids").get(0).asInt();
        int other = generate("--max-tokens", "1", "--logit-bias", first + "=-100", "--json").json().get("ids").get(0)
                .asInt();
        assertTrue(first != other);
        var always = generate("--max-tokens", "5", "--logit-bias", first + "=1000", "--json").json().get("ids");
        always.forEach(id -> assertEquals(first, id.asInt()));
        var penal = generate("--max-tokens", "5", "--logit-bias", first + "=20", "--repetition-penalty", "100",
                "--json")
                .json().get("ids");
        assertTrue(penal.valueStream().anyMatch(id -> id.asInt() != first), penal.toString());
        assertEquals(1, generate("--logit-bias", "99999=1").exitCode());
    }

    @Test
    void optionsThatWouldDoNothingAreUsageErrors() {
        var drawn = generate("--samples", "2");
        assertTrue(drawn.exitCode() == 2 && drawn.err().contains("--temperature 0.8"), drawn.err());
        var ids = Session.of("generate", "-m", folder.resolve("base").toString(), "--ids", "1,2", "--chat");
        assertTrue(ids.exitCode() == 2 && ids.err().contains("--chat does nothing for --ids"), ids.err());
    }

    @Test
    void continuationsAndSamplesAreOrderedByTheirLikelihood() {
        String greedy = generate("--max-tokens", "4", "--json").json().get("text").asString();
        var scored = generate("--continuation", " zzz qq", "--continuation", greedy,
                "--json").json().get("continuations");
        assertEquals(greedy, scored.get(0).get("text").asString());
        assertTrue(scored.get(0).get("log_likelihood").asDouble() > scored.get(1).get("log_likelihood").asDouble());

        var samples = generate("--samples", "5", "--temperature", "1", "--max-tokens", "6",
                "--json").json().get("samples");
        assertEquals(5, samples.size());
        double last = 0;
        for (JsonNode sample : samples) {
            assertTrue(sample.get("log_likelihood").asDouble() <= last, samples.toString());
            last = sample.get("log_likelihood").asDouble();
        }
        assertTrue(generate("--samples", "2", "--temperature", "1").out().startsWith("log-likelihood"));
        assertEquals(2, generate("--samples", "0").exitCode());
    }

    @Test
    void anAnswerFollowsAJsonSchema() throws IOException {
        Path schema = Files.writeString(folder.resolve("schema.json"), """
                {"type": "object", "required": ["name", "open"], "properties": {"name": {"type": "string"},
                 "open": {"type": "boolean"}, "days": {"type": "array", "items": {"enum": ["Mon", "Tue"]}}}}""");
        for (String temperature : List.of("0", "1", "10")) {
            var json = JsonMapper.builder().build().readTree(text("--json-schema", schema.toString(), "--max-tokens",
                    "40", "--temperature", temperature));
            assertTrue(json.get("name").isString() && json.get("open").isBoolean(), json.toString());
            assertTrue(StreamSupport.stream(json.path("days").spliterator(), false).allMatch(JsonNode::isString));
        }
        var tooShort = generate("--json-schema", schema.toString(), "--max-tokens", "10");
        assertTrue(tooShort.exitCode() == 1 && tooShort.err().contains("--max-tokens"), tooShort.err());
        Files.writeString(schema, "{\"type\": \"string\", \"format\": \"date\"}");
        var unsupported = generate("--json-schema", schema.toString());
        assertTrue(unsupported.exitCode() == 1 && unsupported.err().contains("\"format\""), unsupported.err());
    }
}
