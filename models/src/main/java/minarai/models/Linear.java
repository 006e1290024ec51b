package minarai.models;

import java.util.Optional;
import minarai.engine.Heads;
import minarai.engine.Ops;
import minarai.engine.Parameter;
import minarai.engine.Tensor;

/// A linear layer, with or without an adapter: tokens x inputs to tokens x outputs.
public sealed interface Linear {

    Tensor apply(Ops ops, Tensor x);

    /// The losses of labels whose logits this layer would make; see [Ops#crossEntropy(Tensor, Parameter, int[],
    /// float)].
    default Tensor crossEntropy(Ops ops, Tensor x, int[] labels, float weight) {
        return crossEntropy(ops, x, labels, weight, Heads.UNCAPPED);
    }

    /// The same of softly limited logits.
    ///
    /// @param cap their limit; infinite for none
    default Tensor crossEntropy(Ops ops, Tensor x, int[] labels, float weight, float cap) {
        Tensor logits = apply(ops, x);
        return ops.crossEntropy(cap < Heads.UNCAPPED ? ops.softCap(logits, cap) : logits, labels, weight);
    }

    /// `x · weightᵀ + bias`.
    ///
    /// @param weight outputs x inputs
    /// @param bias   1 x outputs
    record Dense(Parameter weight, Optional<Parameter> bias) implements Linear {
        @Override
        public Tensor apply(Ops ops, Tensor x) {
            Tensor y = ops.linear(x, weight);
            return bias.isPresent() ? ops.addBias(y, bias.get()) : y;
        }

        @Override
        public Tensor crossEntropy(Ops ops, Tensor x, int[] labels, float weight, float cap) {
            return bias.isPresent() ? Linear.super.crossEntropy(ops, x, labels, weight, cap)
                    : ops.crossEntropy(x, this.weight, labels, weight, cap);
        }
    }

    /// A frozen projection plus a trained correction of low rank: `base(x) + scale * up(down(x))`.
    /// `up` starts at zero, so a fresh adapter changes nothing.
    ///
    /// @param down  rank x inputs
    /// @param up    outputs x rank
    /// @param scale alpha / rank, or alpha / sqrt(rank) for rsLoRA
    /// @see <a href="https://arxiv.org/abs/2106.09685">Hu et al. 2021, section 4.1</a>
    record LowRank(Linear base, Parameter down, Parameter up, float scale) implements Linear {
        @Override
        public Tensor apply(Ops ops, Tensor x) {
            return ops.addLinear(base.apply(ops, x), ops.linear(x, down), up, scale);
        }
    }

    /// A projection whose rows have a length and a direction of their own: `magnitude * row / ‖row‖` of the rows of
    /// `weight + scale * up · down`. The magnitudes start as the lengths of the weight's rows, so a fresh adapter
    /// changes nothing. No gradient flows through the lengths.
    ///
    /// @param down      rank x inputs
    /// @param up        outputs x rank
    /// @param scale     alpha / rank, or alpha / sqrt(rank) for rsLoRA
    /// @param magnitude 1 x outputs
    /// @param norms     the lengths of the rows, where they do not change
    /// @see <a href="https://arxiv.org/abs/2402.09353">Liu et al. 2024, eq. 5 and section 4.3</a>
    record Dora(Dense base, Parameter down, Parameter up, float scale, Parameter magnitude, Optional<Tensor> norms)
            implements Linear {
        @Override
        public Tensor apply(Ops ops, Tensor x) {
            Tensor y = ops.addLinear(ops.linear(x, base.weight), ops.linear(x, down), up, scale);
            Tensor lengths = norms.orElseGet(() -> ops.rowNorms(base.weight, down, up, scale));
            Tensor scaled = ops.scaleColumns(y, magnitude, lengths);
            return base.bias.isPresent() ? ops.addBias(scaled, base.bias.get()) : scaled;
        }
    }
}
