package minarai.lab.pretrain;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Memory;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.lab.town.Corpus;
import minarai.lab.town.Document;
import minarai.lab.town.Town;
import minarai.models.CheckpointWeights;
import minarai.models.Collecting;
import minarai.models.LanguageModel;
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
import minarai.train.Course;
import minarai.train.Curriculum;
import minarai.train.KeptCheckpoints;
import minarai.train.Progress;
import minarai.train.Sample;
import minarai.train.Trainer;
import minarai.train.Undertaking;
import minarai.train.data.Sha256;
import minarai.train.run.AtomicFiles;
import minarai.train.run.Ledger;
import minarai.train.run.LedgerLine;
import minarai.train.run.RunFolder;
import minarai.train.run.RunRecord;

/// Pretrains the embedded model on the town's corpus.
///
/// Every document is a sequence of its own that begins with [#START] and ends with [#END], which is a target: the end
/// of an answer is learned here, so that tuning does not have to.
public final class Pretraining implements Undertaking, Curriculum {

    /// Begins every text; id 0.
    public static final String START = "<s>";
    /// Ends every text; id 1.
    public static final String END = "</s>";
    /// Steps whose losses the record puts together.
    private static final int STRETCH = 50;

    /// From one checkpoint to the next, where nothing else is asked for.
    public static final int CHECKPOINT_STEPS = 250;
    private static final String METHOD = "pretrain";
    /// Keys of the run's record beside those of the recipe.
    private static final List<String> OF_RUN = List.of("method", "checkpoint_steps");

    private final PretrainingRecipe recipe;
    private final int checkpointSteps;
    private final Kernels kernels;
    private final PipelineTokenizer tokenizer;
    private final Llama model;
    private final List<Parameter> parameters;
    private final List<Batch> batches;
    private final String corpusSha256;

    /// Generates the corpus, learns the vocabulary and draws the initial weights.
    ///
    /// @param checkpointSteps from one checkpoint to the next; 0 for one at the end only
    public Pretraining(PretrainingRecipe recipe, int checkpointSteps, Kernels kernels) {
        this.recipe = recipe;
        this.checkpointSteps = checkpointSteps;
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

    @Override
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
        return Trainer.rehearse(model, kernels, batches, false);
    }

