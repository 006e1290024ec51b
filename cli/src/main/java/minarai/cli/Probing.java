package minarai.cli;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.engine.Philox;
import minarai.engine.Tensor;
import minarai.models.Adapter;
import minarai.models.CheckpointWeights;
import minarai.models.Inference;
import minarai.models.LanguageModel;
import minarai.models.Merge;
import minarai.models.WithAdapters;
import minarai.models.WrittenWeights;
import minarai.models.format.ModelConfig;
import minarai.models.format.ModelFolder;
import minarai.models.format.PeftFolder;

/// Asks what was exported, and what it was made of, for the logits of the same sequences.
///
/// @param probes sequences of token ids
record Probing(List<int[]> probes, Kernels kernels) {

    private static final int PROBES = 2;
    private static final int PROBE_TOKENS = 24;

    /// Ids from a counter-based generator: every vocabulary has them, and no text of anyone is needed.
    static Probing of(ModelConfig config, Kernels kernels) {
        var random = new Philox(1, 1);
        int vocabulary = config.vocabularySize();
        int length = Math.min(PROBE_TOKENS, config.maxPositions());
        return new Probing(IntStream.range(0, PROBES).mapToObj(probe -> IntStream.range(0, length)
                .map(i -> Math.min(vocabulary - 1, (int) (random.uniform(probe, i) * vocabulary))).toArray()).toList(),
                kernels);
    }

    int longest() {
        return probes.stream().mapToInt(probe -> probe.length).max().orElse(1);
    }

    /// What the model takes on a device is given back, so that two models need not lie there at once.
    List<Tensor> logits(LanguageModel model) {
        try (var _ = kernels.memory().lease()) {
            var inference = new Inference(model, kernels);
            return probes.stream().map(inference::logits).toList();
        }
    }

    /// Of a model as it is stored.
    List<Tensor> logits(ModelFolder folder) {
        return logits(LanguageModel.of(folder.config(), CheckpointWeights.frozen(folder, kernels), longest()));
    }

    /// Of a base and the adapter beside it.
    List<Tensor> logits(ModelFolder base, PeftFolder adapter) {
        var placed = new WithAdapters(CheckpointWeights.frozen(base, kernels), Adapter.frozen(adapter));
        return logits(LanguageModel.of(base.config(), placed, longest()));
    }

    /// Of weights as a file of them must give them back.
    List<Tensor> logits(ModelConfig config, WrittenWeights weights) {
        return logits(LanguageModel.of(config, weights, longest()));
    }

    /// What was written must give the bits of what it was written from, rounded alike.
    ///
    /// @throws Failure if a logit differs
    void requireWritten(WrittenWeights weights, List<Tensor> written, Path output) {
        fields(Merge.Drift.of(logits(weights.config(), weights), written), 0, output);
    }

    /// What was exported does not compute what it was made of.
    static final class Failure extends RuntimeException {

        private static final long serialVersionUID = 1;

        private Failure(String message) {
            super(message);
        }
    }

    /// The keys that other programs rely on.
    ///
    /// @param most   how far the logits may be apart: 0 where nothing is rounded
    /// @param output what was written
    /// @throws Failure if they are farther apart, or not all of them are numbers
    static Map<String, Object> fields(Merge.Drift drift, double most, Path output) {
        if (!drift.isWithin(most)) {
            throw new Failure("%s is written, but do not use it: %s".formatted(output, Double.isFinite(drift.greatest())
                    ? ("its logits differ from those of what was exported by %.3g, where %s. Was the disk full or "
                            + "damaged?").formatted(drift.greatest(), most == 0
                                    ? "they must be the same: nothing is rounded, or both are rounded alike"
                                    : "rounding explains %.3g at most".formatted(most))
                    : "its logits, or those of what was exported, are not all finite numbers. Do all weights fit into "
                            + "the type?"));
        }
        var fields = new LinkedHashMap<String, Object>();
        fields.put("greatest_logit_difference", drift.greatest());
        fields.put("root_mean_square_logit_difference", drift.rootMean());
        fields.put("positions", drift.positions());
        fields.put("changed_choices", drift.choices());
        return fields;
    }
}
