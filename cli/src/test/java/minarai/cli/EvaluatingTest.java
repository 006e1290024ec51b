package minarai.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import minarai.engine.SimdKernels;
import minarai.engine.Workers;
import minarai.eval.results.Samples;
import minarai.lab.exam.TownExam;
import minarai.lab.town.Split;
import minarai.lab.town.Town;
import minarai.lab.town.TownSettings;
import minarai.models.Inference;
import minarai.models.ModelSource;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/// Tasks as folders and files, asked of the embedded model.
class EvaluatingTest {

    @TempDir
    Path folder;

    @BeforeEach
    void writeTask() throws IOException {
        Files.createDirectories(folder.resolve("shops"));
        Files.writeString(folder.resolve("shops/task.yaml"), """
                name: shops
                version: 2
                format: jsonl
                kind: choice
                items: items.jsonl
                prompt: "{{instruction}}"
                """);
        Files.writeString(folder.resolve("shops/items.jsonl"), """
                {"instruction": "The baker sells", "choices": ["bread", "a railway of stone", "zzz"], "label": 0}
                {"instruction": "In the morning the shop", "choices": ["opens", "qqqq"], "label": 0}
                {"instruction": "In the morning the shop", "choices": ["closes", "xkcd"], "label": 0, "id": "third"}
                """);
        Files.writeString(folder.resolve("letters.csv"), "What does the baker sell?,stone,bread,rain,time,B\n");
        Files.createDirectories(folder.resolve("plain"));
        Files.writeString(folder.resolve("plain/task.json"), """
                {"name": "plain", "version": 1, "format": "jsonl", "items": "items.jsonl", "max_tokens": 3}
                """);
        Files.writeString(folder.resolve("plain/items.jsonl"), """
                {"question": "Where is the baker?", "answer": "by the mill"}
                {"question": "Who sells bread?", "answer": ["the baker", "a baker"]}
                """);
    }

    @Test
    void aFolderAndAFileOfAFormatAreTasks() throws IOException {
        var session = Session.of("eval", "-m", "machi", "-t", folder.resolve("shops") + ",mmlu:"
                + folder.resolve("letters.csv"), "-o", folder.resolve("out").toString(), "--json");
        var json = session.json();
        assertTrue(json.at("/results/shops").has("acc_norm,none"), json.toString());
        assertEquals(3, json.at("/n-samples/shops/effective").asInt());
        assertEquals(2, json.at("/versions/shops").asInt());
        assertTrue(json.at("/results/letters").has("acc,none"), json.toString());
        assertTrue(json.at("/config/shops.tokens_per_second").asDouble() > 0, json.toString());
        assertTrue(session.err().contains("tokens/s"), session.err());
        try (var files = Files.list(folder.resolve("out"))) {
            assertEquals(3, files.count());
        }
        assertTrue(Files.exists(Path.of(json.get("file").asString())));
    }

