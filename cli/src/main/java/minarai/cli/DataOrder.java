package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryWriter;
import minarai.train.desk.build.Difficulty;
import minarai.train.desk.build.Ordering;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai data order`: pairs from the shortest, the likeliest or the easiest on.
@Command(name = "order", description = "Orders pairs by length, loss or difficulty; each carries its measure.",
        footer = {"", "Length is in tokens of the model where one is named, else in characters.", "", "Example:",
            "  minarai data order --by difficulty -d pairs.jsonl -m models/base -o easy-first.jsonl"})
final class DataOrder implements Callable<Integer> {

    private enum Measure {
        LENGTH, LOSS, DIFFICULTY
    }

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final DeskModel model;

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE", description = "pairs in any form")
    private Path data = Path.of("");

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description =
            "file for the pairs in their order")
    private Path output = Path.of("");

    @Option(names = "--by", required = true, paramLabel = "MEASURE", description = "length, loss or difficulty")
    private Measure measure = Measure.LENGTH;

    @Option(names = "--descending", description = "the highest first")
    private boolean isDescending;

    DataOrder(Console console) {
        this.console = console;
        model = new DeskModel(console);
    }

    @Override
    public Integer call() {
        Output.require(output, Stream.concat(Stream.of(data), model.inputs()).toList());
        List<Entry> entries = DeskFiles.read(data, "data order");
        double[] measures = switch (measure) {
            case LENGTH -> lengths(entries);
            case LOSS -> model.difficulties("--by loss", entries).stream().mapToDouble(Difficulty::loss).toArray();
            case DIFFICULTY -> model.difficulties("--by difficulty", entries).stream().mapToDouble(Difficulty::ratio)
                    .toArray();
        };
        EntryWriter.write(output, new Ordering(measure.name().toLowerCase(Locale.ROOT)).of(entries, measures,
                isDescending));
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("file", output.toString());
            fields.put("rows", entries.size());
            console.json(fields);
        } else {
            console.line("%s written to %s", Figures.count(entries.size(), "row"), output);
        }
        return 0;
    }

    private double[] lengths(List<Entry> entries) {
        return model.isNamed() ? model.with("length", (source, inference) -> entries.stream().mapToDouble(entry ->
                DeskModel.tokens(source, entry.question()) + DeskModel.tokens(source, entry.answer().content()))
                .toArray())
                : entries.stream().mapToDouble(entry -> entry.question().length() + entry.answer().content().length())
                .toArray();
    }
}
