package minarai.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import minarai.models.format.Checkpoint;
import minarai.models.format.ModelFolder;
import minarai.models.format.SafetensorsFile;
import minarai.models.format.StoredTensor;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `minarai inspect tensors`: what a checkpoint holds.
@Command(name = "tensors", description = "Lists the tensors of a model, an adapter or a safetensors file.%n",
        footer = {"", "Example:", "  minarai inspect tensors -m models/base"})
final class InspectTensors implements Callable<Integer> {

    private static final String ADAPTER = "adapter_model.safetensors";

    private final Console console;

    @Mixin
    private final CommonOptions common = new CommonOptions();

    @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL|FILE",
            description = "model folder, adapter folder, run, or safetensors file")
    private String model = "";

    InspectTensors(Console console) {
        this.console = console;
    }

    @Override
    public Integer call() {
        Path path = ModelPath.ofModel(model);
        Path adapter = ModelPath.ofAdapter(path.toString()).resolve(ADAPTER);
        if (Files.isRegularFile(path) || Files.isRegularFile(adapter)) {
            try (var file = SafetensorsFile.open(Files.isRegularFile(path) ? path : adapter)) {
                print(file);
            }
        } else {
            try (var folder = ModelFolder.open(path)) {
                print(folder.weights());
            }
        }
        return 0;
    }

    private void print(Checkpoint checkpoint) {
        var tensors = checkpoint.names().stream().map(checkpoint::tensor).toList();
        long bytes = tensors.stream().mapToLong(StoredTensor::bytes).sum();
        long parameters = tensors.stream().mapToLong(tensor -> tensor.shape().elements()).sum();
        if (common.isJson) {
            var list = new ArrayList<Map<String, Object>>();
            tensors.forEach(tensor -> list.add(fields(tensor)));
            var fields = new LinkedHashMap<String, Object>();
            fields.put("tensors", list);
            fields.put("parameters", parameters);
            fields.put("bytes", bytes);
            console.json(fields);
            return;
        }
        var table = new TextTable("name", "shape", "type", "size");
        tensors.forEach(tensor -> table.row(tensor.name(), tensor.shape().toString(), tensor.type().name(),
                Figures.bytes(tensor.bytes())));
        console.line("%s", table);
        console.remark("%s, %,d parameters, %s", Figures.count(tensors.size(), "tensor"), parameters,
                Figures.bytes(bytes));
    }

    private static Map<String, Object> fields(StoredTensor tensor) {
        var fields = new LinkedHashMap<String, Object>();
        fields.put("name", tensor.name());
        fields.put("shape", tensor.shape().sizes());
        fields.put("dtype", tensor.type().name());
        fields.put("bytes", tensor.bytes());
        return fields;
    }
}
