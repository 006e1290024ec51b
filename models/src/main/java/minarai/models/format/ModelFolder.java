package minarai.models.format;

import java.io.Closeable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import minarai.engine.Tensor;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.tokenizer.TokenizerFile;

/// A model, open for reading: configuration and weights, which are checked against each other, and where its tokenizer
/// is. Most are Hugging Face model folders; a GGUF file and a checkpoint of llama2.c are read as if they were.
public final class ModelFolder implements Closeable {

    private static final String CONFIG = "config.json";
    private static final String GENERATION_CONFIG = "generation_config.json";
    private static final String WEIGHTS = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    /// What one file of weights holds at most, as in the reference.
    private static final long SHARD_BYTES = 5_000_000_000L;
    private static final List<String> TOKENIZER_FILES = List.of("tokenizer.json", "tokenizer.model",
            "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
            "chat_template.jinja");

    private final Path path;
    private final ModelConfig config;
    private final Checkpoint weights;
    private final Optional<StoredVocabulary> vocabulary;

    private ModelFolder(Path path, ModelConfig config, Checkpoint weights, Optional<StoredVocabulary> vocabulary) {
        this.path = path;
        this.config = config;
        this.weights = weights;
        this.vocabulary = vocabulary;
    }

    /// Opens a folder or file and checks configuration, headers and shapes; weights are read later.
    ///
    /// @param path a Hugging Face model folder, a GGUF file, or a checkpoint of llama2.c
    /// @throws IllegalArgumentException      if it is not a supported model, or its parts disagree
    /// @throws java.io.UncheckedIOException if a file cannot be read
    public static ModelFolder open(Path path) {
        if (!Files.isRegularFile(path)) {
            return of(path, config(path), weights(path), Optional.empty());
        }
        if (isGguf(path)) {
            var model = GgufModel.open(path);
            return of(path, model.config(), model.weights(), model.vocabulary());
        }
        requireCheckpoint(path);
        var file = Llama2cFile.open(path);
        return of(path, file.config(), file.relaid(), Optional.empty());
    }

    private static boolean isGguf(Path path) {
        return path.getFileName().toString().endsWith(".gguf");
    }

    private static void requireCheckpoint(Path path) {
        if (!path.getFileName().toString().endsWith(".bin")) {
            throw new IllegalArgumentException(("opening the model %s: a model is a folder, a file .gguf, or a "
                    + "checkpoint of llama2.c, .bin").formatted(path));
        }
    }

    private static ModelFolder of(Path path, ModelConfig config, Checkpoint weights,
            Optional<StoredVocabulary> vocabulary) {
        boolean isSound = false;
        try {
            config.requireFit(weights);
            isSound = true;
            return new ModelFolder(path, config, weights, vocabulary);
        } finally {
            if (!isSound) {
                weights.close();
            }
        }
    }

    /// The configuration of a model alone, without its weights.
    ///
    /// @throws IllegalArgumentException as [#open]
    public static ModelConfig config(Path path) {
        if (Files.isRegularFile(path)) {
            try (var model = open(path)) {
                return model.config();
            }
        }
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("opening the model %s: there is no such folder".formatted(path));
        }
        if (!Files.isRegularFile(path.resolve(CONFIG))) {
            throw new IllegalArgumentException("opening the model %s: it has no %s. Is it a Hugging Face model folder?"
                    .formatted(path, CONFIG));
        }
        var config = ModelConfigFile.read(path.resolve(CONFIG));
        Path generation = path.resolve(GENERATION_CONFIG);
        return Files.isRegularFile(generation) ? ModelConfigFile.extend(config, generation) : config;
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

    public ModelConfig config() {
        return config;
    }

    public Checkpoint weights() {
        return weights;
    }

    /// The name under which the folder stores a weight of [ModelConfig#tensors()].
    public String storedName(String name) {
        return config.storedName(name, weights.names());
    }

    /// The rows of a weight as the checkpoint lays it out.
    ///
    /// @param name one of [ModelConfig#tensors()]
    public SafetensorsWriter.Rows rows(String name) {
        String stored = storedName(name);
        return (row, target, offset) -> weights.readRows(stored, row, 1, target, offset);
    }

    /// A weight for a folder like this one: under the name it has here, in the layout in which checkpoints hold it.
    ///
    /// @param name   one of [ModelConfig#tensors()]
    /// @param weight outputs x inputs, or 1 x features
    public Entry entry(String name, DataType type, Tensor weight) {
        String written = writtenName(name);
        if (config.isTransposed(name)) {
            return Entry.transposed(written, type, weight);
        }
        return weight.rows() == 1 ? Entry.vector(written, type, weight) : Entry.matrix(written, type, weight);
    }

    /// The name under which a folder like this one is written: as it was read, but a tied embedding under its own name
    /// rather than the head's, because all tools look for it there.
    public String writtenName(String name) {
        return config instanceof LlamaConfig ? name : storedName(name);
    }

    /// A file of the folder, or of the folder around a checkpoint of llama2.c, empty where it is not there, e.g.
    /// `tokenizer.json`.
    public Optional<Path> file(String name) {
        return Optional.of(tokenizerFolder().resolve(name)).filter(_ -> !isWhole()).filter(Files::isRegularFile);
    }

