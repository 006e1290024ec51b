package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.models.Merge;
import minarai.models.format.DataType;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import minarai.train.run.RunFolder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `minarai export`: what a run made, in a form that other programs read.
@Command(name = "export", description = "Writes an adapter or a model for other programs.",
        footer = {
            "",
            "To safetensors an adapter is merged into its base, in f32 whatever is written; how far the result is from "
                    + "base and adapter apart is measured and printed. Whatever is written is read back and asked, by "
                    + "what backend= names: the exit code is 1 if its logits are not, bit for bit, those of what was "
                    + "to be written, rounded to its type.", "",
            "Examples:",
            "  minarai export runs/first --to safetensors -o models/first",
            "  minarai export adapters/mine -m models/base --to safetensors --type f32 -o models/mine",
            "  minarai export models/mine --unmerge adapters/mine --to safetensors -o models/base-again",
            "  minarai export runs/first --to peft -o adapters/first",
            "  minarai export runs/first --to gguf -o first-lora.gguf",
            "  minarai export runs/first --to gguf --merge --type q8_0 -o first.gguf"})
final class ExportCommand implements Callable<Integer> {

    private final Console console;

    @Spec
    private CommandLine.Model.CommandSpec command = CommandLine.Model.CommandSpec.create();

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Parameters(index = "0", paramLabel = "RUN|ADAPTER|MODEL", description = "what to export")
    private String from = "";

    @Mixin
    private final BackendOption backend = new BackendOption();

    @Option(names = "--to", required = true, paramLabel = "FORMAT", description = "peft, safetensors, gguf or mlx")
    private Format format = Format.SAFETENSORS;

