package minarai.models.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import minarai.engine.Tensor;
import minarai.models.format.SafetensorsWriter.Entry;

/// A LoRA adapter as MLX stores it: a folder with adapter_config.json and adapters.safetensors.
///
/// Its matrices are the transposes of PEFT's: `lora_a` is inputs x rank, `lora_b` rank x outputs. There is one rank and
/// one scale, which multiplies the correction as it is. So pairs of smaller rank are filled up with zeros, and pairs
/// whose scale is another have the ratio in their `lora_b`.
///
/// @see <a href="https://github.com/ml-explore/mlx-lm/blob/main/mlx_lm/tuner/utils.py">mlx-lm, tuner/utils.py</a>
public final class MlxFolder {

    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapters.safetensors";
    private static final String DOWN = ".lora_a";
    private static final String UP = ".lora_b";
    private static final String GPT2_HERE = "transformer.";
    private static final String GPT2_THERE = "model.h.";

    private MlxFolder() {
    }

    /// Whether a folder holds an adapter of MLX.
    public static boolean isAt(Path folder) {
        return Files.isRegularFile(folder.resolve(WEIGHTS));
    }

    /// Reads an adapter folder.
    ///
    /// @throws IllegalArgumentException      if it is not a sound adapter folder, or uses what is not supported
    /// @throws java.io.UncheckedIOException if a file cannot be read
    public static PeftFolder read(Path path) {
        if (!Files.isRegularFile(path.resolve(CONFIG))) {
            throw new IllegalArgumentException("reading the adapter %s: it has no %s".formatted(path, CONFIG));
        }
        var fields = new Fields(path.resolve(CONFIG).toString(),
                JsonFile.read(path.resolve(CONFIG), JsonFile.CONFIGURATION_BYTES));
        String type = fields.text("fine_tune_type").orElse("lora");
        if (!type.equals("lora")) {
            throw fields.wrong("fine_tune_type", "lora; dora and full are not read yet");
        }
        var parameters = fields.object("lora_parameters").orElseThrow(() -> fields.missing("lora_parameters"));
        int rank = parameters.integer("rank", 1, PeftConfig.MAX_RANK);
        double scale = parameters.has("scale") ? parameters.number("scale", 0, PeftConfig.MAX_ALPHA)
                : parameters.number("alpha", 0, PeftConfig.MAX_ALPHA) / rank;
        try (var weights = SafetensorsFile.open(path.resolve(WEIGHTS))) {
            return read(weights, rank, scale);
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("reading the adapter %s: %s".formatted(path, unsound.getMessage()),
                    unsound);
        }
    }

    private static PeftFolder read(Checkpoint weights, int rank, double scale) {
        var modules = new TreeMap<String, LowRankPair>();
        var names = new TreeSet<String>();
        for (String name : weights.names()) {
            if (!name.endsWith(DOWN) && !name.endsWith(UP)) {
                throw new IllegalArgumentException("the tensor %s is not supported; only <module>%s and %s are"
                        .formatted(name, DOWN, UP));
            }
            String stored = name.substring(0, name.length() - DOWN.length());
            String path = here(stored);
            if (!modules.containsKey(path)) {
                modules.put(path, new LowRankPair(matrix(weights, stored + DOWN, rank, false),
                        matrix(weights, stored + UP, rank, true)));
                names.add(path.substring(path.lastIndexOf('.') + 1));
            }
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("the adapter has no matrices at all");
        }
        return new PeftFolder(PeftConfig.lora(rank, scale * rank, 0, new TargetModules.Names(List.copyOf(names)), ""),
                modules, weights.metadata());
    }

    private static Tensor matrix(Checkpoint weights, String name, int rank, boolean isUp) {
        var shape = weights.tensor(name).shape();
        if (shape.sizes().size() != 2 || shape.elements() == 0 || (isUp ? shape.rows() : shape.columns()) != rank) {
            throw new IllegalArgumentException("%s is %s; needed is %s with the rank %d".formatted(name, shape,
                    isUp ? "rank x outputs" : "inputs x rank", rank));
        }
        return weights.readTransposed(name);
    }

    private static String here(String stored) {
        return stored.startsWith(GPT2_THERE) ? GPT2_HERE + stored.substring("model.".length()) : stored;
    }

    private static String there(String path) {
        return path.startsWith(GPT2_HERE) ? "model." + path.substring(GPT2_HERE.length()) : path;
    }

    /// Writes the folder beside `target` and moves it in when it is whole.
    ///
    /// @param target must not exist, or be an empty folder
    /// @param layers how many layers the base has
    /// @throws IllegalArgumentException      if MLX has no way to say what the adapter is, or `target` is taken
    /// @throws java.io.UncheckedIOException if it cannot be written
    public static void write(Path target, PeftFolder adapter, int layers) {
        var config = adapter.config();
        if (config.useDora()) {
            throw new IllegalArgumentException(("writing %s: DoRA adapters are not written for MLX yet; write it for "
                    + "PEFT, or merge it and export the model").formatted(target));
        }
        if (!adapter.saved().isEmpty()) {
            throw new IllegalArgumentException(("writing %s: the adapter holds whole weights (%s), which are not "
                    + "written for MLX yet; write it for PEFT, or merge it and export the model").formatted(target,
                    adapter.saved().firstKey()));
        }
        int rank = adapter.modules().values().stream().mapToInt(LowRankPair::rank).max().orElse(1);
        double scale = config.scaleOf(adapter.modules().firstKey());
        var tensors = new ArrayList<Entry>();
        var keys = new TreeSet<String>();
        adapter.modules().forEach((path, pair) -> {
            keys.add(key(path));
            float ratio = (float) (config.scaleOf(path) / scale);
            tensors.add(Entry.transposed(there(path) + DOWN, DataType.F32, filled(pair.down(), rank)));
            tensors.add(Entry.matrix(there(path) + UP, DataType.F32, turned(pair.up(), rank, ratio)));
        });
        var json = JsonFile.object();
        json.put("fine_tune_type", "lora").put("num_layers", layers);
        var parameters = json.putObject("lora_parameters");
        parameters.put("rank", rank).put("scale", scale).put("dropout", config.dropout());
        keys.forEach(parameters.putArray("keys")::add);
        Map<String, String> texts = new LinkedHashMap<>(adapter.metadata());
        Beside.writeFolder(target, folder -> {
            Beside.writeFile(folder.resolve(CONFIG), JsonFile.bytes(json));
            SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors, texts);
        });
    }

    /// The name of a module inside its layer, e.g. `self_attn.q_proj`.
    private static String key(String path) {
        String key = path.replaceFirst("^.*?\\.(layers|h)\\.\\d+\\.", "");
        if (key.equals(path)) {
            throw new IllegalArgumentException(("the adapter has matrices for %s, which is in no layer; MLX puts "
                    + "adapters on layers only").formatted(path));
        }
        return key;
    }

    private static Tensor filled(Tensor down, int rank) {
        var filled = Tensor.zeros(rank, down.columns());
        System.arraycopy(down.data(), down.offset(), filled.data(), 0, down.size());
        return filled;
    }

    private static Tensor turned(Tensor up, int rank, float ratio) {
        var turned = Tensor.zeros(rank, up.rows());
        for (int row = 0; row < up.rows(); row++) {
            for (int column = 0; column < up.columns(); column++) {
                turned.set(column, row, up.at(row, column) * ratio);
            }
        }
        return turned;
    }
}
