package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.lab.demo.Demo;
import minarai.lab.demo.Measurement;
import minarai.lab.exam.Group;
import minarai.lab.pretrain.EmbeddedModel;
import minarai.lab.town.Split;
import minarai.train.data.Dataset;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai lab seeds`: the demo's tuning over several seeds, with their spread.
@Command(name = "seeds", description = "Repeats the demo's tuning with several seeds and shows the spread.",
        footer = {"", "Example:", "  minarai lab seeds --seeds 1,2,3,4,5 -o runs/seeds"})
final class LabSeeds implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR",
            description = "folder for the runs, made new")
    private Path output = Path.of("");

    @Option(names = "--seeds", split = ",", paramLabel = "N", defaultValue = "1,2,3,4,5",
            description = "each draws other pairs and other first weights (default: ${DEFAULT-VALUE})")
    private List<Long> seeds = List.of();

    @Option(names = "--split", paramLabel = "SPLIT", defaultValue = "development",
            description = "whose questions are asked: development or test (default: ${DEFAULT-VALUE})")
    private Split split = Split.DEVELOPMENT;

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "a model made by lab pretrain (default: machi)")
    private Optional<Path> model = Optional.empty();

    LabSeeds(Console console) {
        this.console = console;
    }

    /// What one seed gave.
    private record Row(long seed, Map<Group, Double> scores, double growth, String parameterHash) {
    }

    @Override
    public Integer call() {
        Path folder = model.orElseGet(() -> EmbeddedModel.unpack(ModelPath.home()));
        var rows = new ArrayList<Row>();
        try (var computing = backend.open(console)) {
            for (long seed : seeds) {
                console.remark("seed %d", seed);
                rows.add(row(folder, seed, computing));
            }
        }
        if (common.isJson) {
            console.json(Map.of("split", split.name().toLowerCase(Locale.ROOT), "seeds",
                    rows.stream().map(LabSeeds::fields).toList()));
        } else {
            console.line(table(rows).toString());
        }
        return 0;
    }

    private Row row(Path folder, long seed, Backend computing) {
        var kernels = computing.kernels();
        try (var _ = kernels.memory().lease(); var demo = new Demo(folder, split, seed, backend.nameOrCpu(), kernels)) {
            var base = demo.measureBase();
            Path run = output.resolve("seed-" + seed);
            var record = new RunRecord(demo.recipe().toMap(), seed, Map.of("base", demo.source().folder().sha256()),
                    Provenance.versions(computing), List.of());
            try (var runFolder = RunFolder.create(run, record)) {
                Path pairs = run.resolve("pairs.jsonl");
                demo.writePairs(pairs);
                var tuning = demo.prepare(Dataset.read(pairs));
                var outcome = tuning.run(runFolder, point -> { });
                Measurement measured = demo.measureTuned(base, tuning, outcome).measurement();
                var scores = new LinkedHashMap<Group, Double>();
                for (Group group : Group.values()) {
                    scores.put(group, measured.accuracy(group, measured.tuned()));
                }
                return new Row(seed, scores, measured.forgetting().growth(), outcome.parameterHash());
            }
        }
    }

    private static Map<String, Object> fields(Row row) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("seed", row.seed());
        row.scores().forEach((group, score) -> fields.put(group.key(), score));
        fields.put("bits_per_byte_growth", row.growth());
        fields.put("parameter_hash", row.parameterHash());
        return fields;
    }

    private static TextTable table(List<Row> rows) {
        var headings = new ArrayList<String>(List.of("seed"));
        for (Group group : Group.values()) {
            headings.add(group.key());
        }
        headings.add("bits per byte");
        var table = new TextTable(headings.toArray(String[]::new));
        for (Row row : rows) {
            table.row(cells(String.valueOf(row.seed()), row.scores(), row.growth()));
        }
        var means = new LinkedHashMap<Group, Double>();
        for (Group group : Group.values()) {
            means.put(group, rows.stream().mapToDouble(row -> row.scores().get(group)).average().orElse(0));
        }
        return table.row(cells("mean", means, rows.stream().mapToDouble(Row::growth).average().orElse(0)));
    }

    private static String[] cells(String name, Map<Group, Double> scores, double growth) {
        var cells = new ArrayList<String>(List.of(name));
        scores.values().forEach(score -> cells.add(String.format(Locale.ROOT, "%.1f %%", 100 * score)));
        cells.add(String.format(Locale.ROOT, "%+.1f %%", 100 * growth));
        return cells.toArray(String[]::new);
    }
}
