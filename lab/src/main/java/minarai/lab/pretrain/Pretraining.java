package minarai.lab.pretrain;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import minarai.engine.AdamW;
import minarai.engine.Kernels;
import minarai.engine.Parameter;
import minarai.engine.Workspace;
import minarai.lab.town.Corpus;
import minarai.lab.town.Document;
import minarai.lab.town.Town;
import minarai.models.Collecting;
import minarai.models.Llama;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelType;
import minarai.models.format.RopeScaling;
import minarai.tokenizer.BytePairTrainer;
import minarai.tokenizer.PipelineTokenizer;
import minarai.train.Batch;
import minarai.train.Pace;
import minarai.train.Progress;
import minarai.train.Sample;
import minarai.train.Trainer;

/// Pretrains the embedded model on the town's corpus.
///
/// Every document is a sequence of its own that begins with [#START] and ends with [#END], which is a target: the end
/// of an answer is learned here, so that tuning does not have to.
public final class Pretraining {

    /// Begins every text; id 0.
    public static final String START = "<s>";
    /// Ends every text; id 1.
    public static final String END = "</s>";

    private final PretrainingRecipe recipe;
    private final Kernels kernels;
    private final PipelineTokenizer tokenizer;
    private final Llama model;
    private final List<Parameter> parameters;
    private final List<Batch> batches;

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

    public Llama model() {
        return model;
    }

    public PipelineTokenizer tokenizer() {
        return tokenizer;
    }

    /// The weights as they are now, by their names in a checkpoint.
    public List<Parameter> parameters() {
        return parameters;
    }

    /// Takes all steps.
    public void run(Progress progress) {
        Workspace workspace = Workspace.planned(Trainer.rehearse(model, kernels.panelWidth(), batches));
        var optimizer = new AdamW(kernels, new AdamW.Settings(0.9f, 0.95f, 1e-8f, (float) recipe.weightDecay()),
                parameters, parameter -> parameter.value().rows() > 1);
        var trainer = new Trainer(model, kernels, optimizer, 1, workspace);
        var pace = new Pace(0, steps(), System::nanoTime);
        for (int step = 1; step <= steps(); step++) {
            Batch batch = batches.get(step - 1);
            var report = trainer.step(step, recipe.rate(step, steps()), List.of(batch));
            progress.reached(pace.after(step, report.tokens(), report.loss(), report.learningRate()));
        }
    }
}
