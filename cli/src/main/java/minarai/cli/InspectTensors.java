package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import minarai.engine.Storage;
import minarai.models.StorageError;
import minarai.models.format.Checkpoint;
import minarai.models.format.GgufFile;
import minarai.models.format.ModelFolder;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.StoredTensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai inspect tensors`: what a checkpoint holds.
@Command(name = "tensors", description = "Lists the tensors of a model, an adapter, a safetensors or a GGUF file.",
        footer = {"", "Examples:", "  minarai inspect tensors -m models/base",
            "  minarai inspect tensors -m models/base --weights q4_0"})
final class InspectTensors implements Callable<Integer> {

    /// Rounding that a model's answers may show.
    private static final double ROUGH = 0.02;
    private static final String ADAPTER = "adapter_model.safetensors";

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Mixin
    private final ColorOption color = new ColorOption();

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL|FILE",
            description = "model folder, adapter folder, run, safetensors or GGUF file")
    private String model = "";

    @Option(names = "--weights", paramLabel = "STORAGE",
            description = "show what storing the matrices so in memory would round: bf16, q8_0 or q4_0")
    private Optional<Storage> weights = Optional.empty();

    InspectTensors(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path path = ModelPath.ofModel(model);
        Path adapter = ModelPath.ofAdapter(path.toString()).resolve(ADAPTER);
        if (Files.isRegularFile(path) || Files.isRegularFile(adapter)) {
            try (var file = open(Files.isRegularFile(path) ? path : adapter)) {
                print(file);
            }
        } else {
            try (var folder = ModelFolder.open(path)) {
                print(folder.weights());
            }
        }
        return 0;
    }

    /// A GGUF file is listed as it is, whatever it holds.
    private static Checkpoint open(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".gguf") ? GgufFile.open(file)
                : name.endsWith(".bin") ? ModelFolder.open(file).weights() : SafetensorsFile.open(file);
    }

    private void print(Checkpoint checkpoint) {
        var tensors = checkpoint.names().stream().map(checkpoint::tensor).toList();
        long bytes = tensors.stream().mapToLong(StoredTensor::bytes).sum();
        long parameters = tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
        if (common.isJson) {
            var list = new ArrayList<Map<String, Object>>();
            tensors.forEach(tensor -> list.add(fields(checkpoint, tensor)));
            var fields = new LinkedHashMap<String, Object>();
            fields.put("tensors", list);
            fields.put("parameters", parameters);
            fields.put("bytes", bytes);
            console.json(fields);
            return;
        }
        var table = weights.isPresent()
                ? new TextTable("name", "shape", "type", "size", "greatest rounding", "relative rounding")
                : new TextTable("name", "shape", "type", "size");
        Ink ink = color.ink(console);
        for (StoredTensor tensor : tensors) {
            var cells = new ArrayList<>(List.of(ink.paint(Ink.Tone.NAME, tensor.name()), tensor.shape().toString(),
                    ink.paint(tensor.type().isWeight() ? Ink.Tone.NUMBER : Ink.Tone.SPECIAL, tensor.type().name()),
                    Figures.bytes(tensor.bytes())));
            if (weights.isPresent()) {
                var rounding = rounding(checkpoint, tensor);
                cells.add(rounding.map(each -> "%.3g".formatted(each.greatest())).orElse(""));
                cells.add(rounding.map(each -> ink.paint(each.relative() > ROUGH ? Ink.Tone.WARNING : Ink.Tone.CONTEXT,
                        "%.3f %%".formatted(100 * each.relative()))).orElse(""));
            }
            table.row(cells.toArray(String[]::new));
        }
        console.line("%s", table);
        console.remark("%s, %,d parameters, %s", Figures.count(tensors.size(), "tensor"), parameters,
                Figures.bytes(bytes));
    }

    /// What storing a matrix otherwise rounds; empty where it would not be stored so.
    private Optional<StorageError> rounding(Checkpoint checkpoint, StoredTensor tensor) {
        boolean isMatrix = tensor.shape().sizes().size() > 1 && tensor.type().isWeight();
        return weights.filter(_ -> isMatrix).map(storage -> StorageError.of(checkpoint, tensor, storage));
    }

    private Map<String, Object> fields(Checkpoint checkpoint, StoredTensor tensor) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("name", tensor.name());
        fields.put("shape", tensor.shape().sizes());
        fields.put("dtype", tensor.type().name());
        fields.put("bytes", tensor.bytes());
        rounding(checkpoint, tensor).ifPresent(rounding -> {
            fields.put("greatest_rounding", rounding.greatest());
            fields.put("relative_rounding", rounding.relative());
        });
        return fields;
    }
}
