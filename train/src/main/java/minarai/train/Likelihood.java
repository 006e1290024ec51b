package minarai.train;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import minarai.engine.Kernels;
import minarai.engine.Ops;
import minarai.engine.Tape;
import minarai.engine.Tensor;
import minarai.engine.Workspace;
import minarai.models.Asked;
import minarai.models.KeyValueCache;
import minarai.models.LanguageModel;
import minarai.models.ModelSource;
import minarai.train.data.Example;

/// How likely a model finds certain answers to certain prompts, in nats.
public final class Likelihood {

    private final List<Sample> samples;

    private Likelihood(List<Sample> samples) {
        this.samples = samples;
    }

    /// @param pairs     whose answers are watched, at least one
    /// @param maxLength the most tokens of a pair
    /// @throws IllegalArgumentException if the chat template does not fit one, no token of its answer counts, or it is
    ///                                  too long
    public static Likelihood of(ModelSource source, List<Example> pairs, int maxLength) {
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("no answer is named whose likelihood could be told");
        }
        return new Likelihood(pairs.stream().map(pair -> sample(source, pair, maxLength)).toList());
    }

    private static Sample sample(ModelSource source, Example pair, int maxLength) {
        var rendering = source.requireTemplate().render(source.tokenizer(), pair.messages(), misfit -> { });
        var sample = new Sample(pair.id(), rendering.ids(), rendering.mask());
        if (sample.targets() == 0) {
            throw new IllegalArgumentException(pair.origin()
                    + ": the answer has no token of its own in the chat template, so it has no likelihood");
        }
        if (sample.ids().length > maxLength) {
            throw new IllegalArgumentException("%s: prompt and answer have %d tokens; at most %d go through the model"
                    .formatted(pair.origin(), sample.ids().length, maxLength));
        }
        return sample;
    }

    /// The ids of the tokens that count, pair by pair: the answer's and its end.
    public List<int[]> answers() {
        return samples.stream().map(sample -> IntStream.range(1, sample.ids().length)
                .filter(i -> sample.isTarget()[i]).map(i -> sample.ids()[i]).toArray()).toList();
    }

    /// The log-likelihood of each of these tokens after all before it, in nats.
    public List<double[]> of(LanguageModel model, Kernels kernels) {
        var workspace = Workspace.growing(kernels.memory());
        var all = new ArrayList<double[]>();
        for (Sample sample : samples) {
            var batch = Batch.of(List.of(sample));
            var ops = new Ops(kernels, workspace.reset(), Tape.off());
            Tensor hidden = model.hidden(ops, batch.tokens(), KeyValueCache.none(), Asked.of(batch.rows()));
            Tensor losses = kernels.memory().download(model.losses(ops, hidden, batch.labels(), 1));
            all.add(IntStream.range(0, losses.rows()).mapToDouble(row -> -losses.at(row, 0)).toArray());
        }
        return all;
    }
}
