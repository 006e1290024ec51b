package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import minarai.eval.AtomicFile;
import minarai.eval.ItemResult;
import minarai.eval.judge.Sheet;
import minarai.eval.statistics.SplitMix;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `minarai judge sheet`: blind sheets for people.
@Command(name = "sheet", description = "Writes blind sheets on which people say which answer is better.",
        footer = {
            "",
            "For each task a page (.html), a table (.csv) and the key, which is not for whoever labels. Items are "
                    + "drawn at random, so that the labels can stand for all items.", "",
            "Example:",
            "  minarai judge sheet evals/base evals/first --limit 40 -o labels"})
final class JudgeSheet implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "EVAL_A", description = "folder of an evaluation, or a samples file")
    private Path base = Path.of("");

    @Parameters(index = "1", paramLabel = "EVAL_B", description = "the same of the other model")
    private Path tuned = Path.of("");

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR", description = "folder for the sheets")
    private Path output = Path.of("");

    @Option(names = "--limit", paramLabel = "N", description = "draw N items of each task")
    private Optional<Integer> limit = Optional.empty();

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "of the draw and the deal (${DEFAULT-VALUE})")
    private long seed;

    JudgeSheet(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var written = new LinkedHashMap<String, Object>();
        var pairs = EvaluationFolder.questions(base, tuned);
        pairs.forEach(pair -> Stream.of(".html", ".csv", ".key.csv").forEach(ending ->
                Output.requireNew(output.resolve(pair.task() + ending))));
        for (var pair : pairs) {
            var sheet = Sheet.of(pair.task(), drawn(pair.pairing().results()), seed + pair.task());
            AtomicFile.write(output.resolve(pair.task() + ".html"), sheet.html());
            AtomicFile.write(output.resolve(pair.task() + ".csv"), sheet.csv());
            AtomicFile.write(output.resolve(pair.task() + ".key.csv"), sheet.key());
            written.put(pair.task(), Map.of("items", sheet.rows().size(), "page",
                    output.resolve(pair.task() + ".html").toString()));
            if (!common.isJson) {
                console.line("%s: %s; the key is %s.key.csv", output.resolve(pair.task() + ".html"),
                        Figures.count(sheet.rows().size(), "item"), pair.task());
            }
        }
        if (common.isJson) {
            console.json(Map.of("sheets", written));
        }
        return 0;
    }

    private List<ItemResult> drawn(List<ItemResult> results) {
        var left = new ArrayList<>(results);
        var drawn = new ArrayList<ItemResult>();
        var random = new SplitMix(seed);
        while (!left.isEmpty() && drawn.size() < limit.orElse(Integer.MAX_VALUE)) {
            drawn.add(left.remove(random.below(left.size(), drawn.size())));
        }
        return drawn;
    }
}
