package minarai.train;

import java.util.List;

/// A step whose loss or gradient is no number. Nothing was updated.
public final class TrainingFailure extends RuntimeException {

    private static final long serialVersionUID = 1;

    TrainingFailure(int step, double loss, double gradientNorm, List<Batch> batches) {
        super("step %d: the loss is %s and the gradient norm %s, so training stopped before the update. "
                .formatted(step, loss, gradientNorm)
                + "Samples: " + Batch.sampleIds(batches)
                + ". A lower learning_rate, more warmup_steps or a smaller max_grad_norm usually helps.");
    }
}