    @Option(names = {"-o", "--output"}, required = true, paramLabel = "DIR|FILE",
            description = "folder, made new; for gguf a file")
    private Path output = Path.of("");

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "base of the adapter, in place of the one it names")
    private Optional<String> model = Optional.empty();

    @Option(names = "--type", paramLabel = "TYPE",
            description = "f32, f16 or bf16, for gguf also q8_0 or q4_0; otherwise the base's")
    private Optional<DataType> type = Optional.empty();

    @Option(names = "--merge", description = "for gguf: merge the adapter into its base and write the model, which "
            + "safetensors always does")
    private boolean isMerged;

    @Option(names = "--unmerge", paramLabel = "ADAPTER",
            description = "for safetensors: take this adapter, the one that was "
            + "merged last, out of the model again")
    private Optional<String> unmerge = Optional.empty();

    @Option(names = "--allow", split = ",", paramLabel = "NAME",
            description = "go on although parts do not belong together: other_base")
    private List<String> allow = List.of();

    /// What is written.
    enum Format { PEFT, SAFETENSORS, GGUF, MLX }

    /// What is to be exported: an adapter with the folder of its base, or a model alone.
    private record Subject(Optional<Path> adapter, Optional<String> base) {
    }

    ExportCommand(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Subject subject = subject();
        requireMeaning(subject);
        if (format == Format.GGUF) {
            Output.requireNew(output);
        }
        var fields = new LinkedHashMap<String, Object>();
        fields.put("output", output.toString());
        fields.putAll(switch (format) {
            case PEFT -> peft(subject);
            case GGUF -> gguf(subject);
            case MLX -> mlx(subject);
            case SAFETENSORS -> unmerge.isPresent() ? unmerged(subject, unmerge.get())
                    : subject.adapter().isPresent() ? merged(subject) : model(subject);
        });
        if (common.isJson) {
            console.json(fields);
        } else {
            var table = new TextTable();
            fields.forEach((name, value) -> table.row(name.replace('_', ' '), String.valueOf(value)));
            console.line("%s", table);
        }
        return 0;
    }

    private Subject subject() {
        Path path = Path.of(from);
        if (Files.isRegularFile(path.resolve("adapter_config.json"))) {
            // An adapter of MLX does not say it.
            String named = PeftFolder.read(path).config().baseModel();
            return new Subject(Optional.of(path), model.or(() -> Optional.of(named).filter(name -> !name.isEmpty())));
        }
        // The run is only read, so it may be in use.
        if (RunFolder.isRun(path) && Files.isDirectory(path.resolve(RunFolder.ADAPTER))) {
            Object trainedOn = RunFolder.record(path).recipe().getOrDefault("model", "");
            return new Subject(Optional.of(path.resolve(RunFolder.ADAPTER)),
                    model.or(() -> Optional.of(trainedOn.toString())));
        }
        return new Subject(Optional.empty(), Optional.of(from));
    }

    /// An option that would do nothing is an error, and a file that nobody would open.
    private void requireMeaning(Subject subject) {
        boolean hasAdapter = subject.adapter().isPresent();
        boolean isMerging = hasAdapter && (format == Format.SAFETENSORS || format == Format.GGUF && isMerged);
        if (isMerged && format != Format.GGUF && format != Format.SAFETENSORS) {
            throw wrong(("--merge: --to %s writes the adapter alone; a merged model is written by --to safetensors, or "
                    + "by ").formatted(name()) + "--to gguf --merge");
        }
        if (isMerged && !hasAdapter) {
            throw wrong("--merge: %s is no adapter and no run with one, so there is nothing to merge".formatted(from));
        }
        if (unmerge.isPresent() && (hasAdapter || format != Format.SAFETENSORS)) {
            throw wrong("--unmerge: an adapter is taken out of a merged model, and what is left is written by --to "
                    + "safetensors");
        }
        if (type.isPresent() && hasAdapter && !isMerging) {
            throw wrong("--type: --to %s writes the adapter, in f32; a type is for models%s".formatted(name(),
                    format == Format.GGUF ? ". Give --merge too, if the merged model is what you want" : ""));
        }
        if (!allow.isEmpty() && !isMerging) {
            throw wrong("--allow: nothing is merged here, so there is nothing that could be allowed");
        }
        if (format == Format.GGUF && (isMerging || !hasAdapter) && !output.toString().endsWith(".gguf")) {
            throw wrong("-o: %s does not end with .gguf, by which a model in one file is known".formatted(output));
        }
    }

    private String name() {
        return format.name().toLowerCase(Locale.ROOT);
    }

    private ParameterException wrong(String sentence) {
        return new ParameterException(command.commandLine(), sentence);
    }

    private Map<String, Object> peft(Subject subject) {
        try (var base = base(subject); var computing = backend.open(console)) {
            return new ExportAdapter(base, requireAdapter(subject), Probing.of(base.config(), computing.kernels()))
                    .peft(output);
        }
    }

    private PeftFolder requireAdapter(Subject subject) {
        return PeftFolder.read(subject.adapter().orElseThrow(() -> new IllegalArgumentException(
                "%s is no adapter and no run with one, so there is nothing to write as %s".formatted(from, name()))));
    }

    private Map<String, Object> mlx(Subject subject) {
        try (var base = base(subject); var computing = backend.open(console)) {
            return new ExportAdapter(base, requireAdapter(subject), Probing.of(base.config(), computing.kernels()))
                    .mlx(output);
        }
    }

    private Map<String, Object> gguf(Subject subject) {
        try (var base = base(subject); var computing = backend.open(console)) {
            if (subject.adapter().isPresent() && !isMerged) {
                return new ExportAdapter(base, requireAdapter(subject), Probing.of(base.config(), computing.kernels()))
                        .gguf(output);
            }
            var merge = isMerged ? Optional.of(new Merge(base, requireAdapter(subject), Allowed.of(allow)))
                    : Optional.<Merge>empty();
            return new ExportGguf(base, merge, type(base), Probing.of(base.config(), computing.kernels()),
                    console).write(output);
        }
    }

    private ModelFolder base(Subject subject) {
        String named = subject.base().orElseThrow(() -> new IllegalArgumentException(
                "the adapter %s does not say what its base is; name it: -m MODEL".formatted(from)));
        return ModelFolder.open(ModelPath.ofModel(named));
    }

    private void remarkOnVocabulary(ModelFolder base) {
        if (!base.hasWritableTokenizer()) {
            console.remark("The vocabulary of %s is one that tokenizer.json cannot say, so none is written; copy that "
                    + "of the original model beside the weights.", base.path());
        }
    }

    private DataType type(ModelFolder base) {
        String first = base.config().tensors().keySet().iterator().next();
        DataType stored = base.weights().tensor(base.storedName(first)).type();
        boolean isSame = stored.isFloat() || format == Format.GGUF
                && (stored == DataType.Q8_0 || stored == DataType.Q4_0);
        return type.orElse(isSame ? stored : DataType.F32);
    }

    private Map<String, Object> merged(Subject subject) {
        var adapter = PeftFolder.read(subject.adapter().orElseThrow());
        try (var base = base(subject); var computing = backend.open(console)) {
            remarkOnVocabulary(base);
            var merge = new Merge(base, adapter, Allowed.of(allow));
            var fields = new LinkedHashMap<>(new ExportFolder(base, Optional.of(merge), type(base),
                    Probing.of(base.config(), computing.kernels())).merged(from, output));
            if (!allow.isEmpty()) {
                fields.put("allowed", String.join(",", allow));
            }
            return fields;
        }
    }

    private Map<String, Object> unmerged(Subject subject, String adapter) {
        try (var folder = base(subject); var computing = backend.open(console)) {
            remarkOnVocabulary(folder);
            return new ExportFolder(folder, Optional.empty(), type(folder),
                    Probing.of(folder.config(), computing.kernels()))
                    .unmerged(PeftFolder.read(ModelPath.ofAdapter(adapter)), adapter, output);
        }
    }

    private Map<String, Object> model(Subject subject) {
        try (var folder = base(subject); var computing = backend.open(console)) {
            remarkOnVocabulary(folder);
            return new ExportFolder(folder, Optional.empty(), type(folder),
                    Probing.of(folder.config(), computing.kernels())).copy(output);
        }
    }
}
