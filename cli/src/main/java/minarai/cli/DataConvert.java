package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import minarai.train.desk.EntryReader;
import minarai.train.desk.EntryWriter;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai data convert`: any file of pairs becomes JSON lines in one schema.
@Command(name = "convert", description = "Brings a file of pairs into one schema, JSON lines of turns.",
        footer = {
            "",
            "Read are alpaca, sharegpt, messages (with tools), prompt/completion, question/answer, chosen/rejected and "
                    + "label (KTO) in JSON lines, a JSON array, CSV or TSV, with English or Japanese headings; the "
                    + "content tells which. Every row keeps its origin and a stable id.", "",
            "Example:",
            "  minarai data convert -d faq.csv -o pairs.jsonl"})
final class DataConvert implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE", description =
            "pairs in any form; - reads stdin")
    private Path data = Path.of("");

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description = "file for the JSON lines")
    private Path output = Path.of("");

    DataConvert(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Output.require(output, List.of(data));
        SplitFolder.reading(data, "minarai data convert");
        int rows;
        try (var reader = data.toString().equals("-") ? EntryReader.of(console.in(), "stdin")
                : EntryReader.open(data)) {
            rows = EntryWriter.convert(reader, output);
        }
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("file", output.toString());
            fields.put("rows", rows);
            console.json(fields);
        } else {
            console.line("%s written to %s", Figures.count(rows, "row"), output);
        }
        return 0;
    }
}
