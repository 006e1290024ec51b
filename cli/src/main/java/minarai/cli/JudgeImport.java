package minarai.cli;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import minarai.eval.AtomicFile;
import minarai.eval.judge.Sheet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.node.JsonNodeFactory;

/// `minarai judge import`: labels of people, from a filled sheet.
@Command(name = "import", description = "Turns a filled sheet into labels that say who won.",
        footer = {"", "Example:",
            "  minarai judge import labels/town.csv --key labels/town.key.csv -o labels/town.jsonl"})
final class JudgeImport implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(paramLabel = "LABELS", description = "the filled table, or what the page gave")
    private Path labels = Path.of("");

    @Option(names = "--key", required = true, paramLabel = "FILE", description = "the key of the sheet")
    private Path key = Path.of("");

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "FILE", description = "the labels, as JSON lines")
    private Path output = Path.of("");

    JudgeImport(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Output.requireNew(output);
        var read = Sheet.labels(InputLines.text(labels), InputLines.text(key));
        if (read.isEmpty()) {
            throw new IllegalArgumentException(("%s has no verdict in any row, so that nothing was written; write a, b"
                    + " or tie under verdict and save the table").formatted(labels));
        }
        var lines = new StringBuilder();
        read.forEach((item, verdict) -> lines.append(JsonNodeFactory.instance.objectNode().put("task", item.task())
                .put("id", item.id()).put("verdict", verdict.label())).append('\n'));
        AtomicFile.write(output, lines.toString());
        if (common.isJson) {
            console.json(Map.of("labels", read.size(), "file", output.toString()));
        } else {
            console.line("%s written to %s", Figures.count(read.size(), "label"), output);
        }
        return 0;
    }
}
