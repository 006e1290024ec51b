package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryReader;
import minarai.train.desk.EntryWriter;
import minarai.train.desk.scan.Finding;
import minarai.train.desk.scan.Kind;
import minarai.train.desk.scan.Mending;
import minarai.train.desk.scan.Page;
import minarai.train.desk.scan.Report;
import minarai.train.desk.scan.Scan;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai data check`: everything that is wrong with a set of pairs, with row, reason and remedy.
@Command(name = "check", description =
        "Says what is wrong with pairs: row, reason, remedy. Exit code 3 if there are errors.%n",
        footer = {"", "With -m lengths are in the model's tokens, and answers it cannot be trained on are found.", "",
            "Examples:", "  minarai data check -d pairs.jsonl --report check.html",
            "  minarai data check -d pairs.jsonl -m models/base --against test.jsonl",
            "  minarai data check -d pairs.jsonl --fix -o mended.jsonl"})
final class DataCheck implements Callable<Integer> {

    private static final int EXAMPLES = 3;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE", description = "pairs in any form")
    private Path data = Path.of("");

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL", description =
            "model folder or GGUF file whose tokens count")
    private Optional<String> model = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME|FILE", description = "chat template in place of the model's own")
    private Optional<String> template = Optional.empty();

    @Option(names = "--max-length", defaultValue = "1024", paramLabel = "N",
            description = "most tokens of an example, as max_length in a recipe (${DEFAULT-VALUE})")
    private int maxLength;

    @Option(names = "--against", split = ",", paramLabel = "FILE", description =
            "files that must share nothing with these pairs")
    private List<Path> against = List.of();

    @Option(names = "--report", paramLabel = "FILE", description = "write the findings as a page, HTML")
    private Optional<Path> report = Optional.empty();

    @Option(names = "--fix", description =
            "mend what is safe to mend; -o says where, FILE.log.jsonl says what was done")
    private boolean isMending;

    @Option(names = {"-o", "--output"}, paramLabel = "FILE", description = "file for the mended pairs")
    private Optional<Path> output = Optional.empty();

    DataCheck(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (isMending != output.isPresent()) {
            throw new IllegalArgumentException("--fix and -o go together: the mended pairs are written to a file of"
                    + " their own");
        }
        long start = System.nanoTime();
        var others = new ArrayList<Entry>();
        against.forEach(file -> others.addAll(DeskFiles.read(file, "data check --against")));
        SplitFolder.reading(data, "minarai data check");
        Report found = scanned(others);
        report.ifPresent(file -> Page.write(found, file));
        Optional<Mending> mending = isMending ? Optional.of(Mending.of(EntryReader.all(data))) : Optional.empty();
        mending.ifPresent(this::write);
        if (common.isJson) {
            Map<String, Object> fields = new LinkedHashMap<>(found.fields());
            report.ifPresent(file -> fields.put("report", file.toString()));
            mending.ifPresent(mended -> fields.put("mended", mended(mended)));
            fields.put("seconds", (System.nanoTime() - start) / 1e9);
            fields.put("peak_memory_bytes", PeakMemory.bytes());
            console.json(fields);
        } else {
            print(found);
            report.ifPresent(file -> console.line("%nThe page: %s", file));
            mending.ifPresent(mended -> console.line("%n%s changed or removed; %s in %s, what was done in %s",
                    Figures.count(mended.changes().size(), "row"), Figures.count(mended.entries().size(), "row"),
                    output.orElseThrow(), log()));
        }
        return found.errors() > 0 ? Failures.REFUSED : 0;
    }

    private Report scanned(List<Entry> others) {
        if (model.isEmpty()) {
            return Scan.plain(others).report(data);
        }
        try (var opened = OpenModel.of(ModelPath.ofModel(model.get()), template, ModelOptions.present(), Set.of())) {
            var source = opened.requireSource();
            return Scan.of(source.tokenizer(), source.template(), maxLength, others).report(data);
        }
    }

    private void write(Mending mending) {
        EntryWriter.write(output.orElseThrow(), mending.entries());
        mending.writeLog(log());
    }

    /// Beside the mended pairs.
    private Path log() {
        Path file = output.orElseThrow();
        return file.resolveSibling(file.getFileName() + ".log.jsonl");
    }

    private Map<String, Object> mended(Mending mending) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("file", output.orElseThrow().toString());
        fields.put("log", log().toString());
        fields.put("rows", mending.entries().size());
        fields.put("changes", mending.changes().size());
        return fields;
    }

    private void print(Report found) {
        console.line("%s: %s, %,d with nothing against them; %s, %s", found.file(), Figures.count(found.rows(), "row"),
                found.sound(), Figures.count(found.errors(), "error"), Figures.count(found.notes(), "note"));
        console.line("Median length: question %,.0f, answer %,.0f %s", found.medianQuestion(), found.medianAnswer(),
                found.unit());
        for (Map.Entry<Kind, List<Finding>> group : found.byKind().entrySet()) {
            Kind kind = group.getKey();
            List<Finding> findings = group.getValue();
            console.line("%n%s  %s: %,d", kind.isError() ? "ERROR" : "note ", kind.title(), findings.size());
            findings.stream().limit(EXAMPLES).forEach(finding ->
                    console.line("       %s: %s", finding.place(), oneLine(finding.reason())));
            if (findings.size() > EXAMPLES) {
                console.line("       … and %,d more", findings.size() - EXAMPLES);
            }
            console.line("       → %s.", kind.remedy());
        }
        if (found.findings().isEmpty()) {
            console.line("%nNothing was found.");
        }
    }

    /// Rows are foreign text: line ends and control characters must not reach the terminal.
    private static String oneLine(String text) {
        return text.replaceAll("\\R", " ").replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
