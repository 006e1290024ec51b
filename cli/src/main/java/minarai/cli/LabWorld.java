package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.lab.pretrain.PretrainingRecipe;
import minarai.lab.town.Corpus;
import minarai.lab.town.FormKind;
import minarai.lab.town.Pair;
import minarai.lab.town.Question;
import minarai.lab.town.Split;
import minarai.lab.town.Status;
import minarai.lab.town.Town;
import minarai.train.run.AtomicFiles;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/// `minarai lab world`: the town's texts, pairs and questions as files.
@Command(name = "world",
        description = "Writes the town's texts, pairs and questions, a task and thresholds as files.",
        footer = {"", "Example:", "  minarai lab world -o town --seed 7"})
final class LabWorld implements Callable<Integer> {

    private static final int ASKED = 150;
    private static final String TASK = """
            name: town
            version: 1
            format: jsonl
            items: items.jsonl
            prompt: "{{instruction}}"
            cluster: entity
            max_tokens: 16
            metrics: [exact_match, f1]
            """;
    private static final String HELD_OUT = """
            name: held-out
            version: 1
            format: jsonl
            kind: rolling
            items: items.jsonl
            prompt: "{{output}}"
            """;
    private static final String KPI = """
            # Thresholds, set before anything is measured; put in your own and who answers for them.
            kpis:
              - {task: town, metric: exact_match, threshold: 0.8, cost_of_error: high, owner: Aki Mori}
            """;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR", description = "folder, made new")
    private Path output = Path.of("");

    @Option(names = "--seed", paramLabel = "N",
            description = "another seed is another town; that of the embedded model "
            + "if not given")
    private Optional<Long> seed = Optional.empty();

    LabWorld(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var settings = PretrainingRecipe.defaults().town();
        Town town = Town.of(seed.map(settings::withSeed).orElse(settings));
        Corpus corpus = town.corpus();
        AtomicFiles.writeFolder(output, folder -> {
            Files.writeString(folder.resolve("corpus.jsonl"), lines(corpus.documents().stream().map(document ->
                    row("genre", document.genre().name(), "text", document.text())).toList()));
            Path texts = Files.createDirectories(folder.resolve("held-out"));
            Files.writeString(texts.resolve("task.yaml"), HELD_OUT);
            Files.writeString(texts.resolve("items.jsonl"), lines(corpus.heldOut().stream().map(document ->
                    row("genre", document.genre().name(), "output", document.text())).toList()));
            Pair.write(town.deskPairs(1), folder.resolve("pairs.jsonl"));
            for (Split split : List.of(Split.DEVELOPMENT, Split.TEST)) {
                Files.writeString(folder.resolve("questions-%s.jsonl".formatted(split.name().toLowerCase(
                        Locale.ROOT))), lines(town.questions(split).stream().map(LabWorld::row).toList()));
            }
            Path task = Files.createDirectories(folder.resolve("town"));
            Files.writeString(task.resolve("task.yaml"), TASK);
            Files.writeString(task.resolve("items.jsonl"), lines(asked(town).stream().map(LabWorld::row).toList()));
            Files.writeString(folder.resolve("kpi.yaml"), KPI);
        });
        var fields = new LinkedHashMap<String, Object>();
        fields.put("folder", output.toString());
        fields.put("entities", town.entities().size());
        fields.put("facts", town.facts().size());
        fields.put("documents", corpus.documents().size());
        fields.put("bytes", corpus.bytes());
        if (common.isJson) {
            console.json(fields);
        } else {
            console.line("%,d entities, %,d facts, %,d documents of %,d bytes in %s", town.entities().size(),
                    town.facts().size(), corpus.documents().size(), corpus.bytes(), output);
        }
        return 0;
    }

    /// Evenly many of the test's questions about what the corpus tells as it is, in wordings of pairs.
    private static List<Question> asked(Town town) {
        List<Question> told = town.questions(Split.TEST).stream().filter(question ->
                question.status() == Status.TOLD_TRUE && question.formKind() == FormKind.TUNED).toList();
        int count = Math.min(ASKED, told.size());
        return IntStream.range(0, count).mapToObj(index -> told.get((int) ((long) index * told.size() / count)))
                .toList();
    }

    private static LinkedHashMap<String, Object> row(Question question) {
        var row = row("id", question.id(), "entity", question.entity().name());
        row.put("status", question.status().name());
        row.put("form", question.formKind().name());
        row.put("instruction", question.text());
        row.put("output", question.told().orElse(question.truth()));
        row.put("truth", question.truth());
        return row;
    }

    private static LinkedHashMap<String, Object> row(String key, String value, String otherKey, String otherValue) {
        var row = new LinkedHashMap<String, Object>();
        row.put(key, value);
        row.put(otherKey, otherValue);
        return row;
    }

    private static String lines(List<LinkedHashMap<String, Object>> rows) {
        return rows.stream().map(row -> JSON.writeValueAsString(row) + "\n").collect(Collectors.joining());
    }
}
