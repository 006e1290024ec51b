package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.lab.shape.PublishedShape;
import minarai.lab.shape.RandomModel;
import minarai.models.format.DataType;
import minarai.models.format.Shape;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai lab shape`: a model folder with a published shape and random weights.
@Command(name = "shape", description = {
    "Writes a model folder with the shape of a published model and random weights.", "",
    "It answers nonsense and costs what the real one costs: for timings and plans where the weights cannot be had."},
        footer = {"", "Examples:", "  minarai lab shape --like qwen2.5-0.5b -o models/qwen-shape",
            "  minarai lab shape --like smollm2-135m --type f32 --tokenizer models/base -o models/smol-shape"})
final class LabShape implements Callable<Integer> {

    private final Console console;

    /// Stored numbers.
    enum Type {
        BF16(DataType.BF16), F32(DataType.F32);

        private final DataType stored;

        Type(DataType stored) {
            this.stored = stored;
        }
    }

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = "--like", required = true, paramLabel = "SHAPE", description = "qwen2.5-0.5b, qwen2.5-1.5b, "
            + "smollm2-135m, smollm2-360m, tinyllama-1.1b, llama3.2-1b, gpt2-124m or tiny")
    private String like = "";

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "MODEL", description = "model folder, made new")
    private Path output = Path.of("");

    @Option(names = "--type", paramLabel = "TYPE", description = "stored numbers, bf16 (default) or f32")
    private Type type = Type.BF16;

    @Option(names = "--seed", paramLabel = "N", description = "of the weights; 1 if not given")
    private long seed = 1;

    @Option(names = "--tokenizer", paramLabel = "FILE|DIR", description = "a tokenizer.json, or a folder whose "
            + "tokenizer and chat template are copied; one token a byte if not given")
    private Optional<Path> tokenizer = Optional.empty();

    LabShape(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        var shape = PublishedShape.named(like);
        new RandomModel(shape, type.stored, seed).write(output, tokenizer);
        long parameters = shape.config().tensors().values().stream().mapToLong(Shape::elements).sum();
        if (common.isJson) {
            var fields = new LinkedHashMap<String, Object>();
            fields.put("model", output.toString());
            fields.put("like", shape.key());
            fields.put("parameters", parameters);
            fields.put("seed", seed);
            console.json(fields);
        } else {
            console.line("%s: %,d random parameters in the shape of %s", output, parameters, shape.key());
        }
        return 0;
    }
}
