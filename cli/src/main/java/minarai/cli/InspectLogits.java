package minarai.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import minarai.engine.Tensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai inspect logits`: what a model expects after each token.
@Command(name = "logits", description = "Shows what a model expects after each token.",
        footer = {"", "Example:", "  minarai inspect logits -m models/base --ids 1,80,147"})
final class InspectLogits implements Callable<Integer> {

    private static final int SHOWN = 5;
    /// In nats: less likely than one in a hundred.
    private static final float SURPRISING = 4.6f;

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ColorOption color = new ColorOption();

    @Mixin
    private final ModelOptions model = new ModelOptions();

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = "--ids", split = ",", required = true, paramLabel = "ID", description = "token ids, e.g. 1,2,3")
    private List<Integer> ids = List.of();

    InspectLogits(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        int[] sequence = ids.stream().mapToInt(Integer::intValue).toArray();
        try (var computing = backend.open(console); var opened = model.open()) {
            TokenIds.requireKnown(sequence, opened.folder().config());
            var inference = model.inference(opened, computing.kernels(), sequence.length);
            float[] losses = inference.losses(List.of(sequence)).getFirst();
            Tensor logits = inference.logits(sequence);
            if (common.isJson) {
                var fields = new LinkedHashMap<String, Object>();
                fields.put("ids", sequence);
                fields.put("nll", losses);
                fields.put("logits", rows(logits));
                console.json(fields);
            } else {
                show(sequence, losses, logits, opened);
            }
        }
        return 0;
    }

    private static float[][] rows(Tensor logits) {
        var rows = new float[logits.rows()][];
        for (int row = 0; row < rows.length; row++) {
            int first = logits.offset() + row * logits.columns();
            rows[row] = Arrays.copyOfRange(logits.data(), first, first + logits.columns());
        }
        return rows;
    }

    private void show(int[] sequence, float[] losses, Tensor logits, OpenModel opened) {
        Ink ink = color.ink(console);
        var table = new TextTable("position", "id", "token", "nll of the next", "expected next");
        for (int row = 0; row < sequence.length; row++) {
            boolean isLast = row == losses.length;
            Ink.Tone surprise = isLast || losses[row] < SURPRISING ? Ink.Tone.TARGET : Ink.Tone.WARNING;
            table.row(String.valueOf(row), ink.paint(Ink.Tone.NUMBER, String.valueOf(sequence[row])),
                    ink.paint(Ink.Tone.NAME, TokenText.of(opened, sequence[row])),
                    isLast ? "" : ink.paint(surprise, "%.4f".formatted(losses[row])),
                    likeliest(logits, row, isLast ? -1 : sequence[row + 1], opened, ink));
        }
        console.line(table.toString());
    }

    /// @param next the token that does follow, or -1
    private static String likeliest(Tensor logits, int row, int next, OpenModel opened, Ink ink) {
        var text = new StringBuilder();
        IntStream.range(0, logits.columns()).boxed()
                .sorted((a, b) -> Float.compare(logits.at(row, b), logits.at(row, a))).limit(SHOWN)
                .forEach(id -> text.append(text.isEmpty() ? "" : "  ")
                        .append(ink.paint(id == next ? Ink.Tone.TARGET : Ink.Tone.CONTEXT,
                                "%s %.2f".formatted(TokenText.of(opened, id), logits.at(row, id)))));
        return text.toString();
    }
}
