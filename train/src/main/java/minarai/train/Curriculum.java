package minarai.train;

import java.util.List;
import java.util.OptionalInt;

/// What a course teaches: the batches of each step, and how far a step goes.
public interface Curriculum {

    /// How many updates there are.
    int steps();

    /// The batches of a step, from 1; the same whenever it is asked.
    List<Batch> batches(int step);

    /// The learning rate of a step, from 1.
    double rate(int step);

    /// Gradients of a greater norm are scaled down to it; infinite for no limit.
    double maxGradientNorm();

    /// Samples that nothing is learned from, in batches; none by default.
    default List<Batch> validationBatches() {
        return List.of();
    }

    /// Whether the loss on these is measured after a step.
    default boolean isEvaluated(int step) {
        return false;
    }

    /// Measurements without improvement before the course ends; never by default.
    default OptionalInt patience() {
        return OptionalInt.empty();
    }

    /// Whether a step before the last may be kept: that of the lowest loss on the samples nothing is learned from.
    default boolean isSelected() {
        return patience().isPresent() && !validationBatches().isEmpty();
    }

    /// The names of the checks whose refusals were allowed, in order.
    default List<String> overrides() {
        return List.of();
    }
}