    @Test
    void severalAnswersToAQuestionAreWrittenAndTheirAgreementIsShown() throws IOException {
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), "{\"instruction\": \"Where is the baker?\", "
                + "\"output\": \"By the mill.\"}\n{\"instruction\": \"Who bakes?\", \"output\": \"The baker.\"}\n");
        String[] arguments = {"eval", "-m", "machi", "-t", folder.resolve("plain") + "," + pairs, "-o",
            folder.resolve("out").toString(), "--samples", "20", "--temperature", "1.5", "--max-tokens", "3", "--json"};
        var json = Session.of(arguments).json();
        assertEquals(20, json.at("/configs/plain/repeats").asInt());
        for (String task : new String[] {"plain", "pairs"}) {
            double agreement = json.at("/results/" + task + "/samples_agreement,none").asDouble(-1);
            assertTrue(agreement >= 0 && agreement < .9, json.toString());
            var answers = Samples.read(EvaluationFolder.samples(folder.resolve("out")).get(task));
            assertEquals(20, answers.getFirst().answer().drawn().size());
            assertTrue(answers.getFirst().answer().drawn().stream().distinct().count() > 4, answers.toString());
        }
        assertEquals(json.get("results"), Session.of(arguments).json().get("results"));
        assertEquals(2, Session.of("eval", "-m", "machi", "-t", pairs.toString(), "-o", "x", "--samples", "2")
                .exitCode());
    }

    @Test
    void answersAreComparedByFeaturesOfTheBase() throws IOException {
        Files.writeString(folder.resolve("plain/task.json"), """
                {"name": "plain", "version": 1, "format": "jsonl", "items": "items.jsonl", "max_tokens": 3,
                 "metrics": ["exact_match", "embedding_similarity"]}
                """);
        var figures = Session.of("eval", "-m", "machi", "-t", folder.resolve("plain").toString(), "-o",
                folder.resolve("out").toString(), "--json").json().at("/results/plain");
        double alike = figures.get("embedding_similarity,none").asDouble();
        double shuffled = figures.get("embedding_similarity_shuffled,none").asDouble();
        assertTrue(alike > 0 && alike < 1 && shuffled > 0 && shuffled < 1, figures.toString());
    }

    @Test
    void anExplanationShowsTheVariantsSideBySide() {
        var session = Session.of("eval", "-m", "machi", "-t", folder.resolve("shops") + "," + folder.resolve("plain"),
                "-o", folder.resolve("out").toString(), "--explain", "--json");
        var explanations = session.json().get("explanations");
        assertEquals(2, explanations.size());
        assertEquals("template on", explanations.get(0).at("/variants/1/variant").asString());
        assertTrue(explanations.get(0).at("/variants/0/measures").has("acc_bytes"));
        assertEquals(6, explanations.get(1).get("variants").size(), explanations.toString());
        assertTrue(Files.exists(folder.resolve("out/explanation.json")));
    }

    @Test
    void optionsThatWouldDoNothingAreRefusedAndTheOthersReachTasks() throws IOException {
        String shops = folder.resolve("shops").toString();
        String plain = folder.resolve("plain").toString();
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), "{\"instruction\": \"Where is the baker?\", "
                + "\"output\": \"By the mill.\"}\n");
        for (String[] idle : new String[][] {{shops, "--max-tokens", "3"}, {shops, "--unspaced"},
            {pairs.toString(), "--chat"}, {pairs.toString(), "--no-chat"},
            {plain, "--explain", "--perturb", "typos"}, {plain, "--explain", "--no-chat"}}) {
            var arguments = new ArrayList<>(List.of("eval", "-m", "machi", "-o", folder.resolve("o").toString(), "-t"));
            arguments.addAll(List.of(idle));
            var session = Session.of(arguments.toArray(String[]::new));
            assertEquals(2, session.exitCode(), session.out());
            assertTrue(session.err().contains(idle[1]), session.err());
        }
        var json = Session.of("eval", "-m", "machi", "-t", plain, "-o", folder.resolve("o").toString(), "--max-tokens",
                "2", "--few-shot", "1", "--unspaced", "--json").json();
        assertEquals("2", json.at("/configs/plain/metadata/max_tokens").asString(""), json.toString());
        assertEquals(1, json.at("/n-shot/plain").asInt(), json.toString());
        assertEquals(1, json.at("/n-samples/plain/effective").asInt(), json.toString());
        var samples = Samples.read(EvaluationFolder.samples(folder.resolve("o")).get("plain"));
        assertTrue(samples.getFirst().item().prompt().startsWith("Where is the baker? by the mill\n\nWho"),
                samples.toString());
        var both = Session.of("eval", "-m", "machi", "-t", plain + "," + shops, "-o", folder.resolve("p").toString(),
                "--max-tokens", "2");
        assertEquals(0, both.exitCode(), both.err());
        assertTrue(both.err().contains("--max-tokens does nothing for " + shops), both.err());
    }

    @Test
    void whatIsWrongIsFoundBeforeAnythingIsAsked() throws IOException {
        String plain = folder.resolve("plain").toString();
        String missing = folder.resolve("nope.jsonl").toString();
        Path file = Files.writeString(folder.resolve("file"), "");
        Path words = Files.writeString(folder.resolve("long.jsonl"), "{\"instruction\": \"" + "Who? ".repeat(400)
                + "\", \"output\": \"She.\"}\n");
        for (String[] wrong : new String[][] {{plain + "," + missing, "out", "nope.jsonl"},
            {plain, file + "/deeper", "is no folder"}, {plain + "," + words, "out", "long.jsonl"},
            {plain + ",jsonl:" + words, "out", "task long"}}) {
            var session = Session.of("eval", "-m", "machi", "-t", wrong[0], "-o", folder.resolve(wrong[1]).toString());
            assertEquals(1, session.exitCode(), session.out());
            assertTrue(session.err().contains(wrong[2]) && !session.err().contains("requests"), session.err());
        }
        var perturbed = Session.of("eval", "-m", "machi", "-t", plain + ",jsonl:" + words, "-o",
                folder.resolve("out").toString(), "--perturb", "typos");
        assertTrue(perturbed.exitCode() == 1 && !perturbed.err().contains("requests"), perturbed.err());
    }

    @Test
    void resultsSayWhetherTheTemplateWasAppliedAndAComparisonNamesIt() throws IOException {
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), "{\"instruction\": \"Where is the baker?\", "
                + "\"output\": \"By the mill.\"}\n");
        String plain = folder.resolve("plain").toString();
        var without = Session.of("eval", "-m", "machi", "-t", plain, "-o", folder.resolve("a").toString(), "--json")
                .json();
        var with = Session.of("eval", "-m", "machi", "-t", plain + "," + pairs, "-o", folder.resolve("b").toString(),
                "--chat", "--json").json();
        assertFalse(without.at("/configs/plain/apply_chat_template").asBoolean(true), without.toString());
        assertTrue(without.get("chat_template").isNull(), without.toString());
        assertTrue(with.at("/configs/plain/apply_chat_template").asBoolean()
                && with.at("/configs/pairs/apply_chat_template").asBoolean(), with.toString());
        assertTrue(with.get("chat_template").isString(), with.toString());
        String said = Session.of("compare", folder.resolve("a").toString(), folder.resolve("b").toString(), "--report",
                folder.resolve("page.html").toString()).out();
        assertTrue(said.contains("apply_chat_template: A false, B true") && !said.contains("chat_template: A not"),
                said);
        assertTrue(said.indexOf("apply_chat_template") < said.indexOf("By exact_match"), said);
        assertTrue(said.contains("written to " + folder.resolve("page.html")), said);
        assertTrue(Files.readString(folder.resolve("page.html")).contains("Asked differently (apply_chat_template)"));
        var json = Session.of("compare", folder.resolve("a").toString(), folder.resolve("b").toString(), "--json")
                .json();
        assertEquals("true", json.at("/tasks/plain/differences/apply_chat_template/b").asString(), json.toString());
        assertFalse(Session.of("compare", folder.resolve("b").toString(), folder.resolve("b").toString()).out()
                .contains("differently"));
    }

    @Test
    void textsOfTheTownAreWorthWhatTheExamSays() throws IOException {
        var town = Town.of(TownSettings.defaults().withEntities(10, 6).withExposures(2, 1).withDeskPairs(4));
        var texts = town.corpus().heldOut().stream().map(document -> Map.of("output", document.text())).toList();
        Files.write(folder.resolve("plain/items.jsonl"), texts.stream().map(JsonMapper.builder().build()
                ::writeValueAsString).toList());
        Files.writeString(folder.resolve("plain/task.json"), """
                {"name": "plain", "version": 1, "format": "jsonl", "kind": "rolling", "items": "items.jsonl",
                 "prompt": "{{output}}"}
                """);
        double found = Session.of("eval", "-m", "machi", "-t", folder.resolve("plain").toString(), "-o",
                folder.resolve("out").toString(), "--json").json().at("/results/plain/bits_per_byte,none").asDouble();
        try (var workers = new Workers(2);
                var source = ModelSource.open(ModelPath.ofModel("machi"), Optional.empty(), LocalDateTime.MIN)) {
            var kernels = new SimdKernels(workers);
            var inference = new Inference(source.frozen(kernels, source.config().maxPositions()), kernels);
            // The exam reads the documents together, so that sums are rounded in another order.
            assertEquals(new TownExam(town, Split.TEST).worldText(inference, source).bitsPerByte(), found, 1e-5);
        }
    }

    @Test
    void whatDoesNotFitIsLeftOutAndTheOthersAreAsked() {
        String[] arguments = {"eval", "-m", "machi", "-t", folder.resolve("shops").toString(), "-o",
            folder.resolve("out").toString(), "--perturb", "all", "--json"};
        var shops = Session.of(arguments).json().at("/tasks/shops");
        assertEquals(3, shops.at("/too_long/long_context").asInt(), shops.toString());
        assertFalse(shops.get("effects").has("long_context"), shops.toString());
        assertEquals(3, shops.at("/effects/injection/items").asInt(), shops.toString());
        arguments[arguments.length - 1] = "--limit=1";
        var shown = Session.of(arguments);
        assertTrue(shown.out().contains("long_context: 1 item longer than the 512 tokens"), shown.out());
    }

    @Test
    void perturbationsAreReportedEachAndAtWorst() {
        var session = Session.of("eval", "-m", "machi", "-t", folder.resolve("shops").toString(), "-o",
                folder.resolve("out").toString(), "--perturb", "typos,upper_case,injection", "--swap", "shop=mill",
                "--json");
        var shops = session.json().at("/tasks/shops");
        assertEquals(3, shops.at("/effects/typos/items").asInt(), shops.toString());
        assertEquals(2, shops.at("/effects/counterfactual/items").asInt(), shops.toString());
        assertEquals(1, shops.get("plain").asDouble(), shops.toString());
        assertTrue(Files.exists(folder.resolve("out/robustness.json")));
    }

    @Test
    void whatThePromptNamesIsPutOtherwiseWhateverItIsCalled() throws IOException {
        Files.writeString(folder.resolve("plain/task.json"), """
                {"name": "plain", "version": 1, "format": "jsonl", "items": "items.jsonl", "max_tokens": 6,
                 "prompt": "{{instruction}}"}
                """);
        Files.writeString(folder.resolve("plain/items.jsonl"), """
                {"instruction": "Where is the baker?", "answer": "by the mill"}
                {"instruction": "Who sells bread?", "answer": "the baker"}
                """);
        var plain = Session.of("eval", "-m", "machi", "-t", folder.resolve("plain").toString(), "-o",
                folder.resolve("out").toString(), "--perturb", "upper_case", "--json").json().at("/tasks/plain");
        assertEquals(1, plain.at("/effects/upper_case/changed").asDouble(), "capitals are answered otherwise: "
                + plain);
    }

    @Test
    void aTaskWhosePromptsWouldNotChangeIsRefused() throws IOException {
        Path task = folder.resolve("shops/task.yaml");
        Files.writeString(task, Files.readString(task).replace("{{instruction}}", "Say something."));
        var session = Session.of("eval", "-m", "machi", "-t", folder.resolve("shops").toString(), "-o",
                folder.resolve("out").toString(), "--perturb", "all");
        assertEquals(1, session.exitCode());
        assertTrue(session.err().contains("names none"), session.err());
        assertFalse(Files.exists(folder.resolve("out/robustness.json")));
    }

    @Test
    void anAdapterThatChangesNothingShiftsNothing() throws IOException {
        Path pairs = Files.writeString(folder.resolve("pairs.jsonl"), "{\"instruction\": \"Where is the baker?\", "
                + "\"output\": \"By the mill.\"}\n");
        String run = folder.resolve("run").toString();
        Session.of("tune", "-m", "machi", "-d", pairs.toString(), "-o", run, "steps=1", "batch_size=1", "rank=1",
                "learning_rate=1e-12", "--json").json();
        var json = Session.of("inspect", "shift", "-m", "machi", "-a", run, "-d", pairs.toString(), "--max-tokens", "6",
                "--json").json();
        assertEquals(1, json.get("unshifted").asDouble());
        assertEquals(0, json.get("divergence").asDouble(), 1e-9);
        var alone = Session.of("inspect", "shift", "-m", "machi", "-d", pairs.toString());
        assertTrue(alone.exitCode() == 2 && alone.err().contains("-a ADAPTER"), alone.err());
    }

    @Test
    void codeIsNotRunUnasked() throws IOException {
        Files.writeString(folder.resolve("code.jsonl"),
                "{\"task_id\":\"t/0\",\"prompt\":\"x=1\\n\",\"test\":\"exit 0\","
                + "\"entry_point\":\"f\",\"canonical_solution\":\"\"}\n");
        var session = Session.of("eval", "-m", "machi", "-t", "humaneval:" + folder.resolve("code.jsonl"), "-o",
                folder.resolve("out").toString());
        assertEquals(1, session.exitCode());
        assertTrue(session.err().contains("--code-runner"), session.err());
    }
}
