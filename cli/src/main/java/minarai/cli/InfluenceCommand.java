package minarai.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.stream.Collectors;
import minarai.tokenizer.chat.Message;
import minarai.train.Influence;
import minarai.train.Likelihood;
import minarai.train.Retraining;
import minarai.train.Tuning;
import minarai.train.data.Dataset;
import minarai.train.data.Example;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `minarai influence`: what single pairs did to chosen answers.
@Command(name = "influence",
        description = {"Tells by how much single pairs of a run raised or lowered the likelihood of an "
    + "answer.", "",
    "The run is trained again without each of the pairs, from the last checkpoint before it was seen, and the answer's "
        + "log-likelihood is compared. Nothing is estimated and nothing is written. It takes as many trainings as "
        + "there are pairs."},
        footer = {"", "Examples:",
            "  minarai influence runs/first --samples all --prompt 'Where is the mill?' --answer 'By the river.'",
            "  minarai influence runs/first --samples anna-1,anna-2 --on questions.jsonl --json"})
final class InfluenceCommand implements Callable<Integer> {

    private static final String ALL = "all";
    private static final int HALF_BAR = 10;

    private final Console console;

    @Spec
    private CommandLine.Model.CommandSpec command = CommandLine.Model.CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final RecordedRun recorded = new RecordedRun();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = "--samples", required = true, split = ",", paramLabel = "ID",
            description = "ids of the pairs to be left out, one at a time; all for all that were trained on")
    private List<String> samples = List.of();

    @Option(names = "--prompt", paramLabel = "TEXT", description = "what is asked")
    private Optional<String> prompt = Optional.empty();

    @Option(names = "--answer", paramLabel = "TEXT", description = "the answer whose likelihood counts")
    private Optional<String> answer = Optional.empty();

    @Option(names = "--on", paramLabel = "FILE", description = "a file of pairs in place of --prompt and --answer")
    private Optional<Path> on = Optional.empty();

    InfluenceCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (on.isPresent() == prompt.isPresent() || prompt.isPresent() != answer.isPresent()) {
            throw new ParameterException(command.commandLine(), "name either --prompt and --answer or --on FILE");
        }
        long start = System.nanoTime();
        on.ifPresent(file -> SplitFolder.reading(file, "minarai influence --on"));
        List<Example> asked = on.map(file -> Dataset.read(file).examples()).orElseGet(() -> List.of(new Example("asked",
                List.of(new Message("user", prompt.orElse("")), new Message("assistant", answer.orElse(""))),
                "--answer")));
        try (var run = CheckedRun.open(recorded, console);
                var computing = Backend.of(backend.over(run.assignment().recipe()), console)) {
            List<String> ids = ids(run);
            var kernels = computing.kernels();
            int positions = Math.min(run.assignment().recipe().maxLength(), run.source().config().maxPositions());
            var likelihood = Likelihood.of(run.source(), asked, positions);
            var retraining = new Retraining(run.source(), run.dataset(),
                    new Tuning(run.source(), run.lessons(), kernels), run.folder(), run.ledger());
            var influence = new Influence(retraining, likelihood, kernels);
            console.remark("%s, each left out of a training of its own; about %s in all",
                    Figures.count(ids.size(), "pair"), Figures.count(influence.expectedSteps(ids), "step"));
            Influence.Effects effects;
            try (var interruption = new Interruption(console, () -> console.remark("Stopped; nothing was written"));
                    var progress = new ProgressLine(console, interruption)) {
                effects = influence.of(ids, progress);
            }
            var took = Duration.ofNanos(System.nanoTime() - start);
            if (common.isJson) {
                console.json(fields(run, asked, likelihood, effects, took));
            } else {
                show(run, effects, took);
            }
        }
        return 0;
    }

    private List<String> ids(CheckedRun run) {
        Dataset pairs = run.pairs();
        if (!samples.equals(List.of(ALL))) {
            var ids = new LinkedHashSet<>(samples);
            recorded.requirePairs(ids, pairs.ids());
            ids.forEach(id -> pairs.without(Set.of(id)));
            return List.copyOf(ids);
        }
        return run.lessons().training().keySet().stream().filter(id -> isRemovable(pairs, id)).toList();
    }

    /// Of pairs with the same words the last alone is left out: without any of them a run would be the same.
    private boolean isRemovable(Dataset pairs, String id) {
        try {
            pairs.without(Set.of(id));
            return true;
        } catch (IllegalArgumentException needed) {
            console.remark("Passed over: %s", needed.getMessage());
            return false;
        }
    }

    private void show(CheckedRun run, Influence.Effects effects, Duration took) {
        double most = effects.effects().stream().mapToDouble(effect -> Math.abs(effect.total())).max().orElse(0);
        Map<String, Example> pairs = run.pairs().examples().stream()
                .collect(Collectors.toMap(Example::id, Function.identity()));
        var table = new TextTable("pair", "nats", "per token", "  lowered │ raised", "question");
        for (Influence.Effect effect : effects.effects()) {
            table.row(effect.id(), "%+.5f".formatted(effect.total()), "%+.6f".formatted(effect.mean()),
                    bar(effect.total(), most), Optional.ofNullable(pairs.get(effect.id())).map(ForgetCommand::question)
                            .orElse(""));
        }
        console.line("%s", table);
        int tokens = effects.recorded().stream().mapToInt(answered -> answered.length).sum();
        console.line(("%nThe run gives the answer a log-likelihood of %.4f nats (%.4f per token, %s); a pair's figure "
                + "is that less ")
                .formatted(effects.total(), effects.total() / tokens, Figures.count(tokens, "token"))
                + "what it would be without the pair. " + ProgressLine.duration(took) + ".");
    }

    /// A bar to the left for what was lowered, to the right for what was raised.
    static String bar(double value, double most) {
        int length = most == 0 ? 0 : (int) Math.round(HALF_BAR * Math.abs(value) / most);
        String left = " ".repeat(HALF_BAR - (value < 0 ? length : 0)) + "▇".repeat(value < 0 ? length : 0);
        return left + "│" + "▇".repeat(value < 0 ? 0 : length);
    }

    /// The keys that other programs rely on.
    private static Map<String, Object> fields(CheckedRun run, List<Example> asked, Likelihood likelihood,
            Influence.Effects effects, Duration took) {
        var answers = new ArrayList<Map<String, Object>>();
        for (int i = 0; i < asked.size(); i++) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("id", asked.get(i).id());
            fields.put("tokens", Arrays.stream(likelihood.answers().get(i)).mapToObj(run.source().tokenizer()::piece)
                    .toList());
            fields.put("log_likelihood", effects.recorded().get(i));
            answers.add(fields);
        }
        var samples = new ArrayList<Map<String, Object>>();
        for (Influence.Effect effect : effects.effects()) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("id", effect.id());
            fields.put("total", effect.total());
            fields.put("mean", effect.mean());
            fields.put("changes", effect.changes());
            fields.put("restarted_from", effect.start());
            fields.put("steps_executed", effect.steps());
            samples.add(fields);
        }
        var fields = new LinkedHashMap<String, Object>();
        fields.put("run", run.folder().toString());
        fields.put("answers", answers);
        fields.put("samples", samples);
        fields.put("seconds", took.toMillis() / 1000.0);
        return fields;
    }
}
