package minarai.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import minarai.engine.Kernels;
import minarai.engine.Matrix;
import minarai.engine.Panels;
import minarai.engine.Parameter;
import minarai.engine.Tensor;
import minarai.models.CheckpointWeights;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.Merge;
import minarai.models.Mismatch;
import minarai.models.ModelSource;
import minarai.models.Weights;
import minarai.models.format.DataType;
import minarai.models.format.LowRankPair;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;
import minarai.train.data.Example;
import minarai.train.run.AtomicFiles;
import minarai.train.run.RunFolder;

/// Whether what a run left on disk serves as it was trained. Base, tokenizer, template and adapter are opened anew, as
/// any other command opens them, and asked the same probes as the trained model in memory.
///
/// @param probes      how many pairs were asked
/// @param positions   tokens of these pairs, each with all its logits
/// @param differences what is not the same, in sentences, a merged model farther away than rounding takes it included;
///                    none for a proof
/// @param isReloaded  whether the logits were compared: the largest matrix of the base must fit into memory once more
///         for that
/// @param merged      how far the logits are when the adapter is merged into the base's weights; absent with
///                    method=full and where the merged base does not fit into what the plan leaves
public record ServingProof(int probes, int positions, List<String> differences, boolean isReloaded,
        Optional<Merge.Drift> merged) {

    private static final int PROBES = 4;
    /// Logits of all probes together.
    private static final int LOGITS = 1 << 22;

    public ServingProof {
        differences = List.copyOf(differences);
    }

    /// The trained model was not what came back from the disk.
    public static final class Failure extends RuntimeException {

        private static final long serialVersionUID = 1;

        private Failure(List<String> differences) {
            super("what the run left does not serve as it was trained: " + String.join("; ", differences)
                    + ". Was the disk full or damaged, or the base or its tokenizer exchanged meanwhile?");
        }
    }

    /// @param reopened opens the base, or the written model, for a folder
    /// @param tuning   after its last step
    /// @param run      folder of the run, with `adapter` or `model` in it
    public static ServingProof of(Function<Path, ModelSource> reopened, Tuning tuning, Path run, Path base,
            Kernels kernels) {
        return of(reopened, tuning, run, base, kernels, (folder, adapter, target) ->
                new Merge(folder, adapter).write(target, DataType.F32));
    }

    /// Writes a base with an adapter merged into it.
    @FunctionalInterface
    interface Merging {
        void write(ModelFolder base, PeftFolder adapter, Path target);
    }

    /// As above.
    static ServingProof of(Function<Path, ModelSource> reopened, Tuning tuning, Path run, Path base, Kernels kernels,
            Merging merging) {
        Path model = run.resolve(RunFolder.MODEL);
        Path written = Files.exists(model) ? model : base;
        var asked = new Probes(tuning.lessons(), tuning.model().vocabularySize());
        tuning.plan().giveBack();
        List<Tensor> trained = asked.logits(tuning.model(), kernels);
        tuning.plan().giveBack();
        try (var source = reopened.apply(written)) {
            var differences = new ArrayList<String>();
            asked.compareIds(source, differences);
            Optional<PeftFolder> adapter = written.equals(model) ? Optional.empty()
                    : Optional.of(PeftFolder.read(run.resolve(RunFolder.ADAPTER)));
            adapter.ifPresent(read -> compareMatrices(read, tuning, differences));
            boolean fits = fits(2 * largest(tuning.base()));
            if (fits) {
                compareLogits(trained, asked.logits(reload(source.folder(), adapter, tuning, kernels, asked,
                        differences), kernels), differences);
            }
            boolean isMerged = adapter.isPresent() && mergedBytes(tuning.base()) <= tuning.plan().leftBytes();
            Optional<Merge.Drift> merged = adapter.filter(_ -> isMerged)
                    .map(read -> merged(source.folder(), read, run, asked, kernels, merging))
                    .map(together -> compareMerged(source.folder(), adapter.orElseThrow(), tuning.lessons().recipe(),
                            asked, trained, together, kernels, differences));
            return new ServingProof(asked.ids.size(), trained.stream().mapToInt(Tensor::rows).sum(), differences, fits,
                    merged);
        }
    }

    /// Pairs, cut where their logits would take too much memory.
    private static final class Probes {

        private final List<Example> examples;
        private final List<int[]> whole;
        private final List<int[]> ids;

        Probes(Lessons lessons, int vocabulary) {
            examples = lessons.order().stream().limit(PROBES).toList();
            whole = examples.stream().map(example -> Objects.requireNonNull(lessons.training().get(example.id())).ids())
                    .toList();
            int longest = Math.max(1, LOGITS / vocabulary / PROBES);
            ids = whole.stream().map(each -> Arrays.copyOf(each, Math.min(each.length, longest))).toList();
        }

        List<Tensor> logits(LanguageModel model, Kernels kernels) {
            var inference = new Inference(model, kernels);
            return ids.stream().map(inference::logits).toList();
        }

        int longest() {
            return ids.stream().mapToInt(each -> each.length).max().orElse(1);
        }

        void compareIds(ModelSource source, List<String> differences) {
            for (int i = 0; i < examples.size(); i++) {
                int[] now = source.requireTemplate().render(source.tokenizer(), examples.get(i).messages(),
                        misfit -> { }).ids();
                if (!Arrays.equals(whole.get(i), now)) {
                    differences.add("the pair %s of %s has other token ids, the first at place %d".formatted(
                            examples.get(i).id(), examples.get(i).origin(), Arrays.mismatch(whole.get(i), now)));
                }
            }
        }
    }

    private static void compareMatrices(PeftFolder read, Tuning tuning, List<String> differences) {
        var layers = tuning.adapter().orElseThrow().layers();
        if (!layers.keySet().equals(read.modules().keySet())) {
            differences.add("the adapter's modules are %s, but %s were trained".formatted(read.modules().keySet(),
                    layers.keySet()));
            return;
        }
        layers.forEach((path, layer) -> {
            LowRankPair pair = Objects.requireNonNull(read.modules().get(path));
            boolean isSame = Arrays.equals(pair.down().toArray(), layer.down().tensor().toArray())
                    && Arrays.equals(pair.up().toArray(), layer.up().tensor().toArray())
                    && (float) read.config().scaleOf(path) == layer.scale();
            if (!isSame) {
                differences.add("the adapter's matrices for %s are not the trained ones".formatted(path));
            }
        });
    }

    /// Bytes of the largest matrix, which has to lie beside the base when it is read anew.
    private static long largest(List<Parameter> base) {
        return base.stream().mapToLong(parameter -> switch (parameter.value()) {
            case Panels panels -> panels.bytes();
            case Tensor tensor -> 4L * tensor.size();
        }).max().orElse(0);
    }

    /// A base with an adapter merged into it lies beside the base as f32.
    private static long mergedBytes(List<Parameter> base) {
        return Float.BYTES * base.stream().mapToLong(Parameter::size).sum();
    }

    private static boolean fits(long bytes) {
        var runtime = Runtime.getRuntime();
        return bytes < runtime.maxMemory() - runtime.totalMemory() + runtime.freeMemory();
    }

    /// Weights that are read anew, each of which gives its place to the one in memory if they are the same. So there is
    /// never a second base.
    private static final class Compared implements Weights {

        /// Numbers read and let go of before they are collected, rather than the heap grown.
        private static final long COLLECTED = 1L << 24;

        private final Weights read;
        private final Map<String, Parameter> trainedOn;
        private final Kernels kernels;
        private final List<String> differences;
        private long letGo;

        Compared(Weights read, Map<String, Parameter> trainedOn, Kernels kernels, List<String> differences) {
            this.read = read;
            this.trainedOn = trainedOn;
            this.kernels = kernels;
            this.differences = differences;
        }

        @Override
        public Parameter matrix(String name, int rows, int columns) {
            return same(read.matrix(name, rows, columns));
        }

        @Override
        public Parameter vector(String name, int size) {
            return same(read.vector(name, size));
        }

        private Parameter same(Parameter again) {
            Optional<Parameter> before = Optional.ofNullable(trainedOn.get(again.name()));
            if (before.isPresent() && isSame(before.get().value(), again.value())) {
                letGo += again.size();
                if (letGo >= COLLECTED) {
                    System.gc();
                    letGo = 0;
                }
                return before.get();
            }
            differences.add("the weights %s are not the same bits".formatted(again.name()));
            kernels.memory().upload(again.value());
            return again;
        }

        private static boolean isSame(Matrix a, Matrix b) {
            if (a.rows() != b.rows() || a.columns() != b.columns()) {
                return false;
            }
            var row = new float[a.columns()];
            var other = new float[a.columns()];
            for (int i = 0; i < a.rows(); i++) {
                copyRow(a, i, row);
                copyRow(b, i, other);
                if (!Arrays.equals(row, other)) {
                    return false;
                }
            }
            return true;
        }

        private static void copyRow(Matrix matrix, int row, float[] target) {
            switch (matrix) {
                case Panels panels -> panels.copyRow(row, target, 0);
                case Tensor tensor -> System.arraycopy(tensor.data(), tensor.offset() + row * tensor.columns(), target,
                        0, target.length);
            }
        }
    }

    private static LanguageModel reload(ModelFolder folder, Optional<PeftFolder> adapter, Tuning tuning,
            Kernels kernels, Probes asked, List<String> differences) {
        var trainedOn = tuning.base().stream().collect(Collectors.toMap(Parameter::name, Function.identity()));
        var storage = tuning.lessons().recipe().weights().storage();
        var weights = new Compared(CheckpointWeights.frozen(folder, kernels, storage), trainedOn, kernels, differences);
        return adapter
                .map(read -> ModelSource.adapted(folder, weights, read, asked.longest(), Set.<Mismatch>of()))
                .orElseGet(() -> LanguageModel.of(folder.config(), weights, asked.longest()));
    }

    private static void compareLogits(List<Tensor> trained, List<Tensor> reloaded, List<String> differences) {
        for (int i = 0; i < trained.size(); i++) {
            if (!Arrays.equals(trained.get(i).toArray(), reloaded.get(i).toArray())) {
                differences.add("the logits of probe %d are not the same bits".formatted(i + 1));
            }
        }
    }

    /// The merged model goes through files, as one that is exported does; they lie in the run's folder under a name
    /// that is removed when a run that was killed here is taken up again.
    private static List<Tensor> merged(ModelFolder base, PeftFolder adapter, Path run, Probes asked, Kernels kernels,
            Merging merging) {
        Path folder = run.resolve(".merged.part");
        merging.write(base, adapter, folder);
        try (var _ = kernels.memory().lease(); var open = ModelFolder.open(folder)) {
            var model = LanguageModel.of(open.config(), CheckpointWeights.frozen(open, kernels), asked.longest());
            return asked.logits(model, kernels);
        } finally {
            AtomicFiles.removeFolder(folder);
        }
    }

    /// The merged weights are f32 and made of the base as it is stored. Where it was rounded for training, it is asked
    /// once more unrounded, so that only the order of sums is let pass.
    ///
    /// @return how far the merged model is from the one that was trained, on a rounded base by that rounding too
    private static Merge.Drift compareMerged(ModelFolder base, PeftFolder adapter, Recipe recipe, Probes asked,
            List<Tensor> trained, List<Tensor> together, Kernels kernels, List<String> differences) {
        var fromTrained = Merge.Drift.of(trained, together);
        var drift = recipe.weights().storage().isEmpty() ? fromTrained
                : Merge.Drift.of(apart(base, adapter, asked, kernels), together);
        double bound = drift.bound(base.config(), DataType.F32);
        if (!drift.isWithin(bound)) {
            differences.add(("with the adapter merged into the base, logits differ by %.2g, where rounding explains "
                    + "%.2g at most").formatted(drift.greatest(), bound));
        }
        return fromTrained;
    }

    private static List<Tensor> apart(ModelFolder base, PeftFolder adapter, Probes asked, Kernels kernels) {
        try (var _ = kernels.memory().lease()) {
            return asked.logits(ModelSource.adapted(base, kernels, Optional.empty(), adapter, asked.longest(),
                    Set.of()), kernels);
        }
    }

    /// @throws Failure if anything differs
    public void require() {
        if (!differences.isEmpty()) {
            throw new Failure(differences);
        }
    }

    /// The result as a sentence without a stop.
    @Override
    public String toString() {
        if (!differences.isEmpty()) {
            return "not as trained: " + String.join("; ", differences);
        }
        String what = isReloaded ? "read back, it gives the same token ids and the same logits, bit for bit"
                : "read back, it has the same token ids and matrices; for the logits there is no memory left";
        return "%s, on %d tokens of %d pairs%s".formatted(what, positions, probes, merged.map(drift ->
                        "; merged, logits differ by %.2g at most".formatted(drift.greatest())).orElse(""));
    }
}
