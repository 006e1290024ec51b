package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import minarai.train.Checkpoint;
import minarai.train.data.Names;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerDamage;
import minarai.train.run.RunRecord;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// Options that name a run on record, and where what it was begun with is now.
final class RecordedRun {

    @Parameters(index = "0", paramLabel = "RUN", description = "folder of the run")
    private Path run = Path.of("");

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "where the model is now, if not where the run found it")
    private Optional<String> model = Optional.empty();

    @Option(names = {"-d", "--data"}, paramLabel = "DATA",
            description = "where the pairs are now, if not where the run found them")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--template", paramLabel = "NAME|FILE", description = "where the chat template is now, likewise")
    private Optional<String> template = Optional.empty();

    @Option(names = "--test", paramLabel = "FILE",
            description = "where a test file that the recipe names is now, likewise; one for each")
    private List<Path> tests = List.of();

    Path folder() {
        return ModelPath.ofRun(run);
    }

    /// The folder as it was named.
    Path named() {
        return run;
    }

    /// Whether anything beside the folder is named.
    boolean isMoved() {
        return model.isPresent() || data.isPresent() || template.isPresent() || !tests.isEmpty();
    }

    /// What the run was asked to do, with its files where they are now.
    Assignment assignment(RunRecord record) {
        var settings = new LinkedHashMap<>(record.recipe());
        model.ifPresent(named -> settings.put("model", ModelPath.ofModel(named).toString()));
        data.ifPresent(file -> settings.put("data", file.toString()));
        if (!tests.isEmpty()) {
            settings.put("test", tests.stream().map(Path::toString).toList());
        }
        template.ifPresent(named -> settings.put("template", named));
        return Assignment.of(settings, run);
    }

    /// What was compared with the record before any step is taken, in a sentence.
    ///
    /// @param inputs what went into the run
    static String comparison(Path run, Ledger ledger, String... inputs) {
        var compared = new ArrayList<>(List.of(inputs));
        int checkpoints = Checkpoint.in(run.resolve("checkpoints")).size();
        if (checkpoints > 0) {
            compared.add(Figures.count(checkpoints, "checkpoint"));
        }
        if (ledger.closing().isPresent()) {
            compared.add("result");
        }
        return "%s of the ledger follow one another; the hashes of these are as recorded: %s".formatted(
                Figures.count(ledger.lines().size(), "line"), String.join(", ", compared));
    }

    /// @throws LedgerDamage if what is there now is not what the run was begun with
    static void requireSame(RunRecord record, Map<String, String> now) {
        Provenance.firstDifference(record.hashes(), now).ifPresent(what -> {
            throw new LedgerDamage(0, ("the %s is not that of the run: its hash was %s, now it is %s. Name what the "
                    + "run was begun with: -m, -d or --template").formatted(what,
                    record.hashes().getOrDefault(what, "nothing"), now.getOrDefault(what, "nothing")));
        });
    }

    /// @param difference what is not as it was, in a sentence
    /// @throws LedgerDamage if there is such a thing
    static void requireSame(Optional<String> difference) {
        if (difference.isPresent()) {
            throw new LedgerDamage(0, difference.get()
                    + ". Name what the run was begun with: -m, -d, --template or --test");
        }
    }

    /// @param known ids of the run's pairs
    /// @throws IllegalArgumentException if one of the ids is none of them, with the nearest
    void requirePairs(Collection<String> ids, Set<String> known) {
        for (String id : ids) {
            if (!known.contains(id)) {
                throw new IllegalArgumentException(("the run %s had no pair with the id %s%s. minarai forget %s --list "
                        + "shows the ids of all its pairs").formatted(run, Names.clipped(id), suggestion(id, known),
                        run));
            }
        }
    }

    private static String suggestion(String id, Set<String> known) {
        var left = new ArrayList<>(known);
        var near = new ArrayList<String>();
        for (Optional<String> next = Names.nearest(id, left); next.isPresent() && near.size() < 3;
                next = Names.nearest(id, left)) {
            near.add(next.get());
            left.remove(next.get());
        }
        return near.isEmpty() ? "" : "; the nearest: " + String.join(", ", near);
    }
}
