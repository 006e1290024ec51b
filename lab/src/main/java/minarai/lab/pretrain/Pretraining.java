package minarai.lab.pretrain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Workspace;
import minarai.lab.town.Corpus;
import minarai.lab.town.Document;
import minarai.lab.town.Town;
import minarai.models.Collecting;
import minarai.models.Llama;
import minarai.models.format.DataType;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;
import minarai.models.format.SafetensorsWriter.Entry;
import minarai.tokenizer.BytePairTrainer;
import minarai.tokenizer.PipelineTokenizer;
import minarai.tokenizer.TokenizerFile;
import minarai.train.Batch;
import minarai.train.Pace;
import minarai.train.ParameterHash;
import minarai.train.Progress;
import minarai.train.Sample;
import minarai.train.Trainer;
import minarai.train.data.Sha256;
import minarai.train.run.AtomicFiles;

/// Pretrains the embedded model on the town's corpus.
///
/// Every document is a sequence of its own that begins with [#START] and ends with [#END], which is a target: the end
/// of an answer is learned here, so that tuning does not have to.
public final class Pretraining {

    /// Begins every text; id 0.
    public static final String START = "<s>";
    /// Ends every text; id 1.
    public static final String END = "</s>";
    /// Steps whose losses the record puts together.
    private static final int STRETCH = 50;

    private final PretrainingRecipe recipe;
    private final Kernels kernels;
    private final PipelineTokenizer tokenizer;
    private final Llama model;
    private final List<Parameter> parameters;
    private final List<Batch> batches;
    private final String corpusSha256;

    /// Generates the corpus, learns the vocabulary and draws the initial weights.
    public Pretraining(PretrainingRecipe recipe, Kernels kernels) {
        this.recipe = recipe;
        this.kernels = kernels;
        Corpus corpus = Town.of(recipe.town()).corpus();
        tokenizer = new BytePairTrainer(recipe.vocabularySize(), List.of(START, END))
                .train(corpus.documents().stream().map(Document::text).toList());
        var weights = new Collecting(new InitialWeights(recipe.layers(), recipe.seed()));
        model = new Llama(config(recipe), weights, recipe.maxPositions());
        parameters = weights.parameters();
        batches = batches(corpus.documents());
        corpusSha256 = Sha256.of(corpus.documents().stream().map(document -> document.text() + "\n")
                .collect(Collectors.joining()));
    }

    private static LlamaConfig config(PretrainingRecipe recipe) {
        return new LlamaConfig(ModelType.LLAMA, recipe.vocabularySize(), recipe.hiddenSize(),
                recipe.intermediateSize(), recipe.layers(), recipe.heads(), recipe.heads(),
                recipe.hiddenSize() / recipe.heads(), 1e-5, 10_000, new RopeScaling.None(), true,
                LlamaConfig.AttentionBias.NONE, OptionalInt.empty(), recipe.maxPositions(), OptionalInt.of(0),
                List.of(1));
    }

    private List<Batch> batches(List<Document> documents) {
        var batches = new ArrayList<Batch>();
        var samples = new ArrayList<Sample>();
        int tokens = 0;
        long wanted = Math.round(recipe.passes() * documents.size());
        for (long i = 0; i < wanted; i++) {
            int number = (int) (i % documents.size());
            Sample sample = sample(number, documents.get(number).text());
            samples.add(sample);
            tokens += sample.ids().length;
            if (tokens >= recipe.batchTokens()) {
                batches.add(Batch.of(samples));
                samples.clear();
                tokens = 0;
            }
        }
        return batches;
    }

    private Sample sample(int number, String text) {
        int[] words = tokenizer.encode(text).ids();
        int[] ids = new int[words.length + 2];
        System.arraycopy(words, 0, ids, 1, words.length);
        ids[ids.length - 1] = 1;
        boolean[] isTarget = new boolean[ids.length];
        Arrays.fill(isTarget, true);
        return new Sample("document-" + number, ids, isTarget);
    }

    public int steps() {
        return batches.size();
    }

    /// Tokens that go through the model in all steps.
    public long tokens() {
        return batches.stream().mapToLong(batch -> batch.tokens().count()).sum();
    }

