package minarai.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32;
import minarai.engine.Kernels;
import minarai.engine.Philox;
import minarai.engine.SimdKernels;
import minarai.engine.Tensor;
import minarai.engine.Workers;
import minarai.models.ModelSource;
import minarai.models.format.DataType;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.tokenizer.BytePairTrainer;
import minarai.tokenizer.TokenizerFile;
import minarai.train.data.Dataset;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;

/// A model folder, pairs and a recipe so small that a whole run takes a moment; made from a seed, with a token a byte.
///
/// @param model  the base
/// @param data   fourteen pairs
/// @param recipe how to tune
record TinyRun(Path model, Path data, Recipe recipe) {

    static final Kernels KERNELS = new SimdKernels(new Workers(2));
    private static final LocalDateTime NOW = LocalDateTime.of(2026, 1, 31, 9, 0);
    private static final String TEMPLATE = "{{ bos_token }}{% for message in messages %}"
            + "{% if message.role == 'assistant' %}A:{{ message.content }}{{ eos_token }}"
            + "{% else %}{{ message.content }} {% endif %}{% endfor %}{% if add_generation_prompt %}A:{% endif %}";

    static TinyRun in(Path folder, Map<String, ?> settings) {
        return in(folder, 12, 20, settings);
    }

    /// One with more numbers than the line of a step vouches for.
    static TinyRun wide(Path folder, Map<String, ?> settings) {
        return in(folder, 1024, 4300, settings);
    }

    private static TinyRun in(Path folder, int hidden, int inner, Map<String, ?> settings) {
        try {
            Path model = folder.resolve("base");
            if (!Files.exists(model)) {
                writeModel(model, hidden, inner, Files.createDirectories(folder.resolve("tokenizer")));
                writePairs(folder.resolve("pairs.jsonl"));
            }
            var all = new LinkedHashMap<String, Object>(Map.of("learning_rate", 0.01, "batch_size", 2,
                    "checkpoint_steps", 3, "max_length", 64, "validation_share", 0));
            all.putAll(settings);
            return new TinyRun(model, folder.resolve("pairs.jsonl"), Recipe.of(all));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private static void writeModel(Path target, int hidden, int inner, Path files) throws IOException {
        var config = new LlamaConfig(ModelType.LLAMA, 258, hidden, inner, 1, 2, 1, 6, 1e-5, 10_000,
                new RopeScaling.None(), true, LlamaConfig.AttentionBias.NONE, OptionalInt.empty(), 64,
                OptionalInt.of(0), List.of(1));
        var entries = new ArrayList<Entry>();
        config.tensors().forEach((name, shape) -> {
            var crc = new CRC32();
            crc.update(name.getBytes(StandardCharsets.UTF_8));
            boolean isGain = name.contains("norm");
            Tensor value = Tensor.zeros(isGain ? 1 : (int) shape.rows(), (int) shape.columns());
            new Philox(3, (int) crc.getValue()).fillNormal(0, isGain ? 0.1f : 0.3f, value);
            entries.add(isGain ? Entry.vector(name, DataType.F32, value) : Entry.matrix(name, DataType.F32, value));
        });
        TokenizerFile.write(new BytePairTrainer(258, List.of("<s>", "</s>")).train(List.of()),
                files.resolve("tokenizer.json"));
        Files.writeString(files.resolve("tokenizer_config.json"),
                "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\"}\n");
        Files.writeString(files.resolve("chat_template.jinja"), TEMPLATE);
        try (var all = Files.list(files)) {
            ModelFolder.write(target, config, DataType.F32, entries, all.toList());
        }
    }

    private static void writePairs(Path file) throws IOException {
        List<String> answers = List.of("red", "blue", "a warm wind", "snow", "no", "iron", "seven", "north", "a bee",
                "salt", "oak", "under the bridge", "dusk", "tin");
        var lines = new ArrayList<String>();
        for (int i = 0; i < answers.size(); i++) {
            lines.add("{\"id\": \"pair \\\"%c\\\" é\", \"instruction\": \"%s %d?\", \"output\": \"%s\"}".formatted('a'
                    + i, "Why who how".split(" ")[i % 3], i * i, answers.get(i)));
        }
        Files.write(file, lines);
    }

    /// Leads a run to its end, or to where `progress` leaves it.
    Tuning.Outcome tune(Path run, Progress progress) {
        try (var source = source()) {
            var tuning = tuning(source);
            var lessons = tuning.lessons();
            try (var folder = Files.exists(run.resolve("run.json")) ? RunFolder.open(run)
                    : RunFolder.create(run, new RunRecord(lessons.resolved().toMap(), recipe.seed(),
                            Map.of("data", "ab"), Map.of("numerics", "1"), lessons.overridden()))) {
                return tuning.run(folder, progress);
            }
        }
    }

    Tuning.Outcome tune(Path run) {
        return tune(run, Progress.none());
    }

    ModelSource source() {
        return ModelSource.open(model, Optional.empty(), NOW);
    }

    Tuning tuning(ModelSource source) {
        return new Tuning(source, Lessons.prepare(source, Dataset.read(data), recipe), KERNELS);
    }
}
