package minarai.engine;

import java.util.Optional;

/// A named weight of a model, frozen or trained.
///
/// A trained parameter is a row-major [Tensor] and carries its gradient, which operations add to and the optimizer
/// reads. A frozen one may lie in any layout and has no gradient at all, so that nothing can change it by mistake.
public final class Parameter {

    private final String name;
    private final Matrix value;
    private final Optional<Tensor> gradient;
    private final LookUps lookUps = new LookUps();
    private Optional<Kernels> cleared = Optional.empty();

    private Parameter(String name, Matrix value, Optional<Tensor> gradient) {
        this.name = name;
        this.value = value;
        this.gradient = gradient;
    }

    public static Parameter frozen(String name, Matrix value) {
        return new Parameter(name, value, Optional.empty());
    }

    /// A parameter with a gradient of zeros.
    public static Parameter trained(String name, Tensor value) {
        return new Parameter(name, value, Optional.of(Tensor.zeros(value.rows(), value.columns())));
    }

    /// A parameter whose gradient lies where the caller says, e.g. in no memory at all for a rehearsal.
    static Parameter trained(String name, Tensor value, Tensor gradient) {
        return new Parameter(name, value, Optional.of(gradient));
    }

    /// The name in the checkpoint, e.g. `model.layers.0.self_attn.q_proj.weight`.
    public String name() {
        return name;
    }

    public Matrix value() {
        return value;
    }

    /// The value as numbers that kernels of vectors read: norm gains, biases and all trained parameters.
    ///
    /// @throws IllegalStateException if the value is packed
    public Tensor tensor() {
        if (value instanceof Tensor tensor) {
            return tensor;
        }
        throw new IllegalStateException(name + " is packed; only products and row look-ups read it");
    }

    /// What has been added up since it was cleared. Look-ups that wait for the end of a step are added now.
    public Optional<Tensor> gradient() {
        gradient.ifPresent(numbers -> cleared.ifPresent(kernels -> kernels.memory().fill(0, numbers)));
        cleared = Optional.empty();
        gradient.ifPresent(lookUps::addTo);
        return gradient;
    }

    /// From now on the gradient is zero. Its numbers stay until something else is written in their place, which for a
    /// large matrix is a product, so that no memory is filled with zeros that nobody reads.
    ///
    /// @param kernels those in whose memory it lies
    void clearGradient(Kernels kernels) {
        cleared = Optional.of(kernels);
        lookUps.clear();
    }

    /// `gradient += dyᵀ · x`, if there is one, before the look-ups that wait.
    void addProductToGradient(Kernels kernels, Tensor dy, Tensor x) {
        if (gradient.isEmpty()) {
            return;
        }
        if (cleared.isPresent()) {
            kernels.transposedProduct(dy, x, gradient.get());
            cleared = Optional.empty();
        } else {
            kernels.addTransposedProduct(dy, x, gradient.get());
        }
    }

    /// Gradients of looked-up rows, which wait until all products of the step are added.
    LookUps lookUps() {
        return lookUps;
    }

    public boolean isTrained() {
        return gradient.isPresent();
    }

    /// How many numbers the parameter holds.
    public long size() {
        return (long) value.rows() * value.columns();
    }
}
