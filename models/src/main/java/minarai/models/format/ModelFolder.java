package minarai.models.format;

import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import minarai.models.format.SafetensorsWriter.Entry;
import tools.jackson.databind.node.ObjectNode;

/// A Hugging Face model folder of the Llama family, open for reading: configuration and weights, which are checked
/// against each other, and where its tokenizer's files are.
public final class ModelFolder implements Closeable {

    private static final String CONFIG = "config.json";
    private static final String GENERATION_CONFIG = "generation_config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final List<String> TOKENIZER_FILES = List.of("tokenizer.json", "tokenizer.model",
            "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
            "chat_template.jinja");

    private final Path path;
    private final LlamaConfig config;
    private final Checkpoint weights;

    private ModelFolder(Path path, LlamaConfig config, Checkpoint weights) {
        this.path = path;
        this.config = config;
        this.weights = weights;
    }

    /// Opens a folder and checks configuration, headers and shapes; weights are read later.
    ///
    /// @throws IllegalArgumentException      if it is not a folder of a supported model, or its parts disagree
    /// @throws java.io.UncheckedIOException if a file cannot be read
    public static ModelFolder open(Path path) {
        var config = config(path);
        var weights = weights(path);
        boolean isSound = false;
        try {
            config.requireFit(weights);
            isSound = true;
            return new ModelFolder(path, config, weights);
        } finally {
            if (!isSound) {
                weights.close();
            }
        }
    }

    /// The configuration of a model folder alone, without its weights.
    ///
    /// @throws IllegalArgumentException as [#open]
    public static LlamaConfig config(Path path) {
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("opening the model %s: there is no such folder".formatted(path));
        }
        if (!Files.isRegularFile(path.resolve(CONFIG))) {
            throw new IllegalArgumentException("opening the model %s: it has no %s. Is it a Hugging Face model folder?"
                    .formatted(path, CONFIG));
        }
        var config = LlamaConfigFile.read(path.resolve(CONFIG));
        Path generation = path.resolve(GENERATION_CONFIG);
        return Files.isRegularFile(generation) ? LlamaConfigFile.extend(config, generation) : config;
    }

    private static Checkpoint weights(Path path) {
        if (Files.isRegularFile(path.resolve(WEIGHTS))) {
            return SafetensorsFile.open(path.resolve(WEIGHTS));
        }
        if (Files.isRegularFile(path.resolve(INDEX))) {
            return ShardedSafetensors.open(path.resolve(INDEX));
        }
        boolean isPickled = Files.exists(path.resolve("pytorch_model.bin"))
                || Files.exists(path.resolve("pytorch_model.bin.index.json"));
        String remedy = isPickled ? "; pytorch_model.bin is a program rather than data and is not read; convert it"
                : "";
        throw new IllegalArgumentException("opening the model %s: it has neither %s nor %s%s"
                .formatted(path, WEIGHTS, INDEX, remedy));
    }

    public Path path() {
        return path;
    }

    public LlamaConfig config() {
        return config;
    }

    public Checkpoint weights() {
        return weights;
    }

    /// A file of the folder, empty where it is not there, e.g. `tokenizer.json`.
    public Optional<Path> file(String name) {
        return Optional.of(path.resolve(name)).filter(Files::isRegularFile);
    }

    /// The files of its tokenizer and chat template that are there.
    public List<Path> tokenizerFiles() {
        return TOKENIZER_FILES.stream().map(this::file).flatMap(Optional::stream).toList();
    }

    /// The hash of the weights, see [Checkpoint#sha256()]; reads all of them.
    public String sha256() {
        return weights.sha256();
    }

    @Override
    public void close() {
        weights.close();
    }

    /// Writes a model folder beside `target` and moves it in when it is whole.
    ///
    /// @param target         must not exist, or be an empty folder
    /// @param type           for the spelling in config.json; the entries say their own
    /// @param weights        exactly the tensors of [LlamaConfig#tensors()]
    /// @param tokenizerFiles copied under their own names
    /// @throws IllegalArgumentException      if the weights are not those of the configuration, or `target` is taken
    /// @throws java.io.UncheckedIOException if it cannot be written
    public static void write(Path target, LlamaConfig config, DataType type, List<Entry> weights,
            List<Path> tokenizerFiles) {
        write(target, config, type, weights, tokenizerFiles, Map.of());
    }

    /// As above.
    ///
    /// @param metadata texts that go into the weights' header, see [Checkpoint#metadata()]
    public static void write(Path target, LlamaConfig config, DataType type, List<Entry> weights,
            List<Path> tokenizerFiles, Map<String, String> metadata) {
        if (!type.isWeight()) {
            throw new IllegalArgumentException("writing %s: weights are written as F32, F16 or BF16, not as %s"
                    .formatted(target, type));
        }
        requireFit(target, config, weights);
        var texts = new TreeMap<>(metadata);
        texts.put("format", "pt");
        Beside.writeFolder(target, folder -> {
            for (Path file : tokenizerFiles) {
                Files.copy(file, folder.resolve(file.getFileName()));
            }
            Beside.writeFile(folder.resolve(CONFIG), JsonFile.bytes(LlamaConfigFile.write(config, type)));
            Beside.writeFile(folder.resolve(GENERATION_CONFIG), JsonFile.bytes(generationConfig(config)));
            SafetensorsWriter.write(folder.resolve(WEIGHTS), weights, texts);
        });
    }

    private static ObjectNode generationConfig(LlamaConfig config) {
        var json = JsonFile.object();
        config.bosId().ifPresent(id -> json.put("bos_token_id", id));
        LlamaConfigFile.putEos(json, config.eosIds());
        return json;
    }

    private static void requireFit(Path target, LlamaConfig config, List<Entry> weights) {
        var needed = config.tensors();
        var present = new HashSet<String>();
        for (Entry entry : weights) {
            present.add(entry.name());
            if (!entry.shape().equals(needed.get(entry.name()))) {
                throw new IllegalArgumentException("writing %s: the tensor %s is %s, but the model has %s".formatted(
                        target, entry.name(), entry.shape(),
                        needed.containsKey(entry.name()) ? needed.get(entry.name()) : "no such tensor"));
            }
        }
        for (String name : needed.keySet()) {
            if (!present.contains(name)) {
                throw new IllegalArgumentException("writing %s: the tensor %s is missing".formatted(target, name));
            }
        }
    }
}