    /// Whether this is a GGUF file, which has its own vocabulary: what lies around it is another's.
    private boolean isWhole() {
        return Files.isRegularFile(path) && isGguf(path);
    }

    /// Where the files of its tokenizer are: the folder, or the one around a file.
    public Path tokenizerFolder() {
        Path around = path.toAbsolutePath().getParent();
        return Files.isDirectory(path) || around == null ? path : around;
    }

    /// The vocabulary and chat template inside a GGUF file, empty for others.
    public Optional<StoredVocabulary> vocabulary() {
        return vocabulary;
    }

    /// The files of its tokenizer and chat template that are there; none for a GGUF file.
    public List<Path> tokenizerFiles() {
        return TOKENIZER_FILES.stream().map(this::file).flatMap(Optional::stream).toList();
    }

    /// Whether a folder that is written from this model gets its tokenizer: not where that lies within the weights'
    /// file and is one that tokenizer.json has no way to say.
    public boolean hasWritableTokenizer() {
        return vocabulary.isEmpty() || TokenizerFile.isWritable(vocabulary.get().tokenizer());
    }

    /// All files that a byte of the model comes from: of the weights, of the configuration, and of the tokenizer.
    public List<Path> files() {
        var files = new ArrayList<Path>();
        if (Files.isRegularFile(path)) {
            files.add(path);
        } else {
            files.addAll(weights instanceof ShardedSafetensors sharded ? sharded.paths()
                    : List.of(path.resolve(WEIGHTS)));
            Stream.of(CONFIG, GENERATION_CONFIG).map(this::file).flatMap(Optional::stream).forEach(files::add);
        }
        files.addAll(tokenizerFiles());
        return List.copyOf(files);
    }

    /// The special tokens that its tokenizer_config.json names; none where there is no such file.
    ///
    /// @throws IllegalArgumentException if the file is not a sound JSON object
    public SpecialTokens specialTokens() {
        return file("tokenizer_config.json").map(SpecialTokens::read).orElseGet(SpecialTokens::none);
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
    /// @param weights        exactly the tensors of [ModelConfig#tensors()]
    /// @param tokenizerFiles copied under their own names
    /// @throws IllegalArgumentException      if the weights are not those of the configuration, or `target` is taken
    /// @throws java.io.UncheckedIOException if it cannot be written
    public static void write(Path target, ModelConfig config, DataType type, List<Entry> weights,
            List<Path> tokenizerFiles) {
        write(target, config, type, weights, tokenizerFiles, Map.of());
    }

    /// As above.
    ///
    /// @param metadata texts that go into the weights' header, see [Checkpoint#metadata()]
    public static void write(Path target, ModelConfig config, DataType type, List<Entry> weights,
            List<Path> tokenizerFiles, Map<String, String> metadata) {
        write(target, config, type, weights, metadata, folder -> {
            for (Path file : tokenizerFiles) {
                // The bytes alone: a file that may only be read would give a copy that cannot be forced to the disk.
                try (var in = Files.newInputStream(file)) {
                    Files.copy(in, folder.resolve(file.getFileName()));
                }
            }
        });
    }

    /// As above, with the tokenizer and the chat template of a model: its files, or, where these lie within its
    /// weights' file, files written anew; see [#hasWritableTokenizer()].
    public static void write(Path target, ModelConfig config, DataType type, List<Entry> weights, ModelFolder like,
            Map<String, String> metadata) {
        if (like.vocabulary.isEmpty() || !like.hasWritableTokenizer()) {
            write(target, config, type, weights, like.tokenizerFiles(), metadata);
        } else {
            write(target, config, type, weights, metadata, like.vocabulary.get()::writeInto);
        }
    }

    private static void write(Path target, ModelConfig config, DataType type, List<Entry> weights,
            Map<String, String> metadata, Beside.FolderBody tokenizer) {
        if (!type.isFloat()) {
            throw new IllegalArgumentException("writing %s: weights are written as F32, F16 or BF16, not as %s"
                    .formatted(target, type));
        }
        requireFit(target, config, weights);
        var texts = new TreeMap<>(metadata);
        texts.put("format", "pt");
        Beside.writeFolder(target, folder -> {
            tokenizer.write(folder);
            Beside.writeFile(folder.resolve(CONFIG), JsonFile.bytes(ModelConfigFile.write(config, type)));
            Beside.writeFile(folder.resolve(GENERATION_CONFIG),
                    JsonFile.bytes(ModelConfigFile.writeGeneration(config)));
            ShardedSafetensors.write(folder, weights, texts, SHARD_BYTES);
        });
    }

    private static void requireFit(Path target, ModelConfig config, List<Entry> weights) {
        var present = weights.stream().map(Entry::name).collect(Collectors.toUnmodifiableSet());
        var needed = new LinkedHashMap<String, Shape>();
        config.tensors().forEach((name, shape) -> needed.put(config.storedName(name, present), shape));
        for (Entry entry : weights) {
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
