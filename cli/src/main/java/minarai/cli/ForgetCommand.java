package minarai.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import minarai.eval.report.Fact;
import minarai.train.Erasure;
import minarai.train.Lessons;
import minarai.train.Recipe;
import minarai.train.Tuning;
import minarai.train.data.Example;
import minarai.train.data.Names;
import minarai.train.run.Ledger;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `minarai forget`: a run as it would be without some of its pairs.
@Command(name = "forget", description = {"Makes a run anew without some of its pairs.", "",
    "Training goes on from the last checkpoint before the step that saw one of them first, with the same number of "
            + "steps and the same schedule. The weights and the ledger are bit for bit those of a run that never had "
            + "the pairs. The file of pairs stays as it is; afterwards the rows may be deleted from it, and the first "
            + "run, which still has learned from them."},
        footer = {"", "Examples:", "  minarai forget runs/first --list",
            "  minarai forget runs/first --sample 3f9c2a51d07be846 -o runs/without",
            "  minarai forget runs/first --sample anna-1 --sample anna-2 -o runs/without --json"})
final class ForgetCommand implements Callable<Integer> {

    private static final int SHOWN = 48;

    private final Console console;

    @Spec
    private CommandLine.Model.CommandSpec command = CommandLine.Model.CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final RecordedRun recorded = new RecordedRun();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = "--sample", paramLabel = "ID", description = "id of a pair to be left out; may be given again")
    private List<String> samples = List.of();

    @Option(names = {"-o", "--output"}, paramLabel = "RUN2", description = "folder of the new run")
    private Optional<Path> output = Optional.empty();

    @Option(names = "--list", description = "show the ids of the run's pairs and the steps that saw them first")
    private boolean isList;

    ForgetCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (!isList && (samples.isEmpty() || output.isEmpty())) {
            throw new ParameterException(command.commandLine(), "missing: --sample ID and -o RUN2, or --list");
        }
        try (var run = CheckedRun.open(recorded, console)) {
            if (isList) {
                list(run);
            } else {
                forget(run, new LinkedHashSet<>(samples), output.get());
            }
        }
        return 0;
    }

    private void list(CheckedRun run) {
        var table = new TextTable("id", "first seen", "where", "question");
        var all = new ArrayList<Map<String, Object>>();
        for (Example pair : run.pairs().examples()) {
            var seen = run.ledger().firstStepWith(pair.id());
            boolean isTaught = run.lessons().training().containsKey(pair.id());
            var fields = new LinkedHashMap<String, Object>();
            fields.put("id", pair.id());
            seen.ifPresent(step -> fields.put("first_seen", step));
            fields.put("held_out", !isTaught);
            fields.put("where", pair.origin());
            all.add(fields);
            table.row(pair.id(), seen.isPresent() ? "step " + seen.getAsInt() : isTaught ? "never" : "held out",
                    Path.of(pair.origin()).getFileName().toString(), question(pair));
        }
        if (common.isJson) {
            console.json(Map.of("samples", all));
        } else {
            console.line("%s", table);
        }
    }

    /// The beginning of a pair's question, in one line.
    static String question(Example pair) {
        String text = BeforeAndAfter.question(pair.prompt()).replaceAll("\\s+", " ");
        return text.codePointCount(0, text.length()) <= SHOWN ? text
                : text.substring(0, text.offsetByCodePoints(0, SHOWN - 1)) + "…";
    }

    private void forget(CheckedRun run, Set<String> ids, Path made) {
        RunFolder.requireFree(made);
        recorded.requirePairs(ids, run.pairs().ids());
        run.pairs().without(ids);
        List<String> copies = run.pairs().copies(ids);
        Recipe recipe = backend.over(run.lessons().resolved().forgetting(ids));
        var lessons = Lessons.prepare(run.source(), run.dataset(), recipe);
        var erasure = Erasure.of(run.folder(), run.ledger(), run.lessons(), lessons, ids);
        Assignment assignment = run.assignment().with(lessons.resolved());
        var work = new TuneSteps(console);
        work.announce(lessons, run.dataset());
        console.remark("%s; %s", seen(erasure), restart(erasure));
        try (var computing = Backend.of(recipe, console)) {
            var kernels = computing.kernels();
            var tuning = new Tuning(run.source(), lessons, kernels);
            tuning.requireFit();
            var examples = new BeforeAndAfter(run.source(), kernels, tuning, run.dataset());
            var record = new RunRecord(assignment.toMap(), recipe.seed(), Provenance.hashes(run.source(), run.dataset(),
                    recipe), Provenance.versions(computing), lessons.overridden());
            try (var folder = RunFolder.create(made, record)) {
                erasure.begin(folder, tuning);
                TuneResult result = work.take(tuning, folder, record, examples,
                        TuneSteps.served(assignment, tuning, made, kernels), facts(erasure));
                Ledger ledger = Ledger.read(made);
                erasure.requireAbsent(ledger);
                print(result, erasure, ledger, copies, made);
                result.proof().require();
            }
        }
    }

    private static String seen(Erasure erasure) {
        return erasure.firstSeen().isPresent() ? "First seen at step " + erasure.firstSeen().getAsInt()
                : "No step saw " + (erasure.ids().size() == 1 ? "it" : "them");
    }

    private static String restart(Erasure erasure) {
        int step = erasure.start().step();
        if (step > 0) {
            return "training goes on from the checkpoint of step " + step;
        }
        return erasure.start().alike() < 0 ? "other pairs are held out by now, so training begins anew"
                : "there is no earlier checkpoint, so training begins anew";
    }

    private static List<Fact> facts(Erasure erasure) {
        var facts = new ArrayList<Fact>();
        erasure.ids().stream().sorted().forEach(id -> facts.add(new Fact("left out", id)));
        facts.add(new Fact("how", "%s; %s; none of these ids is in a line of the ledger".formatted(seen(erasure),
                restart(erasure))));
        return facts;
    }

    /// @param copies ids of pairs that stay although they hold the same words
    private void print(TuneResult result, Erasure erasure, Ledger ledger, List<String> copies, Path made) {
        int executed = ledger.steps() - erasure.start().step();
        if (common.isJson) {
            var fields = new LinkedHashMap<>(result.fields());
            var forgotten = new LinkedHashMap<String, Object>();
            forgotten.put("samples", erasure.ids().stream().sorted().toList());
            erasure.firstSeen().ifPresent(step -> forgotten.put("first_seen", step));
            forgotten.put("restarted_from", erasure.start().step());
            forgotten.put("steps_executed", executed);
            forgotten.put("absent", true);
            forgotten.put("copies", copies);
            fields.put("forgotten", forgotten);
            console.json(fields);
            return;
        }
        result.show(console);
        console.line("%nLeft out %s.", String.join(", ", erasure.ids().stream().sorted().toList()));
        console.line("%s; %s: %s taken again, %d carried over.", seen(erasure), restart(erasure),
                Figures.count(executed, "step"), erasure.start().step());
        console.line("No line of the ledger has %s. The parameters have the hash %s.",
                erasure.ids().size() == 1 ? "its id" : "one of their ids", result.outcome().parameterHash());
        if (!copies.isEmpty()) {
            console.line("The same words stay under other ids: %s. To leave them out too, name each with --sample.",
                    Names.list(copies));
        }
        console.remark("%nCheck it:  minarai replay %s%n%s still has what was learned from it.", made,
                recorded.folder());
    }
}
