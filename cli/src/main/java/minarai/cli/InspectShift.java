package minarai.cli;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.engine.Tensor;
import minarai.eval.metric.TokenShift;
import minarai.models.Inference;
import minarai.models.ModelSource;
import minarai.models.Sampler;
import minarai.train.data.Dataset;
import minarai.train.desk.split.SplitFolder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `minarai inspect shift`: how many of the tuned model's tokens the base would have chosen too.
@Command(name = "shift", description = "Tells how far an adapter moved the choice of tokens away from its base.",
        footer = {
            "",
            "The tuned model answers; at each token of its answers the base says which rank it gives that token: the "
                    + "first is unshifted, the second and third marginal, the others shifted.", "",
            "Example:",
            "  minarai inspect shift -m models/base -a runs/first -d test.jsonl --limit 20"})
final class InspectShift implements Callable<Integer> {

    private final Console console;

    @Spec
    private CommandSpec command = CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = {"-d", "--data"}, required = true, paramLabel = "FILE",
            description = "pairs whose questions are asked")
    private Path data = Path.of("");

    @Option(names = "--limit", defaultValue = "20", paramLabel = "N",
            description = "ask the first N (${DEFAULT-VALUE})")
    private int limit;

    @Option(names = "--max-tokens", defaultValue = "64", paramLabel = "N",
            description = "most tokens of an answer (${DEFAULT-VALUE})")
    private int maxTokens;

    InspectShift(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        if (model.adapter.isEmpty()) {
            throw new ParameterException(command.commandLine(), "missing: -a ADAPTER; without one nothing is shifted");
        }
        try (var computing = backend.open(console); var opened = model.open()) {
            var source = opened.requireSource();
            int positions = source.config().maxPositions();
            Kernels kernels = computing.kernels();
            var tuned = model.inference(opened, kernels, positions);
            var base = new Inference(source.frozen(kernels, positions), kernels);
            SplitFolder.reading(data, "minarai inspect shift");
            var shift = Dataset.read(data).examples().stream().limit(limit)
                    .map(pair -> shift(source.requireTemplate().render(source.tokenizer(), pair.prompt(), true).ids(),
                            source, base, tuned)).reduce(TokenShift.none(), TokenShift::plus);
            print(shift);
        }
        return 0;
    }

    /// Over the tokens of one answer and the token that ends it.
    private TokenShift shift(int[] prompt, ModelSource source, Inference base, Inference tuned) {
        int[] answer = tuned.generate(prompt, Sampler.greedy(), new Inference.Limits(maxTokens, source.ends()),
                (sequence, id) -> { }).ids();
        int[] sequence = IntStream.concat(IntStream.of(prompt), IntStream.of(answer)).toArray();
        Tensor before = base.logits(sequence);
        Tensor after = tuned.logits(sequence);
        return IntStream.range(prompt.length - 1, sequence.length).mapToObj(row -> TokenShift.at(row(before, row),
                row(after, row))).reduce(TokenShift.none(), TokenShift::plus);
    }

    private static float[] row(Tensor logits, int row) {
        int first = logits.offset() + row * logits.columns();
        return Arrays.copyOfRange(logits.data(), first, first + logits.columns());
    }

    private void print(TokenShift shift) {
        double positions = shift.positions();
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("positions", shift.positions());
            fields.put("unshifted", shift.unshifted() / positions);
            fields.put("marginal", shift.marginal() / positions);
            fields.put("shifted", shift.shifted() / positions);
            fields.put("divergence", shift.divergence() / positions);
            fields.put("signature", TokenShift.signature());
            console.json(fields);
            return;
        }
        var rows = List.of("unshifted", "marginal", "shifted");
        var counts = List.of(shift.unshifted(), shift.marginal(), shift.shifted());
        var table = new TextTable("rank in the base", "tokens", "share");
        for (int i = 0; i < rows.size(); i++) {
            table.row(rows.get(i), String.valueOf(counts.get(i)), "%.1f %%".formatted(100 * counts.get(i) / positions));
        }
        console.line("%s%n%.4f nats of divergence a token", table, shift.divergence() / positions);
    }
}
