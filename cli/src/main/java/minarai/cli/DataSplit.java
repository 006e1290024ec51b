package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import minarai.train.desk.split.AccessLog;
import minarai.train.desk.split.Parting;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai data split`: takes pairs apart so that what is tested was not trained, and shows who read the test.
@Command(name = "split", description =
        "Splits pairs into train, validation and test, with the test frozen by its hash.",
        footer = {
            "",
            "Rows of one group, and near-copies, stay together; where a row goes follows from its group, the seed and "
                    + "the shares alone. Every read of the test by a command is recorded beside it: by data, eval, "
                    + "curve, influence, tune with test=, inspect shift. A log that was changed or is gone shows; "
                    + "lines cut off at its end do not, so note the hash that --show gives.", "",
            "Examples:",
            "  minarai data split -d pairs.jsonl -o parts --group customer --hold-out family=summary",
            "  minarai data split --show parts      # rows, hashes, and who read the test"})
final class DataSplit implements Callable<Integer> {

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-d", "--data"}, paramLabel = "FILE", description = "pairs in any form")
    private Optional<Path> data = Optional.empty();

    @Option(names = {"-o", "--output"}, paramLabel = "DIR", description = "folder for the parts")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--show", paramLabel = "DIR", description =
            "check the hashes of a split, and list the reads of its test")
    private Optional<Path> shown = Optional.empty();

    @Option(names = "--test", defaultValue = "0.1", paramLabel = "SHARE", description =
            "share of the groups to test on (${DEFAULT-VALUE})")
    private double test;

    @Option(names = "--validation", defaultValue = "0.1", paramLabel = "SHARE",
            description = "share of the groups to stop by (${DEFAULT-VALUE})")
    private double validation;

    @Option(names = "--group", paramLabel = "KEY", description =
            "key of a row whose value names its group; else the question does")
    private Optional<String> group = Optional.empty();

    @Option(names = "--hold-out", split = ",", paramLabel = "KEY=VALUE", description =
            "families of tasks that are held out whole")
    private List<String> heldOut = List.of();

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N", description =
            "another split of the same groups (${DEFAULT-VALUE})")
    private long seed;

    DataSplit(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        boolean isShowing = shown.isPresent() && data.isEmpty() && output.isEmpty();
        if (!isShowing && (shown.isPresent() || data.isEmpty() || output.isEmpty())) {
            throw new IllegalArgumentException("name either -d FILE and -o DIR, to split, or --show DIR alone");
        }
        if (isShowing) {
            var split = SplitFolder.open(shown.get());
            split.verify();
            print(split, Optional.of(split.log()));
            return 0;
        }
        var families = new TreeMap<String, Set<String>>();
        for (String family : heldOut) {
            int equals = family.indexOf('=');
            if (equals < 1) {
                throw new IllegalArgumentException("--hold-out %s is no KEY=VALUE".formatted(family));
            }
            families.computeIfAbsent(family.substring(0, equals), absent -> new LinkedHashSet<>())
                    .add(family.substring(equals + 1));
        }
        var parting = new Parting(test, validation, group, families, seed);
        var entries = DeskFiles.read(data.get(), "data split");
        print(SplitFolder.write(output.get(), data.get(), parting, entries), Optional.empty());
        return 0;
    }

    /// @param log of the reads, where they are to be shown
    private void print(SplitFolder split, Optional<AccessLog> log) {
        if (common.isJson) {
            var parts = new LinkedHashMap<String, Object>();
            split.parts().forEach(part -> parts.put(part.name(), new LinkedHashMap<>(Map.of(
                    "file", part.file().toString(), "rows", part.rows(), "sha256", part.sha256(), "frozen",
                    part.isFrozen()))));
            var fields = new LinkedHashMap<String, Object>();
            fields.put("folder", split.folder().toString());
            fields.put("parts", parts);
            fields.put("reads", log.map(AccessLog::lines).orElse(List.of()).stream().map(line -> Map.of("time",
                    line.time().toString(), "user", line.user(), "command", line.command(), "part", line.part()))
                    .toList());
            log.ifPresent(shown -> fields.put("log_hash", shown.last()));
            console.json(fields);
            return;
        }
        var table = new TextTable("part", "rows", "SHA-256", "");
        split.parts().forEach(part -> table.row(part.name(), "%,d".formatted(part.rows()), part.sha256()
                .substring(0, 12) + "…",
                part.isFrozen() ? "frozen: every read is recorded" : ""));
        console.line("%s", table);
        log.ifPresent(this::print);
    }

    private void print(AccessLog log) {
        List<AccessLog.Line> reads = log.lines();
        console.line("%n%s of a frozen part on record, all hashes as they were written", Figures.count(reads.size(),
                "read"));
        reads.forEach(line -> console.line("  %s  %s  %s  %s", line.time(), line.user(), line.part(), line.command()));
        if (!log.isThere()) {
            console.line("There is no log: no command has read a frozen part, or it was deleted. This split is of a"
                    + " build that did not begin one.");
        } else {
            console.line("Lines cut off at the end would not show. Note the hash of the last: %s", log.last());
        }
    }
}
