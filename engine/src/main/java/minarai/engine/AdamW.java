package minarai.engine;

import java.util.List;
import java.util.function.Predicate;

/// Adam with decoupled weight decay.
///
/// `m = β₁m + (1-β₁)g`, `v = β₂v + (1-β₂)g²`, `w = (1 - rate·decay)·w - rate/(1-β₁ᵗ) · m / (√v / √(1-β₂ᵗ) + ε)`.
///
/// @see <a href="https://arxiv.org/abs/1711.05101">Loshchilov and Hutter 2019, algorithm 2</a>
public final class AdamW {

    /// What stays the same over all steps.
    ///
    /// @param beta1       decay of the mean
    /// @param beta2       decay of the mean square
    /// @param epsilon     added to the root
    /// @param weightDecay share of a decayed weight that a step of rate 1 would remove
    public record Settings(float beta1, float beta2, float epsilon, float weightDecay) {
    }

    /// The factors of one step on one parameter, worked out in f64.
    ///
    /// @param scale       what gradients are multiplied by first (clipping)
    /// @param keep        `1 - rate * weightDecay`
    /// @param rate        `rate / (1 - beta1^t)`
    /// @param rootScale   `1 / sqrt(1 - beta2^t)`
    public record Step(float scale, float beta1, float beta2, float epsilon, float keep, float rate, float rootScale) {
    }

    /// A parameter under training with its two averages.
    ///
    /// @param parameter what is trained
    /// @param isDecayed whether weight decay applies: matrices yes, norms and biases no
    /// @param mean      average gradient, shaped as the parameter
    /// @param square    average squared gradient, shaped as the parameter
    public record Slot(Parameter parameter, boolean isDecayed, Tensor mean, Tensor square) {
    }

    private final Kernels kernels;
    private final Settings settings;
    private final List<Slot> slots;
    private int steps;

    /// @param isDecayed which parameters weight decay shrinks: usually all but norms and biases
    public AdamW(Kernels kernels, Settings settings, List<Parameter> parameters, Predicate<Parameter> isDecayed) {
        this.kernels = kernels;
        this.settings = settings;
        this.slots = parameters.stream().map(parameter -> slot(parameter, isDecayed.test(parameter))).toList();
    }

    private static Slot slot(Parameter parameter, boolean isDecayed) {
        int rows = parameter.value().rows();
        int columns = parameter.value().columns();
        return new Slot(parameter, isDecayed, Tensor.zeros(rows, columns), Tensor.zeros(rows, columns));
    }

    public List<Slot> slots() {
        return slots;
    }

    /// How many steps have been taken.
    public int steps() {
        return steps;
    }

    /// Continues after `steps` steps, with values and averages that the caller has put into the slots.
    public void resume(int steps) {
        this.steps = steps;
        for (Slot slot : slots) {
            kernels.memory().upload(slot.parameter.tensor());
            kernels.memory().upload(slot.mean);
            kernels.memory().upload(slot.square);
        }
    }

    /// Brings the values and averages of all slots to the heap, to be read there.
    public void download() {
        for (Slot slot : slots) {
            kernels.memory().download(slot.parameter.tensor());
            kernels.memory().download(slot.mean);
            kernels.memory().download(slot.square);
        }
    }

    /// The 2-norm of all gradients together.
    public double gradientNorm() {
        double sum = 0;
        for (Slot slot : slots) {
            sum += kernels.sumOfSquares(slot.parameter().gradient().orElseThrow());
        }
        return Math.sqrt(sum);
    }

    /// One step with gradients scaled down to `maxNorm` if their norm is above it, as PyTorch's `clip_grad_norm_`
    /// does: `g · min(1, maxNorm / (norm + 1e-6))`.
    ///
    /// @param norm    what [#gradientNorm()] gave
    /// @param maxNorm infinite for no clipping
    public void step(double rate, double norm, double maxNorm) {
        steps++;
        double clip = Double.isInfinite(maxNorm) ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
        double meanCorrection = 1 - StrictMath.pow(settings.beta1, steps);
        double rootCorrection = Math.sqrt(1 - StrictMath.pow(settings.beta2, steps));
        for (Slot slot : slots) {
            double decay = slot.isDecayed ? settings.weightDecay : 0;
            var step = new Step((float) clip, settings.beta1, settings.beta2, settings.epsilon,
                    (float) (1 - rate * decay), (float) (rate / meanCorrection), (float) (1 / rootCorrection));
            kernels.adamW(step, slot.parameter.tensor(), slot.parameter.gradient().orElseThrow(), slot.mean,
                    slot.square);
        }
    }

    /// Sets all gradients to zero, before the first batch of a step.
    public void clearGradients() {
        for (Slot slot : slots) {
            slot.parameter.clearGradient(kernels);
        }
    }
}
