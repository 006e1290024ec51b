package minarai.models.format;

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

    private static void requireFactor(double factor) {
        if (!(factor >= 1 && factor < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("rope scaling needs a factor of at least 1, not " + factor);
        }
    }
}
