package minarai.models.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.Philox;
import minarai.engine.SimdKernels;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.engine.Workspace;
import minarai.models.Adapter;
import minarai.models.Asked;
import minarai.models.CheckpointWeights;
import minarai.models.Inference;
import minarai.models.KeyValueCache;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.models.Tokens;
import minarai.models.WithAdapters;
import minarai.models.format.SafetensorsWriter.Entry;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/// The tables of `docs/FORMATS.md`, cell by cell: what it says is done with a random model of the architecture, and
/// what it does not say is refused.
class FormatTableTest {

    private static final Kernels KERNELS = new SimdKernels(new Workers(1));
    private static final Pattern NAMED = Pattern.compile("`([A-Z][A-Za-z0-9]*Test)(?:#([a-z][A-Za-z0-9]*))?`");
    private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};
    private static final String SIZES = """
            {"model_type":"%s","vocab_size":90,"hidden_size":32,"intermediate_size":64,"num_hidden_layers":6,
            "num_attention_heads":2,"num_key_value_heads":1,"head_dim":16,"max_position_embeddings":64,
            "rms_norm_eps":1e-6,"bos_token_id":1,"eos_token_id":2%s}""";
    private static final String GPT2 = """
            {"model_type":"gpt2","vocab_size":90,"n_embd":32,"n_layer":2,"n_head":2,"n_positions":64,"n_ctx":64,"n_inner":64,
            "layer_norm_epsilon":1e-5,"activation_function":"gelu_new","bos_token_id":1,"eos_token_id":2}""";
    private static final Map<String, String> MORE = Map.of("mistral", ",\"sliding_window\":8", "phi3",
            ",\"sliding_window\":8", "gemma2", ",\"sliding_window\":8,\"query_pre_attn_scalar\":16",
            "gemma3_text", ",\"sliding_window\":8,\"query_pre_attn_scalar\":16,\"rope_theta\":1000000.0");

    @TempDir
    Path folder;

    /// A cell: an architecture, a format, and what it says is done.
    private record Cell(String architecture, String format, Set<String> words) {

        boolean isAdapter() {
            return List.of("PEFT", "MLX", "GGUF adapter").contains(format);
        }

        Path target(Path place) {
            return place.resolve(format.startsWith("GGUF") ? "written.gguf" : "written");
        }
    }

    private static Path document() {
        for (Path up = Path.of("").toAbsolutePath(); up != null; up = up.getParent()) {
            if (Files.exists(up.resolve("docs/FORMATS.md"))) {
                return up.resolve("docs/FORMATS.md");
            }
        }
        throw new IllegalStateException("docs/FORMATS.md is not here");
    }

    private static List<Cell> cells() throws IOException {
        var cells = new ArrayList<Cell>();
        String[] formats = {};
        for (String line : Files.readAllLines(document())) {
            String[] parts = Arrays.stream(line.split("\\|")).map(String::strip).toArray(String[]::new);
            if (line.startsWith("| architecture")) {
                formats = parts;
            } else if (line.startsWith("| ") && formats.length > 0) {
                assertEquals(formats.length, parts.length, line);
                for (int i = 2; i < parts.length; i++) {
                    var words = parts[i].equals("–") ? Set.<String>of() : Set.of(parts[i].split(", "));
                    assertTrue(Set.of("load", "train", "export").containsAll(words), line);
                    cells.add(new Cell(parts[1], formats[i], words));
                }
            } else if (!line.startsWith("|")) {
                formats = new String[0];
            }
        }
        return cells;
    }

    /// Every architecture that the code knows has a row in both tables.
    @Test
    void theTableLeavesNoArchitectureOut() throws IOException {
        var rows = cells().stream().map(Cell::architecture).distinct().toList();
        for (ModelType type : ModelType.values()) {
            assertTrue(rows.contains(type.key()), type.key());
        }
        assertEquals(ModelType.values().length + 1, rows.size());
        assertEquals(11 * rows.size(), cells().size());
    }

    /// Every test that the document names is one of the project's.
    @Test
    void everyTestThatIsNamedExists() throws IOException {
        var named = NAMED.matcher(Files.readString(document()));
        Path root = document().getParent().getParent();
        int count = 0;
        while (named.find()) {
            String file = named.group(1) + ".java";
            try (var files = Files.find(root, 20, (path, _) -> path.endsWith(file)
                    && path.toString().contains("src/test"))) {
                String source = Files.readString(files.findFirst().orElseThrow(() -> new AssertionError(file)));
                assertTrue(named.group(2) == null || source.contains("void " + named.group(2) + "(")
                        || source.contains(" " + named.group(2) + "("), named.group());
            }
            count++;
        }
        assertTrue(count > 2, count + " tests are named");
    }

    @TestFactory
    Stream<DynamicTest> everyCellDoesWhatItSaysAndNoMore() throws IOException {
        return cells().stream().map(cell -> dynamicTest("%s | %s: %s".formatted(cell.architecture(), cell.format(),
                String.join(", ", cell.words().stream().sorted().toList())), () -> check(cell)));
    }

    /// A word that is missing is found: the architecture does the thing, so there is no refusal.
    @Test
    void aCellThatSaysTooLittleFails() {
        for (String format : List.of("safetensors f32", "GGUF q8_0", "PEFT", "GGUF adapter")) {
            for (var words : List.of(Set.<String>of(), Set.of("export"), Set.of("load", "export"),
                    Set.of("load", "train"))) {
                assertThrows(AssertionError.class, () -> check(new Cell("llama", format, words)), format + words);
            }
        }
    }

    /// Where nothing is written there is nothing to load here, and where nothing is loaded nothing to train on.
    private void check(Cell cell) throws Throwable {
        Path place = Files.createTempDirectory(folder, "cell");
        try (var model = random(cell.architecture(), place)) {
            var adapter = adapter(model);
            if (!isDone(cell, "export", () -> write(model, adapter, cell, place))) {
                assertEquals(Set.of(), cell.words());
            } else if (!isDone(cell, "load", () -> load(model, adapter, cell, place))) {
                assertEquals(Set.of("export"), cell.words());
            } else {
                isDone(cell, "train", () -> train(model, cell, place));
            }
        }
    }

    /// Whether a cell has a word: then the thing is done, otherwise it must be refused.
    private static boolean isDone(Cell cell, String word, Executable thing) throws Throwable {
        boolean isSaid = cell.words().contains(word);
        if (isSaid) {
            thing.execute();
        } else {
            assertThrows(IllegalArgumentException.class, thing, word);
        }
        return isSaid;
    }

    private static void write(ModelFolder model, PeftFolder adapter, Cell cell, Path place) {
        Path target = cell.target(place);
        switch (cell.format()) {
            case "PEFT" -> adapter.write(target);
            case "MLX" -> MlxFolder.write(target, adapter, model.config().layers());
            case "GGUF adapter" -> GgufAdapter.write(target, adapter, model.config(), "random");
            case String gguf when gguf.startsWith("GGUF") -> new GgufExport(model.config(), model::rows, type(cell),
                    "random", Optional.empty(), Map.of()).write(target);
            default -> ModelFolder.write(target, model.config(), type(cell),
                    model.config().tensors().entrySet().stream()
                    .map(each -> new Entry(model.writtenName(each.getKey()), type(cell), each.getValue(),
                            model.rows(each.getKey()))).toList(), model, Map.of());
        }
    }

    /// What was written comes back, an adapter with the same logits.
    private static void load(ModelFolder model, PeftFolder adapter, Cell cell, Path place) {
        if (cell.isAdapter()) {
            PeftFolder read = readAdapter(model, cell, place);
            assertEquals(adapter.modules().keySet(), read.modules().keySet());
            assertArrayEquals(logits(model, adapter), logits(model, read));
            return;
        }
        try (var read = ModelFolder.open(cell.target(place))) {
            assertRead(model, read, cell);
        }
    }

    /// An adapter that was read is trained further, and a fresh one on a model that was read.
    private static void train(ModelFolder model, Cell cell, Path place) {
        if (cell.isAdapter()) {
            assertTrained(model, Adapter.trained(readAdapter(model, cell, place)));
            return;
        }
        try (var read = ModelFolder.open(cell.target(place))) {
            assertTrained(read, Adapter.fresh(lora(read.config()), 5));
        }
    }

    private static PeftFolder readAdapter(ModelFolder model, Cell cell, Path place) {
        return cell.format().equals("GGUF adapter") ? GgufAdapter.read(cell.target(place), model.config())
                : PeftFolder.read(cell.target(place));
    }

    private static DataType type(Cell cell) {
        return DataType.valueOf(cell.format().substring(cell.format().indexOf(' ') + 1).toUpperCase(Locale.ROOT));
    }

    private static ModelFolder random(String architecture, Path place) {
        String json = architecture.equals("gpt2")
                ? GPT2 : SIZES.formatted(architecture, MORE.getOrDefault(architecture, ""));
        var config = ModelConfigFile.parse("a test", (ObjectNode) new ObjectMapper().readTree(json));
        var entries = new ArrayList<Entry>();
        config.tensors().forEach((name, shape) -> {
            var weight = Tensor.zeros((int) shape.rows(), (int) shape.columns());
            new Philox(6, entries.size()).fillNormal(0, 0.2f, weight);
            entries.add(new Entry(name, DataType.F32, shape, (row, target, offset) ->
                    System.arraycopy(weight.data(), row * weight.columns(), target, offset, weight.columns())));
        });
        ModelFolder.write(place.resolve("model"), config, DataType.F32, entries, List.of());
        return ModelFolder.open(place.resolve("model"));
    }

    static float[] logits(ModelFolder model) {
        return new Inference(LanguageModel.of(model.config(), CheckpointWeights.frozen(model, KERNELS), 32), KERNELS)
                .logits(IDS).toArray();
    }

    /// Weights are what the type makes of them, and f32 gives the logits again: Gemma's gains are rounded in GGUF,
    /// which stores them with the one they are counted from.
    private static void assertRead(ModelFolder model, ModelFolder read, Cell cell) {
        assertEquals(model.config(), read.config());
        DataType type = type(cell);
        for (String name : model.config().tensors().keySet()) {
            float[] expected = model.weights().read(model.storedName(name));
            float[] found = read.weights().read(read.storedName(name));
            double squares = 0;
            double errors = 0;
            for (int i = 0; i < expected.length; i++) {
                squares += (double) expected[i] * expected[i];
                errors += ((double) expected[i] - found[i]) * ((double) expected[i] - found[i]);
            }
            // The mean error of a step of 2^-8, 2^-11, 1/127 and 1/8 of a block's greatest, with room.
            double relative = switch (type) {
                case F32 -> 1e-6;
                case BF16 -> 4e-3;
                case F16 -> 5e-4;
                case Q8_0 -> 1e-2;
                default -> 0.15;
            };
            assertTrue(Math.sqrt(errors / squares) <= relative, name + " " + Math.sqrt(errors / squares));
        }
        boolean isRounded = cell.architecture().startsWith("gemma") && cell.format().startsWith("GGUF");
        if (type == DataType.F32) {
            assertArrayEquals(logits(model), logits(read), isRounded ? 1e-4f : 0);
        }
        for (float logit : logits(read)) {
            assertTrue(Float.isFinite(logit));
        }
    }

    /// Every `lora_B` of the adapter gets a gradient.
    static void assertTrained(ModelFolder read, Adapter adapter) {
        var model = LanguageModel.of(read.config(), new WithAdapters(CheckpointWeights.frozen(read, KERNELS), adapter),
                32);
        var workspace = Workspace.growing();
        var tape = Tape.recording(workspace);
        var ops = new Ops(KERNELS, workspace, tape);
        Tensor hidden = model.hidden(ops, Tokens.of(IDS), KeyValueCache.none(), Asked.all());
        model.losses(ops, ops.select(hidden, IntStream.range(0, IDS.length - 1).toArray()),
                Arrays.copyOfRange(IDS, 1, IDS.length), 1f / (IDS.length - 1));
        tape.backward();
        assertTrue(adapter.layers().size() >= 8, adapter.layers().keySet().toString());
        adapter.layers().forEach((path, layer) -> {
            double sum = 0;
            for (float each : layer.up().gradient().orElseThrow().toArray()) {
                sum += Math.abs(each);
            }
            assertTrue(sum > 0 && Double.isFinite(sum), path);
        });
    }

    static PeftConfig lora(ModelConfig config) {
        return new PeftConfig(2, 3, 0, new TargetModules.AllLinear(), false, false, new LinkedHashMap<>(),
                new LinkedHashMap<>(), config.isFanInFanOut(), "", "CAUSAL_LM");
    }

    /// An adapter on all projections, with nothing zero in it.
    private static PeftFolder adapter(ModelFolder model) {
        var fresh = Adapter.fresh(lora(model.config()), 5);
        LanguageModel.of(model.config(), new WithAdapters(CheckpointWeights.frozen(model, KERNELS), fresh), 32);
        var modules = new TreeMap<String, LowRankPair>();
        fresh.layers().forEach((path, layer) -> {
            Tensor up = Tensor.zeros(layer.up().tensor().rows(), layer.up().tensor().columns());
            new Philox(9, path.hashCode()).fillNormal(0, 0.3f, up);
            modules.put(path, new LowRankPair(layer.down().tensor(), up));
        });
        return new PeftFolder(lora(model.config()), modules, Map.of());
    }

    private static float[] logits(ModelFolder model, PeftFolder adapter) {
        return new Inference(ModelSource.adapted(model, KERNELS, Optional.empty(), adapter, 32, Set.of()), KERNELS)
                .logits(IDS).toArray();
    }
}
