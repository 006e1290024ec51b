package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.train.desk.feedback.Feedback;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai data feedback`: corrected answers become the next version of a data set, and a suite of what must stay
/// mended.
@Command(name = "feedback", description =
        "Works corrected answers into pairs: the next version, a difference, a regression suite.",
        footer = {
            "",
            "A line of the log is a question, the answer that was given, and where that was wrong a \"correction\"; "
                    + "\"row\": ID names the row at fault, \"action\": \"remove\" takes it out.", "",
            "Examples:",
            "  minarai data feedback -d pairs.jsonl --log answers.jsonl -o pairs-2",
            "  minarai eval -m models/base -a runs/second -t pairs-2/regression.jsonl -o evals/second"})
final class DataFeedback implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE", description = "pairs so far")
    private Path data = Path.of("");

    @Option(names = "--log", required = true, paramLabel = "FILE", description =
            "answers and corrections, in any form of pairs")
    private Path log = Path.of("");

    @Option(names = "--regression", paramLabel = "FILE", description = "the suite so far, whose items come along")
    private Optional<Path> regression = Optional.empty();

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR", description =
            "folder for the next version")
    private Path output = Path.of("");

    DataFeedback(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var feedback = Feedback.of(DeskFiles.read(data, "data feedback"), DeskFiles.read(log, "data feedback"),
                regression.map(file -> DeskFiles.read(file, "data feedback")).orElse(List.of()));
        feedback.write(output, data.getFileName().toString());
        var counts = new LinkedHashMap<String, Object>();
        feedback.counts().forEach((kind, count) -> counts.put(kind.name().toLowerCase(Locale.ROOT), count));
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("folder", output.toString());
            fields.put("rows", feedback.entries().size());
            fields.putAll(counts);
            fields.put("regression", feedback.regression().size());
            console.json(fields);
            return 0;
        }
        console.line("%s added, %s changed, %s removed; %s now", counts.get("added"), counts.get("changed"),
                counts.get("removed"),
                Figures.count(feedback.entries().size(), "row"));
        console.line("%s: the next version", output.resolve(Feedback.PAIRS));
        console.line("%s: what is other than before", output.resolve(Feedback.DIFFERENCE));
        console.line("%s: %s that must stay mended", output.resolve(Feedback.REGRESSION),
                Figures.count(feedback.regression().size(), "item"));
        return 0;
    }
}
