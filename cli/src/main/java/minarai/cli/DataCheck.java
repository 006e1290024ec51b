package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import minarai.train.desk.Entry;
import minarai.train.desk.EntryWriter;
import minarai.train.desk.scan.Finding;
import minarai.train.desk.scan.Kind;
import minarai.train.desk.scan.Mending;
import minarai.train.desk.scan.Page;
import minarai.train.desk.scan.Readable;
import minarai.train.desk.scan.Report;
import minarai.train.desk.scan.Scan;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai data check`: everything that is wrong with a set of pairs, with row, reason and remedy.
@Command(name = "check", description =
        "Says what is wrong with pairs: row, reason, remedy. Exit code 3 if there are errors.",
        footer = {
            "",
            "With -m lengths are in the model's tokens, and answers it cannot be trained on are found. With --fix the "
                    + "exit code goes by the errors that are left; a row that cannot be read is one.", "",
            "Examples:",
            "  minarai data check -d pairs.jsonl --report check.html",
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
        requireOutputs();
        long start = System.nanoTime();
        var others = new ArrayList<Entry>();
        against.forEach(file -> others.addAll(DeskFiles.read(file, "data check --against")));
        SplitFolder.reading(data, "minarai data check");
        if (model.isEmpty()) {
            return checked(Scan.plain(others), start);
        }
        try (var opened = OpenModel.of(ModelPath.ofModel(model.get()), template, ModelOptions.present(), Set.of())) {
            var source = opened.requireSource();
            return checked(Scan.of(source.tokenizer(), source.template(), maxLength, others), start);
        }
    }

    private void requireOutputs() {
        var files = new ArrayList<>(against);
        files.add(data);
        Stream.of(model, template).flatMap(Optional::stream).map(Path::of).forEach(files::add);
        for (Path file : output.map(mended -> List.of(mended, log(mended))).orElse(List.of())) {
            Output.require(file, files);
            files.add(file);
        }
        report.ifPresent(file -> Output.require(file, files));
    }

    /// What was found is told before anything is mended; the exit code goes by what is left to do.
    private int checked(Scan scan, long start) {
        var read = Readable.of(data);
        Report found = scan.report(read);
        report.ifPresent(file -> Page.write(found, file));
        if (!common.isJson) {
            print(found);
            report.ifPresent(file -> console.line("%nThe page: %s", file));
        }
        Optional<Mending> mending = output.map(file -> Mending.of(read));
        if (mending.isPresent() && mending.get().entries().isEmpty()) {
            if (common.isJson) {
                console.json(found.fields());
            }
            throw new IllegalArgumentException(("of %s no row is left when it is mended, so that nothing was written;"
                    + " what was found says why").formatted(read.file()));
        }
        Optional<Mended> mended = mending.map(done -> mended(scan, read, done, output.get()));
        if (common.isJson) {
            Map<String, Object> fields = new LinkedHashMap<>(found.fields());
            report.ifPresent(file -> fields.put("report", file.toString()));
            mended.ifPresent(done -> fields.put("mended", done.fields()));
            fields.put("seconds", (System.nanoTime() - start) / 1e9);
            fields.put("peak_memory_bytes", PeakMemory.bytes());
            console.json(fields);
        } else {
            mended.ifPresent(done -> done.print(console));
        }
        return mended.map(Mended::errors).orElse(found.errors()) > 0 ? Failures.REFUSED : 0;
    }

    private static Mended mended(Scan scan, Readable read, Mending mending, Path file) {
        EntryWriter.write(file, mending.entries());
        mending.writeLog(log(file));
        long errors = scan.report(file.toString(), mending.entries()).errors() + read.unreadable().size();
        return new Mended(mending, file, read.unreadable().size(), errors);
    }

    /// What mending did.
    ///
    /// @param leftOut rows that cannot be read
    /// @param errors  what is left of them, those rows included
    private record Mended(Mending mending, Path file, int leftOut, long errors) {

        Map<String, Object> fields() {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("file", file.toString());
            fields.put("log", log(file).toString());
            fields.put("rows", mending.entries().size());
            fields.put("changes", mending.changes().size() - leftOut);
            fields.put("left_out", leftOut);
            fields.put("errors", errors);
            return fields;
        }

        void print(Console console) {
            console.line("%n%s changed or removed; %s in %s, what was done in %s", Figures.count(
                    mending.changes().size() - leftOut, "row"), Figures.count(mending.entries().size(), "row"), file,
                    log(file));
            if (leftOut > 0) {
                console.line("%s left out, for what cannot be read cannot be mended", Figures.count(leftOut, "row"));
            }
            if (errors > 0) {
                console.line("%s left for you to mend", Figures.count(errors, "error"));
            }
        }
    }

    /// Beside the mended pairs.
    private static Path log(Path mended) {
        return mended.resolveSibling(mended.getFileName() + ".log.jsonl");
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
            console.line("%n%s", "Nothing was found.");
        }
    }

    /// Rows are foreign text: line ends and control characters must not reach the terminal.
    private static String oneLine(String text) {
        return text.replaceAll("\\R", " ").replaceAll("\\p{Cntrl}", "\uFFFD");
    }
}
