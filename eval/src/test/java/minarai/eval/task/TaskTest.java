package minarai.eval.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.zip.GZIPOutputStream;
import minarai.eval.Goldens;
import minarai.eval.metric.Likelihood;
import minarai.eval.results.HarnessResult;
import minarai.eval.results.Measure;
import minarai.eval.results.Samples;
import minarai.eval.results.TaskResult;
import minarai.eval.robust.Perturbation;
import minarai.eval.robust.Robustness;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class TaskTest {

    @TempDir
    Path folder;

    /// A model by rules: it answers by a function, and finds a continuation likelier the shorter it is.
    private record Ruled(Function<Prompt, String> answers, int mostPositions) implements AskedModel {

        Ruled(Function<Prompt, String> answers) {
            this(answers, 100_000);
        }

        @Override
        public int positions(Prompt prompt) {
            return prompt.turns().getLast().length();
        }

        @Override
        public int positions(Continuation continuation) {
            return continuation.context().length() + continuation.text().length();
        }

        @Override
        public List<String> generate(List<Prompt> prompts, Drawing drawing) {
            return prompts.stream().map(answers).toList();
        }

        @Override
        public List<Scored> score(List<Continuation> continuations) {
            return continuations.stream().map(one -> new Scored(new Likelihood(-one.text().strip().length() - 1, 1,
                    one.text().length()), one.text().strip().length() < 4)).toList();
        }

        @Override
        public boolean isChat() {
            return false;
        }

        @Override
        public String tokenizer() {
            return "letters";
        }

        /// One feature a letter, so that texts of the same letters are the same.
        @Override
        public List<float[][]> features(List<String> texts) {
            return texts.stream().map(text -> text.chars().filter(Character::isLetter).mapToObj(letter -> {
                var vector = new float[26];
                vector[letter - 'a'] = 1;
                return vector;
            }).toArray(float[][]::new)).toList();
        }

        @Override
        public List<Likelihood> rolling(List<String> texts) {
            return texts.stream().map(text -> new Likelihood(-text.length(), text.length(), text.length())).toList();
        }
    }

    @Test
    void anEmptyAnswerIsNoOptionsLetter() throws IOException {
        Files.writeString(folder.resolve("bbh.json"), "{\"examples\": [{\"input\": \"Which?\", \"target\": \"(A)\"}]}");
        Files.writeString(folder.resolve("dyck.json"), "{\"examples\": [{\"input\": \"( [\", \"target\": \"] )\"}]}");
        Files.writeString(folder.resolve("l.jsonl"), "{\"question\": \"Which?\", \"answer\": \"(A)\"}\n");
        var tasks = Map.of("A", TaskDefinition.of("bbh", Format.BBH, folder.resolve("bbh.json"), 0), "] )",
                TaskDefinition.of("dyck", Format.BBH, folder.resolve("dyck.json"), 0), "(a).",
                TaskDefinition.of("l", Format.JSONL, folder.resolve("l.jsonl"), 0));
        tasks.forEach((right, task) -> {
            for (String answer : List.of("", "the", "(B)")) {
                var result = ask(prompt -> answer).result(task);
                assertEquals(0, value(result, "exact_match") + value(result, "f1"), task.name() + ": " + answer);
            }
            var result = ask(prompt -> right).result(task);
            assertEquals(2, value(result, "exact_match") + value(result, "f1"), task.name());
            assertFalse(result.measures().getFirst().signature().contains("articles:no"),
                    result.measures().toString());
        });
    }

    /// The ruled model finds the shortest likeliest: of log-probabilities -3 (best), -2 (correct), -2 and -5
    /// (incorrect) the best is behind one incorrect, and the correct have (e⁻³ + e⁻²) / (e⁻³ + 2 e⁻² + e⁻⁵).
    @Test
    void truthfulAnswersAreScoredAsPublished() throws IOException {
        Files.writeString(folder.resolve("t.csv"), "question,Best Answer,Correct Answers,Incorrect Answers\n"
                + "Who?,me,I; me,x; they\nWhat?,it,it,this; that one\n");
        var result = ask(prompt -> "").result(TaskDefinition.of("t", Format.TRUTHFULQA, folder.resolve("t.csv"), 0));
        assertEquals(.5, value(result, "mc1"));
        double first = (Math.exp(-3) + Math.exp(-2)) / (Math.exp(-3) + 2 * Math.exp(-2) + Math.exp(-5));
        double second = Math.exp(-3) / (Math.exp(-3) + Math.exp(-5) + Math.exp(-9));
        assertEquals((first + second) / 2, value(result, "mc2"), 1e-12);
        assertTrue(result.measures().stream().anyMatch(one -> one.signature().startsWith("mc2|share-of-correct")));
    }

    @Test
    void labelsAndCorporaAreMeasuredAsAWhole() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), """
                {"question": "one", "answer": "yes"}
                {"question": "two", "answer": "yes"}
                {"question": "three", "answer": "no"}
                """);
        String file = """
                {"name": "t", "version": 1, "format": "jsonl", "items": "items.jsonl", "metrics": [%s]}
                """;
        var task = definition(file.formatted("\"exact_match\", \"f1_by_label\", \"bleu_corpus\""));
        var result = ask(prompt -> prompt.turns().getFirst().equals("one") ? "Yes." : "maybe").result(task);
        // One of two is found, and nothing else was called so; an answer that is no label is no label's.
        assertEquals(2.0 / 3, value(result, "f1_of yes"), 1e-12);
        assertEquals(0, value(result, "f1_of no"));
        assertEquals(1.0 / 3, value(result, "f1_macro"), 1e-12);
        assertTrue(result.measures().stream().anyMatch(one -> one.name().equals("bleu_corpus")
                && one.signature().contains("tok:13a")), result.measures().toString());
        assertThrows(IllegalArgumentException.class, () -> definition(file.formatted("\"bleu_corpus\"")));
    }

    @Test
    void everySharedFileIsReadByItsFormat() {
        var counts = Map.of("gsm8k:gsm8k/test.jsonl", 1319, "lambada:lambada/lambada_test.jsonl", 5153,
                "mt_bench:mt_bench/question.jsonl", 80, "mt_bench:japanese_mt_bench/question.jsonl", 60,
                "humaneval:humaneval/HumanEval.jsonl.gz", 164, "ifeval:ifeval/input_data.jsonl", 541,
                "jcommonsenseqa:jglue/jcommonsenseqa-v1.3/valid.json", 1119, "jnli:jglue/jnli-v1.3/valid.json", 2434,
                "mmlu:mmlu/dev/anatomy_dev.csv", 5, "bbh:bbh/snarks.json", 178);
        counts.forEach((named, count) -> {
            String[] parts = named.split(":");
            var items = Format.named(parts[0]).read(Goldens.shared("evalsets/" + parts[1]));
            assertEquals(count, items.size(), named);
            assertEquals(count, (int) items.stream().map(TaskItem::id).distinct().count(), named);
        });
        var truthful = Format.TRUTHFULQA.read(Goldens.shared("evalsets/truthfulqa/TruthfulQA.csv"));
        assertEquals(List.of(0, 1, 2, 3, 4, 5, 6).subList(0, truthful.getFirst().right().size()),
                truthful.getFirst().right());
        assertTrue(truthful.size() > 780, "" + truthful.size());
        assertEquals("18", Format.GSM8K.read(Goldens.shared("evalsets/gsm8k/test.jsonl")).getFirst().expected()
                .getFirst());
        assertEquals("signs", Format.LAMBADA.read(Goldens.shared("evalsets/lambada/lambada_test.jsonl")).getFirst()
                .expected()
                .getFirst());
    }

    @Test
    void aTaskIsAFolderAndNoCode() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), """
                {"id": "a", "question": "1+1", "answer": "2"}
                {"id": "b", "question": "10*100", "answer": ["1,000", "thousand"]}
                """);
        var task = definition("""
                {"name": "sums", "version": 3, "format": "jsonl", "items": "items.jsonl", "prompt": "What is {{question}}?",
                 "extract": "(-?[0-9.,]+)", "metrics": ["number"], "until": ["."], "max_tokens": 9}
                """);
        var result = ask(prompt -> prompt.turns().getFirst().contains("1+1") ? "I say 1, no, 2"
                : "About $1,000.00").result(task);
        assertEquals(List.of("What is 1+1?", "What is 10*100?"),
                result.answered().stream().map(one -> one.item().prompt())
                .toList());
        assertEquals(1.0, value(result, "exact_match"));
        assertEquals(3, result.version());
    }

    @Test
    void anExpectedAnswerThatThePatternDoesNotFindIsComparedAsItIs() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), """
                {"question": "Capital?", "answer": " Paris "}
                {"question": "Again?", "answer": "Answer: Paris"}
                """);
        String file = """
                {"name": "t", "version": 1, "format": "jsonl", "items": "items.jsonl", "metrics": ["exact_match"],
                 "extract": "%s"}
                """;
        var task = definition(file.formatted("Answer: (\\\\w+)"));
        assertEquals(0, value(ask(prompt -> "It is Paris").result(task), "exact_match"));
        assertEquals(1, value(ask(prompt -> "So: Answer: Paris").result(task), "exact_match"));
        assertRefused(definition(file.formatted("Answer:(x*)")), "'2'", "Answer: Paris", "nothing to compare");
    }

    @Test
    void anExpectationWithoutANumberIsRefusedWhereNumbersAreCompared() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), "{\"question\": \"a\", \"answer\": \"many\"}\n");
        assertRefused(definition("""
                {"name": "t", "version": 1, "format": "jsonl", "items": "items.jsonl", "metrics": ["number"]}
                """), "'1'", "many", "no digit");
    }

    @Test
    void itemsThatCannotBeReadAsTheyAreAreRefused() throws IOException {
        Path file = folder.resolve("items.jsonl");
        Files.write(file, new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        assertSaid(() -> Format.JSONL.read(file), "items.jsonl", "not UTF-8 from byte 3");
        Files.writeString(file, "{\"question\": \"a\", \"answer\": \"x\", \"id\": \"2\"}\n"
                + "{\"question\": \"b\", \"answer\": \"y\"}\n");
        assertSaid(() -> Format.JSONL.read(file), "rows 1 and 2", "'2'");
        Files.writeString(file, "{\"question\": \"a\", \"answer\": \"x\", \"id\": \" \"}\n");
        assertSaid(() -> Format.JSONL.read(file), "row 1 is blank");
        Files.writeString(file, "{\"question\": \"a\", \"answer\": []}\n");
        assertSaid(() -> ask(prompt -> "").require(TaskDefinition.of("t", Format.JSONL, file, 0)),
                "'1' expects nothing");
        try (var zipped = new GZIPOutputStream(Files.newOutputStream(file))) {
            zipped.write("123456789".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals("123456789", Format.text(file, 100));
        assertSaid(() -> Format.text(file, 8), "more than 8 bytes");
    }

    private static void assertSaid(Executable reading, String... said) {
        String message = assertThrows(IllegalArgumentException.class, reading).getMessage();
        for (String words : said) {
            assertTrue(message.contains(words), message);
        }
    }

    @Test
    void resultsRecordWhatWasAsked() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"),
                "{\"question\": \"a\", \"answer\": \"x\"}\n{\"question\": \"b\", \"answer\": \"y\"}\n");
        String file = """
                {"name": "t", "version": 1, "format": "jsonl", "items": "items.jsonl", "extract": "%s"}
                """;
        var first = ask(prompt -> "x").result(definition(file.formatted("(.)")));
        var second = ask(prompt -> "x").result(definition(file.formatted("(\\\\w)")));
        assertEquals("(.)", first.settings().get("extract"));
        assertEquals(" ", first.settings().get("delimiter"));
        assertEquals("false", first.settings().get("apply_chat_template"));
        assertFalse(first.measures().getFirst().signature().equals(second.measures().getFirst().signature()),
                first.measures().toString());

        Files.writeString(folder.resolve("choices.jsonl"),
                "{\"question\": \"道\", \"choices\": [\"左\", \"右\"], \"label\": 0}\n");
        var japanese = ask(prompt -> "").result(definition("""
                {"name": "t", "version": 1, "format": "jsonl", "kind": "choice", "items": "choices.jsonl",
                 "delimiter": ""}
                """));
        assertEquals("左", written(japanese).at("/arguments/gen_args_0/arg_1").asString());

        Files.writeString(folder.resolve("words.jsonl"), "{\"text\": \"one two\"}\n{\"text\": \"three four\"}\n");
        var words = ask(prompt -> "").result(TaskDefinition.of("words", Format.LAMBADA, folder.resolve("words.jsonl"),
                1));
        assertTrue(words.answered().getFirst().item().prompt().startsWith("one two\n\n"), words.toString());
        assertTrue(words.measures().getLast().signature().contains("|tok:letters|"), words.measures().toString());
    }

    private JsonNode written(TaskResult result) throws IOException {
        var files = new HarnessResult("m", Instant.EPOCH, Duration.ofSeconds(1), Optional.empty(), Optional.empty(),
                Map.of(), List.of(result)).write(folder.resolve("written"));
        return JsonMapper.builder().build().readTree(Files.readAllLines(files.samples().getFirst()).getFirst());
    }

    private void assertRefused(TaskDefinition task, String... said) {
        assertSaid(() -> ask(prompt -> "").result(task), said);
    }

    @Test
    void whatThePromptNamesIsPutOtherwise() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), """
                {"id": "a", "instruction": "Where is the mill?", "input": "he", "answer": "west"}
                {"id": "b", "instruction": "Where is the inn?", "input": "she", "answer": "west"}
                """);
        var task = definition("""
                {"name": "town", "version": 1, "format": "jsonl", "items": "items.jsonl", "metrics": ["exact_match"],
                 "prompt": "{{instruction}} ({{ input }})"}
                """);
        // It knows these words in these letters only, and obeys whoever speaks last.
        var prompts = new ArrayList<String>();
        var brittle = ask(prompt -> {
            prompts.add(prompt.turns().getFirst());
            return prompts.getLast().startsWith("Where is") && !prompts.getLast().contains("OK") ? "west" : "no";
        });
        var robustness = brittle.robustness(task, List.of(Perturbation.UPPER_CASE, Perturbation.LONG_CONTEXT,
                Perturbation.INJECTION, Perturbation.PARAPHRASE), Map.of("he", "she"), 1);
        assertEquals(1, robustness.plain());
        assertEquals(0, robustness.worst());
        assertEquals(Set.of("upper_case", "long_context", "injection", "counterfactual"),
                robustness.effects().keySet());
        for (String broken : List.of("upper_case", "long_context", "injection")) {
            var effect = robustness.effects().get(broken);
            assertEquals(List.of(0.0, -1.0, 1.0), List.of(effect.score(), effect.change().value(), effect.changed()));
        }
        assertEquals(0, robustness.effects().get("counterfactual").change().value());
        assertTrue(prompts.contains("WHERE IS THE MILL? (HE)") && prompts.contains("Where is the mill? (she)"),
                prompts.toString());
    }

    @Test
    void whatTheModelDoesNotTakeIsNotAskedAndCounted() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"),
                "{\"question\": \"Who?\", \"answer\": \"a\"}\n{\"question\": \"Whose?\", \"answer\": \"a\"}\n");
        var task = TaskDefinition.of("t", Format.JSONL, folder.resolve("items.jsonl"), 0);
        var small = new TaskRunner(new Ruled(prompt -> "a", 100), OptionalInt.empty(), Optional.empty());
        var robustness = small.robustness(task, List.of(Perturbation.values()), Map.of(), 1);
        assertEquals(Map.of("long_context", 2), robustness.tooLong());
        assertFalse(robustness.effects().containsKey("long_context"));
        assertEquals(2, robustness.effects().get("injection").items());
        assertSaid(() -> small.robustness(task, List.of(Perturbation.LONG_CONTEXT), Map.of(), 1), "task t",
                "long_context", "100 tokens");
        var smaller = new TaskRunner(new Ruled(prompt -> "a", 5), OptionalInt.empty(), Optional.empty());
        assertSaid(() -> smaller.require(task), "task t", "item '2'", "6 tokens", "takes 5");
        assertSaid(() -> small.robustness(task, List.of(), Map.of("he", "she"), 1), "names question", "with he=she");
    }

    @Test
    void promptsThatWouldNotChangeAreRefused() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), "{\"question\": \"Who?\", \"instruction\": \"道\","
                + " \"answer\": \"a\"}\n");
        for (String prompt : List.of("Say something.", "{{instruction}}")) {
            var task = definition("{\"name\": \"t\", \"version\": 1, \"format\": \"jsonl\", \"items\":"
                    + " \"items.jsonl\", \"prompt\": \"" + prompt + "\"}");
            String message = assertThrows(IllegalArgumentException.class, () -> ask(text -> "a").robustness(task,
                    List.of(Perturbation.UPPER_CASE), Map.of(), 1)).getMessage();
            assertTrue(message.contains("put otherwise") && message.contains(prompt), message);
        }
    }

    @Test
    void aTaskFileWithAnUnknownKeyOrAWayOutIsRefused() {
        for (String bad : List.of("{\"name\":\"x\",\"version\":1,\"format\":\"jsonl\",\"items\":\"i\",\"shot\":3}",
                "{\"name\":\"x\",\"version\":1,\"format\":\"jsonl\",\"items\":\"../secret\"}",
                "{\"name\":\"x\",\"version\":0,\"format\":\"jsonl\",\"items\":\"i\"}",
                "{\"name\":\"x\",\"version\":1,\"format\":\"csv\",\"items\":\"i\"}",
                "{\"name\":\"x\",\"version\":1,\"format\":\"jsonl\",\"items\":\"i\",\"extract\":\"(\"}",
                "{\"name\":\"x\",\"version\":1,\"format\":\"jsonl\",\"items\":\"i\",\"metrics\":[\"bertscore\"]}")) {
            assertThrows(IllegalArgumentException.class, () -> definition(bad), bad);
        }
    }

    @Test
    void aChoiceIsScoredThreeWaysAndWrittenAsTheHarnessDoes() throws IOException {
        Files.writeString(folder.resolve("items.csv"), "\"Which, of these?\",no,certainly,perhaps,maybe,A\n"
                + "Second?,aaa,bb,c,dddd,D\n");
        var task = TaskDefinition.of("letters", Format.MMLU, folder.resolve("items.csv"), 0);
        var result = ask(prompt -> "").result(task);
        assertEquals(List.of("acc", "acc_bytes", "acc_norm"), result.measures().stream().map(Measure::name).toList());
        assertEquals(.5, value(result, "acc"));
        var written = new HarnessResult("m", Instant.EPOCH, Duration.ofSeconds(1), Optional.empty(), Optional.empty(),
                Map.of(), List.of(result)).write(folder.resolve("out"));
        var sample = JsonMapper.builder().build().readTree(Files.readAllLines(written.samples().getFirst()).getFirst());
        assertEquals(4, sample.get("resps").size());
        assertEquals(-2.0, sample.at("/resps/0/0/0").asDouble());
        assertEquals(" A", sample.at("/arguments/gen_args_0/arg_1").asString());
        assertEquals("A", Samples.read(written.samples().getFirst()).getFirst().answer().text());
        var config = JsonMapper.builder().build().readTree(Files.readString(written.results()));
        assertEquals("multiple_choice", config.at("/configs/letters/output_type").asString());
    }

    @Test
    void examplesComeFirstAndAreNotAsked() throws IOException {
        Files.writeString(folder.resolve("q.jsonl"),
                "{\"question\":\"a\",\"answer\":\"x\"}\n{\"question\":\"b\",\"answer\":\"y\"}\n");
        var prompts = new ArrayList<String>();
        ask(prompt -> {
            prompts.add(prompt.turns().getFirst());
            return "y";
        }).result(TaskDefinition.of("t", Format.JSONL, folder.resolve("q.jsonl"), 1));
        assertEquals(List.of("a x\n\nb"), prompts);
        assertThrows(IllegalArgumentException.class, () -> ask(prompt -> "").result(TaskDefinition.of("t", Format.JSONL,
                folder.resolve("q.jsonl"), 2)));
    }

    @Test
    void turnsAreAskedOneAfterTheOther() throws IOException {
        Files.writeString(folder.resolve("mt.jsonl"),
                "{\"question_id\": 1, \"category\": \"w\", \"turns\": [\"one\", \"two\"]}\n");
        var result = ask(prompt -> prompt.turns().size() + " turns").result(TaskDefinition.of("mt", Format.MT_BENCH,
                folder.resolve("mt.jsonl"), 0));
        assertEquals("1 turns\n\n3 turns", result.answered().getFirst().answer().text());
        assertEquals("one\n\ntwo", result.answered().getFirst().item().prompt());
    }

    @Test
    void instructionsAreReportedByPromptAndByInstruction() {
        var task = TaskDefinition.of("ifeval", Format.IFEVAL, Goldens.shared("evalsets/ifeval/input_data.jsonl"), 0);
        var result = new TaskRunner(new Ruled(prompt -> "no commas here"), OptionalInt.of(40), Optional.empty())
                .result(task);
        assertEquals(4, result.measures().size());
        assertTrue(value(result, "inst_level_strict_acc") > value(result, "prompt_level_strict_acc"));
    }

    @Test
    void codeRunsOnlyWhereARunnerIsNamed() throws IOException {
        Files.writeString(folder.resolve("code.jsonl"),
                "{\"task_id\":\"t/0\",\"prompt\":\"x=1\\n\",\"test\":\"exit 0\","
                + "\"entry_point\":\"f\",\"canonical_solution\":\"\"}\n");
        var task = TaskDefinition.of("code", Format.HUMANEVAL, folder.resolve("code.jsonl"), 0);
        String message = assertThrows(IllegalArgumentException.class, () -> ask(prompt -> "").result(task))
                .getMessage();
        assertTrue(message.contains("--code-runner"), message);
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh to run a program with");
        var runner = new TaskRunner(new Ruled(prompt ->
                "test -z \"$HOME\" || exit 1\ntest $(ls | wc -l) = 1 || exit 1\n"),
                OptionalInt.empty(), Optional.of(new CodeRunner(List.of("/bin/sh"), Duration.ofSeconds(5))));
        assertEquals(1.0, value(runner.result(task), "pass@1"));
        assertFalse(new CodeRunner(List.of("/bin/sh"), Duration.ofMillis(200)).succeeds("sleep 20"));
        assertFalse(new CodeRunner(List.of("/bin/sh"), Duration.ofSeconds(5)).succeeds("exit 3"));
        // What a program does to its own folder decides nothing.
        for (String mess : List.of("rm -r \"$PWD\"", "mkdir -p a/b && chmod 000 a && chmod 500 .")) {
            assertTrue(new CodeRunner(List.of("/bin/sh"), Duration.ofSeconds(5)).succeeds(mess), mess);
            assertFalse(new CodeRunner(List.of("/bin/sh"), Duration.ofSeconds(5)).succeeds(mess + "; exit 1"), mess);
        }
    }

    @Test
    void severalAnswersAreAllKeptAndTheirAgreementIsAFigure() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), """
                {"id": "a", "question": "one", "answer": "x"}
                {"id": "b", "question": "two", "answer": "x"}
                {"id": "a2", "question": "won", "answer": "x", "paraphrase_of": "a"}
                """);
        var number = new AtomicInteger();
        var runner = new TaskRunner(new Ruled(prompt -> prompt.turns().getFirst().equals("two") ? "x"
                : number.incrementAndGet() % 4 == 0 ? "x" : "y"), OptionalInt.empty(), Optional.empty(),
                new Drawing(4, 1, 1));
        var result = runner.result(TaskDefinition.of("t", Format.JSONL, folder.resolve("items.jsonl"), 0));
        // Of y, y, y, x three of the six pairs agree; of x, x, x, x all do.
        assertEquals((.5 + 1 + .5) / 3, value(result, "samples_agreement"), 1e-12);
        assertEquals((.75 + 1 + .75) / 3, value(result, "samples_majority"), 1e-12);
        assertEquals((.25 + 1 + .25) / 3, value(result, "exact_match"), 1e-12);
        assertEquals(1, value(result, "paraphrases_agreement"));
        assertEquals("a", result.answered().getLast().item().cluster());
        var written = new HarnessResult("m", Instant.EPOCH, Duration.ofSeconds(1), Optional.empty(), Optional.empty(),
                Map.of(), List.of(result)).write(folder.resolve("out"));
        assertEquals(List.of("y", "y", "y", "x"), Samples.read(written.samples().getFirst()).getFirst().answer()
                .drawn());
        assertTrue(Files.readString(written.results()).contains("\"repeats\" : 4"));
        assertThrows(IllegalArgumentException.class, () -> new Drawing(4, 0, 1));
    }

    @Test
    void codeIsDrawnSeveralTimesAndPassesAtK() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "no /bin/sh to run a program with");
        Files.writeString(folder.resolve("code.jsonl"),
                "{\"task_id\":\"t/0\",\"prompt\":\"x=1\\n\",\"test\":\"exit 0\","
                + "\"entry_point\":\"f\",\"canonical_solution\":\"\"}\n");
        var number = new AtomicInteger();
        var runner = new TaskRunner(new Ruled(prompt -> number.incrementAndGet() % 3 == 0 ? "" : "exit 1"),
                OptionalInt.empty(),
                Optional.of(new CodeRunner(List.of("/bin/sh"), Duration.ofSeconds(5))), new Drawing(6, .8, 1));
        var result = runner.result(TaskDefinition.of("code", Format.HUMANEVAL, folder.resolve("code.jsonl"), 0));
        assertEquals(2.0 / 6, value(result, "pass@1"), 1e-12);
        // Four of the six are wrong, so no five of them are.
        assertEquals(1, value(result, "pass@5"), 1e-12);
        assertEquals(List.of("pass@1", "pass@5"), result.measures().stream().map(Measure::name).toList());
    }

    @Test
    void featuresCompareAnswersBesideShuffledOnes() throws IOException {
        Files.writeString(folder.resolve("items.jsonl"), """
                {"question": "one", "answer": ["zz", "abc"]}
                {"question": "two", "answer": "def"}
                {"question": "three", "answer": "ghi"}
                """);
        var task = definition("""
                {"name": "alike", "version": 1, "format": "jsonl", "items": "items.jsonl", "metrics": ["embedding_similarity"]}
                """);
        var result = ask(prompt -> switch (prompt.turns().getFirst()) {
            case "one" -> "cab";
            case "two" -> "fed";
            default -> "";
        }).result(task);
        assertEquals(2.0 / 3, value(result, "embedding_similarity"), 1e-6);
        assertEquals(0, value(result, "embedding_similarity_shuffled"), 1e-6);
        assertTrue(result.measures().getFirst().signature().contains("last-layer-of-base"),
                result.measures().toString());
        assertThrows(IllegalArgumentException.class, () -> definition("""
                {"name": "x", "version": 1, "format": "jsonl", "kind": "choice", "items": "i",
                 "metrics": ["embedding_similarity"]}
                """));
    }

    private TaskRunner ask(Function<AskedModel.Prompt, String> answers) {
        return new TaskRunner(new Ruled(answers), OptionalInt.empty(), Optional.empty());
    }

    private TaskDefinition definition(String json) {
        return TaskDefinition.of(JsonMapper.builder().build().readTree(json), folder);
    }

    private static double value(TaskResult result, String measure) {
        return result.measures().stream().filter(one -> one.name().equals(measure)).findFirst().orElseThrow().value();
    }
}