    /// How many numbers are trained.
    public long size() {
        return parameters.stream().mapToLong(Parameter::size).sum();
    }

    /// The memory of a step, found by rehearsal.
    public Workspace rehearse() {
        return Trainer.rehearse(model, kernels.panelWidth(), batches, false);
    }

    /// Takes all steps and writes the model folder.
    ///
    /// @param target   must not exist, or be empty
    /// @param machine  what it runs on, for the record
    /// @param versions what it is done with, for the record
    public Making run(Path target, String machine, Map<String, String> versions, Progress progress) {
        requireFree(target);
        long start = System.nanoTime();
        var optimizer = new AdamW(kernels, new AdamW.Settings(0.9f, 0.95f, 1e-8f, (float) recipe.weightDecay()),
                parameters, parameter -> parameter.value().rows() > 1);
        var trainer = new Trainer(model, kernels, optimizer, 1, Workspace.planned(rehearse()), false);
        var pace = new Pace(0, steps(), System::nanoTime);
        var losses = new ArrayList<Double>();
        for (int step = 1; step <= steps(); step++) {
            var report = trainer.step(step, recipe.rate(step, steps()), List.of(batches.get(step - 1)));
            losses.add(report.loss());
            progress.reached(pace.after(step, report.tokens(), report.loss(), report.learningRate()));
        }
        write(target);
        String weightsSha256;
        try (var folder = ModelFolder.open(target)) {
            weightsSha256 = folder.sha256();
        }
        var making = new Making(recipe, steps(), tokens(), corpusSha256, ParameterHash.of(parameters), weightsSha256,
                means(losses), (System.nanoTime() - start) / 1e9, machine, versions);
        AtomicFiles.writeText(target.resolve(EmbeddedModel.RECORD), making.json());
        return making;
    }

    /// Checked before anything is spent.
    private static void requireFree(Path target) {
        Path files = tokenizerFiles(target);
        if (Files.exists(target) || Files.exists(files)) {
            throw new IllegalArgumentException("%s exists already; choose another name or remove it".formatted(
                    Files.exists(target) ? target : files));
        }
        try {
            Files.createDirectories(target.toAbsolutePath().getParent());
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot make the folder for the model " + target, failure);
        }
    }

    private static Path tokenizerFiles(Path target) {
        return target.resolveSibling(target.getFileName() + ".tokenizer");
    }

    private static List<Double> means(List<Double> losses) {
        return IntStream.iterate(0, first -> first < losses.size(), first -> first + STRETCH)
                .mapToObj(first -> losses.subList(first, Math.min(losses.size(), first + STRETCH)).stream()
                        .mapToDouble(Double::doubleValue).average().orElseThrow())
                .toList();
    }

    private void write(Path target) {
        List<Entry> entries = parameters.stream().map(parameter -> parameter.value().rows() == 1
                ? Entry.vector(parameter.name(), DataType.BF16, parameter.tensor())
                : Entry.matrix(parameter.name(), DataType.BF16, parameter.tensor())).toList();
        Path files = tokenizerFiles(target);
        AtomicFiles.writeFolder(files, folder -> {
            TokenizerFile.write(tokenizer, folder.resolve("tokenizer.json"));
            Files.writeString(folder.resolve("tokenizer_config.json"),
                    "{\"bos_token\": \"%s\", \"eos_token\": \"%s\"}\n".formatted(START, END));
            Files.writeString(folder.resolve("chat_template.jinja"), template());
        });
        try (var names = Files.list(files)) {
            List<Path> all = names.toList();
            ModelFolder.write(target, model.config(), DataType.BF16, entries, all);
            for (Path file : all) {
                Files.delete(file);
            }
            Files.delete(files);
        } catch (IOException failure) {
            throw new UncheckedIOException("writing the model " + target, failure);
        }
    }

    /// The chat template that the embedded model is tuned with.
    static String template() {
        try (var resource = Pretraining.class.getResourceAsStream("chat_template.jinja")) {
            return new String(Objects.requireNonNull(resource, "chat_template.jinja").readAllBytes(),
                    StandardCharsets.UTF_8);
        } catch (IOException failure) {
            throw new UncheckedIOException("reading the town's chat template", failure);
        }
    }
}
