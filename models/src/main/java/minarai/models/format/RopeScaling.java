package minarai.models.format;

import java.util.List;
import java.util.OptionalDouble;

/// How the angles of rotary positions are stretched beyond the length a model was first trained on.
public sealed interface RopeScaling {

    /// Angles as they are.
    record None() implements RopeScaling {
    }

    /// All positions divided by `factor`.
    record Linear(double factor) implements RopeScaling {
        public Linear {
            requireFactor(factor);
        }
    }

    /// Angles that change with the length of the text beyond the model's length, which is not gone beyond here: up to
    /// it they are as they are.
    record Dynamic(double factor) implements RopeScaling {
        public Dynamic {
            requireFactor(factor);
        }
    }

    /// Llama 3: frequencies whose wave is longer than `originalMaxPositions / lowFrequencyFactor` are divided by
    /// `factor`, those shorter than `originalMaxPositions / highFrequencyFactor` stay, those between are interpolated.
    record Llama3(double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalMaxPositions)
            implements RopeScaling {
        public Llama3 {
            requireFactor(factor);
            if (!(lowFrequencyFactor > 0 && highFrequencyFactor > lowFrequencyFactor) || originalMaxPositions < 1) {
                throw new IllegalArgumentException(("llama3 rope scaling needs 0 < low_freq_factor < high_freq_factor "
                        + "and a positive original_max_position_embeddings, not %s, %s and %d")
                        .formatted(lowFrequencyFactor, highFrequencyFactor, originalMaxPositions));
            }
        }
    }

    /// YaRN: pairs that turn more than `betaFast` times over the original length stay, those that turn less than
    /// `betaSlow` times are divided by `factor`, those between are interpolated, and all are lengthened.
    ///
    /// @param length what turned pairs are multiplied by; empty for 0.1 ln(factor) + 1
    /// @see <a href="https://arxiv.org/abs/2309.00071">Peng et al. 2023, section 3</a>
    record Yarn(double factor, int originalMaxPositions, double betaFast, double betaSlow, boolean isTruncated,
            OptionalDouble length) implements RopeScaling {
        public Yarn {
            requireFactor(factor);
            if (!(betaSlow > 0 && betaFast > betaSlow) || originalMaxPositions < 1 || !(length.orElse(1) > 0)) {
                throw new IllegalArgumentException(("yarn rope scaling needs 0 < beta_slow < beta_fast, a positive "
                        + "attention_factor and a positive original_max_position_embeddings, not %s, %s, %s and %d")
                        .formatted(betaSlow, betaFast, length.orElse(1), originalMaxPositions));
            }
        }
    }

    /// LongRoPE: each frequency divided by a factor of its own. Texts beyond the original length would have other
    /// factors from their first token on, so that the length of a text would change its beginning; the model is used up
    /// to the original length only, with the factors for short texts.
    ///
    /// @param statedMaxPositions the length that the long factors are for
    /// @param length             what turned pairs are multiplied by; empty for
    ///                           √(1 + ln(stated / original) / ln(original))
    /// @see <a href="https://arxiv.org/abs/2402.13753">Ding et al. 2024, section 3</a>
    record LongRope(List<Double> shortFactors, List<Double> longFactors, int originalMaxPositions,
            int statedMaxPositions, OptionalDouble length) implements RopeScaling {
        public LongRope {
            shortFactors = List.copyOf(shortFactors);
            longFactors = List.copyOf(longFactors);
            boolean isSound = shortFactors.stream().allMatch(factor -> factor > 0)
                    && longFactors.stream().allMatch(factor -> factor > 0);
            if (!isSound || originalMaxPositions < 2 || statedMaxPositions < originalMaxPositions
                    || !(length.orElse(1) > 0)) {
                throw new IllegalArgumentException(("longrope scaling needs positive factors and no fewer positions "
                        + "than the %d it was first trained on, not %d").formatted(originalMaxPositions,
                        statedMaxPositions));
            }
        }
    }

    private static void requireFactor(double factor) {
        if (!(factor >= 1 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("rope scaling needs a factor of at least 1, not " + factor);
        }
    }
}
