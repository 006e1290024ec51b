package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryWriter;
import minarai.train.desk.build.Difficulty;
import minarai.train.desk.build.Halves;
import minarai.train.desk.build.Reformatting;
import minarai.train.desk.build.Selection;
import minarai.train.desk.build.SelfInstruct;
import minarai.train.desk.build.Teacher;
import minarai.train.desk.build.Template;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.DoubleNode;

/// `minarai data build`: pairs from labelled data, from ordinary text, from a model, or the best of many pairs.
@Command(name = "build", description =
        "Makes pairs of labelled data, of text or with a model, or chooses the best of many.",
        footer = {
            "",
            "--templates takes classify, question, entail, summarize, title, or a file of rows {\"prompt\", "
                    + "\"answer\"} with {fields} in them.", "",
            "Examples:",
            "  minarai data build --templates classify --field text=review -d reviews.csv -o pairs.jsonl",
            "  minarai data build --halves -d novel.txt -o pairs.jsonl -m models/teacher --temperature 0.7",
            "  minarai data build --self-instruct -d seeds.jsonl -m models/base --count 100 -o tasks.jsonl",
            "  minarai data build --score difficulty,diversity --keep 50 -d many.jsonl -m machi -o best.jsonl"})
final class DataBuild implements Callable<Integer> {

    private enum Score {
        DIFFICULTY, DIVERSITY
    }

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final DeskModel model;

    @ArgGroup(multiplicity = "1")
    private final Way way = new Way();

    /// How pairs are made.
    static final class Way {

        @Option(names = "--templates", paramLabel = "KIND|FILE", description =
                "put labelled rows into several wordings")
        Optional<String> templates = Optional.empty();

        @Option(names = "--halves", description =
                "part texts into a beginning and how it goes on; with -m the model goes on")
        boolean isHalves;

        @Option(names = "--self-instruct", description = "let the model write tasks like those given, and answer them")
        boolean isSelfInstruct;

