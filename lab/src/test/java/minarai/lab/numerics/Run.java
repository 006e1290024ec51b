package minarai.lab.numerics;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.zip.CRC32;
import minarai.engine.AdamW;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Philox;
import minarai.engine.Storage;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.lab.pretrain.EmbeddedModel;
import minarai.models.Adapter;
import minarai.models.CheckpointWeights;
import minarai.models.Collecting;
import minarai.models.LanguageModel;
import minarai.models.Weights;
import minarai.models.WithAdapters;
import minarai.models.format.LlamaConfig;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.ModelType;
import minarai.models.format.PeftConfig;
import minarai.models.format.RopeScaling;
import minarai.models.format.TargetModules;
import minarai.train.Batch;
import minarai.train.ParameterHash;
import minarai.train.Sample;
import minarai.train.Schedule;
import minarai.train.Trainer;
import org.junit.jupiter.api.Assumptions;

/// Short trainings whose weights numerics version 1 determines to the last bit.
///
/// The hashes were printed by [SameBitsTest] itself. A failure on every way of computing means that the numerics have
/// changed: that is a new version ([minarai.engine.Numerics#VERSION]), whose hashes are those that the failure prints.
enum Run {
    EMBEDDED_LORA(Base.EMBEDDED, false, 30, "55705bf9042a62441b54ea624d6977f67b908c6a8e9e3289ac649cf8110ba200"),
    EMBEDDED_FULL(Base.EMBEDDED, true, 10, "1e2aead8b6f6a8d803b262d3c8472daa5c470b2365a7be9d44499a2348e3fbeb"),
    STORIES_LORA(Base.STORIES, false, 30, "300415b6537b7c5c097a7be83df5b8f82868cf22f88a6a7365ada11aa0bcd5db"),
    STORIES_FULL(Base.STORIES, true, 10, "382d82a4de7044e69d50f24e192b67a8eeb2076eab196f7075498bdc2d835450"),
    SMALL_LORA(Base.SMALL, false, 30, "211dceb17a974a0c1fa226d783e1322c1a68a72b3e3b76ba5f5cf233580c4346"),
    SMALL_FULL(Base.SMALL, true, 10, "4a6fcc04c4f057c275d9af2fdfa64a35b33623519152fd31222f70dec2c22eab");

    /// What is trained: the model that the project carries, a published one, and one small enough for a JVM that
    /// computes vectors lane by lane.
    enum Base { EMBEDDED, STORIES, SMALL }

    /// Samples of every step.
    static final int SAMPLES = 4;

    private static final String STORIES_FOLDER = "models/TinyStories-656K-hf";
    private static final AdamW.Settings ADAM = new AdamW.Settings(0.9f, 0.999f, 1e-8f, 0.01f);
    private static final int POSITIONS = 96;

    final Base base;
    final boolean isFull;
    final int steps;
    final String hash;

    Run(Base base, boolean isFull, int steps, String hash) {
        this.base = base;
        this.isFull = isFull;
        this.steps = steps;
        this.hash = hash;
    }

    /// A model under training.
    record Network(LanguageModel model, List<Parameter> trained) {
    }

    /// The hash of what is trained after all steps.
    ///
    /// @param home where the embedded model is unpacked
    String hashOf(Way way, Path home) {
        return on(way, home, network -> hashOf(way, network));
    }

    /// The loss before the first step of samples that begin alike.
    ///
    /// @param isSharing whether what they begin with is computed once
    double lossOf(Way way, Path home, boolean isSharing) {
        return on(way, home, network -> {
            List<Sample> samples = alike(network.model.vocabularySize());
            var batch = isSharing ? Batch.sharing(samples) : Batch.of(samples);
            return trainer(way, network, Workspace.growing(way.kernels().memory())).loss(List.of(batch));
        });
    }

    private <T> T on(Way way, Path home, Function<Network, T> use) {
        if (base == Base.SMALL) {
            return use.apply(network(smallConfig(), new Seeded(isFull, way.kernels().panelWidth())));
        }
        try (var folder = ModelFolder.open(folder(home))) {
            Optional<Storage> storage = way.isExpanded() ? Optional.of(Storage.F32) : Optional.empty();
            return use.apply(network(folder.config(), isFull ? CheckpointWeights.trained(folder)
                    : CheckpointWeights.frozen(folder, way.kernels(), storage)));
        }
    }

    private static Trainer trainer(Way way, Network network, Workspace workspace) {
        var optimizer = new AdamW(way.kernels(), ADAM, network.trained, parameter -> parameter.value().rows() > 1);
        return new Trainer(network.model, way.kernels(), optimizer, 1, workspace, way.isRecomputing());
    }

