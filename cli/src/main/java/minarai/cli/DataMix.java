package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import minarai.train.desk.EntryWriter;
import minarai.train.desk.build.Mixture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai data mix`: several sets of pairs as one, with the mixture as it came out.
@Command(name = "mix", description = "Mixes several sets of pairs by temperature or cap, and prints what came out.",
        footer = {"", "Example:",
        "  minarai data mix -d town.jsonl,general.jsonl --temperature 2 --rows 1000 -o mixed.jsonl"})
final class DataMix implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-d", "--data"}, required = true, split = ",", paramLabel = "FILE", description = "sets of pairs")
    private List<Path> data = List.of();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description =
            "file for the mixture, JSON lines")
    private Path output = Path.of("");

    @Option(names = "--temperature", defaultValue = "1", paramLabel = "T",
            description = "1 takes from each by its size, a large one the same from each (${DEFAULT-VALUE})")
    private double temperature;

    @Option(names = "--cap", paramLabel = "N", description = "from this size on a set counts no more")
    private Optional<Integer> cap = Optional.empty();

    @Option(names = "--rows", paramLabel = "N", description = "rows in all; else as many as the sets give")
    private Optional<Integer> rows = Optional.empty();

    @Option(names = "--seed", defaultValue = "1", paramLabel = "S", description =
            "of the choice and the order (${DEFAULT-VALUE})")
    private long seed;

    DataMix(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Output.require(output, data);
        var sources = new ArrayList<Mixture.Source>();
        for (Path file : data) {
            sources.add(new Mixture.Source(file.getFileName().toString().replaceFirst("\\.[A-Za-z0-9]+$", ""),
                    DeskFiles.read(file, "data mix")));
        }
        var mixed = new Mixture(temperature, bound(cap), bound(rows), seed).of(sources);
        EntryWriter.write(output, mixed.entries());
        int all = Math.max(1, mixed.entries().size());
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("file", output.toString());
            fields.put("rows", mixed.entries().size());
            fields.put("sources", mixed.parts().stream().map(part -> Map.of("name", part.name(), "available",
                    part.available(),
                    "taken", part.taken(), "share", (double) part.taken() / all, "wanted_share", part.wanted()))
                    .toList());
            console.json(fields);
            return 0;
        }
        var table = new TextTable("source", "rows", "taken", "share", "asked for");
        mixed.parts().forEach(part -> table.row(part.name(), "%,d".formatted(part.available()),
                "%,d".formatted(part.taken()),
                "%.1f %%".formatted(100.0 * part.taken() / all), "%.1f %%".formatted(100 * part.wanted())));
        console.line("%s%n%n%s written to %s", table, Figures.count(mixed.entries().size(), "row"), output);
        return 0;
    }

    private static OptionalInt bound(Optional<Integer> given) {
        return given.isPresent() ? OptionalInt.of(given.get()) : OptionalInt.empty();
    }
}
