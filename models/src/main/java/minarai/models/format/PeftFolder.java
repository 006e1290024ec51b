package minarai.models.format;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import minarai.engine.Tensor;
import minarai.models.format.SafetensorsWriter.Entry;

/// A LoRA adapter as PEFT stores it: a folder with adapter_config.json and adapter_model.safetensors.
///
/// @param config   its settings
/// @param modules  its matrices, by the path of the module they correct, e.g. `model.layers.0.self_attn.q_proj`
/// @param saved    modules that were trained as a whole, by the name of the weight they replace, e.g. `lm_head.weight`;
///                 rows x columns as the base stores them
/// @param metadata texts in the header of the weights; [#BASE_SHA256] and [#TOKENIZER_SHA256] bind it to its
///                 base where that is known
public record PeftFolder(PeftConfig config, SortedMap<String, LowRankPair> modules, SortedMap<String, Tensor> saved,
        Map<String, String> metadata) {

    /// The key of [#metadata()] for the [Checkpoint#sha256()] of the base that the adapter was trained on.
    public static final String BASE_SHA256 = "minarai.base_sha256";

    /// The key of [#metadata()] for the hash of the tokenizer that the adapter was trained with.
    public static final String TOKENIZER_SHA256 = "minarai.tokenizer_sha256";

    private static final int MAX_MODULES = 1 << 13;
    private static final long MAX_MATCHES = 1 << 22;
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";
    private static final String DOWN = ".lora_A.weight";
    private static final String UP = ".lora_B.weight";
    private static final String MAGNITUDE = ".lora_magnitude_vector";
    /// Modules of GPT-2 that are stored as inputs x outputs.
    private static final String TRANSPOSED = ".c_";

    /// @throws IllegalArgumentException if there is no module, a module is not one of the configured ones, or the rank
    ///         of a pair is not the configured one
    public PeftFolder {
        modules = Collections.unmodifiableSortedMap(new TreeMap<>(modules));
        saved = Collections.unmodifiableSortedMap(new TreeMap<>(saved));
        metadata = Map.copyOf(metadata);
        if (modules.isEmpty()) {
            throw new IllegalArgumentException("the adapter has no matrices at all");
        }
        requireModest(config, modules.size());
        for (var entry : modules.entrySet()) {
            requireFit(config, entry.getKey(), entry.getValue());
        }
        saved.keySet().forEach(name -> requireSavable(config, name));
        for (String module : config.modulesToSave()) {
            if (saved.keySet().stream().noneMatch(name -> ("." + name).contains("." + module + "."))) {
                throw new IllegalArgumentException("modules_to_save names %s, but the adapter has no weights of it"
                        .formatted(module));
            }
        }
    }

    /// An adapter without modules that were trained as a whole.
    public PeftFolder(PeftConfig config, SortedMap<String, LowRankPair> modules, Map<String, String> metadata) {
        this(config, modules, new TreeMap<>(), metadata);
    }

    /// @throws IllegalArgumentException if a weight cannot be kept as a whole in an adapter of these settings
    public static void requireSavable(PeftConfig config, String name) {
        int dot = name.lastIndexOf('.');
        if (dot < 1 || !config.isSaved(name.substring(0, dot))) {
            throw new IllegalArgumentException(("the adapter holds the weight %s, which is neither of a module that "
                    + "modules_to_save names nor one of <module>%s, %s and %s").formatted(name, DOWN, UP, MAGNITUDE));
        }
        if (config.fanInFanOut() && name.contains(TRANSPOSED)) {
            throw new IllegalArgumentException(("the adapter holds %s as a whole; of a model that stores its "
                    + "projections as inputs x outputs only embeddings, norms and the head are supported")
                    .formatted(name));
        }
    }

    /// Every pattern is tried on every module, so their product is bounded.
    private static void requireModest(PeftConfig config, int modules) {
        long patterns = Math.max(1, config.rankPattern().size() + config.alphaPattern().size());
        if (modules > MAX_MODULES || patterns * modules > MAX_MATCHES) {
            throw new IllegalArgumentException("the adapter has %d modules and %d patterns for them; too many to read"
                    .formatted(modules, patterns));
        }
    }

    private static void requireFit(PeftConfig config, String module, LowRankPair pair) {
        if (!config.targetModules().matches(module)) {
            throw new IllegalArgumentException("the adapter has matrices for %s, which target_modules does not name"
                    .formatted(module));
        }
        int rank = config.rankOf(module);
        if (pair.rank() != rank) {
            throw new IllegalArgumentException("the adapter's matrices for %s have rank %d; its configuration says %d"
                    .formatted(module, pair.rank(), rank));
        }
        if (pair.magnitude().isPresent() != config.useDora()) {
            throw new IllegalArgumentException("use_dora is %s, but the adapter has %s magnitudes for %s".formatted(
                    config.useDora(), pair.magnitude().isPresent() ? "" : "no", module));
        }
    }

    /// The hash of the base the adapter was trained on, where the adapter says it.
    public Optional<String> baseSha256() {
        return Optional.ofNullable(metadata.get(BASE_SHA256));
    }

    /// The hash of the tokenizer the adapter was trained with, where the adapter says it.
    public Optional<String> tokenizerSha256() {
        return Optional.ofNullable(metadata.get(TOKENIZER_SHA256));
    }

    /// Reads an adapter folder, one of MLX too.
    ///
    /// @throws IllegalArgumentException      if it is not a sound adapter folder, or uses what is not supported
    /// @throws java.io.UncheckedIOException if a file cannot be read
    public static PeftFolder read(Path path) {
        if (MlxFolder.isAt(path)) {
            return MlxFolder.read(path);
        }
        requireFolder(path);
        var config = PeftConfigFile.read(path.resolve(CONFIG));
        try (var weights = SafetensorsFile.open(path.resolve(WEIGHTS))) {
            return new PeftFolder(config, pairs(config, weights), saved(weights), weights.metadata());
        } catch (IllegalArgumentException unsound) {
            throw new IllegalArgumentException("reading the adapter %s: %s".formatted(path, unsound.getMessage()),
                    unsound);
        }
    }

    private static void requireFolder(Path path) {
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("reading the adapter %s: there is no such folder".formatted(path));
        }
        for (String file : List.of(CONFIG, WEIGHTS)) {
            if (!Files.isRegularFile(path.resolve(file))) {
                boolean isPickled = file.equals(WEIGHTS) && Files.exists(path.resolve("adapter_model.bin"));
                throw new IllegalArgumentException("reading the adapter %s: it has no %s. %s".formatted(path, file,
                        isPickled ? "adapter_model.bin is a program rather than data and is not read; convert it"
                                : "Is it a PEFT adapter folder?"));
            }
        }
    }

    private static SortedMap<String, LowRankPair> pairs(PeftConfig config, Checkpoint weights) {
        var paths = new TreeSet<String>();
        for (String name : weights.names()) {
            modulePath(name).ifPresent(paths::add);
        }
        requireModest(config, paths.size());
        var pairs = new TreeMap<String, LowRankPair>();
        for (String path : paths) {
            var down = matrix(weights, PREFIX + path + DOWN);
            var up = matrix(weights, PREFIX + path + UP);
            int rank = config.rankOf(path);
            if (down.shape().rows() != rank || up.shape().columns() != rank) {
                throw new IllegalArgumentException(("%s is %s and %s is %s, but adapter_config.json gives this module "
                        + "rank %d: %d x inputs and outputs x %d are needed")
                        .formatted(down.name(), down.shape(), up.name(), up.shape(), rank, rank, rank));
            }
            var magnitude = weights.find(PREFIX + path + MAGNITUDE).map(StoredTensor::name).map(weights::readMatrix);
            pairs.put(path, new LowRankPair(weights.readMatrix(down.name()), weights.readMatrix(up.name()), magnitude));
        }
        return pairs;
    }

    /// The module that a tensor is an adapter's matrix for; empty if it is a weight of its own.
    private static Optional<String> modulePath(String name) {
        for (String suffix : List.of(DOWN, UP, MAGNITUDE)) {
            if (name.startsWith(PREFIX) && name.endsWith(suffix) && name.length() > PREFIX.length() + suffix.length()) {
                return Optional.of(name.substring(PREFIX.length(), name.length() - suffix.length()));
            }
        }
        if (!name.startsWith(PREFIX) || name.contains(".lora_")) {
            throw new IllegalArgumentException("the tensor %s is not supported; only %s<module>%s, %s and %s are"
                    .formatted(name, PREFIX, DOWN, UP, MAGNITUDE));
        }
        return Optional.empty();
    }

    /// The weights of modules that were trained as a whole.
    private static SortedMap<String, Tensor> saved(Checkpoint weights) {
        var saved = new TreeMap<String, Tensor>();
        for (String name : weights.names()) {
            if (modulePath(name).isEmpty()) {
                saved.put(name.substring(PREFIX.length()), weights.readMatrix(name));
            }
        }
        return saved;
    }

    private static StoredTensor matrix(Checkpoint weights, String name) {
        var tensor = weights.tensor(name);
        if (tensor.shape().sizes().size() != 2 || tensor.shape().elements() == 0) {
            throw new IllegalArgumentException("%s is %s; a matrix that is not empty is needed"
                    .formatted(name, tensor.shape()));
        }
        return tensor;
    }

    /// Writes the folder beside `target` and moves it in when it is whole.
    ///
    /// @param target must not exist, or be an empty folder
    /// @throws IllegalArgumentException      if `target` is taken
    /// @throws java.io.UncheckedIOException if it cannot be written
    public void write(Path target) {
        var tensors = new ArrayList<Entry>();
        modules.forEach((path, pair) -> {
            tensors.add(Entry.matrix(PREFIX + path + DOWN, DataType.F32, pair.down()));
            tensors.add(Entry.matrix(PREFIX + path + UP, DataType.F32, pair.up()));
            pair.magnitude().ifPresent(each -> tensors.add(Entry.vector(PREFIX + path + MAGNITUDE, DataType.F32,
                    each)));
        });
        saved.forEach((name, weight) -> tensors.add(weight.rows() == 1
                ? Entry.vector(PREFIX + name, DataType.F32, weight) : Entry.matrix(PREFIX + name, DataType.F32,
                        weight)));
        var texts = new TreeMap<>(metadata);
        texts.put("format", "pt");
        Beside.writeFolder(target, folder -> {
            Beside.writeFile(folder.resolve(CONFIG), JsonFile.bytes(config.toJson()));
            SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors, texts);
        });
    }
}