    private String hashOf(Way way, Network network) {
        List<Sample> samples = samples(network.model.vocabularySize());
        var batches = new ArrayList<Batch>();
        for (int first = 0; first < SAMPLES; first += way.perBatch()) {
            batches.add(Batch.of(samples.subList(first, Math.min(SAMPLES, first + way.perBatch()))));
        }
        Workspace workspace = way.isPlanned() ? Workspace.planned(Trainer.rehearse(network.model,
                way.kernels(), batches, way.isRecomputing()), way.kernels().memory())
                : Workspace.growing(way.kernels().memory());
        var trainer = trainer(way, network, workspace);
        var schedule = new Schedule(Schedule.Decay.COSINE, isFull ? 1e-4 : 1e-3, 3, steps, 0.1, Schedule.Origin.PEAK);
        for (int step = 1; step <= steps; step++) {
            trainer.step(step, schedule.rate(step), batches);
        }
        return ParameterHash.of(network.trained, way.kernels());
    }

    private Network network(ModelConfig config, Weights weights) {
        var base = new Collecting(weights);
        if (isFull) {
            var model = LanguageModel.of(config, base, POSITIONS);
            return new Network(model, base.parameters());
        }
        var adapter = Adapter.fresh(PeftConfig.lora(4, 8, 0, new TargetModules.AllLinear(), ""), 1);
        return new Network(LanguageModel.of(config, new WithAdapters(base, adapter), POSITIONS), adapter.parameters());
    }

    private Path folder(Path home) {
        return base == Base.EMBEDDED ? EmbeddedModel.unpack(home) : stories();
    }

    /// The published model, beside the checkout.
    private static Path stories() {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path model = folder.resolveSibling("shared").resolve("data").resolve(STORIES_FOLDER);
            if (folder.getFileName() != null && Files.exists(model)) {
                return model;
            }
        }
        return Assumptions.abort("skipped: ../shared/data/" + STORIES_FOLDER + " is not here");
    }

    /// Samples of uneven lengths that begin alike; where all of the published model is trained, one reaches into a
    /// second block of keys.
    private List<Sample> samples(int vocabulary) {
        int[] lengths = switch (base) {
            case EMBEDDED -> new int[] {4, 2, 3, 3};
            case STORIES -> new int[] {4, isFull ? 67 : 7, 2, 5};
            case SMALL -> new int[] {5, 2, 3, 4};
        };
        var random = new Philox(9, 9);
        var samples = new ArrayList<Sample>();
        for (int s = 0; s < SAMPLES; s++) {
            int[] ids = new int[lengths[s]];
            boolean[] isTarget = new boolean[ids.length];
            for (int i = 0; i < ids.length; i++) {
                ids[i] = i == 0 ? 1 : (int) (random.uniform(s, i) * vocabulary);
                isTarget[i] = i > s % 2;
            }
            isTarget[ids.length - 1] = true;
            samples.add(new Sample("sample " + s, ids, isTarget));
        }
        return samples;
    }

    /// The samples after one beginning of 20 ids, none of them a target.
    private List<Sample> alike(int vocabulary) {
        return samples(vocabulary).stream().map(sample -> {
            int[] ids = new int[20 + sample.ids().length];
            Arrays.setAll(ids, i -> i < 20 ? i * 7 % vocabulary : sample.ids()[i - 20]);
            boolean[] isTarget = new boolean[ids.length];
            System.arraycopy(sample.isTarget(), 0, isTarget, 20, sample.ids().length);
            return new Sample(sample.id(), ids, isTarget);
        }).toList();
    }

    private static LlamaConfig smallConfig() {
        return new LlamaConfig(ModelType.LLAMA, 37, 20, 27, 1, 4, 2, 6, 1e-5, 10_000, new RopeScaling.None(), true,
                LlamaConfig.AttentionBias.NONE, OptionalInt.empty(), POSITIONS, OptionalInt.of(1), List.of(2));
    }

    /// Weights from a seed, all trained or all frozen.
    private record Seeded(boolean isTrained, int panelWidth) implements Weights {

        @Override
        public Parameter matrix(String name, int rows, int columns) {
            Tensor matrix = random(name, rows, columns);
            return isTrained ? Parameter.trained(name, matrix)
                    : Parameter.frozen(name, Panels.pack(matrix, panelWidth));
        }

        @Override
        public Parameter vector(String name, int size) {
            Tensor vector = random(name, 1, size);
            return isTrained ? Parameter.trained(name, vector) : Parameter.frozen(name, vector);
        }

        private static Tensor random(String name, int rows, int columns) {
            var crc = new CRC32();
            crc.update(name.getBytes(StandardCharsets.UTF_8));
            Tensor tensor = Tensor.zeros(rows, columns);
            new Philox(5, (int) crc.getValue()).fillUniform(0, 0.4f, tensor);
            return tensor;
        }
    }
}
