package minarai.models;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.LinkedHashMap;
import java.util.zip.CRC32;
import java.nio.charset.StandardCharsets;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.format.LowRankPair;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;

/// A LoRA adapter under training or loaded: settings, and a pair of matrices for each module it is put on.
///
/// @see <a href="https://arxiv.org/abs/2106.09685">Hu et al. 2021</a>
public final class Adapter {

    private final PeftConfig config;
    private final Source source;
    private final SequencedMap<String, Linear.LowRank> layers = new LinkedHashMap<>();

    /// Where the matrices of a module come from.
    @FunctionalInterface
    private interface Source {
        /// Down and up, or nothing where the module carries no adapter.
        Optional<Pair> of(String path, int inputs, int outputs);
    }

    private record Pair(Parameter down, Parameter up) {
    }

    private Adapter(PeftConfig config, Source source) {
        this.config = config;
        this.source = source;
    }

    /// An adapter to be trained. `down` is uniform within ±1/√inputs, as PEFT starts it, `up` zero.
    public static Adapter fresh(PeftConfig config, long seed) {
        return new Adapter(config, (path, inputs, outputs) -> {
            if (!config.targetModules().matches(path)) {
                return Optional.empty();
            }
            int rank = config.rankOf(path);
            Tensor down = Tensor.zeros(rank, inputs);
            new Philox(seed, purpose(path)).fillUniform(0, (float) (1 / Math.sqrt(inputs)), down);
            return Optional.of(new Pair(Parameter.trained(path + ".lora_A.weight", down),
                    Parameter.trained(path + ".lora_B.weight", Tensor.zeros(outputs, rank))));
        });
    }

    /// An adapter from a folder, to be used as it is.
    public static Adapter frozen(PeftFolder folder) {
        return loaded(folder, false);
    }

    /// An adapter from a folder, to be trained further; the folder's matrices are copied.
    public static Adapter trained(PeftFolder folder) {
        return loaded(folder, true);
    }

    private static Adapter loaded(PeftFolder folder, boolean isTrained) {
        return new Adapter(folder.config(), (path, inputs, outputs) -> {
            LowRankPair pair = folder.modules().get(path);
            if (pair == null) {
                return Optional.empty();
            }
            if (pair.down().columns() != inputs || pair.up().rows() != outputs) {
                throw new IllegalArgumentException(("adapter %s: its matrices are %s and %s, but the layer takes %d "
                        + "inputs and gives %d outputs. Was the adapter made for another base?").formatted(path,
                        pair.down(), pair.up(), inputs, outputs));
            }
            String down = path + ".lora_A.weight";
            String up = path + ".lora_B.weight";
            return Optional.of(isTrained
                    ? new Pair(Parameter.trained(down, copy(pair.down())), Parameter.trained(up, copy(pair.up())))
                    : new Pair(Parameter.frozen(down, pair.down()), Parameter.frozen(up, pair.up())));
        });
    }

    private static int purpose(String path) {
        var crc = new CRC32();
        crc.update(path.getBytes(StandardCharsets.UTF_8));
        return (int) crc.getValue();
    }

    /// The layer with this adapter around it, or the layer itself where the adapter has nothing for its path.
    Linear around(String path, Linear base, int inputs, int outputs) {
        Optional<Pair> pair = source.of(path, inputs, outputs);
        if (pair.isEmpty()) {
            return base;
        }
        var layer = new Linear.LowRank(base, pair.get().down, pair.get().up, (float) config.scaleOf(path));
        layers.put(path, layer);
        return layer;
    }

    public PeftConfig config() {
        return config;
    }

    /// The matrices of all modules, in the order in which the model was built.
    public List<Parameter> parameters() {
        return layers.values().stream().<Parameter>mapMulti((layer, sink) -> {
            sink.accept(layer.down());
            sink.accept(layer.up());
        }).toList();
    }

    /// The corrected layers by the path of their module.
    public Map<String, Linear.LowRank> layers() {
        return Map.copyOf(layers);
    }

    /// The adapter as a PEFT folder, its matrices copied.
    ///
    /// @param baseSha256 the hash of the weights it was trained on
    public PeftFolder toFolder(String baseSha256) {
        return toFolder(Map.of(PeftFolder.BASE_SHA256, baseSha256));
    }

    /// The adapter as a PEFT folder that is bound to its base and its tokenizer, its matrices copied.
    public PeftFolder toFolder(ModelSource trainedOn) {
        return toFolder(Map.of(PeftFolder.BASE_SHA256, trainedOn.folder().sha256(),
                PeftFolder.TOKENIZER_SHA256, trainedOn.tokenizerSha256()));
    }

    private PeftFolder toFolder(Map<String, String> metadata) {
        var modules = new TreeMap<String, LowRankPair>();
        layers.forEach((path, layer) -> modules.put(path,
                new LowRankPair(copy(layer.down().tensor()), copy(layer.up().tensor()))));
        return new PeftFolder(config, modules, metadata);
    }

    private static Tensor copy(Tensor tensor) {
        return Tensor.of(tensor.rows(), tensor.columns(), tensor.toArray());
    }

    /// @throws IllegalArgumentException if a model was built and some module of the adapter found no place in it
    void requirePlaced(PeftFolder folder) {
        for (String path : folder.modules().keySet()) {
            if (!layers.containsKey(path)) {
                throw new IllegalArgumentException(("the adapter has matrices for %s, but the model has no such layer. "
                        + "Was the adapter made for another base?").formatted(path));
            }
        }
    }
}