    /// The record of a new run.
    ///
    /// @param versions of what it is done with
    public RunRecord record(Map<String, String> versions) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("method", METHOD);
        settings.put("checkpoint_steps", checkpointSteps);
        settings.putAll(recipe.toMap());
        return new RunRecord(settings, recipe.seed(), hashes(), versions, List.of());
    }

    /// Whether a run is a pretraining.
    public static boolean isRecordedIn(RunRecord run) {
        return METHOD.equals(run.recipe().get("method"));
    }

    /// What a run's record tells, made ready to be done again or to be gone on with.
    ///
    /// @throws IllegalArgumentException if it is not the record of a pretraining
    public static Pretraining of(RunRecord run, Kernels kernels) {
        if (!isRecordedIn(run) || !(run.recipe().get("checkpoint_steps") instanceof Long every) || every < 0
                || every > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the run is no pretraining: its run.json was not made by lab pretrain");
        }
        var settings = new LinkedHashMap<>(run.recipe());
        OF_RUN.forEach(settings::remove);
        return new Pretraining(PretrainingRecipe.of(settings), every.intValue(), kernels);
    }

    /// SHA-256 of what the recipe gives: `corpus`, the documents, each followed by a line feed.
    public Map<String, String> hashes() {
        return Map.of("corpus", corpusSha256);
    }

    /// Takes all steps, or those that are left, and writes the model into `model/` and what came out into
    /// `making.json`.
    ///
    /// @param folder  of a new run, or of one to go on with
    /// @param machine what it runs on, for the record
    public Making make(RunFolder folder, String machine, Progress progress) {
        long start = System.nanoTime();
        var outcome = run(folder, progress);
        String weightsSha256;
        try (var written = ModelFolder.open(folder.path().resolve(RunFolder.MODEL))) {
            weightsSha256 = written.sha256();
        }
        Ledger ledger = Ledger.read(folder.path());
        var making = new Making(recipe, steps(), tokens(), corpusSha256, ledger.last(), outcome.parameterHash(),
                weightsSha256, means(ledger), (System.nanoTime() - start) / 1e9, machine, folder.record().versions());
        AtomicFiles.writeText(folder.path().resolve(EmbeddedModel.RECORD), making.json());
        return making;
    }

    private static List<Double> means(Ledger ledger) {
        List<Double> losses = ledger.lines().stream().<Double>mapMulti((line, sink) -> {
            if (line instanceof LedgerLine.Step step) {
                sink.accept(step.loss());
            }
        }).toList();
        return IntStream.iterate(0, first -> first < losses.size(), first -> first + STRETCH)
                .mapToObj(first -> losses.subList(first, Math.min(losses.size(), first + STRETCH)).stream()
                        .mapToDouble(Double::doubleValue).average().orElseThrow())
                .toList();
    }

    @Override
    public Curriculum curriculum() {
        return this;
    }

    @Override
    public List<Batch> batches(int step) {
        return List.of(batches.get(step - 1));
    }

    @Override
    public double rate(int step) {
        return recipe.rate(step, steps());
    }

    @Override
    public double maxGradientNorm() {
        return 1;
    }

    @Override
    public List<Parameter> trained() {
        return parameters;
    }

    @Override
    public Memory memory() {
        return kernels.memory();
    }

    @Override
    public Course course() {
        var optimizer = new AdamW(kernels, new AdamW.Settings(0.9f, 0.95f, 1e-8f, (float) recipe.weightDecay()),
                parameters, parameter -> parameter.value().rows() > 1);
        return new Course(model, parameters, this, kernels, optimizer, Workspace.planned(rehearse(), kernels.memory()),
                false);
    }

    @Override
    public int checkpointSteps() {
        return checkpointSteps;
    }

    /// All: without them a late stretch could only be replayed from the start.
    @Override
    public KeptCheckpoints keptCheckpoints() {
        return KeptCheckpoints.ALL;
    }

    @Override
    public boolean hasSnapshot() {
        return true;
    }

    @Override
    public List<Parameter> written(Path run) {
        try (var folder = ModelFolder.open(run.resolve(RunFolder.MODEL))) {
            var stored = new Collecting(CheckpointWeights.trained(folder));
            LanguageModel.of(folder.config(), stored, 1);
            boolean isSame = stored.parameters().size() == parameters.size() && IntStream.range(0, parameters.size())
                    .allMatch(i -> isRounded(parameters.get(i), stored.parameters().get(i)));
            return isSame ? parameters : stored.parameters();
        }
    }

    /// Whether these are the parameter's numbers as bf16 has them, the nearest and of two the even.
    private static boolean isRounded(Parameter parameter, Parameter stored) {
        Tensor value = parameter.tensor();
        Tensor found = stored.tensor();
        boolean isSame = parameter.name().equals(stored.name()) && value.rows() == found.rows()
                && value.columns() == found.columns();
        for (int i = 0; isSame && i < value.size(); i++) {
            int bits = Float.floatToRawIntBits(value.data()[value.offset() + i]);
            int rounded = bits + 0x7fff + (bits >>> 16 & 1) & 0xffff0000;
            isSame = Float.floatToRawIntBits(found.data()[found.offset() + i]) == rounded;
        }
        return isSame;
    }

    @Override
    public void write(Path run) {
        List<Entry> entries = parameters.stream().map(parameter -> parameter.value().rows() == 1
                ? Entry.vector(parameter.name(), DataType.BF16, parameter.tensor())
                : Entry.matrix(parameter.name(), DataType.BF16, parameter.tensor())).toList();
        // A name that is removed when a run that was killed here is taken up again.
        Path files = run.resolve(".tokenizer.part");
        AtomicFiles.writeFolder(files, folder -> {
            TokenizerFile.write(tokenizer, folder.resolve("tokenizer.json"));
            Files.writeString(folder.resolve("tokenizer_config.json"),
                    "{\"bos_token\": \"%s\", \"eos_token\": \"%s\"}\n".formatted(START, END));
            Files.writeString(folder.resolve("chat_template.jinja"), template());
        });
        try (var names = Files.list(files)) {
            List<Path> all = names.toList();
            ModelFolder.write(run.resolve(RunFolder.MODEL), model.config(), DataType.BF16, entries, all);
            for (Path file : all) {
                Files.delete(file);
            }
            Files.delete(files);
        } catch (IOException failure) {
            throw new UncheckedIOException("writing the model of the run " + run, failure);
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