        @Option(names = "--score", split = ",", paramLabel = "SCORE", description =
                "keep the best by difficulty, diversity, or both")
        List<Score> scores = List.of();
    }

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE", description = "what to make pairs of")
    private Path data = Path.of("");

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description =
            "file for the pairs, JSON lines")
    private Path output = Path.of("");

    @Option(names = "--per-row", defaultValue = "3", paramLabel = "N", description =
            "wordings of each row (${DEFAULT-VALUE})")
    private int perRow;

    @Option(names = "--field", split = ",", paramLabel = "FIELD=KEY", description =
            "a template's field by the name it has in the rows")
    private Map<String, String> fields = Map.of();

    @Option(names = "--least", defaultValue = "200", paramLabel = "N", description =
            "fewest characters of a passage (${DEFAULT-VALUE})")
    private int least;

    @Option(names = "--most", defaultValue = "1500", paramLabel = "N", description =
            "most characters of a passage (${DEFAULT-VALUE})")
    private int most;

    @Option(names = "--count", defaultValue = "50", paramLabel = "N", description = "tasks to keep (${DEFAULT-VALUE})")
    private int count;

    @Option(names = "--rounds", defaultValue = "100", paramLabel = "N", description =
            "most requests for tasks (${DEFAULT-VALUE})")
    private int rounds;

    @Option(names = "--keep", defaultValue = "50", paramLabel = "N", description =
            "pairs to keep by their scores (${DEFAULT-VALUE})")
    private int keep;

    @Option(names = "--max-tokens", defaultValue = "256", paramLabel = "N",
            description = "most tokens the model goes on by (${DEFAULT-VALUE})")
    private int maxTokens;

    @Option(names = "--temperature", defaultValue = "0", paramLabel = "T",
            description = "of the model's choices; 0 for the most likely token (${DEFAULT-VALUE})")
    private float temperature;

    @Option(names = "--top-p", defaultValue = "1", paramLabel = "P",
            description = "choose among the likeliest tokens that hold the share P (${DEFAULT-VALUE})")
    private float topP;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "S", description = "of all choices (${DEFAULT-VALUE})")
    private long seed;

    DataBuild(Console console) {
        this.console = console;
        model = new DeskModel(console);
    }

    @Override
    public Integer call() {
        Output.require(output, Stream.of(Stream.of(data), way.templates.map(Path::of).stream(), model.inputs())
                .flatMap(inputs -> inputs).toList());
        var fields = new LinkedHashMap<String, Object>();
        if (way.templates.isPresent() || way.isHalves) {
            SplitFolder.reading(data, "minarai data build");
        }
        List<Entry> entries = entries(fields);
        if (entries.isEmpty()) {
            throw new IllegalArgumentException(("%s gave no pair, so that nothing was written; are the bounds"
                    + " (--least, --most, --keep) too narrow, or the answers blank?").formatted(data));
        }
        EntryWriter.write(output, entries);
        fields.put("file", output.toString());
        fields.put("rows", entries.size());
        if (common.isJson) {
            console.json(fields);
        } else {
            fields.forEach((name, value) -> console.remark("%s: %s", name.replace('_', ' '), value));
            console.line("%s written to %s", Figures.count(entries.size(), "pair"), output);
        }
        return 0;
    }

    private List<Entry> entries(Map<String, Object> report) {
        if (way.templates.isPresent()) {
            String named = way.templates.get();
            List<Template> templates = Template.KINDS.containsKey(named) ? Template.of(named)
                    : Files.exists(Path.of(named)) ? Template.read(Path.of(named)) : Template.of(named);
            return new Reformatting(templates, Math.min(perRow, templates.size()), fields, seed).of(data);
        }
        return way.isHalves ? halves() : way.isSelfInstruct ? tasks(report) : best(report);
    }

    private List<Entry> halves() {
        String text = InputLines.text(data);
        if (!model.isNamed()) {
            return new Halves(least, most).of(data.toString(), text, Optional.empty());
        }
        return model.with("--halves", (source, inference) -> new Halves(least, most, passage -> {
            var encoding = source.tokenizer().encode(passage);
            return encoding.length() == 0 ? 0 : passage.offsetByCodePoints(0, encoding.starts()[encoding.length() / 2]);
        }).of(data.toString(), text, Optional.of(teacher(source, inference))));
    }

    private List<Entry> tasks(Map<String, Object> report) {
        List<Entry> seeds = DeskFiles.read(data, "data build");
        var outcome = model.with("--self-instruct", (source, inference) ->
                new SelfInstruct(count, rounds, seed).of(seeds,
                teacher(source, inference)));
        report.put("proposed", outcome.proposed());
        var rejected = new LinkedHashMap<String, Integer>();
        outcome.rejected().forEach((reason, times) -> rejected.put(reason.name().toLowerCase(Locale.ROOT), times));
        report.put("rejected", rejected);
        return outcome.entries();
    }

    private Teacher teacher(ModelSource source, Inference inference) {
        return DeskModel.teacher(source, inference, round -> new Sampler(temperature, 0, topP, 0, seed + round),
                maxTokens);
    }

    /// By difficulty first, three times as many as are to be kept where diversity has its say after it.
    private List<Entry> best(Map<String, Object> report) {
        List<Entry> entries = DeskFiles.read(data, "data build");
        report.put("read", entries.size());
        if (way.scores.contains(Score.DIFFICULTY)) {
            List<Difficulty> difficulties = model.difficulties("--score difficulty", entries);
            var scored = new ArrayList<Entry>();
            for (int row = 0; row < entries.size(); row++) {
                scored.add(entries.get(row).with("difficulty", DoubleNode.valueOf(difficulties.get(row).ratio())));
            }
            int wanted = way.scores.contains(Score.DIVERSITY) ? Math.multiplyExact(3, keep) : keep;
            entries = Selection.hardest(difficulties.stream().mapToDouble(Difficulty::ratio).toArray(), wanted).stream()
                    .map(scored::get).toList();
            report.put("below_difficulty_1", difficulties.stream().filter(each -> each.ratio() < 1).count());
        }
        return way.scores.contains(Score.DIVERSITY)
                ? Selection.diverse(entries, keep).stream().map(entries::get).toList() : entries;
    }
}
