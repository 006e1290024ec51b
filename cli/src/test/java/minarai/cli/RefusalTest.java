package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What would go wrong without a sound is refused with exit code 3, its place and its name; allowed by that name it
/// goes on, and the run's record says so.
class RefusalTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    /// As Vicuna's: the blank before the answer is written with the answer, and the tokenizer joins it with the colon.
    private static final String BLANK_OF_THE_ANSWER = """
            {%- for message in messages -%}
            {%- if message.role == 'user' -%}{{ bos_token }}USER: {{ message.content }} ASSISTANT:
            {%- else -%}{{ ' ' + message.content }} {{ eos_token }}{%- endif -%}
            {%- endfor -%}
            """;

    @TempDir
    private Path folder;
    private Path model = Path.of("");
    private Path template = Path.of("");
    private final List<String> lines = new ArrayList<>();

    @BeforeEach
    void soundInput() throws IOException {
        model = copy(SharedData.at(SharedData.STORIES), "model");
        template = Files.writeString(folder.resolve("chat.jinja"), SharedData.TEMPLATE);
        for (int i = 1; i <= 9; i++) {
            lines.add("{\"instruction\": \"Say number %d in words\", \"output\": \"It is %d\"}".formatted(i * 37,
                    i * 37));
        }
    }

    private Path copy(Path from, String name) throws IOException {
        Path to = Files.createDirectory(folder.resolve(name));
        try (var files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.write(to.resolve(file.getFileName()), Files.readAllBytes(file));
            }
        }
        return to;
    }

    private Session tune(String run, String... more) throws IOException {
        Path pairs = Files.write(folder.resolve("pairs.jsonl"), lines);
        var arguments = new ArrayList<>(List.of("tune", "-m", model.toString(), "-d", pairs.toString(), "-o",
                folder.resolve(run).toString(), "--template", template.toString(), "steps=1", "batch_size=2",
                "--json"));
        arguments.addAll(List.of(more));
        return Session.of(arguments.toArray(String[]::new));
    }

    private static void assertRefused(Session session, String... said) {
        assertEquals(3, session.exitCode(), session.toString());
        for (String words : said) {
            assertTrue(session.err().contains(words), "'" + words + "' is missing in: " + session.err());
        }
        assertEquals("", session.out());
    }

    /// Refused by name with its place, and allowed and recorded by that name.
    private void assertRefusedUnlessAllowed(String name, String... said) throws IOException {
        var refused = tune("refused");
        assertRefused(refused, said);
        assertTrue(refused.err().contains("allow=" + name), refused.err());
        assertFalse(Files.exists(folder.resolve("refused")));
        tune("allowed", "allow=" + name).json();
        JsonNode record = JSON.readTree(Files.readString(folder.resolve("allowed/run.json")));
        Set<String> names = new TreeSet<>();
        record.get("overrides").forEach(override -> names.add(override.get("override").asString()));
        assertEquals(Set.of(name), names);
    }

    @Test
    void aPromptThatIsNoBeginningOfWhatIsTrained() throws IOException {
        Files.writeString(template, BLANK_OF_THE_ANSWER);
        assertRefusedUnlessAllowed("prompt_prefix", "pairs.jsonl:1", "is not the beginning of the text to train on",
                "in words ASSISTANT'", "Change the template");
    }

    @Test
    void aDoubledStart() throws IOException {
        Files.writeString(template, SharedData.TEMPLATE.replace("{%- else -%}{{ bos_token }}",
                "{%- else -%}{{ bos_token }} {{ bos_token }}"));
        assertRefusedUnlessAllowed("double_start", "pairs.jsonl:1", "twice", "Leave it out");
    }

    @Test
    void anAnswerInTheMiddleWithoutAnEnd() throws IOException {
        Files.writeString(template, SharedData.TEMPLATE.replace(" {{ eos_token }}", ""));
        lines.clear();
        lines.add("{\"messages\": [{\"role\": \"user\", \"content\": \"Who?\"}, {\"role\": \"assistant\", \"content\": "
                + "\"Tom\"}, {\"role\": \"user\", \"content\": \"Where?\"}, {\"role\": \"assistant\", \"content\": "
                + "\"Here\"}]}");
        assertRefusedUnlessAllowed("missing_end", "pairs.jsonl:1", "puts no end token after it", "inspect mask");
    }

    @Test
    void anAnswerOutsideTheBlocksThatAreTrained() throws IOException {
        Files.writeString(template, "{% for message in messages %}{% if message.role == 'assistant' %}"
                + "{{ message.content }} {{ eos_token }}{% else %}{{ bos_token }}{% generation %}{{ message.content }}"
                + "{% endgeneration %} {{ bos_token }}{% endif %}{% endfor %}");
        assertRefused(tune("refused"), "pairs.jsonl:1", "none of it is inside a {% generation %} block",
                "allow=empty_mask");
        var allowed = tune("allowed", "allow=empty_mask");
        assertEquals(1, allowed.exitCode());
        assertTrue(allowed.err().contains("none is left to train on"), allowed.err());
    }

    @Test
    void aSpecialTokenInAnAnswer() throws IOException {
        lines.set(4, "{\"instruction\": \"Say bye\", \"output\": \"Bye <|end_story|>\"}");
        assertRefusedUnlessAllowed("spelled_special", "pairs.jsonl:5", "<|end_story|>", "Remove it");
    }

    @Test
    void aTestItemAmongThePairs() throws IOException {
        Path test = Files.writeString(folder.resolve("test.jsonl"), "{\"question\": \"say  number 74 in words!\", "
                + "\"answer\": \"seventy-four\"}\n");
        assertEquals(3, tune("refused", "test=" + test).exitCode());
        assertRefused(tune("refused", "test=" + test), "test.jsonl:1", "pairs.jsonl:2", "allow=leak");
        tune("allowed", "test=" + test, "allow=leak").json();
        JsonNode record = JSON.readTree(Files.readString(folder.resolve("allowed/run.json")));
        assertEquals("leak", record.get("overrides").get(0).get("override").asString());
        assertTrue(record.get("hashes").has("test 1 test.jsonl"), record.toString());
        assertEquals(1, record.get("recipe").get("steps").asInt());
        assertTrue(record.get("recipe").has("warmup_steps") && record.get("recipe").has("validation_share"),
                record.toString());
    }

    @Test
    void specialTokensThatAreOrdinaryOnes() throws IOException {
        Path config = model.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"bos_token_id\": 1,", "\"bos_token_id\": 300,"));
        assertRefusedUnlessAllowed("other_tokenizer", "bos_token_id", "300", "Use the tokenizer's files");
        assertRefused(generate("-m", model.toString()), "--allow other_tokenizer");
        assertEquals(0, generate("-m", model.toString(), "--allow", "other_tokenizer").exitCode());
    }

    private Session generate(String... arguments) {
        var all = new ArrayList<>(List.of("generate", "--prompt", "Tom", "--max-tokens", "2"));
        all.addAll(List.of(arguments));
        return Session.of(all.toArray(String[]::new));
    }

    @Test
    void anAdapterOnAnotherBase() throws IOException {
        tune("run").json();
        Path other = copy(model, "other");
        byte[] weights = Files.readAllBytes(other.resolve("model.safetensors"));
        weights[weights.length - 1] ^= 1;
        Files.write(other.resolve("model.safetensors"), weights);
        String run = folder.resolve("run").toString();
        assertRefused(generate("-m", other.toString(), "-a", run), "trained on weights with the hash",
                "--allow other_base");
        assertEquals(0, generate("-m", other.toString(), "-a", run, "--allow", "other_base").exitCode());
        assertRefused(Session.withInput("Hi\n", "chat", "-m", other.toString(), "-a", run, "--template",
                template.toString()), "--allow other_base");
        Path merged = folder.resolve("merged");
        assertRefused(Session.of("export", run, "-m", other.toString(), "--to", "safetensors", "-o", merged.toString()),
                "--allow other_base");
        assertFalse(Files.exists(merged));
        Path evaluation = folder.resolve("eval");
        var evaluate = List.of("eval", "-m", other.toString(), "-a", run, "--template", template.toString(), "-t",
                folder.resolve("pairs.jsonl").toString(), "-o", evaluation.toString(), "--max-tokens", "2", "--limit",
                "1", "--json");
        assertRefused(Session.of(evaluate.toArray(String[]::new)), "--allow other_base");
        var allowed = new ArrayList<>(evaluate);
        allowed.addAll(List.of("--allow", "other_base"));
        assertTrue(Session.of(allowed.toArray(String[]::new)).json().toString().contains("\"other_base\""));
        assertEquals(1, generate("-m", other.toString(), "--allow", "other_bas").exitCode());
    }

    @Test
    void anAdapterWithAnotherTokenizer() throws IOException {
        tune("run").json();
        Path file = model.resolve("tokenizer.json");
        ObjectNode tokenizer = (ObjectNode) JSON.readTree(Files.readString(file));
        var vocabulary = (ObjectNode) tokenizer.get("model").get("vocab");
        List<String> pieces = vocabulary.propertyStream().filter(each -> each.getValue().asInt() >= 2000)
                .map(each -> each.getKey()).limit(2).toList();
        int first = vocabulary.get(pieces.get(0)).asInt();
        vocabulary.put(pieces.get(0), vocabulary.get(pieces.get(1)).asInt());
        vocabulary.put(pieces.get(1), first);
        Files.writeString(file, JSON.writeValueAsString(tokenizer));
        String run = folder.resolve("run").toString();
        assertRefused(generate("-m", model.toString(), "-a", run), "tokenizer of the hash", "--allow other_tokenizer");
        assertEquals(0, generate("-m", model.toString(), "-a", run, "--allow", "other_tokenizer").exitCode());
    }

    @Test
    void aSecondMergeOfOneAdapter() throws IOException {
        var json = tune("run", "learning_rate=5e-3", "steps=4").json();
        assertTrue(json.get("serving").get("verified").asBoolean(), json.toString());
        // The sums are rounded in another order; a scale applied twice would move logits by more than 0.01.
        assertTrue(json.get("serving").get("merged_greatest_difference").asDouble() < 1e-3, json.toString());
        String run = folder.resolve("run").toString();
        String merged = folder.resolve("merged").toString();
        var export = Session.of("export", run, "--to", "safetensors", "-o", merged, "--json").json();
        assertEquals(0, export.get("greatest_weight_difference").asDouble());
        assertTrue(export.get("greatest_logit_difference").asDouble() < 1e-3, export.toString());
        var half = Session.of("export", run, "--to", "safetensors", "--type", "bf16", "-o",
                folder.resolve("half").toString(), "--json").json();
        // bf16 keeps 8 bits: rounding is off by at most 2⁻⁹ of each weight.
        assertTrue(half.get("relative_weight_difference").asDouble() > 1e-4
                && half.get("relative_weight_difference").asDouble() < 0x1p-9, half.toString());
        assertEquals(0, generate("-m", merged).exitCode());
        assertRefused(Session.of("export", run, "-m", merged, "--to", "safetensors", "-o", folder.resolve("twice")
                .toString()), "--allow other_base");
        var twice = Session.of("export", run, "-m", merged, "--to", "safetensors", "-o", folder.resolve("twice")
                .toString(), "--allow", "other_base");
        assertTrue(twice.exitCode() == 1 && twice.err().contains("it holds this adapter already"), twice.toString());
        Session.of("export", run, "--to", "peft", "-o", folder.resolve("peft").toString(), "--json").json();
        assertEquals(generate("-m", model.toString(), "-a", run, "--json").out(), generate("-m", model.toString(), "-a",
                folder.resolve("peft").toString(), "--json").out());
    }

    @Test
    void aModelTunedInFullServesAsItWasTrained() throws IOException {
        var serving = tune("run", "method=full").json().get("serving");
        assertTrue(serving.get("verified").asBoolean(), serving.toString());
        assertFalse(serving.has("merged_greatest_difference"));
    }
}
