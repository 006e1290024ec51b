package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What users get wrong: each ends with its exit code and a sentence, and leaves no run behind.
class BadInputTest {

    @TempDir
    private Path folder;
    private Path model = Path.of("");
    private Path pairs = Path.of("");
    private Path template = Path.of("");

    @BeforeEach
    void soundInput() throws IOException {
        Path stories = SharedData.at(SharedData.STORIES);
        model = Files.createDirectory(folder.resolve("model"));
        try (var files = Files.list(stories)) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        var lines = new ArrayList<String>();
        for (int i = 1; i <= 20; i++) {
            lines.add("{\"instruction\": \"Say number %d in words\", \"output\": \"It is %d\"}".formatted(i * 37,
                    i * 37));
        }
        pairs = Files.write(folder.resolve("pairs.jsonl"), lines);
        template = Files.writeString(folder.resolve("chat.jinja"), SharedData.TEMPLATE);
    }

    private void assertRefused(int exitCode, List<String> said, String... more) throws IOException {
        Path run = folder.resolve("run");
        var arguments = new ArrayList<>(List.of("tune", "-m", model.toString(), "-d", pairs.toString(), "-o",
                run.toString(), "--template", template.toString()));
        arguments.addAll(List.of(more));
        var session = Session.of(arguments.toArray(String[]::new));
        assertEquals(exitCode, session.exitCode(), session.toString());
        for (String words : said) {
            assertTrue(session.err().contains(words), "'" + words + "' is missing in: " + session.err());
        }
        assertFalse(session.err().contains("\tat "), session.err());
        assertEquals("", session.out());
        assertFalse(Files.exists(run), "a run folder was left");
        try (var files = Files.list(folder)) {
            assertTrue(files.noneMatch(file -> file.toString().endsWith(".part")));
        }
    }

    private void replaceLine(int number, String line) throws IOException {
        var lines = new ArrayList<>(Files.readAllLines(pairs));
        lines.set(number - 1, line);
        Files.write(pairs, lines);
    }

    private void replaceInConfig(String what, String by) throws IOException {
        Path config = model.resolve("config.json");
        String text = Files.readString(config);
        assertTrue(text.contains(what), text);
        Files.writeString(config, text.replace(what, by));
    }

    @Test
    void aModelThatIsNotThere() throws IOException {
        model = folder.resolve("modle");
        assertRefused(1, List.of("modle", "no such folder"));
    }

    @Test
    void pairsThatAreNotThere() throws IOException {
        pairs = folder.resolve("pairs.jsnl");
        assertRefused(1, List.of("no file of pairs", "did you mean pairs.jsonl?"));
    }

    @Test
    void weightsThatAreCutShort() throws IOException {
        Path weights = model.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        Files.write(weights, Arrays.copyOf(whole, whole.length / 2));
        assertRefused(1, List.of("model.safetensors"));
    }

    @Test
    void aHeaderLongerThanTheFile() throws IOException {
        Path weights = model.resolve("model.safetensors");
        byte[] whole = Files.readAllBytes(weights);
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putLong(0, Long.MAX_VALUE);
        Files.write(weights, whole);
        assertRefused(1, List.of("model.safetensors"));
    }

    @Test
    void aConfigurationOfOtherWeights() throws IOException {
        replaceInConfig("\"intermediate_size\": 384", "\"intermediate_size\": 400");
        assertRefused(1, List.of("384", "400"));
    }

    @Test
    void anArchitectureThatIsNotSupported() throws IOException {
        replaceInConfig("\"model_type\": \"llama\"", "\"model_type\": \"mamba\"");
        assertRefused(1, List.of("mamba"));
    }

    @Test
    void aPairWithoutAnAnswer() throws IOException {
        replaceLine(17, "{\"instruction\": \"Say it\"}");
        assertRefused(1, List.of("pairs.jsonl:17"));
    }

    @Test
    void aPairWithAnEmptyAnswer() throws IOException {
        replaceLine(17, "{\"instruction\": \"Say it\", \"output\": \"\"}");
        assertRefused(1, List.of("pairs.jsonl:17", "empty"));
    }

    @Test
    void aLineThatIsNotJson() throws IOException {
        replaceLine(17, "{\"instruction\": \"Say it\", \"output\": ");
        assertRefused(1, List.of("pairs.jsonl:17"));
    }

    @Test
    void pairsInLatin1() throws IOException {
        replaceLine(17, "{\"instruction\": \"Say it\", \"output\": \"Käse\"}");
        Files.write(pairs, Files.readString(pairs).getBytes(StandardCharsets.ISO_8859_1));
        assertRefused(1, List.of("pairs.jsonl:17", "UTF-8"));
    }

    @Test
    void aTemplateWithoutAPlaceForTheAnswer() throws IOException {
        Files.writeString(template, "{{ bos_token }}{{ messages[0].content }}");
        assertRefused(1, List.of("chat template", "appear nowhere"));
    }

    @Test
    void aTemplateThatIsNone() throws IOException {
        Files.writeString(template, "{% for message in messages %}");
        assertRefused(1, List.of("chat template, line 1"));
    }

    @Test
    void aRecipeWithAnUnknownKey() throws IOException {
        Path recipe = Files.writeString(folder.resolve("recipe.yaml"), "learning_rat: 1e-4\nrank: 4\n");
        assertRefused(2, List.of("learning_rat: unknown; did you mean learning_rate?"), "-c", recipe.toString());
    }

    @Test
    void aRecipeThatIsNoYaml() throws IOException {
        Path recipe = Files.writeString(folder.resolve("recipe.yaml"), "rank: [4\n");
        assertRefused(2, List.of("recipe.yaml", "YAML"), "-c", recipe.toString());
    }

    @Test
    void aSettingWithoutAValue() throws IOException {
        assertRefused(2, List.of("'rank' is no KEY=VALUE"), "rank");
    }

    @Test
    void anUnknownOptionNamesTheNearest() throws IOException {
        assertRefused(2, List.of("--recip", "--recipe"), "--recip", "x");
    }

    /// Sixteen pairs of some three hundred tokens, each with 35 vectors of a rank's length: 40 GB at the least.
    @Test
    void tooLittleMemory() throws IOException {
        Files.write(pairs, Files.readAllLines(pairs).stream().map(line ->
                line.replace("It is", "It is" + " three and three".repeat(60))).toList());
        assertRefused(1, List.of("batch_size", "MINARAI_JAVA_OPTS=-Xmx"), "rank=65536", "target_modules=all-linear",
                "method=lora", "batch_size=20", "packing=true", "recompute=never");
    }

    @Test
    void everyRefusalIsListedWithPlaceAndRemedy() throws IOException {
        replaceLine(3, Files.readAllLines(pairs).get(1).replace("It is", "It is not"));
        replaceLine(5, Files.readAllLines(pairs).get(5).replace("It is", "It is not"));
        assertRefused(3, List.of("pairs.jsonl:3", "pairs.jsonl:5", "allow=contradiction"),
                "validation_share=0");
    }

    @Test
    void aFileInPlaceOfTheRunsFolder() throws IOException {
        Path run = Files.writeString(folder.resolve("taken"), "mine");
        var session = Session.of("tune", "-m", model.toString(), "-d", pairs.toString(), "-o", run.toString(),
                "--template", template.toString(), "steps=1");
        assertEquals(1, session.exitCode());
        assertTrue(session.err().contains("taken is a file"), session.err());
        assertEquals("mine", Files.readString(run));
    }
}
