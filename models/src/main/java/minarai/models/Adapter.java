package minarai.models;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.LinkedHashMap;
import java.util.zip.CRC32;
import java.nio.charset.StandardCharsets;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.RowNorms;
import minarai.engine.Tensor;
import minarai.models.format.LowRankPair;
import minarai.models.format.PeftConfig;
import minarai.models.format.PeftFolder;

/// A LoRA or DoRA adapter under training or loaded: settings, matrices for each module it is put on, and whole weights
/// in place of the base's.
///
/// @see <a href="https://arxiv.org/abs/2106.09685">Hu et al. 2021</a>
public final class Adapter {

    private final PeftConfig config;
    private final Source source;
    private final Replacement replacement;
    private final SequencedMap<String, Linear.LowRank> layers = new LinkedHashMap<>();
    private final SequencedMap<String, Parameter> magnitudes = new LinkedHashMap<>();
    private final SequencedMap<String, Parameter> saved = new LinkedHashMap<>();

    /// Where the matrices of a module come from.
    @FunctionalInterface
    private interface Source {
        /// Down and up, or nothing where the module carries no adapter.
        Optional<Pair> of(String path, int inputs, int outputs);
    }

    /// @param magnitude where it is known already
    private record Pair(Parameter down, Parameter up, Optional<Tensor> magnitude) {
    }

    /// What is put in place of a weight of the base.
    @FunctionalInterface
    private interface Replacement {
        Optional<Parameter> of(String name, Parameter base);
    }

    private Adapter(PeftConfig config, Source source, Replacement replacement) {
        this.config = config;
        this.source = source;
        this.replacement = replacement;
    }

    /// An adapter to be trained. `down` is uniform within ±1/√inputs, as PEFT starts it, `up` zero; magnitudes and
    /// whole weights start as the base's.
    public static Adapter fresh(PeftConfig config, long seed) {
        return new Adapter(config, (path, inputs, outputs) -> {
            if (!config.targetModules().matches(path)) {
                return Optional.empty();
            }
            int rank = config.rankOf(path);
            Tensor down = Tensor.zeros(rank, inputs);
            new Philox(seed, purpose(path)).fillUniform(0, (float) (1 / Math.sqrt(inputs)), down);
            return Optional.of(new Pair(Parameter.trained(path + ".lora_A.weight", down),
                    Parameter.trained(path + ".lora_B.weight", Tensor.zeros(outputs, rank)), Optional.empty()));
        }, (name, base) -> isOfSaved(config, name) ? Optional.of(Parameter.trained(name, unpacked(base)))
                : Optional.empty());
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
                    ? new Pair(Parameter.trained(down, copy(pair.down())), Parameter.trained(up, copy(pair.up())),
                            pair.magnitude())
                    : new Pair(Parameter.frozen(down, pair.down()), Parameter.frozen(up, pair.up()),
                            pair.magnitude()));
        }, (name, base) -> Optional.ofNullable(folder.saved().get(name)).map(weight -> {
            if (weight.rows() != base.value().rows() || weight.columns() != base.value().columns()) {
                throw new IllegalArgumentException(("adapter %s: it has %s, but the model's weight is %d x %d. Was the "
                        + "adapter made for another base?").formatted(name, weight, base.value().rows(),
                        base.value().columns()));
            }
            return isTrained ? Parameter.trained(name, copy(weight)) : replacing(name, weight, base);
        }));
    }

    /// In the layout of what it replaces.
    private static Parameter replacing(String name, Tensor weight, Parameter base) {
        return Parameter.frozen(name, base.value() instanceof Panels panels ? Panels.pack(weight, panels.width())
                : weight);
    }

    private static Tensor unpacked(Parameter base) {
        return base.value() instanceof Panels panels ? panels.unpack() : copy(base.tensor());
    }

    private static boolean isOfSaved(PeftConfig config, String name) {
        int dot = name.lastIndexOf('.');
        return dot > 0 && config.isSaved(name.substring(0, dot));
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
        return config.useDora() ? dora(path, layer, pair.get().magnitude) : layer;
    }

    private Linear dora(String path, Linear.LowRank layer, Optional<Tensor> known) {
        if (!(layer.base() instanceof Linear.Dense dense)) {
            throw new IllegalArgumentException(("adapter %s: a DoRA adapter cannot be put on a layer that has an "
                    + "adapter; merge that one first").formatted(path));
        }
        boolean isTrained = layer.down().isTrained();
        Tensor start = known.map(Adapter::copy).orElseGet(() -> RowNorms.of(dense.weight().value()));
        String name = path + ".lora_magnitude_vector";
        Parameter magnitude = isTrained ? Parameter.trained(name, start) : Parameter.frozen(name, start);
        magnitudes.put(path, magnitude);
        return new Linear.Dora(dense, layer.down(), layer.up(), layer.scale(), magnitude, isTrained ? Optional.empty()
                : Optional.of(RowNorms.of(dense.weight().value(), layer.down().tensor(), layer.up().tensor(),
                        layer.scale())));
    }

    /// The weight that the adapter has in place of one of the base, or that one.
    Parameter instead(String name, Parameter base) {
        Optional<Parameter> own = replacement.of(name, base);
        own.ifPresent(parameter -> saved.put(name, parameter));
        return own.orElse(base);
    }

    /// Whether the weights of a module may be the adapter's own.
    boolean isSaved(String path) {
        return config.isSaved(path);
    }

    public PeftConfig config() {
        return config;
    }

    /// The matrices of all modules, in the order in which the model was built, then the whole weights.
    public List<Parameter> parameters() {
        var parameters = new ArrayList<Parameter>();
        layers.forEach((path, layer) -> {
            parameters.add(layer.down());
            parameters.add(layer.up());
            Optional.ofNullable(magnitudes.get(path)).ifPresent(parameters::add);
        });
        parameters.addAll(saved.values());
        return List.copyOf(parameters);
    }

    /// The names of the weights that the adapter has as a whole.
    public Set<String> saved() {
        return Set.copyOf(saved.keySet());
    }

    /// The corrected layers by the path of their module, without what DoRA makes of them.
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
                new LowRankPair(copy(layer.down().tensor()), copy(layer.up().tensor()),
                        Optional.ofNullable(magnitudes.get(path)).map(each -> copy(each.tensor())))));
        var whole = new TreeMap<String, Tensor>();
        saved.forEach((name, parameter) -> whole.put(name, unpacked(parameter)));
        return new PeftFolder(config, modules, whole, metadata);
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
        for (String name : folder.saved().keySet()) {
            if (!saved.containsKey(name)) {
                throw new IllegalArgumentException(("the adapter holds the weight %s, but the model has no such "
                        + "weight. Was the adapter made for another base?").formatted(name));
            }
        }
    }
}
